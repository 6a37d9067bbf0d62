// What a refusal of Weir's own API means to whoever asked: the way back from a status and a problem
// document (RFC 9457) to an error.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::http {

// Of a status that is no success.
[[nodiscard]] base::ErrorCode code_of(unsigned status);
// The members of a problem document that people read; others are passed over. `otherwise` is the
// message where there are none.
[[nodiscard]] base::Error error_of_problem(base::ErrorCode code, std::string_view problem,
                                           std::string otherwise);

}  // namespace weir::http
