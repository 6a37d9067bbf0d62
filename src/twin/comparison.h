// Scenarios against one another on the same work, seed by seed.
//
// Method: paired t. For each seed all scenarios run the same submissions, so that what the seed
// brings to all of them falls out of the difference; over the seeds the differences d have mean m
// and standard deviation s, and m ± t(0.975, n − 1) · s / √n holds the true mean in 95 of 100 cases
// if the differences are near to normal (Student 1908). With one seed there is no interval.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/describe.h"
#include "twin/figures.h"

namespace weir::twin {

struct Difference {
  double mean = 0;
  std::optional<double> half_width;  // of the interval; none: one seed alone

  // Whether the interval leaves zero out.
  [[nodiscard]] bool certain() const {
    return half_width && (mean > *half_width || mean < -*half_width);
  }
  friend bool operator==(const Difference&, const Difference&) = default;
};
WEIR_DESCRIBE(Difference, mean, half_width)

struct ScenarioMean {
  std::string scenario;
  double mean = 0;
  std::optional<Difference> against_first;  // this one less the first; none for the first itself

  friend bool operator==(const ScenarioMean&, const ScenarioMean&) = default;
};
WEIR_DESCRIBE(ScenarioMean, scenario, mean, against_first)

struct MetricComparison {
  std::string metric;  // "wait mean"
  std::string unit;    // "s", "ratio"
  std::vector<ScenarioMean> scenarios;

  friend bool operator==(const MetricComparison&, const MetricComparison&) = default;
};
WEIR_DESCRIBE(MetricComparison, metric, unit, scenarios)

struct Comparison {
  std::string method = "paired t, 95%";
  std::uint64_t seeds = 0;
  std::vector<MetricComparison> metrics;

  friend bool operator==(const Comparison&, const Comparison&) = default;
};
WEIR_DESCRIBE(Comparison, method, seeds, metrics)

// The interval around the mean of these. Requires: some.
[[nodiscard]] Difference difference_of(std::span<const double> differences);

// `runs[i]` holds the figures of scenario i, one for each seed, in the same order of seeds.
// Requires: as many for each; one scenario and one seed at least.
[[nodiscard]] Comparison compare(const std::vector<std::vector<Figures>>& runs);

}  // namespace weir::twin
