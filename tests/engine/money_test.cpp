// Budgets of money: what is charged when, what comes back, and what no snapshot may say.
#include <gtest/gtest.h>

#include "base/wire.h"
#include "engine/engine.h"

namespace weir::engine::test {
namespace {

using namespace model;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 1h, 30min

const Principal olga{"lab", "olga", Role::operator_};
const base::Time midnight = *base::parse_time("2026-01-01T00:00:00Z");

// One node with two cards, at 10 CNY an hour each; the lab may spend so much a day.
class House {
 public:
  explicit House(std::int64_t budget_micro_cny) {
    JoinSite join{"near", {{}}};
    Node& node = join.nodes.front();
    node.name = "node0";
    node.cpus = 8;
    node.memory_bytes = 1 << 30;
    node.devices.resize(2);
    for (Device& device : node.devices) device.model = "nvidia-h100";
    step(join);
    set_price(10'000'000);
    Tenant lab;
    lab.path = "lab";
    lab.budget = Budget{0, Period::day, budget_micro_cny};
    step(SetTenant{olga, lab});
  }

  Step step(const Input& input) { return engine_.step(input, now_); }
  void wait(base::Duration time) { now_ += time; }
  void set_price(std::int64_t micro_cny) {
    step(SetPrices{olga, {{{"nvidia-h100", micro_cny}}, 0}});
  }
  Step submit(base::Duration limit) {
    JobSpec spec;
    spec.run = "true";
    spec.options[0].devices = {{"nvidia-h100", 1}};
    spec.time_limit = limit;
    return step(SubmitJobs{olga, "", {spec}});
  }
  void end(std::uint64_t job) {
    const AttemptKey key{JobId{job}, 0, 1};
    step(ReportSite{
        "near", 1, ++reports_, {{key, AttemptPhase::ended, now_, Outcome{}, {}, 0, {}}}, {}});
  }
  [[nodiscard]] std::int64_t spent() const {
    const auto lab = engine_.index().tenants().find("lab");
    return engine_.state().tenants[*lab].spent_micro_cny;
  }
  [[nodiscard]] bool runs(std::uint64_t job) const {
    return !engine_.state().jobs.at(JobId{job}).running.empty();
  }
  [[nodiscard]] const Engine& engine() const { return engine_; }

 private:
  Engine engine_;
  base::Time now_ = midnight;
  std::uint64_t reports_ = 0;
};

TEST(Money, is_charged_at_the_price_of_the_moment_and_comes_back_at_the_same) {
  House house(100'000'000);
  (void)house.submit(2h);
  EXPECT_EQ(house.spent(), 20'000'000);
  house.set_price(30'000'000);
  EXPECT_EQ(house.spent(), 20'000'000);
  (void)house.submit(1h);
  EXPECT_EQ(house.spent(), 50'000'000);
  house.wait(30min);
  house.end(1);
  EXPECT_EQ(house.spent(), 35'000'000);
  house.wait(2h);  // more than was paid for: nothing comes back, nothing is charged
  house.end(2);
  EXPECT_EQ(house.spent(), 35'000'000);
}

TEST(Money, another_price_lets_in_what_waited_and_keeps_out_what_it_makes_too_dear) {
  House house(25'000'000);
  (void)house.submit(2h);
  (void)house.submit(1h);
  EXPECT_FALSE(house.runs(2));
  house.set_price(5'000'000);
  EXPECT_TRUE(house.runs(2));
  EXPECT_EQ(house.spent(), 25'000'000);
  house.set_price(10'000'000);
  EXPECT_EQ(house.submit(3h).reply.error->field, "limits.time");
}

TEST(Money, of_another_day_does_not_come_back_to_this_one) {
  House house(100'000'000);
  (void)house.submit(9h);
  house.wait(23h);
  (void)house.submit(1h);
  EXPECT_EQ(house.spent(), 100'000'000);
  house.wait(2h);
  (void)house.submit(1h);  // the cards are held: it waits
  house.end(1);
  EXPECT_EQ(house.spent(), 10'000'000);
}

TEST(Money, of_impossible_amounts_makes_a_snapshot_unsound) {
  House house(100'000'000);
  (void)house.submit(2h);
  const auto why = [&](const auto& change) {
    State state = *base::from_wire<State>(house.engine().snapshot());
    change(state);
    const auto restored = Engine::restore(base::to_wire(state));
    return restored ? "" : restored.error().text();
  };
  EXPECT_EQ(why([](State&) {}), "");
  EXPECT_EQ(why([](State& state) { state.tenants.front().spent_micro_cny = -1; }),
            "the record of tenant `lab` has impossible times or amounts");
  EXPECT_EQ(why([](State& state) {
              state.jobs.begin()->second.running.front().charged_micro_cny = INT64_MAX;
            }),
            "the record of job 1 was charged an impossible amount");
  EXPECT_EQ(why([](State& state) { state.prices.device_hours = {{"b", 1}, {"a", 1}}; }),
            "the prices lack order");
  EXPECT_EQ(why([](State& state) { state.prices.cpu_hour_micro_cny = -1; }),
            "cpu_hour_micro_cny: -0.000001 CNY is no price of an hour; from 0 to a million CNY; "
            "what has no price costs nothing");
}

}  // namespace
}  // namespace weir::engine::test
