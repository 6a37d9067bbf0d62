#include "tests/conformance/kubernetes_under_test.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <map>

#include "backend/kubernetes/connection.h"
#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/names.h"

namespace weir::backend::conformance {
namespace {

using kubernetes::text_at;

const std::map<std::string, std::string> allocatable = {
    {"cpu", "8"}, {"memory", "16Gi"}, {"nvidia.com/gpu", "2"}, {"pods", "110"}};
const std::map<std::string, std::string> labels = {
    {"nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"}};

std::string command_lines() {
  std::string all;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    all += test::read_file(entry.path().string() + "/cmdline") + "\n";
  }
  return all;
}

kubernetes_stand_in::StandInOptions of_a_version_that_keeps_leases() {
  kubernetes_stand_in::StandInOptions options;
  options.minor = 31;
  return options;
}

}  // namespace

KubernetesUnderTest::KubernetesUnderTest() : site_(of_a_version_that_keeps_leases()) {
  for (const char* const name : {"node-1", "node-2"}) {
    site_.cluster().add_node({name, allocatable, labels});
  }
}

bool KubernetesUnderTest::restart_with_fence(base::Duration fence_after) {
  site_.options.fence_after = fence_after;
  site_.restart();
  return true;
}

std::string KubernetesUnderTest::uid_of_pod(const RankKey& key) {
  const std::string job = kubernetes::object_name(site_.options.instance, key);
  for (const auto& pod : site_.cluster().objects("", "pods")) {
    const boost::json::value whole = pod;
    if (text_at(whole, {"metadata", "labels", "job-name"}) == job) {
      return text_at(whole, {"metadata", "uid"});
    }
  }
  return {};
}

std::string KubernetesUnderTest::folder_of(const RankKey& key) {
  const std::string pod = uid_of_pod(key);
  return pod.empty() ? "" : site_.outside() / ("nodes/" + pod + "/work");
}

std::string KubernetesUnderTest::listings() {
  std::string all = command_lines();
  for (const auto& [group, name] :
       {std::pair{"batch", "jobs"}, std::pair{"", "pods"}, std::pair{"", "events"}}) {
    for (const auto& object : site_.cluster().objects(group, name)) {
      all += boost::json::serialize(object) + "\n";
    }
  }
  return all;
}

void KubernetesUnderTest::kill_watcher(const RankKey& key) {
  EXPECT_TRUE(site_.cluster().kill_container(uid_of_pod(key)));
}

void KubernetesUnderTest::start_controller() {
  site_.cluster().forget_changes();
  site_.cluster().come_back();
}

void KubernetesUnderTest::ask(const std::string& method, const std::string& target,
                              const std::string& body, const std::string& type) {
  kubernetes::Connection connection(site_.options.access, std::chrono::seconds(10), {});
  const auto answer = connection.request(method, target, body, type);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_TRUE(answer->is_good()) << answer->body;
}

void KubernetesUnderTest::let_others_in() {
  ask("POST", "/api/v1/namespaces/weir/pods",
      R"({"metadata":{"name":"of-others"},"spec":{"nodeName":"node-1","containers":[{)"
      R"("name":"main","image":"registry.test/other:1","command":["/bin/sleep","60"],)"
      R"("resources":{"requests":{"cpu":"3","memory":"1000Mi","nvidia.com/gpu":"1"},)"
      R"("limits":{"nvidia.com/gpu":"1"}}}]}})",
      "application/json");
  ask("PATCH", "/api/v1/nodes/node-2", R"({"spec":{"unschedulable":true}})",
      "application/merge-patch+json");
}

std::vector<NodeTold> KubernetesUnderTest::nodes_told() {
  std::vector<NodeTold> told;
  const auto nodes = site_.backend().nodes();
  if (!nodes) ADD_FAILURE() << nodes.error().text();
  if (!nodes) return told;
  for (const kubernetes::NodeShape& each : *nodes) {
    NodeTold node{each.node.name, each.node.cpus};
    for (const model::Device& device : each.node.devices) node.devices.push_back(device.model);
    node.is_available = kubernetes::takes_pods(each);
    const kubernetes::ForeignUse foreign = kubernetes::foreign_use_of(each);
    node.foreign_cpus = foreign.cpus;
    node.foreign_memory_bytes = foreign.memory_bytes;
    node.foreign_devices = foreign.devices;
    told.push_back(std::move(node));
  }
  return told;
}

std::string KubernetesUnderTest::refuses(const std::string& property) const {
  if (property == "workdir_and_inputs_are_where_the_program_looks") {
    return "nothing brings files into a pod yet: an order with any fails to start, and says so";
  }
  if (property == "a_command_runs_beside_a_rank") {
    return "it takes a protocol that is not spoken here yet: it fails, and names kubectl exec";
  }
  if (property == "an_end_is_told_while_the_controller_is_away") {
    return "only the control plane knows how a pod ended";
  }
  return {};
}

Kind kubernetes_kind() {
  return {"kubernetes_stand_in", [] { return std::string(); },
          [] { return std::make_unique<KubernetesUnderTest>(); }};
}

}  // namespace weir::backend::conformance
