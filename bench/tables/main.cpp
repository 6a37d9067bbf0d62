// tables [--seeds N] [--first-seed N] [--rows fragmentation,batch,philly,unlike,seeds,makespan]
//   [--markdown FILE] [--plots FILE] [--cell "METHOD JOBS_AN_HOUR single|multiple SEED"]:
// figures that others published, measured again under the same engine, and Weir's own beside them.
//
// WEIR_DATA names the folder with the recorded workloads.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "bench/tables/rows.h"

int main(int arguments, char** argument) {
  using namespace weir::tables;
  int seeds = 10;
  std::uint64_t first_seed = 1;
  std::string rows = "fragmentation,batch,philly,unlike,seeds,makespan";
  std::string file;
  std::string plots_file;
  std::string cell;
  for (int i = 1; i + 1 < arguments; i += 2) {
    const std::string name = argument[i];
    const char* const value = argument[i + 1];
    if (name == "--seeds") seeds = std::atoi(value);
    if (name == "--first-seed") first_seed = std::strtoull(value, nullptr, 10);
    if (name == "--rows") rows = value;
    if (name == "--markdown") file = value;
    if (name == "--plots") plots_file = value;
    if (name == "--cell") cell = value;
  }
  const char* const data = std::getenv("WEIR_DATA");
  if (data == nullptr) {
    std::cerr << "tables: WEIR_DATA names no folder of recorded workloads\n";
    return 2;
  }
  if (!cell.empty()) {
    print_cell(data, cell);
    return 0;
  }
  Page page(file);
  const auto add = [&](const char* row, const std::function<void()>& make) {
    if (rows.find(row) == std::string::npos) return;
    std::cerr << row << ":\n";
    make();
  };
  add("fragmentation", [&] { fragmentation_rows(data, first_seed, seeds, page); });
  add("batch", [&] { batch_rows(data, page); });
  add("philly", [&] { philly_rows(data, page); });
  add("unlike", [&] { unlike_rows(data, page); });
  add("seeds", [&] { seeds_rows(data, page); });
  add("makespan", [&] { makespan_rows(data, page); });
  std::cout << "\n";
  if (!plots_file.empty()) std::ofstream(plots_file) << weir::bench::plots_page(page.plots());
  return page.print_figures() == 0 ? 0 : 1;
}
