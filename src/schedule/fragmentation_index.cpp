#include "schedule/fragmentation_index.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir::schedule {

FragmentationIndex::FragmentationIndex(std::vector<SmallNode> nodes, UsualRequests usual)
    : nodes_(std::move(nodes)), usual_(std::move(usual)) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) kinds_[nodes_[i].free].nodes.insert(i);
}

const std::optional<Use>& FragmentationIndex::answer(Kinds::value_type& kind, std::uint32_t id,
                                                     const SmallRequest& request) {
  std::vector<Answer>& answers = kind.second.answers;
  if (answers.size() <= id) answers.resize(requests_.size());
  if (!answers[id].known) answers[id] = {true, best_use(kind.first, request, usual_)};
  return answers[id].use;
}

std::optional<FragmentationIndex::Found> FragmentationIndex::find(const SmallRequest& request,
                                                                  std::int64_t memory_bytes) {
  const auto [entry, fresh] =
      requests_.try_emplace(request, static_cast<std::uint32_t>(requests_.size()));
  const Use* best = nullptr;
  std::uint32_t best_node = 0;
  for (Kinds::value_type& kind : kinds_) {
    if (kind.first.cpu_milli < request.cpu_milli) continue;
    const std::optional<Use>& use = answer(kind, entry->second, request);
    if (!use || (best != nullptr && use->score < best->score)) continue;
    const std::set<std::uint32_t>& nodes = kind.second.nodes;
    const auto node = std::find_if(nodes.begin(), nodes.end(), [&](std::uint32_t each) {
      return nodes_[each].memory_bytes >= memory_bytes;
    });
    if (node == nodes.end()) continue;
    if (best != nullptr && use->score == best->score && *node > best_node) continue;
    best = &*use;
    best_node = *node;
  }
  if (best == nullptr) return std::nullopt;
  return Found{best_node, *best};
}

void FragmentationIndex::leave(std::uint32_t node) {
  const auto kind = kinds_.find(nodes_[node].free);
  WEIR_CHECK(kind != kinds_.end() && kind->second.nodes.erase(node) == 1, "a node has its kind");
  if (kind->second.nodes.empty()) kinds_.erase(kind);
}

void FragmentationIndex::take(std::uint32_t node, const SmallRequest& request,
                              std::int64_t memory_bytes,
                              const std::vector<std::uint32_t>& devices) {
  leave(node);
  schedule::take(nodes_[node].free, request, devices);
  nodes_[node].memory_bytes -= memory_bytes;
  WEIR_CHECK(nodes_[node].memory_bytes >= 0, "memory was free");
  kinds_[nodes_[node].free].nodes.insert(node);
}

void FragmentationIndex::give_back(std::uint32_t node, const SmallRequest& request,
                                   std::int64_t memory_bytes,
                                   const std::vector<std::uint32_t>& devices) {
  leave(node);
  schedule::give_back(nodes_[node].free, request, devices);
  nodes_[node].memory_bytes += memory_bytes;
  kinds_[nodes_[node].free].nodes.insert(node);
}

}  // namespace weir::schedule
