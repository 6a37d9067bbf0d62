// Datasets and links in a scenario: what lies where when it begins, who reads what, and where
// people would run their work if there were no pool.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/random.h"
#include "base/result.h"
#include "model/network.h"
#include "twin/workload.h"

namespace weir::twin {

// The links as `weir links set` takes them: written here, or in a file.
struct NetworkForm {
  std::string file;  // beside the scenario, or from the root
  model::NetworkTable told;
};
WEIR_DESCRIBE(NetworkForm, file, told)

// How likely work, or a dataset, belongs to a site.
struct HomeForm {
  static constexpr std::array<std::string_view, 1> required_fields{"site"};
  std::string site;
  std::uint32_t weight = 1;
};
WEIR_DESCRIBE(HomeForm, site, weight)

// Datasets that jobs read: one each. Sizes are drawn evenly by their logarithm; each lies at one
// site, which is the home of the jobs that read it. The k-th most popular is read by 1/k^popularity
// as many jobs as the first (Zipf's law).
struct DatasetsForm {
  static constexpr std::array<std::string_view, 1> required_fields{"count"};
  std::uint32_t count = 1;
  std::int64_t least_bytes = 1'000'000'000;
  std::int64_t most_bytes = 10'000'000'000'000;
  double popularity = 1.0;              // 0: all alike
  std::uint32_t readers_percent = 100;  // of all jobs: those that read one
  std::vector<HomeForm> homes;          // none: every site alike
};
WEIR_DESCRIBE(DatasetsForm, count, least_bytes, most_bytes, popularity, readers_percent, homes)

// What is wrong with the form, if anything. Fails: invalid; the field is below the form.
[[nodiscard]] base::Status check_datasets(const DatasetsForm& form,
                                          const std::vector<std::string>& sites);
// Reads the file that the form names, and checks what was told.
[[nodiscard]] base::Status read_network(NetworkForm& form);

// Draws datasets, who reads which, and everybody's home.
void draw_datasets(const DatasetsForm& form, const std::vector<std::string>& sites,
                   base::Random random, Workload& work);

}  // namespace weir::twin
