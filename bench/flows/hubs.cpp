#include "bench/flows/hubs.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <numeric>

#include "twin/traces/csv.h"
#include "twin/traces/text_file.h"

namespace weir::flows {

namespace {

constexpr const char* table_of_hubs = "examples/china-hubs/hubs.tsv";

// "160xnvidia-h800+80xascend-910b" is 240.
std::int64_t nodes_in(const std::string& pools) {
  std::int64_t nodes = 0;
  for (std::size_t at = 0; at != std::string::npos;) {
    nodes += std::atoll(pools.c_str() + at);
    at = pools.find('+', at);
    if (at != std::string::npos) ++at;
  }
  return nodes;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  for (std::size_t start = 0; start <= line.size();) {
    const std::size_t end = std::min(line.find('\t', start), line.size());
    cells.push_back(line.substr(start, end - start));
    start = end + 1;
  }
  return cells;
}

std::size_t column(const std::vector<std::string>& head, const std::string& name) {
  const auto at = std::find(head.begin(), head.end(), name);
  if (at == head.end()) {
    std::cerr << "flows: " << table_of_hubs << " has no column `" << name << "`\n";
    std::exit(2);
  }
  return static_cast<std::size_t>(at - head.begin());
}

}  // namespace

std::vector<Hub> read_hubs() {
  const auto text = twin::traces::read_text_file(table_of_hubs);
  if (!text) {
    std::cerr << "flows: " << text.error().text() << "\n";
    std::exit(2);
  }
  std::vector<Hub> hubs;
  std::vector<std::string> head;
  for (std::size_t start = 0; start < text->size();) {
    const std::size_t end = std::min(text->find('\n', start), text->size());
    const std::string line = text->substr(start, end - start);
    start = end + 1;
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> cells = cells_of(line);
    if (head.empty()) {
      head = cells;
      continue;
    }
    hubs.push_back({cells[column(head, "site")], nodes_in(cells[column(head, "pools")]),
                    std::atoll(cells[column(head, "weight")].c_str())});
  }
  return hubs;
}

std::vector<std::int64_t> nodes_of(const std::vector<Hub>& hubs, std::int64_t nodes) {
  const auto add = [](std::int64_t sum, const Hub& hub) { return sum + hub.nodes; };
  const std::int64_t all = std::accumulate(hubs.begin(), hubs.end(), std::int64_t{0}, add);
  std::vector<std::int64_t> parts;
  std::int64_t below = 0;  // nodes of the hubs before
  for (const Hub& hub : hubs) {
    // Rounded by what all hubs so far should have, so that nothing is lost or given twice.
    const std::int64_t from = (below * nodes + all / 2) / all;
    below += hub.nodes;
    parts.push_back(std::max<std::int64_t>((below * nodes + all / 2) / all - from, 1));
  }
  return parts;
}

}  // namespace weir::flows
