// Where data may lie, pass through and be worked on: cases of sensitivity, clearance, residency,
// relays, several inputs and what jobs leave, each held against the rule by itself and against what
// the engine does with it.
#include "flow/data_policy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/questions.h"
#include "tests/engine/support/data_world.h"
#include "tests/flow/support/way_cases.h"

namespace weir::engine::test {
namespace {

using namespace model;
using flow::test::labels;
using flow::test::place;
using flow::test::WayCase;

using enum Sensitivity;

const SitePlace usual_home = place("home", "CN", "east", restricted);

Link link(const char* from, const char* to, std::int64_t bandwidth_bps) {
  return {from, to, bandwidth_bps, 1000, 0, std::nullopt};
}

// ---- one way, from home to there

NetworkTable network_of(const WayCase& each) {
  NetworkTable table;
  table.sites = {each.home};
  if (each.there) table.sites.push_back(*each.there);
  table.links = {link("home", "there", 1'000'000'000)};
  return table;
}

std::string said(const Step& step) { return step.reply.error ? step.reply.error->message : ""; }

class WayPolicy : public testing::TestWithParam<WayCase> {};

TEST_P(WayPolicy, rule_by_itself) {
  const WayCase& each = GetParam();
  std::string barred;
  for (const DatasetLabels& of_it : each.inputs) {
    const auto why = flow::may_not_lie(of_it, "there", each.there ? &*each.there : nullptr);
    if (why && barred.empty()) barred = *why;
    EXPECT_FALSE(flow::may_not_lie(of_it, "home", &each.home)) << each.name;
  }
  EXPECT_EQ(barred, each.barred) << each.name;
}

TEST_P(WayPolicy, work_that_fits_only_there_is_refused_or_goes_there) {
  const WayCase& each = GetParam();
  World world(network_of(each));
  JobSpec spec = World::job(/*with_card=*/true);
  spec.where.residency = each.where;
  ASSERT_TRUE(world.put_inputs(each.inputs, spec)) << each.name;
  const Plan plan = plan_job(world.engine(), olga, spec, world.now());
  const Step done = world.submit(spec);
  if (!each.barred.empty() || !each.closed_by_where.empty()) {
    EXPECT_FALSE(plan.feasible) << each.name;
    const std::string& why = each.closed_by_where.empty() ? each.barred : each.closed_by_where;
    const auto says_so = [&](const Candidate& row) {
      return row.site == "there" && row.obstacles.front().for_ever &&
             row.obstacles.front().message.ends_with(why);
    };
    EXPECT_TRUE(std::ranges::any_of(plan.candidates, says_so)) << each.name;
    ASSERT_TRUE(done.reply.error) << each.name;
    EXPECT_EQ(done.reply.error->code, base::ErrorCode::refused);
    EXPECT_EQ(done.reply.error->field, each.closed_by_where.empty() ? "data.inputs" : "where");
    const bool by_data = each.closed_by_where.empty();
    EXPECT_TRUE(said(done).starts_with(by_data ? "can never run here: it reads d"
                                               : "can never run here: it is to run in "))
        << said(done);
    EXPECT_TRUE(said(done).ends_with(why)) << each.name << ": " << said(done);
    EXPECT_NE(done.reply.error->hint, "");
    EXPECT_TRUE(done.facts.empty()) << each.name;
    EXPECT_EQ(world.coming("there"), 0U) << each.name;
    return;
  }
  ASSERT_FALSE(done.reply.error) << each.name << ": " << said(done);
  EXPECT_TRUE(plan.feasible) << each.name;
  EXPECT_EQ(world.coming("there"), each.inputs.size()) << each.name;
  EXPECT_EQ(world.runs_at(1), "") << "its data is not there yet";
  world.bring_all();
  EXPECT_EQ(world.runs_at(1), "there") << each.name;
}

TEST_P(WayPolicy, work_that_fits_at_home_as_well_never_goes_where_it_may_not) {
  const WayCase& each = GetParam();
  World world(network_of(each));
  world.fill_home();
  JobSpec spec = World::job(/*with_card=*/false);
  spec.where.residency = each.where;
  ASSERT_TRUE(world.put_inputs(each.inputs, spec)) << each.name;
  const Step done = world.submit(spec);
  if (!each.home_is_open) {
    EXPECT_TRUE(done.reply.error) << each.name;
    return;
  }
  ASSERT_FALSE(done.reply.error) << each.name << ": " << said(done);
  const bool barred = !each.barred.empty() || !each.closed_by_where.empty();
  EXPECT_EQ(world.coming("there"), barred ? 0U : each.inputs.size()) << each.name;
  world.bring_all();
  EXPECT_EQ(world.runs_at(2), barred ? "" : "there") << each.name;
  EXPECT_EQ(world.any_replica_at("there"), !barred) << each.name;
  if (!barred) return;
  world.end(1);
  EXPECT_EQ(world.runs_at(2), "home") << each.name;
  EXPECT_FALSE(world.any_replica_at("there")) << each.name;
}

TEST_P(WayPolicy, rules_bring_no_replica_where_it_may_not_lie) {
  const WayCase& each = GetParam();
  World world(network_of(each));
  for (std::size_t i = 0; i < each.inputs.size(); ++i) {
    const auto barred =
        flow::may_not_lie(each.inputs[i], "there", each.there ? &*each.there : nullptr);
    ASSERT_FALSE(world.put("d" + std::to_string(i), each.inputs[i], {{3, "", {}}}).reply.error);
    EXPECT_EQ(world.coming("there"), barred ? 0U : 1U) << each.name;
    world.bring_all();
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, WayPolicy, testing::ValuesIn(flow::test::read_way_cases()));

// ---- through the middle, which is a thousand times as quick

struct RelayCase {
  const char* name;
  DatasetLabels of_it;
  std::optional<SitePlace> middle;
  bool straight = true;  // there is a straight link too
  bool by_middle = false;
};

TEST(DataPolicy, passes_only_where_it_may_lie) {
  const auto middle = [](std::string country, Sensitivity clearance) {
    return place("middle", std::move(country), "", clearance);
  };
  const std::vector<RelayCase> cases{
      {"open, nothing is said", labels(open), {}, true, true},
      {"internal, nothing is said", labels(internal), {}, true, false},
      {"confidential, cleared", labels(confidential), middle("CN", confidential), true, true},
      {"confidential, not cleared", labels(confidential), middle("CN", internal), true, false},
      {"its country", labels(open, {"CN"}), middle("CN", open), true, true},
      {"another country", labels(open, {"CN"}), middle("DE", restricted), true, false},
      {"nobody knows where", labels(open, {"CN"}), middle("", restricted), true, false},
      {"there is no other way, and it may not", labels(internal), {}, false, false},
      {"there is no other way, and it may", labels(internal), middle("CN", internal), false, true},
  };
  for (const RelayCase& each : cases) {
    NetworkTable table;
    table.sites = {usual_home, place("there", "CN", "west", restricted)};
    if (each.middle) table.sites.push_back(*each.middle);
    table.links = {link("home", "middle", 1'000'000'000), link("middle", "there", 1'000'000'000)};
    if (each.straight) table.links.push_back(link("home", "there", 1'000'000));
    table.relay_price_more_micro_cny_per_gb = 0;
    World world(std::move(table));
    JobSpec spec = World::job(/*with_card=*/true);
    ASSERT_TRUE(world.put_inputs({each.of_it}, spec)) << each.name;
    ASSERT_FALSE(world.submit(spec).reply.error) << each.name;
    EXPECT_EQ(world.coming("middle"), each.by_middle ? 1U : 0U) << each.name;
    const bool goes = each.straight || each.by_middle;
    EXPECT_EQ(world.coming("there"), goes ? 1U : 0U) << each.name;
    world.bring_all();
    EXPECT_EQ(world.runs_at(1), goes ? "there" : "") << each.name;
    EXPECT_FALSE(world.any_replica_at("middle")) << each.name;
  }
}

// ---- what jobs leave

struct OutputCase {
  const char* name;
  std::vector<DatasetLabels> inputs;
  std::optional<DatasetLabels> before;  // labels of the version that is there
  DatasetLabels after;
  std::string barred;  // why it cannot run there at all
};

TEST(DataPolicy, what_a_job_leaves_is_labelled_like_all_that_it_read) {
  const std::vector<OutputCase> cases{
      {"of nothing", {}, {}, labels(internal), ""},
      {"of open data", {labels(open)}, {}, labels(internal), ""},
      {"of confidential data", {labels(confidential)}, {}, labels(confidential), ""},
      {"of the most sensitive", {labels(restricted), labels(open)}, {}, labels(restricted), ""},
      {"of data that stays", {labels(open, {"CN"})}, {}, labels(internal, {"CN"}), ""},
      {"of what both allow",
       {labels(open, {"CN", "west"}), labels(open, {"cn", "SG"})},
       {},
       labels(internal, {"CN"}),
       ""},
      {"of two with nothing in common",
       {labels(open, {"CN"}), labels(open, {"west"})},
       {},
       labels(internal, {"CN+west"}),
       ""},
      {"a version before is no way out",
       {labels(confidential)},
       labels(internal),
       labels(confidential),
       ""},
      {"a version before counts too", {}, labels(restricted), labels(restricted), ""},
      {"a version before has a place",
       {labels(open, {"CN"})},
       labels(internal, {"SG", "CN"}),
       labels(internal, {"CN"}),
       ""},
      {"a version before may not lie there",
       {labels(open)},
       labels(internal, {"mid"}),
       {},
       "leaves made, which has to stay in mid, and there lies in west, CN"},
      {"nor may it where that is not cleared",
       {},
       labels(restricted),
       {},
       "leaves made, which is restricted, and there is cleared for confidential data only"},
  };
  for (const OutputCase& each : cases) {
    const bool cleared = each.barred.find("cleared") == std::string::npos;
    NetworkTable table;
    table.sites = {place("home", "CN", "west", restricted),
                   place("middle", "CN", "mid", restricted),
                   place("there", "CN", "west", cleared ? restricted : confidential)};
    table.links = {link("home", "there", 1'000'000'000)};
    World world(std::move(table));
    JobSpec spec = World::job(/*with_card=*/true);
    ASSERT_TRUE(world.put_inputs(each.inputs, spec)) << each.name;
    if (each.before) {
      Dataset made;
      made.name = "made";
      made.bytes = gib;
      made.labels = *each.before;
      ASSERT_FALSE(world.step(PutDataset{olga, made}).reply.error) << each.name;
    }
    spec.outputs = {{"out", "made"}};
    const Step done = world.submit(spec);
    if (!each.barred.empty()) {
      EXPECT_EQ(said(done), "can never run here: it " + each.barred) << each.name;
      EXPECT_EQ(done.reply.error->field, "data.outputs");
      continue;
    }
    ASSERT_FALSE(done.reply.error) << each.name << ": " << said(done);
    world.bring_all();
    ASSERT_EQ(world.runs_at(1), "there") << each.name;
    world.end(1, {{"made", std::string(64, 'a'), gib}});
    const auto id = world.engine().index().find_dataset("lab", "made", 0);
    ASSERT_TRUE(id) << each.name;
    const Dataset& made = world.engine().state().datasets.at(*id);
    EXPECT_EQ(made.version, each.before ? 2U : 1U) << each.name;
    EXPECT_EQ(made.labels, each.after) << each.name;
    EXPECT_NE(made.at("there"), nullptr) << each.name;
    EXPECT_FALSE(flow::may_not_lie(made.labels, "there",
                                   flow::place_of(world.engine().state().network, "there")))
        << each.name;
  }
}

// ---- labels and places that change while things are under way

TEST(DataPolicy, other_labels_stop_what_is_on_its_way) {
  NetworkTable table;
  table.sites = {usual_home, place("there", "CN", "west", internal)};
  table.links = {link("home", "there", 1'000'000'000)};
  World world(std::move(table));
  JobSpec spec = World::job(/*with_card=*/true);
  ASSERT_TRUE(world.put_inputs({labels(internal)}, spec));
  ASSERT_FALSE(world.submit(spec).reply.error);
  ASSERT_EQ(world.coming("there"), 1U);
  Dataset known = (*world.engine().state().datasets.begin()).second;
  known.labels.sensitivity = confidential;
  ASSERT_FALSE(world.step(PutDataset{olga, known}).reply.error);
  EXPECT_EQ(world.coming("there"), 0U);
  EXPECT_EQ(world.runs_at(1), "");
  EXPECT_FALSE(world.any_replica_at("there"));
}

TEST(DataPolicy, another_network_stops_what_is_on_its_way) {
  NetworkTable table;
  table.sites = {usual_home, place("there", "CN", "west", internal)};
  table.links = {link("home", "there", 1'000'000'000)};
  World world(table);
  JobSpec spec = World::job(/*with_card=*/true);
  ASSERT_TRUE(world.put_inputs({labels(internal)}, spec));
  ASSERT_FALSE(world.submit(spec).reply.error);
  table.sites.pop_back();  // nothing is said of it any more
  ASSERT_FALSE(world.step(SetNetwork{olga, table}).reply.error);
  EXPECT_EQ(world.coming("there"), 0U);
  EXPECT_EQ(world.runs_at(1), "");
}

TEST(DataPolicy, nobody_registers_data_where_it_may_not_lie) {
  NetworkTable table;
  table.sites = {place("home", "CN", "east", internal)};
  World world(std::move(table));
  const Step done = world.put("secret", labels(confidential));
  EXPECT_EQ(said(done), "secret is confidential, and home is cleared for internal data only");
  EXPECT_EQ(done.reply.error->field, "replicas[0].site");
}

}  // namespace
}  // namespace weir::engine::test
