// Relays between regions of clouds: how often one is quicker, and that the best is found.
#include <algorithm>
#include <cmath>
#include <map>

#include "bench/flows/grid.h"
#include "bench/flows/rows.h"

namespace weir::flows {

namespace {

// Every relay tried, without the program under test.
std::int64_t best_of_all(const flow::Network& network, std::size_t from, std::size_t to,
                         std::int64_t most) {
  std::int64_t best = 0;
  for (std::size_t by = 0; by < network.sites; ++by) {
    std::int64_t rate = network.bits_per_second[network.link(from, to)];
    std::int64_t price = network.micro_cny_per_gb[network.link(from, to)];
    if (by != from && by != to) {
      rate = std::min(network.bits_per_second[network.link(from, by)],
                      network.bits_per_second[network.link(by, to)]);
      price = network.micro_cny_per_gb[network.link(from, by)] +
              network.micro_cny_per_gb[network.link(by, to)];
    }
    if (price <= most) best = std::max(best, rate);
  }
  return best;
}

}  // namespace

void relay_rows(const std::string& data, Page& page) {
  const Grid grid = read_grid(data);
  const flow::Network& network = grid.network;
  Section section;
  section.title = "Relays: a grid of " + std::to_string(network.sites) + " cloud regions";
  section.text = {
      "Measured between all pairs of regions of three clouds (Skyplane's grid of 2022-11-28, "
      "64 connections). A way by one relay is as quick as its slower leg and costs both legs' "
      "egress. For each pair the quickest way at any price, and at no more than so many times the "
      "price of the straight one: how many pairs gain by it, and how much (median and 90th "
      "percentile of the pairs). Each is held against trying all relays."};
  section.head = {"price limit", "pairs", "quicker by a relay", "median gain", "P90 gain"};
  int wrong = 0;
  Plot plot{"How much quicker a relay is, by the price that may be paid",
            "times the straight way's rate",
            "% of pairs at most",
            false,
            {}};
  for (const double times : {1.0, 1.5, 2.0, 0.0}) {
    std::vector<double> gains;
    int relayed = 0;
    for (std::size_t from = 0; from < network.sites; ++from) {
      for (std::size_t to = 0; to < network.sites; ++to) {
        const std::size_t link = network.link(from, to);
        const std::int64_t straight = network.bits_per_second[link];
        if (from == to || straight == 0) continue;
        std::optional<std::int64_t> most;
        if (times > 0) {
          most = std::llround(static_cast<double>(network.micro_cny_per_gb[link]) * times);
        }
        const auto route = flow::quickest_route(network, from, to, most);
        const std::int64_t best = best_of_all(network, from, to, most.value_or(1'000'000'000));
        if (!route || route->bits_per_second != best) ++wrong;
        if (!route) continue;
        relayed += route->relay ? 1 : 0;
        gains.push_back(static_cast<double>(route->bits_per_second) /
                        static_cast<double>(straight));
      }
    }
    std::sort(gains.begin(), gains.end());
    const std::string limit = times > 0 ? digits(times, 1) + " times" : "none";
    section.rows.push_back({limit, std::to_string(gains.size()),
                            digits(100.0 * relayed / static_cast<double>(gains.size()), 1) + "%",
                            "×" + digits(gains[gains.size() / 2], 2),
                            "×" + digits(gains[gains.size() * 9 / 10], 2)});
    plot.lines.push_back(bench::distribution(limit, gains, 200));
  }
  section.figures.push_back(at_most("relays_not_best", wrong, "pairs", 0));
  page.add(std::move(section));
  page.add(std::move(plot));
}

}  // namespace weir::flows
