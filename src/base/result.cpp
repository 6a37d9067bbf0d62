#include "base/result.h"

#include <system_error>

namespace weir::base {

std::string Error::text() const {
  std::string out;
  if (!place.file.empty()) out += place.file + ":";
  if (place.line != 0) out += std::to_string(place.line) + ":" + std::to_string(place.column) + ":";
  if (!out.empty()) out += " ";
  // "not supported yet: limits.cost" says its field already.
  if (!field.empty() && !message.ends_with(": " + field)) out += field + ": ";
  out += message;
  if (!hint.empty()) out += "; " + hint;
  return out;
}

tl::unexpected<Error> fail_errno(const std::string& what, int errno_value) {
  return fail(ErrorCode::input_output, what + ": " + std::generic_category().message(errno_value));
}

}  // namespace weir::base
