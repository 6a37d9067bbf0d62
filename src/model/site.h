// Where work can run: sites, their nodes, and what is on each.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/job.h"

namespace weir::model {

// One accelerator. An empty model means that nobody could say what it is: it is shown, and no job
// is given it.
struct Device {
  std::string model;
  std::string vendor;
  std::string kind;     // gpu, npu, fpga, …
  std::string address;  // where it sits on its node: a PCI address, or an index
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::int32_t> numa_node;

  friend bool operator==(const Device&, const Device&) = default;
};
WEIR_DESCRIBE(Device, model, vendor, kind, address, memory_bytes, numa_node)

struct Node {
  std::string name;
  std::uint32_t cpus = 0;              // logical processors that jobs may be given
  std::int64_t memory_bytes = 0;       // memory that jobs may be given
  std::vector<Device> devices;         // a rank is given devices by their index here
  std::vector<std::int32_t> cpu_list;  // the processors' numbers on the machine
  bool shares_cpus = false;            // its processors are also those of another node
  std::string cpu_model;
  std::string limits_by;  // how limits are kept: "cgroup-v2", "rlimit"
  // The switches it hangs from, the widest first: pod, leaf. A name means something only under the
  // one before it. A shorter path hangs higher up; an empty one is not known, and near to nothing.
  std::vector<std::string> topology;

  friend bool operator==(const Node&, const Node&) = default;
};
WEIR_DESCRIBE(Node, name, cpus, memory_bytes, devices, cpu_list, shares_cpus, cpu_model, limits_by,
              topology)

// One rank's share of one node.
struct RankPlacement {
  std::uint32_t node = 0;  // index in the site's list of nodes
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::vector<std::uint32_t> devices;               // indices in Node::devices, ascending
  std::uint32_t device_milli = whole_device_milli;  // below 1000: so much of its one device

  [[nodiscard]] bool is_share() const { return device_milli < whole_device_milli; }
  // Thousandths of devices in all.
  [[nodiscard]] std::int64_t devices_milli() const {
    return static_cast<std::int64_t>(devices.size()) * device_milli;
  }
  friend bool operator==(const RankPlacement&, const RankPlacement&) = default;
};
WEIR_DESCRIBE(RankPlacement, node, cpus, memory_bytes, devices, device_milli)

// Whether a site is given work.
enum class SiteStanding : std::uint8_t {
  active,
  drained,  // no new work; what runs there goes on
  retired,  // it is no site any more: nobody speaks for it
};
WEIR_DESCRIBE_ENUM(SiteStanding, active, drained, retired)

// Who may speak for a site that others own. Only hashes of tokens and keys are kept.
struct SiteAccess {
  std::string site;
  std::string trust_domain;    // of the certificates of its agents (SPIFFE)
  base::Duration lease{};      // without a word for so long, its work is lost
  std::string invitation;      // SHA-256 of the one token that an agent may join with; "": none
  base::Time invited_until{};  // where there is one
  std::string key;             // SHA-256 of the public key that speaks for it; "": none does
  base::Time certified_until{};

  friend bool operator==(const SiteAccess&, const SiteAccess&) = default;
};
WEIR_DESCRIBE(SiteAccess, site, trust_domain, lease, invitation, invited_until, key,
              certified_until)

}  // namespace weir::model
