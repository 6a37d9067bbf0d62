// Which way data takes between two sites: straight, or by one relay where that is quicker.
//
// A relay forwards as it receives, so that the way is as quick as its slower leg and costs both.
// Source: overlay paths under a price limit: Jain et al., NSDI 2023, "Skyplane: Optimizing Transfer
//         Cost and Throughput Using Cloud-Aware Overlays", of which this is the case of one relay.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace weir::flow {

// Between sites by their numbers: bits a second (0: there is no link), and the price of a GB.
struct Network {
  std::size_t sites = 0;
  std::vector<std::int64_t> bits_per_second;  // from × sites + to
  std::vector<std::int64_t> micro_cny_per_gb;

  [[nodiscard]] std::size_t link(std::size_t from, std::size_t to) const {
    return from * sites + to;
  }
};

struct Route {
  std::optional<std::size_t> relay;  // none: straight
  std::int64_t bits_per_second = 0;
  std::int64_t micro_cny_per_gb = 0;

  friend bool operator==(const Route&, const Route&) = default;
};

// The quickest way at no more than this price (none: at any); of equally quick ones the cheapest,
// then the straight one, then the relay with the lowest number. None: there is no way at the price.
// Requires: from != to. Cost: the sites.
[[nodiscard]] std::optional<Route> quickest_route(
    const Network& network, std::size_t from, std::size_t to,
    std::optional<std::int64_t> micro_cny_per_gb_most = {});

}  // namespace weir::flow
