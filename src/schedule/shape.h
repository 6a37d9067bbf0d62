// What a node has, has free, or gives to one rank: the amounts of its resources.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace weir::schedule {

// Distinct device models on one node that can be told apart; what is beyond is not offered.
inline constexpr std::size_t models_per_node_most = 8;

// Ordered so that a walk meets the tightest fit first: nodes with few devices before those with
// many, then few processors, then little memory. `devices` counts by the pool's list of models.
struct Shape {
  std::uint32_t device_total = 0;
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::array<std::uint16_t, models_per_node_most> devices{};

  friend auto operator<=>(const Shape&, const Shape&) = default;

  Shape& operator+=(const Shape& more) {
    device_total += more.device_total;
    cpus += more.cpus;
    memory_bytes += more.memory_bytes;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      devices[i] = static_cast<std::uint16_t>(devices[i] + more.devices[i]);
    }
    return *this;
  }
  // As much of `less` as there is: no amount falls below nothing.
  Shape& operator-=(const Shape& less) {
    const auto left = [](auto have, auto gone) { return have > gone ? have - gone : 0; };
    device_total = static_cast<std::uint32_t>(left(device_total, less.device_total));
    cpus = static_cast<std::uint32_t>(left(cpus, less.cpus));
    memory_bytes = memory_bytes > less.memory_bytes ? memory_bytes - less.memory_bytes : 0;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      devices[i] = static_cast<std::uint16_t>(left(devices[i], less.devices[i]));
    }
    return *this;
  }
};

// True if all of `need` is in `have`.
[[nodiscard]] inline bool covers(const Shape& have, const Shape& need) {
  if (have.device_total < need.device_total || have.cpus < need.cpus ||
      have.memory_bytes < need.memory_bytes) {
    return false;
  }
  for (std::size_t i = 0; i < need.devices.size(); ++i) {
    if (have.devices[i] < need.devices[i]) return false;
  }
  return true;
}

}  // namespace weir::schedule
