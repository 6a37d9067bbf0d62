#include "agent/machine_nodes.h"

#include "sense/cut.h"

namespace weir::agent {

base::Result<std::vector<model::Node>> nodes_of(const sense::Machine& machine, std::uint32_t count,
                                                const std::string& limits_by) {
  const std::vector<sense::NodeShare> shares = WEIR_TRY(sense::cut_machine(machine, count));
  std::vector<model::Node> nodes;
  nodes.reserve(shares.size());
  for (const sense::NodeShare& share : shares) {
    model::Node& node = nodes.emplace_back();
    node.name = "node" + std::to_string(nodes.size() - 1);
    node.cpus = share.cpus;
    node.memory_bytes = share.memory_bytes.value_or(0);
    node.cpu_list.assign(share.cpu_indexes.begin(), share.cpu_indexes.end());
    node.shares_cpus = share.shared;
    node.cpu_model = machine.cpu_model;
    node.limits_by = limits_by;
    for (const std::size_t index : share.devices) {
      const sense::Device& device = machine.devices[index];
      node.devices.push_back({device.model, device.vendor, device.kind, device.pci_address,
                              device.memory_bytes, device.numa_node});
    }
  }
  return nodes;
}

}  // namespace weir::agent
