// What only a site with a scheduler of its own can be asked.
#include <csignal>

#include "tests/conformance/site.h"
#include "tests/conformance/slurm_under_test.h"
#include "tests/conformance/weir_under_test.h"

namespace weir::backend::conformance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_P(Conformance, devices_are_the_ones_handed_out) {
  RankOrder first = order_for("echo devices=$CUDA_VISIBLE_DEVICES; sleep 60");
  first.devices["nvidia-a100"] = 1;
  RankOrder second = order_for("echo devices=$CUDA_VISIBLE_DEVICES");
  second.devices["nvidia-a100"] = 1;
  start(first);
  await_log(first.key, Stream::program, "devices=");
  EXPECT_EQ(run(second).exit_code, 0);
  EXPECT_EQ(log(first.key), "devices=0\n");
  EXPECT_EQ(log(second.key), "devices=1\n");
}

// The inner Weir's own work beside ours.
void check_others(WeirUnderTest& inner, const RankOrder& order) {
  inner.asks("POST", "/v1/jobs", R"({"run":"sleep 60"})");
  const auto known = inner.weir().nodes();
  ASSERT_TRUE(known) << known.error().text();
  ASSERT_EQ(known->size(), 3U);
  EXPECT_EQ((*known)[1].name, "local/node1");
  ASSERT_TRUE(inner.weir().start(order));
  const bool is_seen = test::eventually([&] {
    static_cast<void>(inner.weir().observe());
    const auto others = inner.weir().others(*known);
    return inner.weir().job_of(order.key) && others && others->size() == 1 &&
           others->front().cpus == 1 &&
           inner.asks("GET", "/v1/sites").find(R"("cpus_free":1,)") != std::string::npos;
  });
  EXPECT_TRUE(is_seen) << "one node is ours, the other is another's";
  inner.asks("PUT", "/v1/sites/local/standing", R"({"standing":"drained"})");
  const auto drained = inner.weir().others(*known);
  ASSERT_TRUE(drained) << drained.error().text();
  EXPECT_EQ(drained->size(), 3U) << "nothing is free where no work is begun";
}

TEST_P(Conformance, nodes_are_told_with_what_others_use) {
  if (auto* const inner = dynamic_cast<WeirUnderTest*>(&site())) {
    return check_others(*inner, order_for("sleep 60"));
  }
  auto* const under_test = dynamic_cast<SlurmUnderTest*>(&site());
  ASSERT_NE(under_test, nullptr);
  SlurmUnderTest::slurm_says({"sbatch", "--wrap=sleep 60", "--nodelist=lab1", "--cpus-per-task=3",
                              "--mem=1000M", "--gres=gpu:a100:1", "--output=/dev/null"});
  SlurmUnderTest::slurm_says({"scontrol", "update", "NodeName=lab2", "State=DRAIN", "Reason=test"});
  RankOrder order = order_for("echo up; sleep 60");
  order.node = "lab1";
  order.cpu_count = 2;
  order.memory_bytes = std::int64_t{512} << 20;
  order.devices["nvidia-a100"] = 1;
  start(order);
  await_log(order.key, Stream::program, "up");
  const auto nodes = under_test->slurm().nodes();
  SlurmUnderTest::slurm_says({"scontrol", "update", "NodeName=lab2", "State=RESUME"});
  ASSERT_TRUE(nodes) << nodes.error().text();
  ASSERT_EQ(nodes->size(), 3U);
  const slurm::ClusterNode& used = (*nodes)[1];
  EXPECT_EQ(used.node.name, "lab1");
  EXPECT_EQ(used.node.cpus, 8U);
  ASSERT_EQ(used.node.devices.size(), 2U);
  EXPECT_EQ(used.node.devices[0].model, "nvidia-a100");
  EXPECT_TRUE(used.is_available);
  EXPECT_EQ(used.foreign.cpus, 3U);
  EXPECT_EQ(used.foreign.memory_bytes, std::int64_t{1000} << 20);
  EXPECT_EQ(used.foreign.devices.at("nvidia-a100"), 1U);
  EXPECT_EQ((*nodes)[0].foreign, slurm::ForeignUse());
  EXPECT_FALSE((*nodes)[2].is_available) << (*nodes)[2].state;
}

}  // namespace
}  // namespace weir::backend::conformance
