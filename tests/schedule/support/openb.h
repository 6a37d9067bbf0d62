// The GPU cluster of Alibaba recorded in 2023 (cluster-trace-gpu-v2023), its workloads, and one run
// of the FGD authors' program on them.
#pragma once

#include <map>
#include <string>
#include <vector>

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

}  // namespace weir::schedule::test
