// The promise: the first that has to wait starts no later than it was told, whatever slips in.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "engine/forecast.h"
#include "tests/engine/support/made_up.h"

namespace weir::engine::test {
namespace {

using namespace model;

const Principal planner{"operator", "planner", Role::operator_};

// A site that does what it is told at once: work starts when it is placed and ends after a length
// of its own, at its time limit at the latest.
class FaithfulSite {
 public:
  explicit FaithfulSite(std::uint64_t seed) : random_{seed} {
    JoinSite join{"near", {}};
    for (std::uint64_t i = 1 + random_.below(4); i > 0; --i) {
      Node& node = join.nodes.emplace_back();
      node.name = "node" + std::to_string(i);
      node.cpus = static_cast<std::uint32_t>(1 + random_.below(6));
      node.memory_bytes = 1 << 30;
      node.devices.resize(2);
      node.devices[0].model = "nvidia-h100";
      node.devices[1].model = "ascend-910b";
    }
    (void)engine_.step(join, now_);
    // Whoever would be done sooner on the other chip may wait for it, but not beyond its promise.
    Policy policy;
    policy.choice = static_cast<ChoiceRule>(random_.below(3));
    (void)engine_.step(SetPolicy{planner, policy}, now_);
    (void)engine_.step(SetThroughputs{planner, made_up_throughputs(random_)}, now_);
  }

  // A job with a time limit that fits here; it ends by itself somewhere before.
  void submit() {
    JobSpec spec = made_up_job(random_);
    if (spec.options.size() == 1) {
      spec.options[0].devices.clear();
      spec.options[0].device_milli = whole_device_milli;
    }
    spec.priority = 50;  // so that nobody comes later and goes first
    spec.time_limit = std::chrono::seconds(1 + random_.below(300));
    spec.array.at_once = 0;  // a limited array steps back and comes again, with its earlier turn
    step(SubmitJobs{{"lab", "bob", Role::operator_}, "", {spec}});
  }

  // Lets the next attempt end. False where nothing runs.
  bool end_next() {
    const RunningAttempt* next = nullptr;
    base::Time end;
    for (const JobId id : engine_.index().running_jobs) {
      const JobRecord& job = engine_.state().jobs.at(id);
      for (const RunningAttempt& run : job.running) {
        const base::Time at = run.placed + length_of(run.key, *job.time_limit);
        if (next != nullptr && at >= end) continue;
        next = &run;
        end = at;
      }
    }
    if (next == nullptr) return false;
    now_ = std::max(now_, end);
    AttemptReport report{next->key, AttemptPhase::ended, next->placed, Outcome{}, {}, 0, {}};
    step(ReportSite{"near", 1, 1, {report}, {}});
    return true;
  }

  [[nodiscard]] const Engine& engine() const { return engine_; }
  [[nodiscard]] base::Time now() const { return now_; }

  // Called after each step with what was placed in it.
  std::function<void(const std::vector<AttemptKey>&)> after_step;

 private:
  // The same whenever it is asked.
  static base::Duration length_of(AttemptKey key, base::Duration limit) {
    base::Random own{key.job.value * 1000 + key.task};
    if (own.chance(1, 2)) return limit;
    return base::Duration(1 + own.below(static_cast<std::uint64_t>(base::to_us(limit))));
  }

  void step(const Input& input) {
    std::vector<AttemptKey> placed;
    for (const Fact& fact : engine_.step(input, now_).facts) {
      const auto* it = std::get_if<TaskPlaced>(&fact);
      if (it != nullptr) placed.push_back(it->attempt);
    }
    after_step(placed);
  }

  base::Random random_;
  Engine engine_;
  base::Time now_ = base::time_from_us(1'000'000'000);
};

RC_GTEST_PROP(Promise, the_first_in_turn_starts_no_later_than_forecast, (std::uint64_t seed)) {
  FaithfulSite site(seed);
  std::optional<JobId> first;  // in turn, and waiting
  std::optional<base::Time> promised;
  site.after_step = [&](const std::vector<AttemptKey>& placed) {
    for (const AttemptKey key : placed) {
      if (first && key.job == *first) {
        RC_ASSERT(!promised || site.now() <= *promised);
        first.reset();
      }
    }
    const auto turn = waiting_in_turn(site.engine().index(), 1);
    if (turn.empty()) return first.reset();
    const auto start =
        QueueForecast(site.engine(), site.now(), RunTimes::limits).of(turn.front()).start;
    RC_ASSERT(start.has_value());
    RC_ASSERT(start->time.has_value());
    if (first == turn.front()) {
      RC_ASSERT(*start->time <= *promised);  // a promise only moves forward
      promised = std::min(*promised, *start->time);
    } else {
      first = turn.front();
      promised = start->time;
    }
  };
  base::Random random{seed + 1};
  for (int i = 0; i < 60; ++i) {
    if (random.chance(2, 3)) {
      site.submit();
    } else {
      (void)site.end_next();
    }
  }
  while (site.end_next()) {
  }
  RC_ASSERT(site.engine().index().queues().empty());
}

}  // namespace
}  // namespace weir::engine::test
