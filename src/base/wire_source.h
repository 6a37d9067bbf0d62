// Bytes of the wire form while they are read: never past their end, never deeper than they should
// go, and with the first thing that was wrong. Only wire.h uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace weir::base::detail {

// The bytes still to be read, and the first thing found wrong with them.
class WireSource {
 public:
  explicit WireSource(std::string_view bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // All give false, and stay false, once something was wrong.
  bool varint(std::uint64_t& out);
  // A count of things that take at least one byte each.
  bool count(std::uint64_t& out);
  bool flag(bool& out);
  bool raw(std::size_t size, std::string_view& out);
  bool enter();  // one level deeper; as often as max_depth at most
  void leave() { --depth_; }
  bool wrong(const char* what) {
    if (what_ == nullptr) what_ = what;
    return false;
  }

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - next_); }
  [[nodiscard]] Error error(std::size_t size) const;

 private:
  static constexpr int max_depth = 64;
  const char* next_;
  const char* end_;
  const char* what_ = nullptr;
  int depth_ = 0;
};

inline bool WireSource::varint(std::uint64_t& out) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (next_ == end_) return wrong("ends in the middle of a number");
    const auto byte = static_cast<unsigned char>(*next_++);
    if (shift == 63 && byte > 1) return wrong("holds a number over 64 bits");
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) {
      if (byte == 0 && shift != 0) return wrong("holds a number in a longer form than it needs");
      out = value;
      return true;
    }
  }
  return wrong("holds a number over 64 bits");
}

}  // namespace weir::base::detail
