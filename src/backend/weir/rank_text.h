// From a rank's order to a job of the inner Weir, and back from the first line of its log.
//
// The job file has the order's own words. What it has no word for is said by shell text before the
// rank's own: the outer Weir's WEIR_* in place of the inner's, secrets under their own names, and
// links to inputs. That text begins each stage's log with one line, which says where the rank runs;
// whoever reads a log through us does not see it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "backend/rank.h"
#include "base/result.h"

namespace weir::backend::inner {

// What makes the names of one agent's work its own.
struct Naming {
  std::string site;      // of the outer Weir
  std::string instance;  // of this agent's folder: others may have a site of the same name

  // "weir-north-42_7.1.0": stands in the inner Weir's listings.
  [[nodiscard]] std::string job(const RankKey& key) const;
  // None: it is no such name.
  [[nodiscard]] std::optional<RankKey> key_of(std::string_view job) const;
  // The start of all of them.
  [[nodiscard]] std::string jobs() const { return "weir-" + site + "-"; }
  // Says which of several agents: the job's project.
  [[nodiscard]] std::string project() const { return site + "-" + instance; }
  // Under which a job is taken once.
  [[nodiscard]] std::string idempotency(const RankKey& key) const;
  // "WX_1A2B_42_7_1_0_TOKEN": a secret's name in the inner Weir's store.
  [[nodiscard]] std::string secret(const RankKey& key, const std::string& name) const;
};

// A node of the inner Weir, as the outer one has it: "local/node0".
struct NodeName {
  std::string site;
  std::string node;
};
[[nodiscard]] NodeName parse_node_name(std::string_view text);
[[nodiscard]] std::string node_name(std::string_view site, std::string_view node);

struct Parcel {
  std::string job;                             // a job file, as JSON
  std::map<std::string, std::string> secrets;  // by their name in the inner Weir's store
  std::string folder_archive;                  // path, or ""
  std::string folder_sha256;                   // set where it is sent
  std::string beside;                          // shell text before a command beside the rank
};
// Fails: invalid, the order cannot be said to an inner Weir.
[[nodiscard]] base::Result<Parcel> parcel_of(const RankOrder& order, const Naming& naming);

// What a rank ends with that says in its first line why it was not begun.
inline constexpr int code_of_trouble = 125;

// What a stage's first line says.
struct Head {
  std::int64_t size = 0;  // of the line, its end included
  std::int64_t pid = 0;
  std::string folder;
  std::string trouble;  // why it was not begun; then there is no more
};
// None: the line is not whole yet. A log without such a line has a head of no size.
[[nodiscard]] std::optional<Head> head_of(std::string_view log_begin);

}  // namespace weir::backend::inner
