// Numbers and hashes as the bytes in which they are hashed and stored. Inside this room only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/hash.h"

namespace weir::journal {

inline constexpr std::size_t number_bytes = sizeof(std::uint64_t);
inline constexpr std::size_t digest_bytes = std::tuple_size_v<base::Digest>;

// Writes `value` at `out`, lowest byte first, and gives the place behind it.
inline char* put_number(char* out, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    *out++ = static_cast<char>((value >> shift) & 0xffU);
  }
  return out;
}

[[nodiscard]] inline std::uint64_t get_number(const char* in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    value |= std::uint64_t{static_cast<std::uint8_t>(*in++)} << shift;
  }
  return value;
}

// Looks into `digest`, which must live as long as the view.
[[nodiscard]] inline std::string_view bytes_of(const base::Digest& digest) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// None if `bytes` has another length than a digest.
[[nodiscard]] inline std::optional<base::Digest> digest_of(std::string_view bytes) {
  if (bytes.size() != digest_bytes) return std::nullopt;
  base::Digest digest;
  std::ranges::transform(bytes, digest.begin(),
                         [](char byte) { return static_cast<std::uint8_t>(byte); });
  return digest;
}

}  // namespace weir::journal
