// Our own mistakes end the process, in release too: it restarts and replays its journal, which is
// safer than going on in a state that nobody thought of.
#pragma once

namespace weir::base {
[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);
}  // namespace weir::base

#define WEIR_CHECK(condition, why)    \
  ((condition) ? static_cast<void>(0) \
               : ::weir::base::check_failed(#condition, why, __FILE__, __LINE__))
