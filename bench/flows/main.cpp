// flows [--rows NAME,…] [--markdown FILE] [--plots FILE]: what data, network and power are worth in
// a plan, on recorded series, grids and workloads. Without --rows: all of them.
//
// WEIR_DATA names the folder with the recorded workloads and series.
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "bench/flows/rows.h"
#include "bench/page/plots.h"

namespace {

using namespace weir::flows;

struct Row {
  const char* name;
  void (*make)(const std::string& data, Page& page);
};
constexpr std::array rows{
    Row{"carbon_time", carbon_in_time_rows},
    Row{"carbon_foreseen", carbon_foreseen_rows},
    Row{"carbon_place", carbon_in_place_rows},
    Row{"waiting", waiting_rows},
    Row{"four", four_flow_rows},
    Row{"cross_site", cross_site_rows},
    Row{"demand_response", demand_response_rows},
    Row{"relays", relay_rows},
    Row{"transfers", transfer_rows},
    Row{"all_reduce_times", all_reduce_rows},
    Row{"fabric", fabric_rows},
    Row{"utilisation", utilisation_rows},
    Row{"gaia_twin", gaia_twin_rows},
};

}  // namespace

int main(int arguments, char** argument) {
  std::string wanted;
  std::string file;
  std::string plots_file;
  for (int i = 1; i + 1 < arguments; i += 2) {
    const std::string name = argument[i];
    const char* const value = argument[i + 1];
    if (name == "--rows") wanted = std::string(",") + value + ",";
    if (name == "--markdown") file = value;
    if (name == "--plots") plots_file = value;
  }
  const char* const data = std::getenv("WEIR_DATA");
  if (data == nullptr) {
    std::cerr << "flows: WEIR_DATA names no folder of recorded workloads\n";
    return 2;
  }
  Page page(file);
  for (const Row& row : rows) {
    const bool asked =
        wanted.empty() || wanted.find(std::string(",") + row.name + ",") != std::string::npos;
    if (!asked) continue;
    std::cerr << row.name << ":\n";
    row.make(data, page);
  }
  std::cout << "\n";
  if (!plots_file.empty()) {
    std::ofstream(plots_file) << weir::bench::plots_page(page.plots());
  }
  return page.print_figures() == 0 ? 0 : 1;
}
