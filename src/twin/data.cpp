#include "twin/data.h"

#include <algorithm>
#include <cmath>

#include "base/read.h"
#include "flow/data_policy.h"
#include "twin/draw.h"
#include "twin/traces/text_file.h"

namespace weir::twin {

using base::ErrorCode;
using base::fail;

base::Status check_datasets(const DatasetsForm& form, const std::vector<std::string>& sites) {
  constexpr std::uint32_t count_most = 1'000'000;
  constexpr std::int64_t bytes_most = std::int64_t{1} << 55;
  if (form.count < 1 || form.count > count_most) {
    return fail(ErrorCode::invalid, std::to_string(form.count) + " is not from 1 to 1000000",
                "count");
  }
  if (form.least_bytes < 1 || form.most_bytes < form.least_bytes || form.most_bytes > bytes_most) {
    return fail(ErrorCode::invalid, "is not between the least and the most there can be",
                form.least_bytes < 1 ? "least_bytes" : "most_bytes");
  }
  constexpr double popularity_most = 4;
  if (!(form.popularity >= 0 && form.popularity <= popularity_most)) {
    return fail(ErrorCode::invalid, "is not from 0 to 4", "popularity",
                "1 for Zipf's law, 0 where all are read alike");
  }
  if (form.readers_percent > 100) {
    return fail(ErrorCode::invalid, "is not from 0 to 100", "readers_percent");
  }
  std::uint64_t weights = 0;
  for (std::size_t i = 0; i < form.homes.size(); ++i) {
    weights += form.homes[i].weight;
    if (std::find(sites.begin(), sites.end(), form.homes[i].site) != sites.end()) continue;
    return fail(ErrorCode::invalid, "`" + form.homes[i].site + "` is no site of this scenario",
                "homes[" + std::to_string(i) + "].site");
  }
  if (!form.homes.empty() && weights == 0) {
    return fail(ErrorCode::invalid, "all have no weight", "homes");
  }
  return {};
}

base::Status read_network(NetworkForm& form) {
  if (!form.file.empty()) {
    const std::string text = WEIR_TRY(traces::read_text_file(form.file));
    const auto document = WEIR_TRY(base::parse_yaml(text, form.file));
    form.told = WEIR_TRY(base::read_document<model::NetworkTable>(document));
  }
  WEIR_TRY_STATUS(flow::check_network(form.told));
  form.told = flow::tidied(std::move(form.told));
  return {};
}

namespace {

std::vector<std::uint64_t> home_weights(const DatasetsForm& form,
                                        const std::vector<std::string>& sites) {
  std::vector<std::uint64_t> weights(sites.size(), form.homes.empty() ? 1 : 0);
  for (const HomeForm& home : form.homes) {
    const auto at = std::find(sites.begin(), sites.end(), home.site);
    weights[static_cast<std::size_t>(at - sites.begin())] += home.weight;
  }
  return weights;
}

}  // namespace

void draw_datasets(const DatasetsForm& form, const std::vector<std::string>& sites,
                   base::Random random, Workload& work) {
  const std::vector<std::uint64_t> homes = home_weights(form, sites);
  std::vector<std::uint64_t> popularity;
  const std::int64_t power_milli = std::llround(form.popularity * 1000);
  work.datasets.clear();
  for (std::uint32_t k = 0; k < form.count; ++k) {
    // 1/(k+1)^popularity, on whole numbers alone (twin/draw.h).
    constexpr std::int64_t unit = std::int64_t{1} << 20;
    constexpr std::int64_t scale = 1'000'000'000;
    const std::int64_t exponent = log2_fixed(k + 1) * power_milli / 1000;
    const std::int64_t weight = scale * unit / power_of_two(exponent, unit);
    popularity.push_back(static_cast<std::uint64_t>(std::max<std::int64_t>(weight, 1)));
    TraceDataset& dataset = work.datasets.emplace_back();
    dataset.name = "data-" + std::to_string(k + 1);
    dataset.bytes = draw_log_uniform(random, form.least_bytes, form.most_bytes);
    dataset.home = static_cast<std::uint32_t>(draw_weighted(random, homes));
  }
  // Each draw by one search among the sums.
  std::vector<std::uint64_t> sums(popularity.size());
  std::uint64_t all = 0;
  for (std::size_t k = 0; k < popularity.size(); ++k) sums[k] = all += popularity[k];
  for (TraceJob& job : work.jobs) {
    const std::uint64_t drawn = random.below(all);
    const auto at = std::upper_bound(sums.begin(), sums.end(), drawn);
    const auto dataset = static_cast<std::uint32_t>(at - sums.begin());
    const auto alone = static_cast<std::uint32_t>(draw_weighted(random, homes));
    const bool reads = random.below(100) < form.readers_percent;
    job.dataset = reads ? std::optional(dataset) : std::nullopt;
    job.home = reads ? work.datasets[dataset].home : alone;
  }
  work.homes = sites;
}

}  // namespace weir::twin
