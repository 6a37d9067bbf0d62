// Energy in the twin: who may wait starts when it is cleanest, by what was told; what was used is
// counted by what came true.
#include "twin/power.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "twin/trial.h"

namespace weir::twin {
namespace {

// Two days of hours: dear at day, cheap from the 20th hour on; on the second day cheap from the
// second hour on instead.
std::string write_series() {
  const auto path = std::filesystem::temp_directory_path() / "weir_power_test.csv";
  std::ofstream file(path);
  file << "hour,north\n";
  for (int hour = 0; hour < 48; ++hour) {
    const bool clean = hour < 24 ? hour >= 20 : hour >= 26 && hour < 30;
    file << hour << "," << (clean ? "100.5" : "400") << "\n";
  }
  return path.string();
}

Scenario read(const std::string& yaml) {
  auto scenario = parse_scenario(yaml, "scenario.yaml");
  EXPECT_TRUE(scenario.has_value()) << scenario.error().text();
  const auto files = read_files(*scenario);
  EXPECT_TRUE(files.has_value()) << files.error().text();
  return *std::move(scenario);
}

std::string yaml_of(const std::string& file, const std::string& foresight,
                    const std::string& work) {
  return R"(
sites: [{name: north, pools: [{count: 4, cpus: 8}]}]
workload: {)" +
         work + R"(, synthetic: {jobs: 4, every: 1m, mix: [{cpus: 1, run_time: 1h..1h}]}}
power:
  foresight: )" +
         foresight + R"(
  sites: [{told: {site: north, cpu_draw_mw: 1000000}, carbon: {file: )" +
         file + R"(, column: north}}]
)";
}

TEST(Power, who_may_wait_starts_when_it_is_cleanest) {
  const std::string file = write_series();
  const auto used = [&](const std::string& foresight, const std::string& work) {
    const Scenario scenario = read(yaml_of(file, foresight, work));
    const Figures figures = run_trial(scenario, load_work(scenario)->jobs);
    EXPECT_EQ(figures.jobs.by_state.at("succeeded"), 4U);
    EXPECT_EQ(figures, run_trial(scenario, load_work(scenario)->jobs));
    return figures;
  };
  // Four jobs of an hour at a kilowatt: at 400 g at once, at 100.5 g in the evening.
  const Figures at_once = used("whole", "max_delay: 24h");
  EXPECT_EQ(at_once.footprint->carbon_mg, 4 * 400'000);
  EXPECT_EQ(at_once.footprint->energy_joules, 4 * 3'600'000);
  EXPECT_FALSE(at_once.footprint->energy_micro_cny.has_value());
  const Figures patient = used("whole", "objective: carbon, max_delay: 24h");
  EXPECT_EQ(patient.footprint->carbon_mg, 4 * 100'500);
  EXPECT_GE(patient.wait.mean_s, std::chrono::hours(19));
  // Until the evening it is not known that it will be clean.
  EXPECT_EQ(used("day", "objective: carbon, max_delay: 24h").footprint->carbon_mg, 4 * 400'000);
}

TEST(Power, of_a_day_before_is_what_is_told_of_what_comes) {
  Scenario scenario = read(yaml_of(write_series(), "day", "max_delay: 1h"));
  PowerFeed feed(*scenario.power, scenario.start);
  base::Time now = scenario.start;
  for (int hour = 0; hour < 48; ++hour) {
    ASSERT_EQ(feed.next(), now);
    const model::PowerTable told = feed.take(now);
    const model::Series& carbon = *told.sites.front().carbon_mg_per_kwh;
    EXPECT_EQ(carbon.values.size(), static_cast<std::size_t>(hour) + 1);
    EXPECT_EQ(carbon.repeats, std::chrono::hours(std::min(hour + 1, 24)));
    now += std::chrono::hours(1);
  }
  EXPECT_FALSE(feed.next().has_value());
}

TEST(Power, that_cannot_be_read_says_what_and_where) {
  const std::string file = write_series();
  const auto error_of = [](const std::string& yaml) {
    auto scenario = parse_scenario(yaml, "scenario.yaml");
    EXPECT_TRUE(scenario.has_value()) << scenario.error().text();
    return read_files(*scenario).error();
  };
  std::string yaml = yaml_of(file, "whole", "max_delay: 1h");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string other = yaml;
    return other.replace(other.find(from), from.size(), to);
  };
  EXPECT_EQ(error_of(with("column: north", "column: south")).field, "power.sites[0].carbon.column");
  EXPECT_EQ(error_of(with(file, "nowhere.csv")).field, "power.sites[0].carbon.file");
  EXPECT_EQ(error_of(with("cpu_draw_mw: 1000000", "cpu_draw_mw: -1")).field,
            "power.sites[0].told.cpu_draw_mw");
}

}  // namespace
}  // namespace weir::twin
