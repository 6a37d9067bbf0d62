// Whose work is lost with it: by the job's own word on its checkpoints.
#include <gtest/gtest.h>

#include "base/wire.h"
#include "engine/engine.h"

namespace weir::engine::test {
namespace {

using namespace model;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 1h, 30min

TEST(Checkpoints, count_from_the_start_of_the_program_and_until_then_from_its_placing) {
  JobRecord job;
  RunningAttempt run;
  run.placed = base::Time(1h);
  EXPECT_EQ(job.time_lost(run, base::Time(2h)), 1h);
  job.checkpoint_every = 25min;
  EXPECT_EQ(job.time_lost(run, base::Time(2h)), 10min);
  run.started = base::Time(70min);
  EXPECT_EQ(job.time_lost(run, base::Time(2h)), 0min);
  EXPECT_EQ(job.time_lost(run, base::Time(1h)), 0min);  // by the site's clock it starts later
}

TEST(Checkpoints, that_take_no_time_make_a_snapshot_unsound) {
  Engine engine;
  JobSpec spec;
  spec.run = "true";
  spec.checkpoint_every = 30min;
  JoinSite join{"near", {{}}};
  join.nodes.front().cpus = 1;
  (void)engine.step(join, base::Time(1h));
  (void)engine.step(SubmitJobs{{"lab", "ada", Role::user}, "", {spec}}, base::Time(1h));
  State state = *base::from_wire<State>(engine.snapshot());
  ASSERT_EQ(state.jobs.size(), 1U);
  EXPECT_EQ(state.jobs.begin()->second.checkpoint_every, 30min);
  EXPECT_TRUE(Engine::restore(base::to_wire(state)));
  state.jobs.begin()->second.checkpoint_every = base::Duration(0);
  EXPECT_EQ(Engine::restore(base::to_wire(state)).error().text(),
            "the record of job 1 writes its checkpoints all the time");
}

}  // namespace
}  // namespace weir::engine::test
