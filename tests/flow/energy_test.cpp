// What energy costs and emits over a span, by hand and by summing every second.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "flow/energy.h"

namespace weir::flow::test {
namespace {

using base::Time;

constexpr Time at_hour(int hours) { return Time(std::chrono::hours(hours)); }

model::SitePower site() {
  model::SitePower power;
  power.site = "north";
  power.pue_milli = 1250;
  power.carbon_mg_per_kwh = model::Series{{}, std::chrono::hours(1), {400'000, 200'000}, {}};
  power.price_micro_cny_per_kwh =
      model::Series{{}, std::chrono::hours(1), {800'000, 300'000}, std::chrono::hours(2)};
  return power;
}

// 800 W at a PUE of 1.25 are a kilowatt.
TEST(Energy, is_draw_times_time_times_what_the_room_takes_on_top) {
  const SiteEnergy energy(site());
  const model::Footprint used = energy.footprint(800'000, at_hour(0), at_hour(2));
  EXPECT_EQ(used.energy_joules, 7'200'000);
  EXPECT_EQ(used.carbon_mg, 600'000);
  EXPECT_EQ(used.energy_micro_cny, 1'100'000);
  EXPECT_EQ(energy.footprint(0, at_hour(0), at_hour(2)).carbon_mg, 0);
}

TEST(Energy, is_unknown_as_far_as_nothing_was_told) {
  const SiteEnergy energy(site());
  // The price repeats, the carbon does not.
  const model::Footprint beyond = energy.footprint(800'000, at_hour(1), at_hour(3));
  EXPECT_EQ(beyond.energy_micro_cny, 1'100'000);
  EXPECT_FALSE(beyond.carbon_mg.has_value());
  model::SitePower bare;
  bare.site = "south";
  const model::Footprint nothing = SiteEnergy(bare).footprint(1000, at_hour(0), at_hour(1));
  EXPECT_EQ(nothing.energy_joules, 3600);
  EXPECT_FALSE(nothing.energy_micro_cny.has_value());
  // What is known of one part only is not known of both together.
  EXPECT_FALSE(sum_of(beyond, nothing).energy_micro_cny.has_value());
  EXPECT_EQ(sum_of(beyond, nothing).energy_joules, *beyond.energy_joules + 3600);
}

RC_GTEST_PROP(Energy, of_parts_is_that_of_the_whole, (std::uint64_t seed)) {
  base::Random random{seed};
  model::SitePower power = site();
  power.carbon_mg_per_kwh->repeats = std::chrono::hours(1);
  const SiteEnergy energy(power);
  const std::int64_t draw = random.between(0, 10'000'000);
  const Time from = at_hour(0) + base::Duration(random.between(0, 9'000'000'000));
  const Time middle = from + base::Duration(random.between(0, 9'000'000'000));
  const Time until = middle + base::Duration(random.between(0, 9'000'000'000));
  const model::Footprint parts =
      sum_of(energy.footprint(draw, from, middle), energy.footprint(draw, middle, until));
  const model::Footprint whole = energy.footprint(draw, from, until);
  // Each is rounded to the nearest by itself.
  RC_ASSERT(std::abs(*parts.energy_joules - *whole.energy_joules) <= 1);
  RC_ASSERT(std::abs(*parts.carbon_mg - *whole.carbon_mg) <= 1);
  RC_ASSERT(std::abs(*parts.energy_micro_cny - *whole.energy_micro_cny) <= 1);
}

TEST(Energy, that_cannot_be_is_refused_with_its_field) {
  model::PowerTable table{{site()}};
  EXPECT_TRUE(check_power(table).has_value());
  table.sites[0].pue_milli = 900;
  EXPECT_EQ(check_power(table).error().field, "sites[0].pue_milli");
  table.sites[0] = site();
  table.sites[0].carbon_mg_per_kwh->values.clear();
  EXPECT_EQ(check_power(table).error().field, "sites[0].carbon_mg_per_kwh.values");
  table.sites[0] = site();
  table.sites[0].devices = {{"nvidia-h100", 1}, {"nvidia-h100", 2}};
  EXPECT_EQ(check_power(table).error().field, "sites[0].devices[0]");
  table.sites = {site(), site()};
  EXPECT_EQ(check_power(table).error().field, "sites[0].site");
}

}  // namespace
}  // namespace weir::flow::test
