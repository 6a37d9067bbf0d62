#include "base/wire_source.h"

#include <string>

namespace weir::base::detail {

bool WireSource::count(std::uint64_t& out) {
  if (!varint(out)) return false;
  if (out > left()) return wrong("counts more than there are bytes for");
  return true;
}

bool WireSource::flag(bool& out) {
  if (next_ == end_) return wrong("ends before a yes or no");
  const auto byte = static_cast<unsigned char>(*next_++);
  if (byte > 1) return wrong("holds a yes or no that is neither");
  out = byte == 1;
  return true;
}

bool WireSource::raw(std::size_t size, std::string_view& out) {
  if (size > left()) return wrong("ends in the middle of bytes");
  out = {next_, size};
  next_ += size;
  return true;
}

bool WireSource::enter() {
  if (++depth_ > max_depth) return wrong("is nested too deeply");
  return true;
}

Error WireSource::error(std::size_t size) const {
  return Error{ErrorCode::invalid,
               "byte " + std::to_string(size - left()) + " of " + std::to_string(size) + ": " +
                   (what_ == nullptr ? "cannot be read" : what_),
               {},
               {},
               {}};
}

}  // namespace weir::base::detail
