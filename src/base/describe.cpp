#include "base/describe.h"

namespace weir::base::detail {

std::string snake_case(std::string_view pascal_case) {
  std::string out;
  for (const char letter : pascal_case) {
    const bool upper = letter >= 'A' && letter <= 'Z';
    if (upper && !out.empty()) out += '_';
    out += upper ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return out;
}

}  // namespace weir::base::detail
