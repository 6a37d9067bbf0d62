// Cuts one machine into several nodes, so that gangs run for real on it.
//
// A share is a promise by name only: whoever starts work keeps it to its share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sense/inventory.h"

namespace weir::sense {

struct NodeShare {
  std::string name;              // the host's name; "host-0", "host-1", … where there are several
  std::uint32_t cpus = 0;        // at least 1
  std::vector<int> cpu_indexes;  // where its work may run, by the system's numbers
  bool shared = false;           // some of its processors, or of their time, is also another's
  std::optional<std::int64_t> memory_bytes;  // none: the machine's is unknown
  std::vector<std::size_t> devices;          // indexes into Machine::devices, ascending

  friend bool operator==(const NodeShare&, const NodeShare&) = default;
};

inline constexpr std::uint32_t most_node_shares = 4096;

// Cuts `machine` into `nodes` equal shares.
//
// Processors are dealt out in NUMA order, so that shares end at NUMA boundaries where the numbers
// let them; counts differ by at most one. With more nodes than processors every node has one
// processor, shared with others and marked so.
// Memory: what memory_for_work leaves, divided evenly, down to a whole MiB.
// Devices: of each model every node has the same number, or one more; a node has those near its
// processors first.
// Ensures: every device is in exactly one share; every allowed processor is in at least one.
// Fails:   invalid: nodes is 0 or above most_node_shares. unavailable: the machine's processors
//          are unknown.
[[nodiscard]] base::Result<std::vector<NodeShare>> cut_machine(const Machine& machine,
                                                               std::uint32_t nodes);

// What jobs may be given of `memory_bytes`: a tenth stays for the system, at least 512 MiB and at
// most 16 GiB, but never more than half.
[[nodiscard]] std::int64_t memory_for_work(std::int64_t memory_bytes);

}  // namespace weir::sense
