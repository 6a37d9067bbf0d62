// When work that may wait is best begun: never worse by its own objective than any other start.
#include "schedule/energy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"

namespace weir::schedule::test {
namespace {

using base::Duration;
using base::Time;

TEST(Draw, is_known_only_if_all_of_it_is) {
  model::SitePower power;
  power.cpu_draw_mw = 5'000;
  power.devices = {{"nvidia-h100", 700'000}};
  const Held held{8, 2'500, {{"nvidia-h100", 2'500}}};
  EXPECT_EQ(draw_of(power, held), 40'000 + 1'750'000);
  const Held other{8, 1'000, {{"ascend-910b", 1'000}}};
  EXPECT_FALSE(draw_of(power, other).has_value());
}

flow::SiteEnergy any_site(base::Random& random) {
  const auto series = [&] {
    model::Series out;
    out.step = std::chrono::minutes(random.between(1, 4));
    for (std::uint64_t i = 0, count = 1 + random.below(8); i < count; ++i) {
      out.values.push_back(random.between(1'000, 900'000));
    }
    out.repeats = out.step * static_cast<std::int64_t>(out.values.size());
    return out;
  };
  model::SitePower power;
  power.site = "north";
  power.carbon_mg_per_kwh = series();
  power.price_micro_cny_per_kwh = series();
  return flow::SiteEnergy(power);
}

RC_GTEST_PROP(BestStart, no_other_start_has_a_lower_score, (std::uint64_t seed)) {
  base::Random random{seed};
  const flow::SiteEnergy site = any_site(random);
  const EnergyWay way{&site, 1'000'000'000, std::chrono::seconds(random.between(1, 900)),
                      random.between(0, 50'000'000)};
  const auto weight = [&] { return static_cast<std::uint32_t>(random.below(3) * 500); };
  const model::Objective objective{weight(), weight(), weight()};
  const Time earliest(std::chrono::seconds(random.between(0, 600)));
  const Time latest = earliest + std::chrono::seconds(random.between(0, 900));
  const EnergyParts reference = parts_of(way, earliest, earliest);
  const auto best = best_start(way, objective, earliest, latest, reference);
  RC_ASSERT(best.has_value());
  RC_ASSERT(best->start >= earliest);
  RC_ASSERT(best->start <= latest);
  for (Time start = earliest; start <= latest; start += std::chrono::seconds(1)) {
    // To what rounding of the parts allows.
    const auto score = score_of(parts_of(way, earliest, start), objective, reference);
    RC_ASSERT(*score + 5 >= best->score);
  }
}

TEST(BestStart, is_none_where_what_is_weighed_is_not_known) {
  model::SitePower power;
  power.site = "north";
  power.carbon_mg_per_kwh = model::Series{{}, std::chrono::hours(1), {5, 1}, {}};
  const flow::SiteEnergy site(power);
  const EnergyWay way{&site, 1'000'000, std::chrono::hours(1), 0};
  const EnergyParts now = parts_of(way, Time{}, Time{});
  const Time next(std::chrono::hours(1));
  EXPECT_EQ(best_start(way, {0, 0, 1000}, Time{}, next, now)->start, next);
  // Nobody knows of later, nor of the price.
  EXPECT_FALSE(best_start(way, {0, 0, 1000}, Time{}, next + Duration(1), now).has_value());
  EXPECT_FALSE(best_start(way, {0, 1000, 0}, Time{}, next, now).has_value());
}

}  // namespace
}  // namespace weir::schedule::test
