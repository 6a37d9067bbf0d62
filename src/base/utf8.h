// Whether bytes are UTF-8: asked at every border where text comes in or goes out.
#pragma once

#include <cstddef>
#include <string_view>

namespace weir::base {

// The size of the one character at the front of `text`, 1 to 4 bytes; 0 where there is none: bytes
// cut short, longer than needed, a surrogate, or above U+10FFFF. Requires: text is not empty.
[[nodiscard]] constexpr std::size_t utf8_front_size(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  // The second byte's bounds shut out longer forms, surrogates and what is above U+10FFFF.
  const unsigned char least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t index = 2; index < size; ++index) {
    if (byte(index) < 0x80 || byte(index) > 0xBF) return 0;
  }
  return size;
}

// Where the first byte stands that is no UTF-8, or text.size().
[[nodiscard]] constexpr std::size_t utf8_valid_size(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t size = utf8_front_size(text.substr(at));
    if (size == 0) break;
    at += size;
  }
  return at;
}

}  // namespace weir::base
