#include "backend/slurm/nodes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::backend::slurm {
namespace {

// One node has no more: a count of a resource that is not a device (bytes of bandwidth, licences)
// would be taken for a million devices.
constexpr std::uint32_t devices_max = 256;

constexpr std::int64_t bytes_of_mib(std::uint64_t mib) {
  constexpr std::uint64_t most = std::uint64_t{1} << 40;
  return static_cast<std::int64_t>(std::min(mib, most)) << 20;
}

std::string kind_of(const std::string& gres) { return gres.substr(0, gres.find(':')); }

std::string model_of(const std::string& gres, const DeviceNames& names) {
  if (const auto named = names.find(gres); named != names.end()) return named->second;
  const std::size_t colon = gres.find(':');
  return colon == std::string::npos ? std::string() : gres.substr(colon + 1);
}

struct Use {
  std::uint32_t cpus = 0;
  std::uint64_t memory_mib = 0;
  std::map<std::string, std::uint32_t> gres;
};

std::map<std::string, Use> use_by_node(std::span<const Job> jobs) {
  std::map<std::string, Use> uses;
  for (const Job& job : jobs) {
    const Progress progress = row_of(job.state).progress;
    const bool holds = progress == Progress::runs || progress == Progress::ending ||
                       job.state == JobState::configuring;
    if (!holds || job.nodes.empty()) continue;
    Use& use = uses[job.nodes];  // ours are of one node each
    use.cpus += job.cpus;
    use.memory_mib += job.memory_mib;
    for (const auto& [gres, count] : job.gres) use.gres[gres] += count;
  }
  return uses;
}

ForeignUse foreign_use(const NodeFacts& facts, const Use& own, const DeviceNames& names) {
  ForeignUse foreign;
  foreign.cpus = facts.cpus_used - std::min(facts.cpus_used, own.cpus);
  foreign.memory_bytes =
      bytes_of_mib(facts.memory_used_mib - std::min(facts.memory_used_mib, own.memory_mib));
  for (const auto& [gres, used] : facts.gres_used) {
    const auto ours = own.gres.find(gres);
    const std::uint32_t held = ours == own.gres.end() ? 0 : ours->second;
    if (used > held) foreign.devices[model_of(gres, names)] += used - held;
  }
  return foreign;
}

// The way down to each node: the names of the switches above it, the widest first.
std::map<std::string, std::vector<std::string>> paths_of(std::span<const Switch> switches) {
  std::vector<const Switch*> widest_first;
  for (const Switch& each : switches) widest_first.push_back(&each);
  std::stable_sort(widest_first.begin(), widest_first.end(),
                   [](const Switch* a, const Switch* b) { return a->level > b->level; });
  std::map<std::string, std::vector<std::string>> paths;
  for (const Switch* each : widest_first) {
    for (const std::string& node : each->nodes) paths[node].push_back(each->name);
  }
  return paths;
}

std::vector<model::Device> devices_of(const NodeFacts& facts, const DeviceNames& names) {
  std::vector<model::Device> devices;
  for (const auto& [gres, count] : facts.gres) {
    if (count > devices_max) continue;
    for (std::uint32_t i = 0; i < count; ++i) {
      model::Device device;
      device.model = model_of(gres, names);
      device.kind = kind_of(gres);
      device.address = gres + ":" + std::to_string(i);
      devices.push_back(std::move(device));
    }
  }
  return devices;
}

}  // namespace

bool is_available(std::string_view state) {
  constexpr std::array<std::string_view, 11> away = {
      "DOWN",  "DRAIN",   "DRAINED", "DRAINING", "FAIL",          "FAILING",
      "ERROR", "UNKNOWN", "FUTURE",  "MAINT",    "NOT_RESPONDING"};
  constexpr std::string_view marks = "*~#!%$@^-";
  bool first = true;
  while (true) {
    const std::size_t plus = state.find('+');
    std::string_view word = state.substr(0, plus);
    while (!word.empty() && marks.find(word.back()) != std::string_view::npos) {
      if (word.back() == '*') return false;  // it does not answer
      word.remove_suffix(1);
    }
    if (first && word.empty()) return false;
    if (std::find(away.begin(), away.end(), word) != away.end()) return false;
    if (plus == std::string_view::npos) return true;
    state.remove_prefix(plus + 1);
    first = false;
  }
}

std::vector<ClusterNode> cluster_nodes(std::span<const NodeFacts> facts, std::span<const Job> own,
                                       std::span<const Switch> switches, const DeviceNames& names) {
  const std::map<std::string, Use> uses = use_by_node(own);
  const auto paths = paths_of(switches);
  std::vector<ClusterNode> nodes;
  for (const NodeFacts& each : facts) {
    ClusterNode made;
    made.node.name = each.name;
    made.node.cpus = each.cpus;
    made.node.memory_bytes = bytes_of_mib(each.memory_mib);
    made.node.devices = devices_of(each, names);
    made.node.limits_by = "slurm";
    if (const auto path = paths.find(each.name); path != paths.end()) {
      made.node.topology = path->second;
    }
    made.is_available = is_available(each.state);
    made.state = each.state;
    made.features = each.features;
    made.partitions = each.partitions;
    const auto use = uses.find(each.name);
    made.foreign = foreign_use(each, use == uses.end() ? Use() : use->second, names);
    nodes.push_back(std::move(made));
  }
  std::sort(nodes.begin(), nodes.end(),
            [](const ClusterNode& a, const ClusterNode& b) { return a.node.name < b.node.name; });
  return nodes;
}

}  // namespace weir::backend::slurm
