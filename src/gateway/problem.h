// How the gateway says no: RFC 9457 problem details with a stable type, the field and a hint.
//
// The types are a closed list, documented in the reference page; clients compare the type, people
// read the detail. What breaks HTTP itself is answered below, in http/.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace weir::gateway {

enum class ProblemType : std::uint8_t {
  invalid,
  unknown_field,
  unknown_parameter,
  unauthenticated,
  forbidden,
  not_found,
  no_such_path,
  method_not_allowed,
  conflict,
  too_large,
  unsupported_media_type,
  refused,
  too_many,
  unavailable,
  input_output,
};

struct ProblemNote {
  ProblemType type;
  unsigned status;
  std::string_view name;   // "unknown-field"; sent as "/problems/unknown-field"
  std::string_view title;  // the same sentence for every problem of this type
};
[[nodiscard]] std::span<const ProblemNote> all_problems();
[[nodiscard]] const ProblemNote& note_of(ProblemType type);
// The type of an error that nobody has given a finer one.
[[nodiscard]] ProblemType problem_type(const base::Error& error);

// The answer. With more than one error, the first is told and all stand in `errors`.
[[nodiscard]] http::HttpResponse problem_of(ProblemType type, const base::Error& error);
[[nodiscard]] http::HttpResponse problem_of(const base::Error& error);
// Requires: at least one error.
[[nodiscard]] http::HttpResponse problem_of(const std::vector<base::Error>& errors);

}  // namespace weir::gateway
