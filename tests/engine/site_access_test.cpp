// Who may speak for a site; what others hold of it; whether it is given work.
#include <gtest/gtest.h>

#include "base/json.h"
#include "engine/engine.h"
#include "engine/questions.h"

namespace weir::engine::test {
namespace {

using namespace model;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Principal bob{"lab", "bob", Role::operator_};
const base::Time begin = base::time_from_us(1'000'000'000);

class House {
 public:
  Reply give(const Input& input) {
    now += seconds(1);
    return engine.step(input, now).reply;
  }
  Reply invite(const std::string& site, const std::string& hash,
               base::Duration lease = minutes(1)) {
    return give(InviteSite{bob, site, "lab.example", lease, hash, now + hours(1)});
  }
  Reply admit(const std::string& hash, const std::string& key) {
    return give(AdmitAgent{hash, key, now + hours(24)});
  }
  void join(const std::string& site, std::uint32_t devices = 8) {
    Node node;
    node.name = "node0";
    node.cpus = 16;
    node.memory_bytes = std::int64_t{1} << 34;
    node.devices.resize(devices);
    for (Device& device : node.devices) device.model = "nvidia-h100";
    const Reply reply = give(JoinSite{site, {node}});
    ASSERT_FALSE(reply.error);
    epoch = reply.epoch;
  }
  JobId submit(std::uint32_t devices) {
    JobSpec spec;
    spec.run = "true";
    spec.options.resize(1);
    spec.options[0].cpus = 1;
    if (devices > 0) spec.options[0].devices = {{"nvidia-h100", devices}};
    return give(SubmitJobs{bob, "", {spec}}).jobs.at(0);
  }
  [[nodiscard]] bool runs(JobId job) const { return !engine.state().jobs.at(job).running.empty(); }
  Reply report_others(const std::string& site, std::vector<RankPlacement> others) {
    ReportSite report{site, epoch, ++sequence, {}, {}, {}};
    report.others = std::move(others);
    return give(report);
  }

  Engine engine;
  base::Time now = begin;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
};

TEST(SiteAccess, a_token_admits_one_agent_once) {
  House house;
  EXPECT_FALSE(house.invite("north", "hash").error);
  const Reply reply = house.admit("hash", "key");
  ASSERT_FALSE(reply.error);
  EXPECT_EQ(reply.access.site, "north");
  EXPECT_EQ(reply.access.key, "key");
  const Reply thief = house.admit("hash", "other");
  ASSERT_TRUE(thief.error);
  EXPECT_EQ(thief.error->code, base::ErrorCode::unauthenticated);
  EXPECT_EQ(house.engine.state().site_access.at("north").key, "key");
}

TEST(SiteAccess, a_token_that_is_over_withdrawn_or_empty_admits_nobody) {
  House house;
  (void)house.invite("north", "hash");
  house.now += hours(2);
  EXPECT_TRUE(house.admit("hash", "key").error);
  (void)house.invite("north", "newer");
  EXPECT_TRUE(house.admit("hash", "key").error);
  EXPECT_FALSE(house.give(RevokeSite{bob, "north", true}).error);
  EXPECT_TRUE(house.admit("newer", "key").error);
  EXPECT_TRUE(house.admit("", "key").error);
}

TEST(SiteAccess, rotation_keeps_the_old_key_until_the_new_one_comes) {
  House house;
  (void)house.invite("north", "first");
  (void)house.admit("first", "old");
  (void)house.invite("north", "second");
  EXPECT_EQ(house.engine.state().site_access.at("north").key, "old");
  (void)house.admit("second", "new");
  EXPECT_EQ(house.engine.state().site_access.at("north").key, "new");
  EXPECT_TRUE(house.give(RenewAgent{"north", "old", "stolen", house.now + hours(1)}).error);
  EXPECT_FALSE(house.give(RenewAgent{"north", "new", "newer", house.now + hours(1)}).error);
  EXPECT_FALSE(house.give(RevokeSite{bob, "north", false}).error);
  EXPECT_TRUE(house.give(RenewAgent{"north", "newer", "again", house.now + hours(1)}).error);
}

TEST(SiteAccess, nobody_joins_for_the_control_planes_own_site) {
  House house;
  house.join("local");
  const Reply reply = house.invite("local", "hash");
  ASSERT_TRUE(reply.error);
  EXPECT_EQ(reply.error->code, base::ErrorCode::conflict);
}

TEST(SiteAccess, a_site_is_lost_after_its_own_lease) {
  House house;
  (void)house.invite("north", "hash", minutes(10));
  house.join("north");
  house.now += minutes(9);
  (void)house.give(Tick{});
  EXPECT_TRUE(list_sites(house.engine).at(0).in_touch);
  house.now += minutes(2);
  (void)house.give(Tick{});
  EXPECT_FALSE(list_sites(house.engine).at(0).in_touch);
}

// ---- what others hold

RankPlacement held(std::vector<std::uint32_t> devices, std::uint32_t cpus = 0) {
  RankPlacement rank;
  rank.cpus = cpus;
  rank.devices = std::move(devices);
  return rank;
}

TEST(Others, hold_what_weir_does_not_give_away) {
  for (const std::uint32_t devices : {4U, 5U}) {
    House house;
    house.join("north");
    EXPECT_FALSE(house.report_others("north", {held({0, 2, 4, 6})}).error);
    EXPECT_EQ(house.runs(house.submit(devices)), devices == 4);
    EXPECT_EQ(list_sites(house.engine).at(0).devices_of_others, 4U);
  }
}

TEST(Others, make_room_again_when_they_go) {
  House house;
  house.join("north");
  (void)house.report_others("north", {held({0}), held({1, 2}, 3)});
  const JobId eight = house.submit(8);
  EXPECT_FALSE(house.runs(eight));
  (void)house.report_others("north", {});
  EXPECT_TRUE(house.runs(eight));
}

TEST(Others, are_taken_for_what_is_free_where_they_are_told_wrong) {
  House house;
  house.join("north");
  const JobId two = house.submit(2);
  EXPECT_TRUE(house.runs(two));
  RankPlacement nowhere = held({0});
  nowhere.node = 7;
  EXPECT_FALSE(house.report_others("north", {held({0, 0, 99}, 1'000'000), nowhere}).error);
  EXPECT_TRUE(house.runs(two));
  // A snapshot holds them as well.
  const auto restored = Engine::restore(house.engine.snapshot());
  ASSERT_TRUE(restored);
  EXPECT_EQ(list_sites(*restored).at(0).cpus_free, list_sites(house.engine).at(0).cpus_free);
  EXPECT_EQ(restored->snapshot(), house.engine.snapshot());
}

// ---- fragments

// Two of five devices free, in ones and twos: a gang of eight has no place, and is promised none.
TEST(Others, leave_fragments_of_which_no_gang_of_eight_is_made) {
  House house;
  std::vector<Node> nodes(20);
  std::vector<RankPlacement> taken;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    nodes[i].name = "node" + std::to_string(i);
    nodes[i].cpus = 32;
    nodes[i].memory_bytes = std::int64_t{1} << 36;
    nodes[i].devices.resize(5);
    for (Device& device : nodes[i].devices) device.model = "nvidia-h100";
    RankPlacement rank = held({0, 1, 2});
    rank.node = i;
    taken.push_back(rank);
  }
  const Reply joined = house.give(JoinSite{"north", nodes});
  house.epoch = joined.epoch;
  (void)house.report_others("north", taken);
  EXPECT_EQ(list_sites(house.engine).at(0).devices_free, 40U);
  JobSpec spec;
  spec.run = "true";
  spec.nodes = 8;
  spec.options.resize(1);
  spec.options[0].cpus = 1;
  spec.options[0].devices = {{"nvidia-h100", 3}};
  const JobId gang = house.give(SubmitJobs{bob, "", {spec}}).jobs.at(0);
  EXPECT_FALSE(house.runs(gang));
  const auto& promise = house.engine.state().jobs.at(gang).promise;
  EXPECT_TRUE(!promise || promise->start > house.now + hours(24 * 365));
}

// ---- what a site hands back, or says too late

AttemptReport end_of(const RunningAttempt& run, Ending ending, Reason reason) {
  AttemptReport report;
  report.key = run.key;
  report.phase = AttemptPhase::ended;
  report.outcome.emplace();
  report.outcome->ending = ending;
  report.outcome->reason = reason;
  return report;
}

class TwoSites : public House {
 public:
  TwoSites() {
    join("north");
    epochs["north"] = epoch;
    join("south");
    epochs["south"] = epoch;
  }
  [[nodiscard]] std::string site_of(JobId job) const {
    const auto& running = engine.state().jobs.at(job).running;
    return running.empty() ? "" : engine.state().sites.at(running.front().site).name;
  }
  void tell(const std::string& site, const AttemptReport& attempt) {
    EXPECT_FALSE(give(ReportSite{site, epochs[site], ++sequence, {attempt}, {}, {}}).error);
  }
  void end(JobId job, Reason reason, Ending ending = Ending::failed) {
    tell(site_of(job), end_of(engine.state().jobs.at(job).running.front(), ending, reason));
  }
  std::map<std::string, std::uint64_t> epochs;
};

TEST(HandedBack, what_an_owner_refuses_goes_elsewhere_and_counts_as_no_retry) {
  TwoSites house;
  const JobId job = house.submit(1);
  const std::string first = house.site_of(job);
  house.end(job, Reason::refused_by_site);
  const std::string second = house.site_of(job);
  EXPECT_NE(second, "");
  EXPECT_NE(second, first);
  // Both refuse: it waits, and says for whom.
  house.end(job, Reason::refused_by_site);
  EXPECT_EQ(house.site_of(job), "");
  const JobRecord& record = house.engine.state().jobs.at(job);
  EXPECT_FALSE(is_terminal(record.state));
  const Explanation told = explain_job(house.engine, record, house.now);
  EXPECT_NE(base::to_json(told).find("refused by the owner of north"), std::string::npos)
      << base::to_json(told);
  const JobId other = house.submit(1);
  EXPECT_TRUE(house.runs(other)) << "others are not meant";
  house.end(other, Reason::none, Ending::succeeded);
}

TEST(HandedBack, what_was_not_begun_in_time_is_placed_again_however_often) {
  TwoSites house;
  const JobId job = house.submit(1);
  constexpr int more_than_retries = 8;
  for (int i = 0; i < more_than_retries; ++i) {
    house.end(job, Reason::not_begun_in_time, Ending::lost);
    EXPECT_NE(house.site_of(job), "");
  }
}

TEST(HandedBack, an_end_that_is_told_too_late_is_kept_once_and_changes_nothing) {
  TwoSites house;
  const JobId job = house.submit(1);
  const std::string first = house.site_of(job);
  const RunningAttempt run = house.engine.state().jobs.at(job).running.front();
  const std::string other = first == "north" ? "south" : "north";
  house.now += seconds(50);
  EXPECT_FALSE(
      house.give(ReportSite{other, house.epochs[other], ++house.sequence, {}, {}, {}}).error);
  house.now += seconds(15);
  (void)house.give(Tick{});
  EXPECT_EQ(house.site_of(job), other);
  house.join(first);
  house.epochs[first] = house.epoch;
  const AttemptReport late = end_of(run, Ending::succeeded, Reason::none);
  const auto count_told = [&] {
    house.now += seconds(1);
    int told = 0;
    const ReportSite report{first, house.epoch, ++house.sequence, {late}, {}, {}};
    for (const Fact& fact : house.engine.step(report, house.now).facts) {
      told += std::holds_alternative<LateEndTold>(fact) ? 1 : 0;
    }
    return told;
  };
  EXPECT_EQ(count_told(), 1);
  EXPECT_EQ(count_told(), 0);
  EXPECT_EQ(house.site_of(job), other);
  const auto restored = Engine::restore(house.engine.snapshot());
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->snapshot(), house.engine.snapshot());
}

TEST(HandedBack, what_was_cancelled_at_a_site_that_is_lost_is_cancelled) {
  House house;
  house.join("north");
  const JobId job = house.submit(1);
  EXPECT_FALSE(house.give(CancelJob{bob, job}).error);
  house.now += minutes(2);
  (void)house.give(Tick{});
  EXPECT_EQ(house.engine.state().jobs.at(job).state, JobState::cancelled);
}

// ---- standing

TEST(Standing, a_drained_site_gets_no_new_work_and_keeps_what_it_has) {
  House house;
  house.join("north");
  const JobId before = house.submit(1);
  EXPECT_FALSE(house.give(SetStanding{bob, "north", SiteStanding::drained}).error);
  const JobId after = house.submit(1);
  EXPECT_TRUE(house.runs(before));
  EXPECT_FALSE(house.runs(after));
  const Reply retired = house.give(SetStanding{bob, "north", SiteStanding::retired});
  ASSERT_TRUE(retired.error);
  EXPECT_EQ(retired.error->code, base::ErrorCode::conflict);
  EXPECT_FALSE(house.give(SetStanding{bob, "north", SiteStanding::active}).error);
  EXPECT_TRUE(house.runs(after));
  EXPECT_TRUE(house.give(SetStanding{bob, "nowhere", SiteStanding::active}).error);
}

TEST(Standing, is_kept_when_the_agent_joins_again) {
  House house;
  house.join("north");
  (void)house.give(SetStanding{bob, "north", SiteStanding::drained});
  house.join("north");
  EXPECT_FALSE(house.runs(house.submit(1)));
}

}  // namespace
}  // namespace weir::engine::test
