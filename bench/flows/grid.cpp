#include "bench/flows/grid.h"

#include <algorithm>
#include <cmath>

#include "bench/flows/tables_of_numbers.h"

namespace weir::flows {

namespace {

// A region of a cloud without its zone: "gcp:us-west1-a" is "gcp:us-west1".
std::string region_of(const std::string& place) {
  const bool zone = place.rfind("gcp:", 0) == 0 && std::count(place.begin(), place.end(), '-') > 1;
  return zone ? place.substr(0, place.rfind('-')) : place;
}

}  // namespace

Grid read_grid(const std::string& data) {
  const CsvTable rates = read_csv(data + "/skyplane/throughput_2022-11-28_full.csv");
  const std::size_t from = rates.column("src_region");
  const std::size_t to = rates.column("dst_region");
  const std::size_t rate = rates.column("throughput_recieved");
  Grid grid;
  for (const auto& row : rates.rows) {
    grid.regions.push_back(region_of(row[from]));
    grid.regions.push_back(region_of(row[to]));
  }
  std::sort(grid.regions.begin(), grid.regions.end());
  grid.regions.erase(std::unique(grid.regions.begin(), grid.regions.end()), grid.regions.end());
  const auto index = [&](const std::string& place) {
    const auto at = std::lower_bound(grid.regions.begin(), grid.regions.end(), region_of(place));
    return at != grid.regions.end() && *at == region_of(place)
               ? static_cast<std::size_t>(at - grid.regions.begin())
               : grid.regions.size();
  };
  flow::Network& network = grid.network;
  network.sites = grid.regions.size();
  network.bits_per_second.assign(network.sites * network.sites, 0);
  network.micro_cny_per_gb.assign(network.sites * network.sites, 0);
  for (const auto& row : rates.rows) {
    network.bits_per_second[network.link(index(row[from]), index(row[to]))] =
        std::llround(number(row[rate]));
  }
  const CsvTable prices = read_csv(data + "/skyplane/egress_cost_allpairs.csv");
  const std::size_t price = prices.column("cost");
  for (const auto& row : prices.rows) {
    const std::size_t source = index(row[prices.column("src")]);
    const std::size_t destination = index(row[prices.column("dest")]);
    if (source == network.sites || destination == network.sites) continue;
    network.micro_cny_per_gb[network.link(source, destination)] =
        std::llround(number(row[price]) * 1e6);
  }
  return grid;
}

}  // namespace weir::flows
