#include "twin/comparison.h"

#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/check.h"

namespace weir::twin {

namespace {

double seconds(base::Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

struct Metric {
  const char* name;
  const char* unit;
  double (*of)(const Figures&);
};

constexpr std::array metrics{
    Metric{"wait mean", "s", [](const Figures& f) { return seconds(f.wait.mean_s); }},
    Metric{"wait median", "s", [](const Figures& f) { return seconds(f.wait.median_s); }},
    Metric{"wait P95", "s", [](const Figures& f) { return seconds(f.wait.p95_s); }},
    Metric{"wait P99", "s", [](const Figures& f) { return seconds(f.wait.p99_s); }},
    Metric{"bounded slowdown mean", "ratio",
           [](const Figures& f) { return f.bounded_slowdown.mean; }},
    Metric{"completion mean", "s", [](const Figures& f) { return seconds(f.completion.mean_s); }},
    Metric{"makespan", "s", [](const Figures& f) { return seconds(f.makespan_s); }},
    Metric{"allocated", "ratio",
           [](const Figures& f) {
             return f.resources.empty() ? 0.0 : f.resources.front().allocated.value_or(0);
           }},
    Metric{"jobs ended", "jobs",
           [](const Figures& f) { return static_cast<double>(f.jobs.ended); }},
};

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

Difference difference_of(std::span<const double> differences) {
  WEIR_CHECK(!differences.empty(), "a mean is of something");
  Difference result;
  result.mean = mean_of(differences);
  if (differences.size() < 2) return result;
  const auto count = static_cast<double>(differences.size());
  double squares = 0;
  for (const double difference : differences) {
    squares += (difference - result.mean) * (difference - result.mean);
  }
  const boost::math::students_t distribution(count - 1);
  const double t = boost::math::quantile(distribution, 0.975);
  result.half_width = t * std::sqrt(squares / (count - 1) / count);
  return result;
}

Comparison compare(const std::vector<std::vector<Figures>>& runs) {
  WEIR_CHECK(!runs.empty() && !runs.front().empty(), "there is a run to compare");
  Comparison comparison;
  comparison.seeds = runs.front().size();
  for (const Metric& metric : metrics) {
    MetricComparison& row = comparison.metrics.emplace_back();
    row.metric = metric.name;
    row.unit = metric.unit;
    std::vector<double> first;
    for (const std::vector<Figures>& of_scenario : runs) {
      WEIR_CHECK(of_scenario.size() == comparison.seeds, "each scenario ran every seed");
      std::vector<double> values;
      for (const Figures& figures : of_scenario) values.push_back(metric.of(figures));
      ScenarioMean& mean = row.scenarios.emplace_back();
      mean.scenario = of_scenario.front().scenario;
      mean.mean = mean_of(values);
      if (first.empty()) {
        first = values;
        continue;
      }
      for (std::size_t i = 0; i < values.size(); ++i) values[i] -= first[i];
      mean.against_first = difference_of(values);
    }
  }
  return comparison;
}

}  // namespace weir::twin
