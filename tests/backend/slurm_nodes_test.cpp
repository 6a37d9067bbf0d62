// A cluster's nodes as a site's, and what others use of them.
#include "backend/slurm/nodes.h"

#include <gtest/gtest.h>

namespace weir::backend::slurm {
namespace {

NodeFacts node_of(const std::string& name) {
  NodeFacts facts;
  facts.name = name;
  facts.state = "MIXED";
  facts.cpus = 64;
  facts.cpus_used = 20;
  facts.memory_mib = 1000;
  facts.memory_used_mib = 600;
  facts.gres = {{"gpu:a100", 4}, {"gpu:odd", 1}, {"bandwidth", 4'000'000}};
  facts.gres_used = {{"gpu:a100", 3}};
  return facts;
}

Job job_of(const std::string& node, JobState state) {
  Job job;
  job.number = 1;
  job.state = state;
  job.nodes = node;
  job.cpus = 8;
  job.memory_mib = 200;
  job.gres = {{"gpu:a100", 1}};
  return job;
}

const DeviceNames names = {{"gpu:a100", "nvidia-a100"}};

TEST(SlurmNodes, are_those_of_a_site_with_devices_by_model) {
  const std::vector<NodeFacts> facts = {node_of("b"), node_of("a")};
  const auto nodes = cluster_nodes(facts, {}, {}, names);
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].node.name, "a");
  EXPECT_EQ(nodes[0].node.cpus, 64U);
  EXPECT_EQ(nodes[0].node.memory_bytes, std::int64_t{1000} << 20);
  ASSERT_EQ(nodes[0].node.devices.size(), 5U) << "what is counted in millions is no device";
  EXPECT_EQ(nodes[0].node.devices[0].model, "nvidia-a100");
  EXPECT_EQ(nodes[0].node.devices[0].kind, "gpu");
  EXPECT_EQ(nodes[0].node.devices[4].model, "odd");
}

TEST(SlurmNodes, foreign_use_is_what_is_used_less_what_is_ours) {
  const std::vector<NodeFacts> facts = {node_of("a")};
  const std::vector<Job> own = {job_of("a", JobState::running), job_of("a", JobState::pending),
                                job_of("b", JobState::running), job_of("a", JobState::completed)};
  const ForeignUse foreign = cluster_nodes(facts, own, {}, names)[0].foreign;
  EXPECT_EQ(foreign.cpus, 12U);
  EXPECT_EQ(foreign.memory_bytes, std::int64_t{400} << 20);
  EXPECT_EQ(foreign.devices, (std::map<std::string, std::uint32_t>{{"nvidia-a100", 2}}));
}

TEST(SlurmNodes, foreign_use_is_never_below_zero) {
  const std::vector<NodeFacts> facts = {node_of("a")};
  const std::vector<Job> own(5, job_of("a", JobState::running));
  EXPECT_EQ(cluster_nodes(facts, own, {}, names)[0].foreign, ForeignUse());
}

TEST(SlurmNodes, hang_from_their_switches_the_widest_first) {
  const std::vector<NodeFacts> facts = {node_of("a")};
  const std::vector<Switch> switches = {{"leaf1", 0, {"a"}}, {"spine", 1, {"a", "b"}}};
  EXPECT_EQ(cluster_nodes(facts, {}, switches, names)[0].node.topology,
            (std::vector<std::string>{"spine", "leaf1"}));
}

TEST(SlurmNodes, are_available_where_slurm_would_start_a_job) {
  for (const char* const state :
       {"IDLE", "MIXED", "ALLOCATED", "IDLE+CLOUD+POWERED_DOWN", "IDLE~", "COMPLETING"}) {
    EXPECT_TRUE(is_available(state)) << state;
  }
  for (const char* const state : {"DOWN", "IDLE+DRAIN", "MIXED+DRAIN", "DOWN*", "IDLE*", "",
                                  "IDLE+NOT_RESPONDING", "IDLE+MAINT", "FAIL", "UNKNOWN"}) {
    EXPECT_FALSE(is_available(state)) << state;
  }
}

}  // namespace
}  // namespace weir::backend::slurm
