// Whole numbers that cannot be mixed up: each kind of id is its own type.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace weir::base {

// Zero means "none"; the engine counts up from 1, so that ids are short and never used again.
template <typename Tag>
struct Id {
  std::uint64_t value = 0;

  friend auto operator<=>(const Id&, const Id&) = default;
  [[nodiscard]] explicit operator bool() const { return value != 0; }
};

}  // namespace weir::base

template <typename Tag>
struct std::hash<weir::base::Id<Tag>> {
  std::size_t operator()(const weir::base::Id<Tag>& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};
