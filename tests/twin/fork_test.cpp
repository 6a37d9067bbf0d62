// Forks of a live state: what they foretell comes true, and changes do what they say.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "twin/fork.h"
#include "twin/simulation.h"
#include "twin/synthetic.h"

namespace weir::twin {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr base::Time begin = base::time_from_us(1'000'000'000'000);
const model::Principal ann{"lab", "ann", model::Role::user};

std::vector<model::Node> nodes(std::size_t many, std::uint32_t cpus) {
  std::vector<model::Node> nodes(many);
  for (std::size_t i = 0; i < many; ++i) {
    nodes[i].name = "node-" + std::to_string(i);
    nodes[i].cpus = cpus;
    nodes[i].memory_bytes = std::int64_t{1} << 30U;
  }
  return nodes;
}

model::JobSpec job(std::uint32_t ranks, std::uint32_t cpus, base::Duration limit) {
  model::JobSpec spec;
  spec.name = "job";
  spec.nodes = ranks;
  spec.options[0].cpus = cpus;
  spec.time_limit = limit;
  return spec;
}

// A site whose work runs until its limit.
class Live {
 public:
  explicit Live(std::size_t nodes_of_site)
      : simulation({}, begin,
                   {[this](const model::AttemptKey& key) {
                      return simulation.engine().state().jobs.at(key.job).time_limit;
                    },
                    {},
                    true}) {
    simulation.watch([this](base::Time now, const model::Input&, const engine::Step& step) {
      for (const model::Fact& fact : step.facts) {
        if (const auto* placed = std::get_if<model::TaskPlaced>(&fact)) {
          starts.emplace(placed->attempt.job, now);
        }
      }
    });
    simulation.join({"here", nodes(nodes_of_site, 4), {}});
  }
  void submit(const model::JobSpec& spec) {
    (void)simulation.give(model::SubmitJobs{ann, "", {spec}});
  }

  Simulation simulation;
  std::map<model::JobId, base::Time> starts;
};

// A world of this seed, forked at a moment of its course: the jobs that start at another time in
// the fork than afterwards in the world.
std::vector<model::JobId> wrongly_foretold(std::uint64_t seed) {
  base::Random random{seed};
  Live live(4);
  const auto many = random.between(1, 40);
  for (std::int64_t i = 0; i < many; ++i) {
    const auto ranks = static_cast<std::uint32_t>(random.between(1, 4));
    const auto cpus = static_cast<std::uint32_t>(random.between(1, 4));
    live.submit(job(ranks, cpus, minutes(random.between(1, 300))));
  }
  const base::Time now = begin + minutes(random.between(0, 600));
  live.simulation.run_until(now);
  if (live.simulation.now() < now) return {};  // all has ended before
  const auto forked = play_fork(live.simulation.engine(), now, {}, engine::RunTimes::limits);
  if (!forked) return {model::JobId{0}};
  live.simulation.run_until(base::Time::max());
  std::vector<model::JobId> wrong;
  for (const ForkedJob& row : *forked) {
    if (row.start != live.starts.at(row.job)) wrong.push_back(row.job);
  }
  return wrong;
}

RC_GTEST_PROP(Fork, foretells_what_happens_if_nothing_else_does, (std::uint64_t seed)) {
  RC_ASSERT(wrongly_foretold(seed).empty());
}

// The fork had told the engine that its site joined anew: one more row in the journal, by whose
// number promises take turns at being looked at.
TEST(Fork, takes_no_turn_that_the_world_does_not_take) {
  EXPECT_EQ(wrongly_foretold(2663), std::vector<model::JobId>{});
}

class ForkTest : public testing::Test {
 protected:
  ForkTest() {
    live_.submit(job(2, 4, hours(2)));  // holds all there is
    live_.submit(job(1, 4, hours(1)));
    live_.submit(job(2, 4, hours(1)));
  }
  std::vector<ForkedJob> play(const Change& change) {
    auto rows = play_fork(live_.simulation.engine(), begin + minutes(30), change);
    EXPECT_TRUE(rows.has_value());
    return rows ? *std::move(rows) : std::vector<ForkedJob>{};
  }
  Live live_{2};
};

TEST_F(ForkTest, as_it_is_each_waits_for_the_one_before) {
  const auto rows = play({});
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].start, begin + hours(2));
  EXPECT_EQ(rows[1].start, begin + hours(3));
}

TEST_F(ForkTest, nodes_that_join_take_work_at_once_and_disturb_none) {
  Change change;
  change.nodes.push_back({"here", nodes(1, 4)});
  const auto rows = play(change);
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].start, begin + minutes(30));
  EXPECT_EQ(rows[1].start, begin + hours(2));
}

TEST_F(ForkTest, a_job_that_is_added_is_shown_as_such) {
  Change change;
  change.jobs.push_back(job(1, 1, minutes(5)));
  const auto rows = play(change);
  ASSERT_EQ(rows.size(), 3);
  EXPECT_TRUE(rows[2].added);
  EXPECT_EQ(rows[2].start, begin + hours(2));
}

TEST_F(ForkTest, without_the_only_site_nothing_starts_any_more) {
  Change change;
  change.without_sites = {"here"};
  // What ran there is lost and waits as well, with no place to go; it is not among those asked for.
  for (const ForkedJob& row : play(change)) EXPECT_FALSE(row.start.has_value());
}

TEST_F(ForkTest, the_engine_it_was_taken_from_stays_as_it_is) {
  const std::string before = live_.simulation.engine().snapshot();
  Change change;
  change.without_sites = {"here"};
  (void)play(change);
  EXPECT_EQ(live_.simulation.engine().snapshot(), before);
}

TEST_F(ForkTest, a_site_that_is_not_there_is_told_with_the_nearest) {
  Change change;
  change.without_sites = {"hree"};
  const auto rows = play_fork(live_.simulation.engine(), begin, change);
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().text(), "no site named `hree` has joined; did you mean `here`?");
}

}  // namespace
}  // namespace weir::twin
