// The eight hubs of examples/china-hubs, as its table of facts says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::flows {

struct Hub {
  std::string site;
  std::int64_t nodes = 0;
  std::int64_t weight = 0;  // of the work that has its home there
};

// From examples/china-hubs/hubs.tsv, below the folder the program runs in. Ends the program with a
// word where it is not there.
[[nodiscard]] std::vector<Hub> read_hubs();

// So many nodes, cut among the hubs as their own are; every hub has one at least.
[[nodiscard]] std::vector<std::int64_t> nodes_of(const std::vector<Hub>& hubs, std::int64_t nodes);

}  // namespace weir::flows
