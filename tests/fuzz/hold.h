// What the fuzz targets share: the bytes as text, and a law that ends the program when broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace weir::fuzz {

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// libFuzzer keeps the input that led to an abort.
inline void hold(bool law, const char* words) {
  if (law) return;
  std::fprintf(stderr, "broken: %s\n", words);
  std::abort();
}

}  // namespace weir::fuzz
