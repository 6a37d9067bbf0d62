// Work that goes elsewhere so that the first that waits has room.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "engine/engine.h"
#include "tests/engine/support/laws.h"

namespace weir::engine::test {
namespace {

using namespace model;
using std::chrono::minutes;

// One site whose agent does as it is told: work ends when its time has come, or when it is told to.
class Site {
 public:
  explicit Site(std::uint32_t nodes) {
    JoinSite join{"near", std::vector<Node>(nodes)};
    for (std::uint32_t i = 0; i < nodes; ++i) {
      join.nodes[i].name = "node" + std::to_string(i);
      join.nodes[i].cpus = 16;
      join.nodes[i].memory_bytes = std::int64_t{1} << 34;
      join.nodes[i].devices.resize(4);
      for (Device& device : join.nodes[i].devices) device.model = "nvidia-h100";
    }
    step(join);
  }

  JobId submit(std::uint32_t devices, base::Duration limit, bool movable,
               std::uint32_t device_milli = whole_device_milli) {
    JobSpec spec;
    spec.name = "made-up";
    spec.run = "true";
    spec.time_limit = limit;
    spec.options[0].devices = {{"nvidia-h100", devices}};
    spec.options[0].device_milli = device_milli;
    if (movable) {
      spec.checkpoint_every = minutes(20);
      spec.retry.notice_signal = 10;
      spec.retry.notice_before = minutes(1);
    }
    step(SubmitJobs{{"lab", "bob", Role::operator_}, "", {spec}});
    return JobId{engine.state().last_job};
  }

  void pass_time(base::Duration time) {
    const base::Time until = now + time;
    while (now < until) {
      now += minutes(1);
      report();
      step(Tick{});
    }
  }

  // What has begun, what has ended, what has stopped as it was told to.
  void report() {
    ReportSite said{"near", 1, 0, {}, {}};
    for (const JobId id : engine.index().running_jobs) {
      const JobRecord& job = engine.state().jobs.at(id);
      for (const RunningAttempt& run : job.running) {
        AttemptReport& row = said.attempts.emplace_back();
        row.key = run.key;
        row.started = run.started.value_or(run.placed);
        row.phase = AttemptPhase::running;
        const bool over = now >= *row.started + *job.time_limit;
        if (!over && run.stopping == Reason::none) continue;
        row.phase = AttemptPhase::ended;
        row.outcome = Outcome{};
        if (over) continue;
        row.outcome->ending = Ending::stopped;
        row.outcome->reason = Reason::cancelled_by_user;
      }
    }
    step(said);
  }

  void step(const Input& input) {
    const Step done = engine.step(input, now);
    for (const Fact& fact : done.facts) {
      const auto* stopping = std::get_if<AttemptStopping>(&fact);
      if (stopping != nullptr && stopping->reason == Reason::moved)
        moved.push_back(stopping->attempt);
      const auto* ended = std::get_if<AttemptEnded>(&fact);
      if (ended != nullptr && ended->outcome.reason == Reason::moved) RC_ASSERT(ended->again);
    }
  }
  [[nodiscard]] const JobRecord& job(JobId id) const { return engine.state().jobs.at(id); }

  Engine engine;
  base::Time now = base::time_from_us(1'000'000'000'000);
  std::vector<AttemptKey> moved;
};

TEST(Move, one_goes_so_that_a_node_is_whole_for_the_first_that_waits) {
  Site site(2);
  const JobId one = site.submit(1, minutes(300), true);
  const JobId filler = site.submit(3, minutes(5), false);
  const JobId two = site.submit(1, minutes(300), true);
  site.pass_time(minutes(6));
  ASSERT_EQ(site.job(filler).state, JobState::succeeded);
  const JobId whole = site.submit(4, minutes(120), false);
  EXPECT_EQ(site.job(whole).state, JobState::queued);
  site.pass_time(minutes(6));
  ASSERT_EQ(site.moved.size(), 1U);
  EXPECT_EQ(site.job(whole).running.size(), 1U);
  const JobRecord& gone = site.job(site.moved[0].job);
  ASSERT_EQ(gone.running.size(), 1U);
  EXPECT_EQ(gone.running[0].key.attempt, 2U);
  const JobId other = site.moved[0].job == one ? two : one;
  EXPECT_EQ(gone.running[0].ranks[0].node, site.job(other).running[0].ranks[0].node);
}

TEST(Move, nobody_goes_who_would_lose_more_than_is_gained) {
  Site site(2);
  (void)site.submit(2, minutes(29), true);
  (void)site.submit(2, minutes(5), false);
  (void)site.submit(2, minutes(29), true);
  site.pass_time(minutes(19));
  // Ten minutes on four devices are gained; on two, nineteen, the notice and the start are lost.
  const JobId whole = site.submit(4, minutes(60), false);
  site.pass_time(minutes(3));
  EXPECT_TRUE(site.moved.empty());
  EXPECT_EQ(site.job(whole).state, JobState::queued);
}

TEST(Move, nobody_goes_who_writes_no_checkpoints_or_has_nowhere_to_go) {
  Site site(2);
  (void)site.submit(1, minutes(300), false);
  (void)site.submit(3, minutes(5), false);
  (void)site.submit(2, minutes(300), false);
  (void)site.submit(2, minutes(300), true);
  site.pass_time(minutes(30));
  (void)site.submit(4, minutes(60), false);
  site.pass_time(minutes(30));
  EXPECT_TRUE(site.moved.empty());
}

// Whatever comes: nothing is over-committed, whoever moves goes on, and the first that waits starts
// when it was promised, at the latest.
RC_GTEST_PROP(Move, promises_hold_and_nothing_is_lost, (std::uint64_t seed)) {
  base::Random random{seed};
  Site site(static_cast<std::uint32_t>(2 + random.below(3)));
  std::map<JobId, base::Time> promised;
  std::uint64_t jobs = 0;
  for (int round = 0; round < 40; ++round) {
    if (random.chance(2, 3)) {
      const bool share = random.chance(1, 4);
      const auto devices = static_cast<std::uint32_t>(share ? 1 : 1 + random.below(4));
      (void)site.submit(devices, minutes(5 + random.below(200)), random.chance(2, 3),
                        share ? static_cast<std::uint32_t>(250 * (1 + random.below(3))) : 1000);
      ++jobs;
    }
    site.pass_time(minutes(1 + random.below(20)));
    RC_ASSERT(other_index(site.engine) == "");
    RC_ASSERT(stopped_in_vain(site.engine) == "");
    for (const auto& [id, job] : site.engine.state().jobs) {
      const auto was = promised.find(id);
      if (job.first_start && was != promised.end()) {
        RC_ASSERT(*job.first_start <= was->second + minutes(1));
        promised.erase(was);
      }
      if (!job.promise || job.first_start) continue;
      if (was == promised.end()) {
        promised[id] = job.promise->start;
      } else {
        RC_ASSERT(job.promise->start <= was->second);
        was->second = job.promise->start;
      }
    }
  }
  RC_CLASSIFY(!site.moved.empty(), "with moves");
  site.pass_time(minutes(60 * 24));
  std::uint64_t done = 0;
  for (const auto& [id, job] : site.engine.state().jobs) {
    done += job.state == JobState::succeeded ? 1 : 0;
  }
  RC_ASSERT(done == jobs);
}

}  // namespace
}  // namespace weir::engine::test
