// What is free on the nodes of one site, right now.
//
// Nodes are counted by what they have free, not listed: identical nodes form a pool, and in a pool
// those with the same free shape stand in one bucket, so that a question costs the number of kinds,
// not the number of nodes. A device is whole, or shared by several ranks. Not a calendar: when
// things become free is schedule/timeline.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/job.h"
#include "model/site.h"
#include "schedule/free_kinds.h"
#include "schedule/shape.h"
#include "schedule/topology.h"

namespace weir::schedule {

// Identical nodes: the same amounts, the same devices in the same places.
struct Pool {
  std::vector<std::string> models;  // of its devices, sorted; Shape::devices by this order
  std::vector<std::uint8_t> model_of_device;  // index in `models`, or no_model
  Shape whole;
  std::uint32_t nodes = 0;
  FreeKinds free;              // its nodes, by what they have free
  std::vector<bool> admitted;  // by ResourceOption::site_filter - 1: its site is open to it

  static constexpr std::uint8_t no_model = 255;  // nobody could say what it is: never given

  // What one rank under `option` takes of a node here; none: it asks for a device there is not, or
  // for other sites.
  [[nodiscard]] std::optional<RankDemand> demand(const model::ResourceOption& option) const;
  // How many of `shape`'s devices are of this model.
  [[nodiscard]] std::uint32_t count(const Shape& shape, const std::string& model) const;
};

class Capacity {
 public:
  Capacity() = default;
  explicit Capacity(std::span<const model::Node> nodes);

  // Takes or gives back what a placement holds. Requires: it was free, or held.
  void take(std::span<const model::RankPlacement> ranks);
  void release(std::span<const model::RankPlacement> ranks);

  // Whether what is asked for under a filter (from 1 on) may have nodes here; false at first.
  void admit(std::uint32_t site_filter, bool admitted);
  [[nodiscard]] bool admits(const model::ResourceOption& option) const;

  // In an order that depends on nothing but what the nodes are.
  [[nodiscard]] std::span<const Pool> pools() const { return pools_; }
  [[nodiscard]] const Pool& pool_of(std::uint32_t node) const { return pools_[used_[node].pool]; }
  [[nodiscard]] std::uint32_t pool_index(std::uint32_t node) const { return used_[node].pool; }

  // How the nodes hang together, as far as they say so.
  [[nodiscard]] const TopologyTree& topology() const { return topology_; }

  [[nodiscard]] std::uint32_t nodes() const { return static_cast<std::uint32_t>(used_.size()); }
  [[nodiscard]] const FreeShape& free_of(std::uint32_t node) const { return used_[node].free; }
  // What a rank's placement takes of its node; a share of a device is not in it.
  [[nodiscard]] Shape shape_of(const model::RankPlacement& rank) const;
  // One whole device of the same model as this one, and nothing else.
  [[nodiscard]] Shape shape_of_device(std::uint32_t node, std::uint32_t device) const;
  // Thousandths of a device that nobody holds.
  [[nodiscard]] std::uint32_t device_left(std::uint32_t node, std::uint32_t device) const {
    return used_[node].device_left[device];
  }
  [[nodiscard]] bool device_free(std::uint32_t node, std::uint32_t device) const {
    return device_left(node, device) == model::whole_device_milli;
  }
  // The first free devices of `model` on `node`, `count` of them. Requires: that many are free.
  [[nodiscard]] std::vector<std::uint32_t> pick_devices(std::uint32_t node,
                                                        const model::DeviceCount& wanted) const;
  // The first device of the model that has exactly one of these amounts left. Requires: one has.
  [[nodiscard]] std::uint32_t pick_shared(std::uint32_t node, std::uint8_t model,
                                          std::span<const std::uint32_t> left) const;

 private:
  struct NodeUse {
    std::uint32_t pool = 0;
    FreeShape free;
    std::vector<std::uint16_t> device_left;  // thousandths
  };
  void move(std::uint32_t node, const model::RankPlacement& rank, bool taking);
  void move_share(NodeUse& use, const model::RankPlacement& rank, bool taking);

  std::vector<NodeUse> used_;
  std::vector<Pool> pools_;
  TopologyTree topology_;
};

}  // namespace weir::schedule
