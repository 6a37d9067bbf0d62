#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace weir::base {

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "weir: internal error at %s:%d: %s does not hold: %s\n", file, line,
               condition, why);
  std::abort();
}

}  // namespace weir::base
