// Every problem the transport itself answers with: broken HTTP, limits, time, a failure inside.
//
// The table is the only place where their types, statuses and titles stand; the reference page is
// made from it. What the routes answer with is not here.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/message.h"

namespace weir::http {

enum class TransportProblem : std::uint8_t {
  malformed_message,
  malformed_target,
  request_timeout,
  body_too_large,
  expectation_failed,
  host_not_served,
  header_too_large,
  no_answer,
  file_not_readable,
  transfer_coding_not_supported,
  too_many_connections,
  body_not_stored,
};

struct TransportProblemNote {
  TransportProblem problem;
  unsigned status;
  std::string_view type;   // "header-too-large"; sent as "/problems/header-too-large"
  std::string_view title;  // the same sentence for every problem of this type
};

// In the order of the enumeration.
[[nodiscard]] std::span<const TransportProblemNote> transport_problems();

// One occurrence; `detail` says what was sent and what holds.
[[nodiscard]] Problem problem_of(TransportProblem problem, std::string detail);

}  // namespace weir::http
