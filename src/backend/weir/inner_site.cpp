#include "backend/weir/inner_site.h"

#include <algorithm>
#include <string>

#include "backend/weir/rank_text.h"
#include "model/ids.h"

namespace weir::backend::inner {
namespace {

bool is_ours(const std::string& task, const std::map<model::JobId, Holding>& ours) {
  const auto reference = model::parse_job_reference(task);
  return reference && ours.contains(reference->job);
}

// In the order they are told, which is that of the node's own list.
std::vector<const model::DeviceView*> devices_of(const model::NodeView& node,
                                                 const Capacity& seen) {
  std::vector<const model::DeviceView*> devices;
  for (const model::DeviceView& device : seen.devices) {
    if (device.site == node.site && device.node == node.name) devices.push_back(&device);
  }
  return devices;
}

bool takes_work(const std::string& site, const Capacity& seen) {
  return std::any_of(seen.sites.begin(), seen.sites.end(), [&](const model::SiteView& each) {
    return each.name == site && each.in_touch && each.standing == model::SiteStanding::active;
  });
}

// Shared processors may be promised twice, so that less than nothing can seem free.
std::int64_t beyond(std::int64_t held, std::int64_t ours) {
  return std::max<std::int64_t>(held - ours, 0);
}

model::RankPlacement others_on(const model::NodeView& node, const Capacity& seen,
                               const std::map<model::JobId, Holding>& ours) {
  Holding own;
  for (const std::string& task : node.running) {
    if (!is_ours(task, ours)) continue;
    const Holding& held = ours.at(model::parse_job_reference(task)->job);
    own.cpus += held.cpus;
    own.memory_bytes += held.memory_bytes;
  }
  model::RankPlacement others;
  others.cpus = static_cast<std::uint32_t>(
      beyond(std::int64_t{node.cpus} - std::int64_t{node.cpus_free}, own.cpus));
  others.memory_bytes = beyond(node.memory_bytes - node.memory_bytes_free, own.memory_bytes);
  const auto devices = devices_of(node, seen);
  for (std::uint32_t i = 0; i < devices.size(); ++i) {
    const std::string& holder = devices[i]->held_by;
    if (!holder.empty() && !is_ours(holder, ours)) others.devices.push_back(i);
  }
  return others;
}

model::RankPlacement all_of(const model::Node& node) {
  model::RankPlacement all;
  all.cpus = node.cpus;
  all.memory_bytes = node.memory_bytes;
  for (std::uint32_t i = 0; i < node.devices.size(); ++i) all.devices.push_back(i);
  return all;
}

}  // namespace

std::vector<model::Node> nodes_of(const Capacity& seen) {
  std::vector<model::Node> nodes;
  for (const model::NodeView& each : seen.nodes) {
    model::Node& node = nodes.emplace_back();
    node.name = node_name(each.site, each.name);
    node.cpus = each.cpus;
    node.memory_bytes = each.memory_bytes;
    node.shares_cpus = each.shares_cpus;
    node.cpu_model = each.cpu_model;
    node.limits_by = each.limits_by;
    node.topology = {each.site};
    for (const model::DeviceView* device : devices_of(each, seen)) {
      node.devices.push_back({device->model == "unknown" ? "" : device->model, device->vendor,
                              device->kind, device->address, device->memory_bytes,
                              device->numa_node});
    }
  }
  return nodes;
}

std::vector<model::RankPlacement> held_by_others(const std::vector<model::Node>& nodes,
                                                 const Capacity& seen,
                                                 const std::map<model::JobId, Holding>& ours) {
  std::vector<model::RankPlacement> held;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const NodeName name = parse_node_name(nodes[i].name);
    const auto found =
        std::find_if(seen.nodes.begin(), seen.nodes.end(), [&](const model::NodeView& each) {
          return each.site == name.site && each.name == name.node;
        });
    const bool is_there = found != seen.nodes.end() && takes_work(name.site, seen);
    model::RankPlacement others = is_there ? others_on(*found, seen, ours) : all_of(nodes[i]);
    others.node = i;
    // The inner node may have changed since the outer Weir was told of it.
    std::erase_if(others.devices,
                  [&](std::uint32_t device) { return device >= nodes[i].devices.size(); });
    if (others.cpus > 0 || others.memory_bytes > 0 || !others.devices.empty()) {
      held.push_back(others);
    }
  }
  return held;
}

}  // namespace weir::backend::inner
