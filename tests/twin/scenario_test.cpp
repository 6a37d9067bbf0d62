// Scenario files that are wrong: what is said of each, and where.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "twin/scenario.h"

namespace weir::twin {
namespace {

std::string first_problem(const std::string& yaml) {
  const auto problems = check_scenario(yaml, "s.yaml");
  const auto scenario = parse_scenario(yaml, "s.yaml");
  EXPECT_EQ(problems.empty(), scenario.has_value());
  if (problems.empty()) return "";
  EXPECT_EQ(problems.front().text(), scenario.error().text());
  return problems.front().text();
}

const std::string site = "sites: [{name: a, pools: [{count: 2, cpus: 4}]}]\n";
const std::string work = "workload: {synthetic: {jobs: 5}}\n";

TEST(Scenario, the_least_that_works) { EXPECT_EQ(first_problem(site + work), ""); }

TEST(Scenario, mistakes_are_told_with_place_and_remedy) {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {site + work + "polcy: {}\n", "3:1: polcy: unknown field; did you mean `policy`?"},
      {site + work + "policy: {backfill: esay}\n",
       "3:20: policy.backfill: `esay` is none of none, easy, conservative; did"
       " you mean `easy`?"},
      {site, "1:1: workload: is missing"},
      {"sites: []\n" + work,
       "1:8: sites: is empty: there is nowhere to run; write a site: {name: no"
       "rth, pools: [{count: 4, cpus: 64}]}"},
      {"sites: [{name: a, pools: [{cpus: 0}]}]\n" + work,
       "1:34: sites[0].pools[0].cpus: 0 is not between 1 and 100000"},
      {"sites: [{name: a, pools: [{cpu: 1}]}]\n" + work,
       "1:28: sites[0].pools[0].cpu: unknown field; did you mean `cpus`?"},
      {"sites:\n  - {name: a, pools: [{}]}\n  - {name: a, pools: [{}]}\n" + work,
       "3:12: sites[1].name: another site is called `a` too"},
      {"sites: [{name: a, pools: [{}, {}]}]\n" + work,
       "1:31: sites[0].pools[1].name: another pool of this site is called `nod"
       "e` too; give each a name of its own"},
      {"sites: [{name: a, pools: [{memory: 1GiB+}]}]\n" + work,
       "1:36: sites[0].pools[0].memory: a node has as much as it has; write on"
       "e size, like 512GiB"},
      {site + "workload: {}\n",
       "2:11: workload: names no work; write `trace: {file: FILE}` or `synthet"
       "ic: {jobs: 1000, every: 1m}`"},
      {site + "workload: {trace: {file: x}, synthetic: {}}\n",
       "2:41: workload.synthetic: cannot stand beside `trace`; keep one of the"
       " two"},
      {site + "workload: {trace: {file: x, units_per_node: 0}}\n",
       "2:45: workload.trace.units_per_node: 0 is not above 0"},
      {site + "workload: {synthetic: {day_curve: [1, 2]}}\n",
       "2:35: workload.synthetic.day_curve: has 2 weights, one an hour is 24"},
      {site + "workload: {synthetic: {mix: [{run_time: 8h..1h}]}}\n",
       "2:41: workload.synthetic.mix[0].run_time: `8h..1h` is no range of time"
       "s; write a second at least, ten years at most, the shorter time "
       "first: 10m..8h"},
      {site + "workload: {synthetic: {mix: [{nodes: 0}]}}\n",
       "2:38: workload.synthetic.mix[0].nodes: 0 is not between 1 and 100000"},
      {site + work + "faults: {nodes: {every: 30d}}\n", "3:17: faults.nodes.lasts: is missing"},
      {site + work + "faults: {nodes: {every: 10ms, lasts: 1h}}\n",
       "3:25: faults.nodes.every: is not from a second to 1000 years; write it like 90d"},
  };
  for (const auto& [yaml, problem] : mistakes) {
    EXPECT_EQ(first_problem(yaml), "s.yaml:" + problem) << yaml;
  }
  EXPECT_EQ(first_problem(""), "s.yaml: is empty; a scenario has `sites` and `workload`");
}

TEST(Scenario, nodes_are_listed_pool_by_pool) {
  const auto scenario = parse_scenario(
      "sites: [{name: a, pools: [{count: 2, cpus: 4}, {name: big, devices: 'npu:2,gpu:1'}]}]\n" +
          work,
      "s.yaml");
  ASSERT_TRUE(scenario.has_value());
  const std::vector<SiteModel> sites = site_models(*scenario);
  ASSERT_EQ(sites.size(), 1);
  ASSERT_EQ(sites[0].nodes.size(), 3);
  EXPECT_EQ(sites[0].nodes[1].name, "node-1");
  ASSERT_EQ(sites[0].nodes[2].devices.size(), 3);
  EXPECT_EQ(sites[0].nodes[2].devices[2].model, "npu");
}

}  // namespace
}  // namespace weir::twin
