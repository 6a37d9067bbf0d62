#include "schedule/capacity.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace weir::schedule {
namespace {

// A pool of one node, with nothing taken.
Pool pool_for(const model::Node& node) {
  Pool pool;
  for (const model::Device& device : node.devices) {
    if (!device.model.empty()) pool.models.push_back(device.model);
  }
  std::sort(pool.models.begin(), pool.models.end());
  pool.models.erase(std::unique(pool.models.begin(), pool.models.end()), pool.models.end());
  if (pool.models.size() > models_per_node_most) pool.models.resize(models_per_node_most);
  pool.whole.cpus = node.cpus;
  pool.whole.memory_bytes = node.memory_bytes;
  for (const model::Device& device : node.devices) {
    const auto at = std::lower_bound(pool.models.begin(), pool.models.end(), device.model);
    if (at == pool.models.end() || *at != device.model) {
      pool.model_of_device.push_back(Pool::no_model);
      continue;
    }
    const auto index = static_cast<std::uint8_t>(at - pool.models.begin());
    pool.model_of_device.push_back(index);
    ++pool.whole.devices[index];
    ++pool.whole.device_total;
  }
  return pool;
}

auto kind_of(const Pool& pool) { return std::tie(pool.whole, pool.models, pool.model_of_device); }

}  // namespace

std::optional<Shape> Pool::demand(const model::ResourceOption& option) const {
  Shape shape;
  shape.cpus = option.cpus;
  shape.memory_bytes = option.memory_bytes;
  for (const model::DeviceCount& wanted : option.devices) {
    const auto at = std::lower_bound(models.begin(), models.end(), wanted.model);
    if (at == models.end() || *at != wanted.model) return std::nullopt;
    if (wanted.count > whole.device_total) return std::nullopt;
    shape.devices[static_cast<std::size_t>(at - models.begin())] =
        static_cast<std::uint16_t>(wanted.count);
    shape.device_total += wanted.count;
  }
  return shape;
}

std::uint32_t Pool::count(const Shape& shape, const std::string& model) const {
  const auto at = std::lower_bound(models.begin(), models.end(), model);
  if (at == models.end() || *at != model) return 0;
  return shape.devices[static_cast<std::size_t>(at - models.begin())];
}

Capacity::Capacity(std::span<const model::Node> nodes) {
  std::vector<Pool> each;
  each.reserve(nodes.size());
  for (const model::Node& node : nodes) each.push_back(pool_for(node));
  const auto before = [](const Pool& a, const Pool& b) { return kind_of(a) < kind_of(b); };
  pools_ = each;
  std::sort(pools_.begin(), pools_.end(), before);
  const auto same = [](const Pool& a, const Pool& b) { return kind_of(a) == kind_of(b); };
  pools_.erase(std::unique(pools_.begin(), pools_.end(), same), pools_.end());
  used_.reserve(nodes.size());
  for (std::uint32_t i = 0; i < each.size(); ++i) {
    const auto at = std::lower_bound(pools_.begin(), pools_.end(), each[i], before);
    ++at->nodes;
    at->free[at->whole].insert(i);
    used_.push_back({static_cast<std::uint32_t>(at - pools_.begin()), at->whole,
                     std::vector<bool>(nodes[i].devices.size())});
  }
  const bool told = std::any_of(nodes.begin(), nodes.end(),
                                [](const model::Node& node) { return !node.topology.empty(); });
  if (!told) return;
  std::vector<TopologyTree::Path> paths;
  paths.reserve(nodes.size());
  for (const model::Node& node : nodes) paths.push_back(node.topology);
  topology_ = TopologyTree(paths);
}

bool Capacity::device_free(std::uint32_t node, std::uint32_t device) const {
  return !used_[node].device_taken[device];
}

std::vector<std::uint32_t> Capacity::pick_devices(std::uint32_t node,
                                                  const model::DeviceCount& wanted) const {
  const NodeUse& use = used_[node];
  const Pool& pool = pools_[use.pool];
  const auto model = std::lower_bound(pool.models.begin(), pool.models.end(), wanted.model);
  const auto index = static_cast<std::uint8_t>(model - pool.models.begin());
  std::vector<std::uint32_t> picked;
  picked.reserve(wanted.count);
  for (std::uint32_t i = 0; i < use.device_taken.size() && picked.size() < wanted.count; ++i) {
    if (!use.device_taken[i] && pool.model_of_device[i] == index) picked.push_back(i);
  }
  WEIR_CHECK(picked.size() == wanted.count, "as many devices are free as the shape says");
  return picked;
}

Shape Capacity::shape_of(const model::RankPlacement& rank) const {
  WEIR_CHECK(rank.node < used_.size(), "a placement names a node of its site");
  const Pool& pool = pools_[used_[rank.node].pool];
  Shape shape;
  shape.cpus = rank.cpus;
  shape.memory_bytes = rank.memory_bytes;
  for (const std::uint32_t device : rank.devices) {
    WEIR_CHECK(device < pool.model_of_device.size(), "a placement names a device of its node");
    const std::uint8_t model = pool.model_of_device[device];
    WEIR_CHECK(model != Pool::no_model, "a device that is given has a model");
    ++shape.devices[model];
    ++shape.device_total;
  }
  return shape;
}

void Capacity::move(std::uint32_t node, const model::RankPlacement& rank, bool taking) {
  const Shape amount = shape_of(rank);
  NodeUse& use = used_[node];
  Pool& pool = pools_[use.pool];
  for (const std::uint32_t device : rank.devices) {
    WEIR_CHECK(use.device_taken[device] != taking, "a device has one holder");
    use.device_taken[device] = taking;
  }
  const auto bucket = pool.free.find(use.free);
  bucket->second.erase(node);
  if (bucket->second.empty()) pool.free.erase(bucket);
  if (taking) {
    WEIR_CHECK(covers(use.free, amount), "a node is never over-committed");
    use.free -= amount;
  } else {
    use.free += amount;
  }
  pool.free[use.free].insert(node);
}

void Capacity::take(std::span<const model::RankPlacement> ranks) {
  for (const model::RankPlacement& rank : ranks) move(rank.node, rank, true);
}

void Capacity::release(std::span<const model::RankPlacement> ranks) {
  for (const model::RankPlacement& rank : ranks) move(rank.node, rank, false);
}

}  // namespace weir::schedule
