// What only a site with a scheduler of its own can be asked.
#include "tests/conformance/site.h"

namespace weir::backend::conformance {
namespace {

TEST_P(Conformance, devices_are_the_ones_handed_out) {
  const std::string say = "echo devices=$" + site().device_variable();
  RankOrder first = order_for(say + "; sleep 60");
  first.devices["nvidia-a100"] = 1;
  RankOrder second = order_for(say);
  second.devices["nvidia-a100"] = 1;
  start(first);
  await_log(first.key, Stream::program, "devices=");
  EXPECT_EQ(run(second).exit_code, 0);
  EXPECT_EQ(log(first.key), "devices=" + site().device_names().at(0) + "\n");
  EXPECT_EQ(log(second.key), "devices=" + site().device_names().at(1) + "\n");
}

TEST_P(Conformance, nodes_are_told_with_what_others_use) {
  if (site().checks_others(order_for("sleep 60"))) return;
  site().let_others_in();
  RankOrder order = order_for("echo up; sleep 60");
  order.node = site().nodes().at(1);
  order.cpu_count = 2;
  order.memory_bytes = std::int64_t{512} << 20;
  order.devices["nvidia-a100"] = 1;
  start(order);
  await_log(order.key, Stream::program, "up");
  const std::vector<NodeTold> nodes = site().nodes_told();
  ASSERT_EQ(nodes.size(), 3U);
  const NodeTold& used = nodes[1];
  EXPECT_EQ(used.name, site().nodes()[1]);
  EXPECT_EQ(used.cpus, 8U);
  EXPECT_EQ(used.devices, (std::vector<std::string>{"nvidia-a100", "nvidia-a100"}));
  EXPECT_TRUE(used.is_available);
  EXPECT_EQ(used.foreign_cpus, 3U);
  EXPECT_EQ(used.foreign_memory_bytes, std::int64_t{1000} << 20);
  EXPECT_EQ(used.foreign_devices.at("nvidia-a100"), 1U);
  EXPECT_EQ(nodes[0].foreign_cpus, 0U);
  EXPECT_EQ(nodes[0].foreign_memory_bytes, 0);
  EXPECT_FALSE(nodes[2].is_available);
}

}  // namespace
}  // namespace weir::backend::conformance
