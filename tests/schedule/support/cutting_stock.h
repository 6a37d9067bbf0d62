// The fewest devices, in fractions, that serve shares of these sizes: by CLP, over all ways to cut
// a device.
#pragma once

#include <cstdint>
#include <map>

namespace weir::schedule::test {

// By size in thousandths: how many shares. Cost: all ways to cut; for few sizes that are not small.
[[nodiscard]] double fewest_devices(const std::map<std::uint32_t, std::int64_t>& shares);

}  // namespace weir::schedule::test
