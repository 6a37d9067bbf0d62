// Ways between sites: never slower than any other at the price, straight where nothing is gained.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "flow/relay.h"

namespace weir::flow::test {
namespace {

Network any_network(base::Random& random) {
  Network network;
  network.sites = 2 + random.below(6);
  for (std::size_t i = 0; i < network.sites * network.sites; ++i) {
    network.bits_per_second.push_back(random.between(0, 5));
    network.micro_cny_per_gb.push_back(random.between(0, 5));
  }
  return network;
}

RC_GTEST_PROP(Relay, no_way_at_the_price_is_quicker, (std::uint64_t seed)) {
  base::Random random{seed};
  const Network network = any_network(random);
  std::optional<std::int64_t> most;
  if (random.chance(1, 2)) most = random.between(0, 10);
  const auto route = quickest_route(network, 0, 1, most);
  bool any = false;
  for (std::size_t relay = 0; relay < network.sites; ++relay) {
    // By site 0 or 1: the straight way.
    const bool straight = relay < 2;
    const std::size_t first = network.link(0, straight ? 1 : relay);
    const std::size_t second = network.link(straight ? 0 : relay, 1);
    const std::int64_t rate =
        std::min(network.bits_per_second[first], network.bits_per_second[second]);
    const std::int64_t price =
        network.micro_cny_per_gb[first] + (straight ? 0 : network.micro_cny_per_gb[second]);
    if (rate == 0 || (most && price > *most)) continue;
    any = true;
    RC_ASSERT(route.has_value());
    RC_ASSERT(route->bits_per_second >= rate);
    if (route->bits_per_second == rate) RC_ASSERT(route->micro_cny_per_gb <= price);
  }
  RC_ASSERT(route.has_value() == any);
}

TEST(Relay, is_taken_only_where_it_gains) {
  Network network{3, {0, 10, 20, 10, 0, 20, 20, 20, 0}, {0, 1, 1, 1, 0, 1, 1, 1, 0}};
  EXPECT_EQ(quickest_route(network, 0, 1), (Route{2, 20, 2}));
  EXPECT_EQ(quickest_route(network, 0, 1, 1), (Route{std::nullopt, 10, 1}));
  EXPECT_FALSE(quickest_route(network, 0, 1, 0).has_value());
  network.bits_per_second[network.link(0, 1)] = 20;
  EXPECT_EQ(quickest_route(network, 0, 1), (Route{std::nullopt, 20, 1}));
}

}  // namespace
}  // namespace weir::flow::test
