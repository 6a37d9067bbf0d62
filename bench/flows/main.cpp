// flows [--rows carbon_time,carbon_foreseen,carbon_place,waiting,relays,transfers,utilisation,
// gaia_twin] [--markdown FILE] [--plots FILE]: what data, network and power are worth in a plan, on
// recorded series and grids.
//
// WEIR_DATA names the folder with the recorded workloads and series.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>

#include "bench/flows/rows.h"
#include "bench/page/plots.h"

int main(int arguments, char** argument) {
  using namespace weir::flows;
  std::string rows =
      "carbon_time,carbon_foreseen,carbon_place,waiting,relays,transfers,utilisation,gaia_twin";
  std::string file;
  std::string plots_file;
  for (int i = 1; i + 1 < arguments; i += 2) {
    const std::string name = argument[i];
    const char* const value = argument[i + 1];
    if (name == "--rows") rows = value;
    if (name == "--markdown") file = value;
    if (name == "--plots") plots_file = value;
  }
  const char* const data = std::getenv("WEIR_DATA");
  if (data == nullptr) {
    std::cerr << "flows: WEIR_DATA names no folder of recorded workloads\n";
    return 2;
  }
  Page page(file);
  const auto add = [&](const char* row, const std::function<void()>& make) {
    if (rows.find(row) == std::string::npos) return;
    std::cerr << row << ":\n";
    make();
  };
  add("carbon_time", [&] { carbon_in_time_rows(data, page); });
  add("carbon_foreseen", [&] { carbon_foreseen_rows(data, page); });
  add("carbon_place", [&] { carbon_in_place_rows(data, page); });
  add("waiting", [&] { waiting_rows(data, page); });
  add("relays", [&] { relay_rows(data, page); });
  add("transfers", [&] { transfer_rows(data, page); });
  add("utilisation", [&] { utilisation_rows(data, page); });
  add("gaia_twin", [&] { gaia_twin_rows(data, page); });
  std::cout << "\n";
  if (!plots_file.empty()) {
    std::ofstream(plots_file) << weir::bench::plots_page(page.plots());
  }
  return page.print_figures() == 0 ? 0 : 1;
}
