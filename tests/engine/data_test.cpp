// Datasets, links and the jobs that read them.
#include <gtest/gtest.h>

#include <map>

#include "engine/engine.h"
#include "engine/questions.h"
#include "engine/questions_data.h"

namespace weir::engine::test {
namespace {

using namespace model;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t gigabyte = 1'000'000'000;

// Two sites, or three, of one node with 16 processors each, and what people do there.
class World {
 public:
  explicit World(std::vector<std::string> sites = {"east", "west"}) {
    for (const std::string& site : sites) {
      JoinSite join{site, std::vector<Node>(1)};
      join.nodes[0].name = "node0";
      join.nodes[0].cpus = 16;
      join.nodes[0].memory_bytes = std::int64_t{1} << 34;
      (void)step(join);
    }
  }

  // A gigabit a second each way between all of them, unless it is told otherwise.
  NetworkTable links(const std::vector<std::string>& sites) {
    NetworkTable table;
    table.slack_percent = 0;
    for (const std::string& from : sites) {
      table.sites.push_back({from, "CN", from, Sensitivity::confidential, std::nullopt});
      for (const std::string& to : sites) {
        if (from != to) table.links.push_back({from, to, 1'000'000'000, 0, 1'000'000, {}});
      }
    }
    return table;
  }

  void put(const std::string& name, std::int64_t bytes, const std::vector<std::string>& sites,
           std::vector<ReplicaRule> rules = {}, DatasetLabels labels = {}) {
    Dataset dataset;
    dataset.name = name;
    dataset.bytes = bytes;
    dataset.rules = std::move(rules);
    dataset.labels = std::move(labels);
    for (const std::string& site : sites) dataset.replicas.push_back({site, "", {}, {}});
    (void)step(PutDataset{operator_, dataset});
  }

  JobSpec reader(const std::string& dataset, std::uint32_t cpus, base::Duration limit) {
    JobSpec spec;
    spec.name = "reader";
    spec.run = "true";
    spec.time_limit = limit;
    spec.options[0].cpus = cpus;
    if (!dataset.empty()) spec.inputs.push_back({dataset, 0, "data"});
    return spec;
  }
  JobId submit(const JobSpec& spec) {
    const Step taken = step(SubmitJobs{operator_, "", {spec}});
    EXPECT_FALSE(taken.reply.error) << taken.reply.error->message;
    return JobId{engine.state().last_job};
  }

  Step step(const Input& input) {
    Step taken = engine.step(input, now);
    for (const Fact& fact : taken.facts) {
      if (const auto* placed = std::get_if<TaskPlaced>(&fact)) {
        placed_at[placed->attempt.job] = engine.state().sites.at(placed->site).name;
      }
    }
    return taken;
  }
  // Time passes; agents say that they are there, and transfers whose windows are over arrive.
  void pass(base::Duration time) {
    now += time;
    std::map<std::string, ReportSite> reports;
    for (const auto& [id, site] : engine.state().sites) {
      if (!silent.contains(site.name)) reports[site.name] = {site.name, site.epoch, 1, {}, {}};
    }
    for (const auto& [id, transfer] : engine.state().transfers) {
      const std::string& to = engine.state().sites.at(transfer.to).name;
      if (transfer.end().value_or(now) > now || silent.contains(to)) continue;
      reports[to].transfers.push_back({id, TransferPhase::done, 0, ""});
    }
    for (const auto& [site, report] : reports) (void)step(report);
    (void)step(Tick{});
  }
  void finish(JobId job) {
    const RunningAttempt& run = state(job).running.front();
    const SiteRecord& site = engine.state().sites.at(run.site);
    AttemptReport report{run.key, AttemptPhase::ended, now, Outcome{}, {}, 0, outputs};
    (void)step(ReportSite{site.name, site.epoch, 2, {report}, {}});
  }
  [[nodiscard]] const JobRecord& state(JobId job) const { return engine.state().jobs.at(job); }
  [[nodiscard]] const Dataset& dataset(const std::string& name) const {
    return engine.state().datasets.at(*engine.index().find_dataset("lab", name, 0));
  }

  Engine engine;
  base::Time now = base::time_from_us(1'000'000'000'000);
  const Principal operator_{"lab", "ada", Role::operator_};
  std::map<JobId, std::string> placed_at;
  std::set<std::string> silent;
  std::vector<OutputReport> outputs;
};

TEST(Data, work_goes_where_its_data_lies) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 100 * gigabyte, {"west"});
  const JobId job = world.submit(world.reader("corpus", 4, hours(1)));
  EXPECT_EQ(world.placed_at[job], "west");
  EXPECT_TRUE(world.engine.state().transfers.empty());
}

TEST(Data, data_goes_where_there_is_room_and_holds_no_node_meanwhile) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 45 * gigabyte, {"west"});  // six minutes at a gigabit a second
  // West is full for ten hours.
  JobSpec long_work = world.reader("corpus", 16, hours(10));
  (void)world.submit(long_work);
  const JobId job = world.submit(world.reader("corpus", 4, hours(1)));
  EXPECT_EQ(world.state(job).state, JobState::staging);
  ASSERT_EQ(world.engine.state().transfers.size(), 1U);
  const Transfer& transfer = world.engine.state().transfers.begin()->second;
  EXPECT_EQ(*transfer.end() - world.now, minutes(6));
  EXPECT_EQ(transfer.micro_cny, 45'000'000);
  EXPECT_TRUE(world.state(job).running.empty());
  const Explanation why = explain_job(world.engine, world.state(job), world.now);
  EXPECT_EQ(why.reason, Reason::waits_for_data);
  EXPECT_EQ(*why.expected_start, world.now + minutes(6));
  world.pass(minutes(5));
  EXPECT_FALSE(world.placed_at.contains(job));
  world.pass(minutes(1));
  EXPECT_EQ(world.placed_at[job], "east");
  EXPECT_NE(world.dataset("corpus").at("east"), nullptr);
  EXPECT_TRUE(world.engine.state().transfers.empty());
}

TEST(Data, waiting_is_quicker_where_the_link_is_slow) {
  World world;
  NetworkTable slow = world.links({"east", "west"});
  for (Link& link : slow.links) link.bandwidth_bps = 1'000'000;
  (void)world.step(SetNetwork{world.operator_, slow});
  world.put("corpus", 45 * gigabyte, {"west"});  // a hundred hours
  (void)world.submit(world.reader("corpus", 16, hours(10)));
  const JobId job = world.submit(world.reader("corpus", 4, hours(1)));
  EXPECT_EQ(world.state(job).state, JobState::queued);
  EXPECT_EQ(world.state(job).directed_to, world.engine.index().site_by_name.at("west"));
}

TEST(Data, two_that_want_the_same_wait_for_the_same_bytes) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 45 * gigabyte, {"west"});
  (void)world.submit(world.reader("corpus", 16, hours(10)));
  const JobId one = world.submit(world.reader("corpus", 4, hours(1)));
  const JobId two = world.submit(world.reader("corpus", 4, hours(2)));
  EXPECT_EQ(world.engine.state().transfers.size(), 1U);
  world.pass(minutes(6));
  EXPECT_EQ(world.placed_at[one], "east");
  EXPECT_EQ(world.placed_at[two], "east");
}

TEST(Data, a_transfer_waits_for_room_on_its_link) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 45 * gigabyte, {"west"});
  world.put("images", 45 * gigabyte, {"west"});
  (void)world.submit(world.reader("corpus", 16, hours(10)));
  const JobId one = world.submit(world.reader("corpus", 4, hours(1)));
  const JobId two = world.submit(world.reader("images", 4, hours(1)));
  world.pass(minutes(6));
  EXPECT_EQ(world.placed_at[one], "east");
  EXPECT_FALSE(world.placed_at.contains(two));
  world.pass(minutes(6));
  EXPECT_EQ(world.placed_at[two], "east");
}

TEST(Data, all_that_one_reads_shares_the_link) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 45 * gigabyte, {"west"});
  world.put("images", 45 * gigabyte, {"west"});
  (void)world.submit(world.reader("corpus", 16, hours(10)));
  JobSpec both = world.reader("corpus", 4, hours(1));
  both.inputs.push_back({"images", 0, "images"});
  const JobId job = world.submit(both);
  EXPECT_EQ(world.engine.state().transfers.size(), 2U);
  world.pass(minutes(11));
  EXPECT_FALSE(world.placed_at.contains(job));
  world.pass(minutes(1));
  EXPECT_EQ(world.placed_at[job], "east");
}

TEST(Data, a_transfer_ends_with_the_last_who_waits_for_it) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 45 * gigabyte, {"west"});
  (void)world.submit(world.reader("corpus", 16, hours(10)));
  const JobId one = world.submit(world.reader("corpus", 4, hours(1)));
  const JobId two = world.submit(world.reader("corpus", 4, hours(1)));
  (void)world.step(CancelJob{world.operator_, one});
  EXPECT_EQ(world.engine.state().transfers.size(), 1U);
  (void)world.step(CancelJob{world.operator_, two});
  EXPECT_TRUE(world.engine.state().transfers.empty());
  const auto& sites = world.engine.index().site_by_name;
  EXPECT_EQ(world.engine.index().network().booked(sites.at("west"), sites.at("east"), world.now),
            0);
}

TEST(Data, what_fails_is_tried_from_elsewhere_and_then_later) {
  World world({"east", "north", "west"});
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "north", "west"})});
  world.put("corpus", 45 * gigabyte, {"north", "west"});
  for (int i = 0; i < 2; ++i) (void)world.submit(world.reader("corpus", 16, hours(10)));
  const JobId job = world.submit(world.reader("corpus", 4, hours(1)));
  const auto fail = [&] {
    const auto& [id, transfer] = *world.engine.state().transfers.begin();
    const SiteRecord& site = world.engine.state().sites.at(transfer.to);
    EXPECT_EQ(site.name, "east");
    const std::string from = world.engine.state().sites.at(transfer.from).name;
    (void)world.step(
        ReportSite{site.name, site.epoch, 3, {}, {{id, TransferPhase::failed, 0, "no route"}}});
    return from;
  };
  const std::string first = fail();
  ASSERT_EQ(world.engine.state().transfers.size(), 1U);
  const std::string second = fail();
  EXPECT_NE(first, second);
  // Both have failed: it waits where its data lies, as long as that is so.
  EXPECT_TRUE(world.engine.state().transfers.empty());
  EXPECT_FALSE(world.state(job).staging);
  EXPECT_NE(world.engine.next_wake(), std::nullopt);
}

TEST(Data, who_has_no_way_to_its_data_is_told_so) {
  World world;
  world.put("corpus", gigabyte, {"north"}, {}, {"", "", Sensitivity::open, {}, ""});
  const JobId job = world.submit(world.reader("corpus", 4, hours(1)));
  const Explanation why = explain_job(world.engine, world.state(job), world.now);
  EXPECT_EQ(why.reason, Reason::waits_for_data);
  EXPECT_EQ(why.summary, "corpus@1, which it reads, lies only where no word comes from: north.");
}

TEST(Data, rules_bring_replicas_and_keep_them) {
  World world({"east", "north", "west"});
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "north", "west"})});
  world.put("corpus", 45 * gigabyte, {"west"}, {{2, "", std::nullopt}});
  ASSERT_EQ(world.engine.state().transfers.size(), 1U);
  EXPECT_EQ(world.engine.state().transfers.begin()->second.transfer_class,
            TransferClass::background);
  // Half of the link is left to those who wait.
  EXPECT_EQ(world.engine.state().transfers.begin()->second.windows.front().bandwidth_bps,
            500'000'000);
  world.pass(minutes(12));
  EXPECT_EQ(world.dataset("corpus").replicas.size(), 2U);
  EXPECT_TRUE(world.engine.state().transfers.empty());
}

TEST(Data, old_replicas_make_room_and_the_last_one_never_does) {
  World world;
  NetworkTable table = world.links({"east", "west"});
  table.sites[0].storage_bytes = 60 * gigabyte;  // east
  (void)world.step(SetNetwork{world.operator_, table});
  world.put("corpus", 45 * gigabyte, {"west", "east"});
  world.put("images", 45 * gigabyte, {"west"});
  (void)world.submit(world.reader("images", 16, hours(10)));  // west is full
  const JobId job = world.submit(world.reader("images", 4, hours(1)));
  EXPECT_EQ(world.state(job).state, JobState::staging);
  EXPECT_EQ(world.dataset("corpus").at("east"), nullptr);
  EXPECT_NE(world.dataset("corpus").at("west"), nullptr);

  World other;
  (void)other.step(SetNetwork{other.operator_, table});
  other.put("corpus", 45 * gigabyte, {"east"});
  other.put("images", 45 * gigabyte, {"west"});
  (void)other.submit(other.reader("images", 16, hours(10)));
  const JobId waits = other.submit(other.reader("images", 4, hours(1)));
  EXPECT_EQ(other.state(waits).state, JobState::queued);
  EXPECT_NE(other.dataset("corpus").at("east"), nullptr);
}

TEST(Data, what_a_job_leaves_is_a_new_version_as_sensitive_as_what_it_read) {
  World world;
  NetworkTable table = world.links({"east", "west"});
  (void)world.step(SetNetwork{world.operator_, table});
  DatasetLabels labels;
  labels.sensitivity = Sensitivity::confidential;
  labels.residency = {"CN"};
  world.put("corpus", gigabyte, {"west"}, {}, labels);
  JobSpec spec = world.reader("corpus", 4, hours(1));
  spec.outputs.push_back({"model", "weights"});
  const JobId job = world.submit(spec);
  world.outputs = {{"weights", std::string(64, 'a'), 7 * gigabyte}, {"unasked", "", gigabyte}};
  world.finish(job);
  EXPECT_EQ(world.state(job).state, JobState::succeeded);
  const Dataset& made = world.dataset("weights");
  EXPECT_EQ(made.version, 1U);
  EXPECT_EQ(made.made_by, job);
  EXPECT_EQ(made.made_from, (std::vector<DatasetVersion>{{"corpus", 1}}));
  EXPECT_EQ(made.labels.sensitivity, Sensitivity::confidential);
  EXPECT_EQ(made.labels.residency, std::vector<std::string>{"CN"});
  EXPECT_NE(made.at("west"), nullptr);
  EXPECT_EQ(world.engine.index().find_dataset("lab", "unasked", 0), std::nullopt);
}

TEST(Data, who_waits_for_long_goes_where_there_is_room_by_then) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 9 * gigabyte, {"east"});  // 72 s by the link
  const JobId long_one = world.submit(world.reader("corpus", 16, hours(5)));
  JobSpec other = world.reader("", 16, hours(2));
  other.where.sites = {"west"};
  const JobId shorter = world.submit(other);
  const JobId waits = world.submit(world.reader("corpus", 16, hours(1)));
  EXPECT_EQ(world.placed_at.at(long_one), "east");
  EXPECT_EQ(world.placed_at.at(shorter), "west");
  // In two hours there would be room in the west; but nobody knows for sure, and bytes are moved
  // once it is there.
  EXPECT_FALSE(world.state(waits).staging);
  EXPECT_TRUE(world.engine.state().transfers.empty());
  world.pass(minutes(20));
  world.finish(shorter);
  EXPECT_FALSE(world.state(waits).staging);
  const auto wake = world.engine.next_wake();
  ASSERT_TRUE(wake && *wake <= world.now + minutes(6)) << "it is looked at again before long";
  for (int i = 0; i < 6 && !world.placed_at.contains(waits); ++i) world.pass(minutes(1));
  EXPECT_TRUE(world.state(waits).staging);
  world.pass(minutes(2));
  EXPECT_EQ(world.placed_at.at(waits), "west");
}

TEST(Data, what_is_gone_again_from_where_it_was_brought_is_brought_anew) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 9 * gigabyte, {"east"});
  JobSpec blocker = world.reader("", 16, hours(1));
  blocker.where.sites = {"west"};
  const JobId blocks = world.submit(blocker);
  JobSpec spec = world.reader("corpus", 16, hours(1));
  spec.where.sites = {"west"};
  const JobId waits = world.submit(spec);
  EXPECT_TRUE(world.state(waits).staging);
  world.pass(minutes(2));
  EXPECT_FALSE(world.state(waits).staging) << "its data is there, and it waits for room";
  // Somebody says that the bytes lie in the east alone.
  Dataset told = world.dataset("corpus");
  told.replicas = {{"east", "", {}, {}}};
  (void)world.step(PutDataset{world.operator_, told});
  world.pass(minutes(5));
  EXPECT_TRUE(world.state(waits).staging) << "it is on its way again";
  world.pass(minutes(5));
  world.finish(blocks);
  EXPECT_EQ(world.placed_at.at(waits), "west");
}

TEST(Data, who_would_gain_less_than_the_transfer_takes_of_the_link_stays) {
  World world;
  (void)world.step(SetNetwork{world.operator_, world.links({"east", "west"})});
  world.put("corpus", 450 * gigabyte, {"east"});  // an hour by the link
  (void)world.submit(world.reader("corpus", 16, minutes(100)));
  const JobId waits = world.submit(world.reader("corpus", 16, hours(1)));
  EXPECT_FALSE(world.state(waits).staging) << "it would begin forty minutes sooner";
  EXPECT_TRUE(world.engine.state().transfers.empty());
}

}  // namespace
}  // namespace weir::engine::test
