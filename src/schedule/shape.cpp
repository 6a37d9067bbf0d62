#include "schedule/shape.h"

#include <algorithm>
#include <functional>

#include "base/check.h"

namespace weir::schedule {

using model::whole_device_milli;

std::int64_t FreeShape::devices_milli() const {
  std::int64_t sum = std::int64_t{device_total} * whole_device_milli;
  for (const std::uint16_t part : parts) sum += milli_of(part);
  return sum;
}

void FreeShape::move_device(std::uint8_t model, std::uint32_t before, std::uint32_t after) {
  const auto idle = [&](int more) {
    devices[model] = static_cast<std::uint16_t>(devices[model] + more);
    device_total += static_cast<std::uint32_t>(more);
    shared = static_cast<std::uint8_t>(shared - more);
  };
  const auto part = [&](std::uint32_t milli) {
    const bool is_part = milli > 0 && milli < whole_device_milli;
    return is_part ? static_cast<std::uint16_t>(model * 1024U + milli) : std::uint16_t{0};
  };
  const auto at = std::find(parts.begin(), parts.end(), part(before));
  WEIR_CHECK(at != parts.end(), "what is left of a shared device is known");
  *at = part(after);
  std::sort(parts.begin(), parts.end(), std::greater<>());
  if (before == whole_device_milli) idle(-1);
  if (after == whole_device_milli) idle(+1);
  WEIR_CHECK(shared <= shared_devices_most, "so many devices of a node are shared at most");
}

bool may_share(const FreeShape& free, const RankDemand& demand, std::uint32_t left) {
  if (left == whole_device_milli) return free.shared < shared_devices_most;
  return left >= demand.device_milli;
}

bool fits(const FreeShape& free, const RankDemand& demand) {
  if (!demand.is_share()) return covers(free, demand);
  if (free.cpus < demand.cpus || free.memory_bytes < demand.memory_bytes) return false;
  bool found = false;
  free.each_left(demand.share_model, [&](std::uint32_t left, std::uint32_t) {
    found = found || may_share(free, demand, left);
  });
  return found;
}

FreeShape without(const FreeShape& free, const RankDemand& demand, std::uint32_t left) {
  FreeShape rest = free;
  if (!demand.is_share()) {
    rest -= demand;
    return rest;
  }
  rest.cpus -= demand.cpus;
  rest.memory_bytes -= demand.memory_bytes;
  rest.move_device(demand.share_model, left, left - demand.device_milli);
  return rest;
}

}  // namespace weir::schedule
