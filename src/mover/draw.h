// Names and passwords that nobody can guess. Inside this room only.
#pragma once

#include <sys/random.h>

#include <array>
#include <string>

#include "base/check.h"
#include "base/hash.h"

namespace weir::mover {

// 32 hex digits.
[[nodiscard]] inline std::string drawn_name() {
  std::array<std::byte, 16> bytes{};
  WEIR_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
             "the kernel gives random bytes");
  return base::to_hex(bytes);
}

}  // namespace weir::mover
