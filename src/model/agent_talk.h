// What an agent and its control plane say to each other over the network, beside the inputs and the
// wanted state that they share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/site.h"

namespace weir::model {

// A new agent shows its token and has its key certified.
struct EnrolOrder {
  std::string token;
  std::string request;  // PKCS#10, PEM
};
WEIR_DESCRIBE(EnrolOrder, token, request)

struct RenewOrder {
  std::string request;  // PKCS#10, PEM; of the same key or another
};
WEIR_DESCRIBE(RenewOrder, request)

struct Enrolment {
  std::string site;
  std::string trust_domain;   // of the agent
  std::string control_plane;  // the SPIFFE id it answers as
  std::string certificate;    // of the agent's key, PEM
  std::string authority;      // that made it, PEM
  base::Duration lease{};     // without a word for so long, the site's work is lost
};
WEIR_DESCRIBE(Enrolment, site, trust_domain, control_plane, certificate, authority, lease)

struct JoinOrder {
  std::vector<Node> nodes;
};
WEIR_DESCRIBE(JoinOrder, nodes)

// The answer to a join and to a report: engine::Reply, as far as an agent reads it.
struct AgentReply {
  std::uint64_t epoch = 0;
  std::uint64_t wanted_version = 0;
};
WEIR_DESCRIBE(AgentReply, epoch, wanted_version)

// A piece of a log that somebody wants to read. The answer is the bytes themselves.
struct LogQuestion {
  std::uint64_t id = 0;
  AttemptKey attempt;
  std::uint32_t rank = 0;
  std::uint32_t stream = 0;  // backend::Stream
  std::int64_t offset = 0;
  std::uint64_t bytes_max = 0;
};
WEIR_DESCRIBE(LogQuestion, id, attempt, rank, stream, offset, bytes_max)

}  // namespace weir::model
