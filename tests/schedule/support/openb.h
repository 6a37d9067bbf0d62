// The GPU cluster of Alibaba recorded in 2023 (cluster-trace-gpu-v2023), its workloads, and one run
// of the FGD authors' program on them.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "schedule/fragmentation_index.h"
#include "tests/schedule/support/recorded.h"

namespace weir::schedule::test {

struct Pod {
  SmallRequest request;
  std::int64_t memory = 0;
};

// Names of device models as numbers.
using Models = std::map<std::string, std::uint32_t>;

inline std::uint32_t model_of(const std::string& name, Models& models) {
  return models.try_emplace(name, static_cast<std::uint32_t>(models.size())).first->second;
}

inline std::uint64_t models_of(const std::string& text, Models& models) {
  std::uint64_t mask = 0;
  std::string name;
  for (std::istringstream names(text); std::getline(names, name, '|');) {
    mask |= std::uint64_t{1} << model_of(name, models);
  }
  return mask;
}

// The nodes with devices, by name.
inline std::map<std::string, SmallNode> openb_nodes(const std::filesystem::path& folder,
                                                    Models& models) {
  std::map<std::string, SmallNode> nodes;
  for (const auto& row : rows_of(folder / "openb_node_list_gpu_node.csv")) {
    SmallNode& node = nodes[row[0]];
    node.free.cpu_milli = std::stoll(row[1]);
    node.memory_bytes = std::stoll(row[2]);
    node.free.device_milli.assign(std::stoul(row[3]), whole_device_milli);
    node.free.model = model_of(row[4], models);
  }
  return nodes;
}

// The requests of one of the workloads ("default", "gpuspec25"), by name.
inline std::map<std::string, Pod> openb_pods(const std::filesystem::path& folder,
                                             const std::string& workload, Models& models) {
  std::map<std::string, Pod> pods;
  for (const auto& row : rows_of(folder / ("openb_pod_list_" + workload + ".csv"))) {
    Pod& pod = pods[row[0]];
    pod.request = {std::stoll(row[1]), static_cast<std::uint32_t>(std::stoul(row[3])),
                   std::stoi(row[4]), row.size() > 5 ? models_of(row[5], models) : 0};
    pod.memory = std::stoll(row[2]);
  }
  return pods;
}

inline UsualRequests usual_of(const std::map<std::string, Pod>& pods) {
  std::vector<SmallRequest> seen;
  seen.reserve(pods.size());
  for (const auto& [name, pod] : pods) seen.push_back(pod.request);
  return usual_requests(seen, 95);
}

struct Replay {
  std::vector<SmallNode> nodes;  // in the order of the run
  std::map<std::string, std::uint32_t> node_index;
  UsualRequests usual;
  std::vector<Pod> pods;
  std::vector<std::string> placed_on;  // the name of a node, or ""
};

inline Replay openb_replay(const std::filesystem::path& folder) {
  Replay replay;
  Models models;
  const auto nodes = openb_nodes(folder, models);
  const auto record = folder / "replay_default_FGD_seed42";
  for (const auto& row : rows_of(record / "node_order.csv")) {
    replay.node_index[row[1]] = static_cast<std::uint32_t>(replay.nodes.size());
    replay.nodes.push_back(nodes.at(row[1]));
  }
  const auto pods = openb_pods(folder, "default", models);
  replay.usual = usual_of(pods);
  for (const auto& row : rows_of(record / "pod_sequence_and_placement.csv")) {
    replay.pods.push_back(pods.at(row[1]));
    replay.placed_on.push_back(row[3]);
  }
  return replay;
}

struct Outcome {
  double percent = 0;      // of the devices given away
  double at_capacity = 0;  // when as much had been asked for as there is
  std::size_t kinds_most = 0;
  double pods_per_second = 0;
};

// Puts pods where they do least harm; what does not fit is dropped, nothing leaves.
inline Outcome put_all(const std::vector<SmallNode>& nodes, const std::vector<Pod>& pods,
                       const UsualRequests& usual) {
  FragmentationIndex index(nodes, usual);
  std::int64_t all = 0;
  for (const SmallNode& node : nodes) {
    all += whole_device_milli * static_cast<std::int64_t>(node.free.device_milli.size());
  }
  std::int64_t given = 0;
  std::int64_t asked = 0;
  Outcome outcome;
  const auto percent = [&] {
    return 100.0 * static_cast<double>(given) / static_cast<double>(all);
  };
  const auto before = std::chrono::steady_clock::now();
  for (const auto& [request, memory] : pods) {
    const std::int64_t milli = static_cast<std::int64_t>(request.devices) * request.device_milli;
    const auto found = index.find(request, memory);
    outcome.kinds_most = std::max(outcome.kinds_most, index.kinds());
    if (found) {
      index.take(found->node, request, memory, found->use.devices);
      given += milli;
    }
    if (asked < all && asked + milli >= all) outcome.at_capacity = percent();
    asked += milli;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  outcome.percent = percent();
  outcome.pods_per_second = static_cast<double>(pods.size()) / took.count();
  return outcome;
}

// A run as the authors make one: the workload and pods drawn from it until 1.3 times the devices
// are asked for, all in random order, as are the nodes.
inline Outcome openb_run(const std::filesystem::path& folder, const std::string& workload,
                         base::Random random) {
  Models models;
  std::vector<SmallNode> nodes;
  std::int64_t wanted = 0;
  for (const auto& [name, node] : openb_nodes(folder, models)) {
    nodes.push_back(node);
    wanted += static_cast<std::int64_t>(node.free.device_milli.size()) * 1300;
  }
  const auto by_name = openb_pods(folder, workload, models);
  const UsualRequests usual = usual_of(by_name);
  std::vector<Pod> pods;
  const auto add = [&](const Pod& pod) {
    wanted -= static_cast<std::int64_t>(pod.request.devices) * pod.request.device_milli;
    pods.push_back(pod);
  };
  for (const auto& [name, pod] : by_name) add(pod);
  const std::size_t recorded_pods = pods.size();
  while (wanted > 0) add(Pod(pods[static_cast<std::size_t>(random.below(recorded_pods))]));
  random.shuffle(std::span(pods));
  random.shuffle(std::span(nodes));
  return put_all(nodes, pods, usual);
}

}  // namespace weir::schedule::test
