#include "schedule/throughput.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/read.h"
#include "base/wire.h"
#include "tests/schedule/support/recorded.h"

namespace weir::schedule::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s
using base::Duration;

base::Result<model::ThroughputTable> read(const std::string& yaml) {
  const auto document = base::parse_yaml(yaml, "rates.yaml");
  if (!document) return base::fail(document.error());
  return base::read_document<model::ThroughputTable>(*document);
}

constexpr const char* text = R"(
rates:
  - {job_class: resnet, device_model: v100, rate_micro: 30000000, basis: measured, source: me}
  - {job_class: resnet, device_model: v100, devices: 8, rate_micro: 200000000}
  - {job_class: resnet, device_model: k80, rate_micro: 9000000, source: its maker}
  - {job_class: resnet, device_model: k80, rate_micro: 7000000, basis: measured}
)";

TEST(Throughput, is_read_from_yaml_and_survives_json_and_wire) {
  const auto table = read(text);
  ASSERT_TRUE(table.has_value()) << table.error().text();
  ASSERT_EQ(table->rates.size(), 4U);
  EXPECT_EQ(table->rates[0], (model::Throughput{"resnet", "v100", 1, 30'000'000,
                                                model::RateBasis::measured, "me", ""}));
  EXPECT_TRUE(check_throughputs(*table).has_value());
  EXPECT_EQ(read(base::to_json(*table)), *table);  // JSON is YAML
  EXPECT_EQ(base::from_wire<model::ThroughputTable>(base::to_wire(*table)), *table);
}

TEST(Throughput, says_what_is_wrong_with_a_table) {
  EXPECT_EQ(read("rates: [{job_class: a, device_model: b}]").error().text(),
            "rates.yaml:1:9: rates[0].rate_micro: is missing");
  model::ThroughputTable table{{{"a", "b", 1, 0, {}, "", ""}}};
  EXPECT_EQ(check_throughputs(table).error().field, "rates[0].rate_micro");
  table.rates = {{"a", "b", 0, 1, {}, "", ""}};
  EXPECT_EQ(check_throughputs(table).error().field, "rates[0].devices");
  table.rates = {{"a", "b", 1, 1, {}, "", ""}, {"a", "b", 1, 2, {}, "", ""}};
  EXPECT_EQ(check_throughputs(table).error().field, "rates[1]");
}

TEST(Throughput, scales_a_run_by_the_rates_of_its_class) {
  const Throughputs rates(*read(text));
  EXPECT_EQ(rates.run_time_on("resnet", 70min, {"v100", 1}, {"k80", 1}), 300min);
  EXPECT_EQ(rates.run_time_on("resnet", 200min, {"v100", 1}, {"v100", 8}), 30min);
}

TEST(Throughput, counts_what_was_measured_before_what_was_declared) {
  const Throughputs rates(*read(text));
  ASSERT_NE(rates.find("resnet", {"k80", 1}), nullptr);
  EXPECT_EQ(rates.find("resnet", {"k80", 1})->rate_micro, 7'000'000);
  EXPECT_EQ(rates.find("resnet", {"k80", 1})->basis, model::RateBasis::measured);
}

TEST(Throughput, what_nobody_knows_stays_unknown) {
  const Throughputs rates(*read(text));
  EXPECT_EQ(rates.run_time_on("resnet", 1h, {"v100", 1}, {"k80", 8}), std::nullopt);
  EXPECT_EQ(rates.run_time_on("bert", 1h, {"v100", 1}, {"k80", 1}), std::nullopt);
  EXPECT_EQ(rates.run_time_on("bert", 1h, {"k80", 4}, {"k80", 4}), 1h);
}

RC_GTEST_PROP(Throughput, a_run_is_never_rounded_down, ()) {
  const Duration run{*rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 50)};
  const auto here = *rc::gen::inRange<std::int64_t>(1, std::int64_t{1} << 40);
  const auto there = *rc::gen::inRange<std::int64_t>(1, std::int64_t{1} << 40);
  const Duration scaled = scaled_run(run, here, there);
  if (scaled == Duration::max()) return;
  // Going there and back costs no time, and at most what one microsecond there is worth here.
  const Duration back = scaled_run(scaled, there, here);
  RC_ASSERT(back >= run);
  RC_ASSERT(back - run <= Duration{there / here + 2});
}

TEST(Throughput, gives_the_run_times_of_a_real_table) {
  const auto path = recorded("gavel/throughput_isolated_steps_per_s.csv");
  WEIR_NEEDS_RECORDED(path);
  model::ThroughputTable table;
  const std::array<std::string, 3> models{"v100", "p100", "k80"};
  const auto rows = rows_of(path);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      const auto micro = std::llround(std::stod(row[2 + i]) * 1e6);
      const auto devices = static_cast<std::uint32_t>(std::stoul(row[1]));
      if (micro > 0) {
        table.rates.push_back(
            {row[0], models[i], devices, micro, model::RateBasis::measured, "Gavel, OSDI'20", ""});
      }
    }
  }
  ASSERT_TRUE(check_throughputs(table).has_value());
  const Throughputs rates(table);
  std::size_t compared = 0;
  for (const auto& row : rows) {
    const auto devices = static_cast<std::uint32_t>(std::stoul(row[1]));
    const double here = std::stod(row[2]);
    const double there = std::stod(row[4]);
    const auto got = rates.run_time_on(row[0], 10h, {"v100", devices}, {"k80", devices});
    ASSERT_EQ(got.has_value(), here > 0 && there > 0);
    if (!got) continue;
    EXPECT_NEAR(static_cast<double>(got->count()) / 36e9 / (here / there), 1.0, 1e-4) << row[0];
    ++compared;
  }
  EXPECT_GT(compared, 60U);
}

}  // namespace
}  // namespace weir::schedule::test
