// What a node has, has free, or gives to one rank: the amounts of its resources.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

#include "model/job.h"

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

// Devices of one node that are shared at the same time; where so many are, no other is begun.
inline constexpr std::size_t shared_devices_most = 8;

// What one rank takes of a node: whole devices, or a share of one.
struct RankDemand : Shape {
  // Below 1000: it takes so much of one device of model `share_model`, which stands in the shape as
  // a whole one, as nothing else is sure to serve it: what is asked of times to come is asked for
  // that. Whether it fits now is for fits() to say.
  std::uint32_t device_milli = model::whole_device_milli;
  std::uint8_t share_model = 0;
  std::optional<std::uint32_t> share_of;  // which device of its node, once that is known

  friend auto operator<=>(const RankDemand&, const RankDemand&) = default;

  [[nodiscard]] bool is_share() const { return device_milli < model::whole_device_milli; }
  // Thousandths of devices in all.
  [[nodiscard]] std::int64_t devices_milli() const {
    return std::int64_t{device_total} * device_milli;
  }
};

// What a node has free, with what is left of devices that are shared. The shape counts idle devices
// alone.
struct FreeShape : Shape {
  // Of each shared device that has something left: 1024 × model + thousandths; the largest number
  // first, then zeros, so that equal nodes compare as equals whatever their devices' order.
  std::array<std::uint16_t, shared_devices_most> parts{};
  std::uint8_t shared = 0;  // devices that are shared, those with nothing left included

  friend auto operator<=>(const FreeShape&, const FreeShape&) = default;

  // Thousandths that are left on devices in all, idle ones included.
  [[nodiscard]] std::int64_t devices_milli() const;
  // Calls visit(thousandths, how many of the model's devices) for each amount that is left on some,
  // the idle ones last.
  template <typename Visit>
  void each_left(std::uint8_t model, Visit&& visit) const {
    for (const std::uint16_t part : parts) {
      if (part != 0 && model_of(part) == model) visit(milli_of(part), 1U);
    }
    if (devices[model] > 0) visit(model::whole_device_milli, std::uint32_t{devices[model]});
  }
  // A device of the model has `after` left from now on, where it had `before`.
  // Requires: one had; no more are shared than may be.
  void move_device(std::uint8_t model, std::uint32_t before, std::uint32_t after);

 private:
  [[nodiscard]] static std::uint8_t model_of(std::uint16_t part) {
    return static_cast<std::uint8_t>(part / 1024U);
  }
  [[nodiscard]] static std::uint32_t milli_of(std::uint16_t part) { return part % 1024U; }
};

// True if a rank has room there now.
[[nodiscard]] bool fits(const FreeShape& free, const RankDemand& demand);
// True if a share may be taken of a device that has so much left.
[[nodiscard]] bool may_share(const FreeShape& free, const RankDemand& demand, std::uint32_t left);
// What stays free once a rank has come; a share, to a device that has so much `left`.
// Requires: it fits.
[[nodiscard]] FreeShape without(const FreeShape& free, const RankDemand& demand,
                                std::uint32_t left);

}  // namespace weir::schedule
