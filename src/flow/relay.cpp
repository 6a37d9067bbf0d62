#include "flow/relay.h"

#include <algorithm>

#include "base/check.h"

namespace weir::flow {

std::optional<Route> quickest_route(const Network& network, std::size_t from, std::size_t to,
                                    std::optional<std::int64_t> micro_cny_per_gb_most) {
  WEIR_CHECK(from != to && from < network.sites && to < network.sites, "two of its sites");
  std::optional<Route> best;
  const auto look_at = [&](const Route& route) {
    if (route.bits_per_second <= 0) return;
    if (micro_cny_per_gb_most && route.micro_cny_per_gb > *micro_cny_per_gb_most) return;
    const bool better = !best || route.bits_per_second > best->bits_per_second ||
                        (route.bits_per_second == best->bits_per_second &&
                         route.micro_cny_per_gb < best->micro_cny_per_gb);
    if (better) best = route;
  };
  const std::size_t straight = network.link(from, to);
  look_at({std::nullopt, network.bits_per_second[straight], network.micro_cny_per_gb[straight]});
  for (std::size_t relay = 0; relay < network.sites; ++relay) {
    if (relay == from || relay == to) continue;
    const std::size_t first = network.link(from, relay);
    const std::size_t second = network.link(relay, to);
    look_at({relay, std::min(network.bits_per_second[first], network.bits_per_second[second]),
             network.micro_cny_per_gb[first] + network.micro_cny_per_gb[second]});
  }
  return best;
}

}  // namespace weir::flow
