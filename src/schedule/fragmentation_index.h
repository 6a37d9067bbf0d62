// Nodes by what they have free, and for a small request the one where it leaves the least unusable.
//
// Nodes with the same left over are one kind; what a request would change on a kind is found once
// for all nodes of the kind, and remembered while the kind has a node.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "schedule/fragmentation.h"

namespace weir::schedule {

struct SmallNode {
  FreeNode free;
  std::int64_t memory_bytes = 0;
};

class FragmentationIndex {
 public:
  // Ties go to the node that stands first in `nodes`.
  FragmentationIndex(std::vector<SmallNode> nodes, UsualRequests usual);

  struct Found {
    std::uint32_t node = 0;
    Use use;
  };
  // The node where `request` does least harm; none where it fits nowhere. Changes nothing that
  // shows. Cost: kinds of nodes; for kinds that this request has not met, also best_use().
  [[nodiscard]] std::optional<Found> find(const SmallRequest& request, std::int64_t memory_bytes);

  void take(std::uint32_t node, const SmallRequest& request, std::int64_t memory_bytes,
            const std::vector<std::uint32_t>& devices);
  void give_back(std::uint32_t node, const SmallRequest& request, std::int64_t memory_bytes,
                 const std::vector<std::uint32_t>& devices);

  [[nodiscard]] const SmallNode& node(std::uint32_t index) const { return nodes_[index]; }
  [[nodiscard]] std::size_t kinds() const { return kinds_.size(); }

 private:
  struct Answer {
    bool known = false;
    std::optional<Use> use;
  };
  struct Kind {
    std::set<std::uint32_t> nodes;
    std::vector<Answer> answers;  // by request
  };
  using Kinds = std::map<FreeNode, Kind>;

  [[nodiscard]] const std::optional<Use>& answer(Kinds::value_type& kind, std::uint32_t id,
                                                 const SmallRequest& request);
  void leave(std::uint32_t node);

  std::vector<SmallNode> nodes_;
  UsualRequests usual_;
  Kinds kinds_;
  std::map<SmallRequest, std::uint32_t> requests_;
};

}  // namespace weir::schedule
