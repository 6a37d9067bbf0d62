// Order, shares and quotas hold after every step, whatever happens.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>

#include "engine/explain_tenants.h"
#include "engine/forecast.h"
#include "tests/engine/support/laws.h"
#include "tests/engine/support/made_up.h"

namespace weir::engine::test {
namespace {

using namespace model;

const Principal olga{"house", "olga", Role::operator_};
constexpr base::Time midnight = base::time_from_us(1'700'006'400'000'000);

// One more input, after which whoever goes first and what tenants hold and spend are as they must
// be.
void step_under_the_laws(Engine& engine, base::Random& random, base::Time now) {
  std::set<AttemptKey> came_back;
  for (const ReclaimRecord& reclaim : engine.state().reclaims) came_back.insert(reclaim.attempt);
  const Step step = engine.step(made_up_input(random, engine), now);
  RC_ASSERT(wrong_order(engine) == "");
  RC_ASSERT(over_committed(engine, came_back, step) == "");
}

RC_GTEST_PROP(Shares, order_quotas_and_index_hold_after_every_step, (std::uint64_t seed)) {
  base::Random random{seed};
  Engine engine;
  base::Time now = midnight;
  for (int i = 0; i < 120; ++i) {
    // Now and then long enough that work may give way, shares decay and periods begin.
    const std::uint64_t longest = random.chance(1, 12) ? 4'000'000'000 : 3'000'000;
    now += base::Duration(random.below(longest));
    step_under_the_laws(engine, random, now);
    RC_ASSERT(other_index(engine) == "");
    RC_ASSERT(stopped_in_vain(engine) == "");
  }
}

// As above, where money is what there is too little of from the beginning.
RC_GTEST_PROP(Shares, no_budget_of_money_is_overdrawn, (std::uint64_t seed)) {
  base::Random random{seed};
  Engine engine;
  base::Time now = midnight;
  const PriceTable prices{{{"nvidia-h100", random.between(0, 20'000'000)}},
                          random.between(100'000, 2'000'000)};
  (void)engine.step(SetPrices{olga, prices}, now);
  for (const char* path : {"lab", "lab/nlp", "plant", "shop"}) {
    Tenant tenant;
    tenant.path = path;
    tenant.budget = Budget{0, Period::day, random.between(100'000, 2'000'000)};
    (void)engine.step(SetTenant{olga, tenant}, now);
  }
  for (int i = 0; i < 150; ++i) {
    const std::uint64_t longest = random.chance(1, 40) ? 80'000'000'000 : 3'000'000;
    now += base::Duration(random.below(longest));
    step_under_the_laws(engine, random, now);
  }
}

// ---- one site of equal nodes that always does what it is told, and tenants who always want more

class Contest {
 public:
  explicit Contest(std::uint32_t nodes) {
    JoinSite join{"near", {}};
    for (std::uint32_t i = 0; i < nodes; ++i) {
      Node& node = join.nodes.emplace_back();
      node.name = "node" + std::to_string(i);
      node.cpus = 8;
      node.memory_bytes = std::int64_t{64} << 30;
      node.devices.resize(4);
      for (Device& device : node.devices) device.model = "nvidia-h100";
    }
    (void)engine_.step(join, now_);
  }

  void set(const std::string& path, std::uint32_t weight) {
    Tenant tenant;
    tenant.path = path;
    tenant.weight = weight;
    (void)engine_.step(SetTenant{olga, tenant}, now_);
  }

  void submit(const std::string& tenant, const std::string& project, JobSpec spec) {
    spec.project = project;
    spec.time_limit = std::chrono::hours(1);
    note(engine_.step(SubmitJobs{{tenant, "ada", Role::user}, "", {spec}}, now_));
  }

  // What has run longest ends; who it was of, and for how many card seconds.
  JobId end_oldest(base::Duration length) {
    const AttemptKey key = running_.front();
    running_.pop_front();
    const JobRecord& job = engine_.state().jobs.at(key.job);
    now_ = std::max(now_, job.running.front().placed + length);
    AttemptReport report{key, AttemptPhase::ended, now_, Outcome{}, {}, 0, {}};
    heard(ReportSite{"near", 1, 0, {report}, {}});
    return key.job;
  }

  [[nodiscard]] const Engine& engine() const { return engine_; }
  [[nodiscard]] std::size_t running() const { return running_.size(); }

 private:
  void heard(const Input& input) { note(engine_.step(input, now_)); }
  void note(const Step& step) {
    for (const Fact& fact : step.facts) {
      const auto* placed = std::get_if<TaskPlaced>(&fact);
      if (placed != nullptr) running_.push_back(placed->attempt);
    }
  }

  Engine engine_;
  base::Time now_ = midnight;
  std::deque<AttemptKey> running_;
};

RC_GTEST_PROP(Shares, converge_to_the_weights, (std::uint64_t seed)) {
  base::Random random{seed};
  const auto count = static_cast<std::uint32_t>(2 + random.below(6));
  Contest contest(24);  // 96 cards: shares are as fine as one task of them
  std::vector<std::uint32_t> weights;
  std::uint64_t all = 0;
  std::map<std::string, std::uint32_t> number;
  const auto path = [](std::uint32_t i) { return "t" + std::to_string(i); };
  for (std::uint32_t i = 0; i < count; ++i) {
    weights.push_back(static_cast<std::uint32_t>(1 + random.below(4)));
    all += weights.back();
    number[path(i)] = i;
    contest.set(path(i), weights.back());
  }
  JobSpec spec;
  spec.run = "true";
  spec.options[0].devices.push_back({"nvidia-h100", 1});
  for (std::uint32_t i = 0; i < count; ++i) {
    for (int k = 0; k < 110; ++k) contest.submit(path(i), "", spec);
  }
  std::vector<std::uint64_t> served(count);
  constexpr int ends = 1500;
  constexpr int first_counted = 300;  // the first that came had taken everything
  for (int k = 0; k < ends; ++k) {
    const JobId job = contest.end_oldest(std::chrono::minutes(10));
    const std::string tenant = contest.engine().state().jobs.at(job).tenant;
    if (k >= first_counted) ++served[number.at(tenant)];
    contest.submit(tenant, "", spec);  // its demand has no end
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto due = static_cast<double>(weights[i]) / static_cast<double>(all);
    const auto got = static_cast<double>(served[i]) / (ends - first_counted);
    RC_ASSERT(std::abs(got - due) <= 0.03);
  }
}

TEST(Shares, go_down_the_tree) {
  // Half for each of two labs, however many projects one of them has.
  Contest contest(4);
  JobSpec spec;
  spec.run = "true";
  spec.options[0].devices.push_back({"nvidia-h100", 1});
  const std::vector<std::pair<std::string, std::string>> who{
      {"lab", "a"}, {"lab", "b"}, {"lab", "c"}, {"plant", ""}};
  for (const auto& [tenant, project] : who) {
    for (int k = 0; k < 40; ++k) contest.submit(tenant, project, spec);
  }
  std::map<std::string, int> served;
  for (int k = 0; k < 800; ++k) {
    const JobId job = contest.end_oldest(std::chrono::minutes(10));
    const std::string path = path_of(contest.engine(), contest.engine().state().jobs.at(job));
    if (k >= 200) ++served[path];
    const std::size_t slash = path.find('/');
    contest.submit(path.substr(0, slash), slash == std::string::npos ? "" : path.substr(slash + 1),
                   spec);
  }
  EXPECT_NEAR(served["plant"], 300, 12);
  EXPECT_NEAR(served["lab/a"], 100, 8);
  EXPECT_NEAR(served["lab/b"], 100, 8);
  EXPECT_NEAR(served["lab/c"], 100, 8);
}

TEST(Shares, unlike_requests_of_which_a_quota_leaves_the_same_stay_in_order) {
  Engine engine;
  JoinSite join{"near", {}};
  Node& node = join.nodes.emplace_back();
  node.name = "node0";
  node.cpus = 8;
  node.memory_bytes = std::int64_t{64} << 30;
  (void)engine.step(join, midnight);
  Tenant lab;
  lab.path = "lab";
  lab.limit.cpus = 2;
  (void)engine.step(SetTenant{olga, lab}, midnight);
  const auto submit = [&](const char* tenant, std::int32_t priority,
                          const std::vector<std::uint32_t>& cpus) {
    JobSpec spec;
    spec.run = "true";
    spec.priority = priority;
    spec.options.resize(cpus.size());
    for (std::size_t i = 0; i < cpus.size(); ++i) spec.options[i].cpus = cpus[i];
    const Step step = engine.step(SubmitJobs{{tenant, "ada", Role::user}, "", {spec}}, midnight);
    return step.reply.jobs.front();
  };
  (void)submit("other", 50, {8});  // holds all of it
  const JobId low = submit("lab", 50, {1, 4});
  const JobId high = submit("lab", 60, {1, 6});
  EXPECT_EQ(wrong_order(engine), "");
  // One of them leaves the order, and comes back behind the other.
  (void)engine.step(UpdateJob{olga, low, std::nullopt, 40, std::nullopt, std::nullopt}, midnight);
  EXPECT_EQ(wrong_order(engine), "");
  (void)engine.step(HoldJob{olga, high}, midnight);
  EXPECT_EQ(wrong_order(engine), "");
  EXPECT_EQ(waiting_in_turn(engine.index(), 9), std::vector{low});
}

TEST(Shares, are_of_the_dominant_resource) {
  // Ghodsi et al., figure 1: 9 cpus, 18 GB; tasks of (1 cpu, 4 GB) and (3 cpus, 1 GB) run 3 and 2.
  Engine engine;
  JoinSite join{"near", {}};
  Node& node = join.nodes.emplace_back();
  node.name = "node0";
  node.cpus = 9;
  node.memory_bytes = std::int64_t{18} << 30;
  (void)engine.step(join, midnight);
  // Somebody holds all of it until both have asked for more than there is.
  JobSpec all;
  all.run = "true";
  all.options[0].cpus = 9;
  all.time_limit = std::chrono::seconds(1);
  (void)engine.step(SubmitJobs{{"other", "eve", Role::user}, "", {all}}, midnight);
  JobSpec much_memory;
  much_memory.run = "true";
  much_memory.options[0].cpus = 1;
  much_memory.options[0].memory_bytes = std::int64_t{4} << 30;
  JobSpec much_cpu;
  much_cpu.run = "true";
  much_cpu.options[0].cpus = 3;
  much_cpu.options[0].memory_bytes = std::int64_t{1} << 30;
  for (int i = 0; i < 9; ++i) {
    (void)engine.step(SubmitJobs{{"a", "ada", Role::user}, "", {much_memory}}, midnight);
    (void)engine.step(SubmitJobs{{"b", "bob", Role::user}, "", {much_cpu}}, midnight);
  }
  AttemptReport ended{{{1}, 0, 1}, AttemptPhase::ended, midnight, Outcome{}, {}, 0, {}};
  const Step step = engine.step(ReportSite{"near", 1, 0, {ended}, {}}, midnight);
  std::map<std::string, int> placed;
  for (const Fact& fact : step.facts) {
    const auto* task = std::get_if<TaskPlaced>(&fact);
    if (task != nullptr) ++placed[engine.state().jobs.at(task->attempt.job).tenant];
  }
  EXPECT_EQ(placed["a"], 3);
  EXPECT_EQ(placed["b"], 2);
}

}  // namespace
}  // namespace weir::engine::test
