// What is free on the nodes of one site, right now.
//
// Nodes are counted by what they have free, not listed: nodes with the same free shape stand in one
// bucket, so that a question costs the number of kinds, not the number of nodes. Not a calendar:
// when things become free is schedule/reserve.h.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/job.h"
#include "model/site.h"

namespace weir::schedule {

// What a node has, or has free. Ordered so that a walk meets the tightest fit first: nodes with
// few devices before those with many, then few processors, then little memory.
struct Shape {
  std::uint32_t device_total = 0;
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::vector<model::DeviceCount> devices;  // by model, none with count 0, unknown models left out

  friend auto operator<=>(const Shape&, const Shape&) = default;
};

// True if one rank under `option` fits into `shape`.
[[nodiscard]] bool fits(const Shape& shape, const model::ResourceOption& option);

class Capacity {
 public:
  Capacity() = default;
  explicit Capacity(std::span<const model::Node> nodes);

  // Takes or gives back what a placement holds. Requires: it was free, or held.
  void take(std::span<const model::RankPlacement> ranks);
  void release(std::span<const model::RankPlacement> ranks);

  // Free shapes and the nodes that have them, tightest first.
  using Buckets = std::map<Shape, std::set<std::uint32_t>>;
  [[nodiscard]] const Buckets& free() const { return free_; }
  // Distinct shapes of whole nodes and how many nodes have each.
  [[nodiscard]] const std::map<Shape, std::uint32_t>& whole() const { return whole_; }

  [[nodiscard]] std::uint32_t nodes() const { return static_cast<std::uint32_t>(used_.size()); }
  [[nodiscard]] const Shape& free_of(std::uint32_t node) const { return used_[node].free; }
  [[nodiscard]] bool device_free(std::uint32_t node, std::uint32_t device) const;
  // The first free devices of `model` on `node`, `count` of them. Requires: that many are free.
  [[nodiscard]] std::vector<std::uint32_t> pick_devices(std::uint32_t node,
                                                        const model::DeviceCount& wanted) const;

 private:
  struct NodeUse {
    Shape free;
    std::vector<std::string> device_models;
    std::vector<bool> device_taken;
  };
  void move(std::uint32_t node, const model::RankPlacement& rank, bool taking);

  std::vector<NodeUse> used_;
  Buckets free_;
  std::map<Shape, std::uint32_t> whole_;
};

}  // namespace weir::schedule
