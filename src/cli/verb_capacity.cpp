// sites, nodes and devices: what there is and what is free of it.
#include <cstdio>

#include "base/quantity.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "gateway/replies.h"
#include "model/view.h"

namespace weir::cli {

namespace {

std::string of(std::uint64_t free, std::uint64_t all) {
  return std::to_string(free) + " of " + std::to_string(all);
}

std::string bytes_of(std::int64_t free, std::int64_t all) {
  return base::format_bytes(free) + " of " + base::format_bytes(all);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string state_of(const model::SiteView& site) {
  if (!site.heard) return site.invited_until ? "invited" : "never came";
  std::string state = site.in_touch ? "in touch" : "lost";
  if (site.standing != model::SiteStanding::active) {
    state += ", " + std::string(base::enum_name(site.standing));
  }
  return state;
}

// What work that is not Weir's holds there.
std::string of_others(const model::SiteView& site) {
  std::string out;
  if (site.cpus_of_others > 0) out = std::to_string(site.cpus_of_others) + " cpus";
  if (site.devices_of_others == 0) return out;
  return out + (out.empty() ? "" : ", ") + std::to_string(site.devices_of_others) + " devices";
}

}  // namespace

int verb_sites(const Common& common) {
  return show_answer<gateway::SiteList>(common, "/v1/sites", [](const gateway::SiteList& list) {
    Table table({"SITE", "STATE", "LAST WORD", "NODES", "CPUS FREE", "MEMORY FREE", "DEVICES FREE",
                 "RUNNING", "OF OTHERS"});
    for (const model::SiteView& site : list.sites) {
      table.add(
          {site.name, state_of(site), relative(site.heard, now()), std::to_string(site.nodes),
           of(site.cpus_free, site.cpus), bytes_of(site.memory_bytes_free, site.memory_bytes),
           of(site.devices_free, site.devices), std::to_string(site.running), of_others(site)},
          site.in_touch ? Colour::none : Colour::red);
    }
    table.print();
    return 0;
  });
}

int verb_nodes(const Common& common) {
  return show_answer<gateway::NodeList>(common, "/v1/nodes", [](const gateway::NodeList& list) {
    Table table({"NODE", "CPUS FREE", "MEMORY FREE", "DEVICES", "LIMITS BY", "RUNNING", "CPU"});
    for (const model::NodeView& node : list.nodes) {
      table.add({node.site + "/" + node.name,
                 of(node.cpus_free, node.cpus) + (node.shares_cpus ? " (shared)" : ""),
                 bytes_of(node.memory_bytes_free, node.memory_bytes), joined(node.devices),
                 node.limits_by, joined(node.running), node.cpu_model});
    }
    table.print();
    return 0;
  });
}

int verb_devices(const Common& common) {
  return show_answer<gateway::DeviceList>(
      common, "/v1/devices", [](const gateway::DeviceList& list) {
        if (list.devices.empty()) {
          std::printf("No accelerator was found here.\n");
          return 0;
        }
        Table table({"NODE", "MODEL", "VENDOR", "KIND", "MEMORY", "ADDRESS", "NUMA", "HELD BY"});
        for (const model::DeviceView& device : list.devices) {
          table.add({device.site + "/" + device.node, device.model, device.vendor, device.kind,
                     device.memory_bytes ? base::format_bytes(*device.memory_bytes) : "unknown",
                     device.address,
                     device.numa_node ? std::to_string(*device.numa_node) : "unknown",
                     device.held_by});
        }
        table.print();
        return 0;
      });
}

}  // namespace weir::cli
