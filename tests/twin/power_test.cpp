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

// ---- caps and requests

std::string power_yaml(const std::string& work, const std::string& power) {
  return R"(
seed: 3
sites: [{name: north, stop_latency: 20s, restart_latency: 30s, pools: [{count: 4, cpus: 16}]}]
policy: {order: fair, backfill: conservative}
workload:
  checkpoint_every: 10m
  deadline_times: 40
)" + work +
         R"(
  synthetic: {jobs: 120, every: 4m, limit_percent: 120..150, mix: [{cpus: 4, run_time: 30m..3h}]}
power:
  sites: [{told: {site: north, pue_milli: 1250, cpu_draw_mw: 10000)" +
         power;
}

TEST(Power, a_cap_is_kept_and_all_work_is_done) {
  const std::string cap = ", cap_watts: {step: 2h, values: [800, 300, 600], repeats: 6h}}}]\n";
  const Scenario scenario = read(power_yaml("  pausable: true", cap));
  const Figures figures = run_trial(scenario, load_work(scenario)->jobs);
  EXPECT_EQ(figures.jobs.by_state.at("succeeded"), 120U);
  ASSERT_TRUE(figures.power.has_value());
  EXPECT_GT(figures.power->paused, 0U);
  EXPECT_LE(figures.power->peaks[0].peak_mw, 800'000);
  EXPECT_GT(figures.power->peaks[0].peak_mw, 600'000);
  EXPECT_EQ(figures.power->deadlines, 120U);
  EXPECT_EQ(figures, run_trial(scenario, load_work(scenario)->jobs));
}

TEST(Power, what_is_committed_to_is_delivered) {
  const std::string request =
      "}}]\n  requests: [{site: north, percent: 50, from: 3h, lasts: 2h, ahead: 10m}]\n";
  const auto figures_of = [&](const std::string& work) {
    const Scenario scenario = read(power_yaml(work, request));
    return run_trial(scenario, load_work(scenario)->jobs);
  };
  const Figures flexible = figures_of("  pausable: true");
  const PowerRequestFigures& all = flexible.power->requests.at(0);
  EXPECT_EQ(all.excess_mw, 0);
  EXPECT_EQ(all.short_mw, 0);
  EXPECT_GT(all.paused, 0U);
  EXPECT_EQ(all.until_s - all.from_s, std::chrono::hours(2));
  for (const PowerPoint& point : all.points) {
    EXPECT_LE(point.delivered_mw, point.committed_mw);
    EXPECT_LE(point.committed_mw, all.target_mw);
  }
  EXPECT_EQ(flexible.power->deadlines_missed, 0U);
  EXPECT_EQ(flexible.jobs.by_state.at("succeeded"), 120U);
  // Who only begins nothing more falls short, says so, and keeps to that.
  const Figures firm = figures_of("");
  EXPECT_GT(firm.power->requests.at(0).short_mw, 0);
  EXPECT_EQ(firm.power->requests.at(0).excess_mw, 0);
  EXPECT_EQ(firm.power->paused, 0U);
}

TEST(Power, requests_that_make_no_sense_are_refused_with_their_field) {
  const auto field_of = [](const std::string& request) {
    auto scenario =
        parse_scenario(power_yaml("", "}}]\n  requests: [" + request + "]\n"), "x.yaml");
    EXPECT_TRUE(scenario.has_value());
    const auto files = read_files(*scenario);
    return files.has_value() ? std::string() : files.error().field;
  };
  EXPECT_EQ(field_of("{site: south, kw: 1, from: 1h, lasts: 1h}"), "power.requests[0].site");
  EXPECT_EQ(field_of("{site: north, from: 1h, lasts: 1h}"), "power.requests[0]");
  EXPECT_EQ(field_of("{site: north, percent: 101, from: 1h, lasts: 1h}"),
            "power.requests[0].percent");
  EXPECT_EQ(field_of("{site: north, kw: 1, from: 1h, lasts: 0s}"), "power.requests[0].lasts");
}

}  // namespace
}  // namespace weir::twin
