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

std::optional<RankDemand> Pool::demand(const model::ResourceOption& option) const {
  const bool open = option.site_filter == 0 ||
                    (option.site_filter <= admitted.size() && admitted[option.site_filter - 1]);
  if (!open) return std::nullopt;
  RankDemand shape;
  shape.cpus = option.cpus;
  shape.memory_bytes = option.memory_bytes;
  for (const model::DeviceCount& wanted : option.devices) {
    const auto at = std::lower_bound(models.begin(), models.end(), wanted.model);
    if (at == models.end() || *at != wanted.model) return std::nullopt;
    if (wanted.count > whole.device_total) return std::nullopt;
    shape.devices[static_cast<std::size_t>(at - models.begin())] =
        static_cast<std::uint16_t>(wanted.count);
    shape.device_total += wanted.count;
    shape.share_model = static_cast<std::uint8_t>(at - models.begin());
  }
  if (option.is_share()) shape.device_milli = option.device_milli;
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
    const FreeShape all{at->whole};
    at->free.insert(all, i);
    used_.push_back({static_cast<std::uint32_t>(at - pools_.begin()), all,
                     std::vector<std::uint16_t>(nodes[i].devices.size(),
                                                std::uint16_t{model::whole_device_milli})});
  }
  const bool told = std::any_of(nodes.begin(), nodes.end(),
                                [](const model::Node& node) { return !node.topology.empty(); });
  if (!told) return;
  std::vector<TopologyTree::Path> paths;
  paths.reserve(nodes.size());
  for (const model::Node& node : nodes) paths.push_back(node.topology);
  topology_ = TopologyTree(paths);
}

void Capacity::admit(std::uint32_t site_filter, bool admitted) {
  for (Pool& pool : pools_) {
    if (pool.admitted.size() < site_filter) pool.admitted.resize(site_filter);
    pool.admitted[site_filter - 1] = admitted;
  }
}

bool Capacity::admits(const model::ResourceOption& option) const {
  if (option.site_filter == 0 || pools_.empty()) return true;
  const std::vector<bool>& admitted = pools_.front().admitted;
  return option.site_filter <= admitted.size() && admitted[option.site_filter - 1];
}

std::vector<std::uint32_t> Capacity::pick_devices(std::uint32_t node,
                                                  const model::DeviceCount& wanted) const {
  const NodeUse& use = used_[node];
  const Pool& pool = pools_[use.pool];
  const auto model = std::lower_bound(pool.models.begin(), pool.models.end(), wanted.model);
  const auto index = static_cast<std::uint8_t>(model - pool.models.begin());
  std::vector<std::uint32_t> picked;
  picked.reserve(wanted.count);
  for (std::uint32_t i = 0; i < use.device_left.size() && picked.size() < wanted.count; ++i) {
    if (device_free(node, i) && pool.model_of_device[i] == index) picked.push_back(i);
  }
  WEIR_CHECK(picked.size() == wanted.count, "as many devices are free as the shape says");
  return picked;
}

std::uint32_t Capacity::pick_shared(std::uint32_t node, std::uint8_t model,
                                    std::span<const std::uint32_t> left) const {
  const NodeUse& use = used_[node];
  const Pool& pool = pools_[use.pool];
  std::uint32_t device = 0;
  const auto will_do = [&](std::uint32_t i) {
    return pool.model_of_device[i] == model &&
           std::find(left.begin(), left.end(), use.device_left[i]) != left.end();
  };
  while (device < use.device_left.size() && !will_do(device)) ++device;
  WEIR_CHECK(device < use.device_left.size(), "a device has left what the shape says");
  return device;
}

Shape Capacity::shape_of(const model::RankPlacement& rank) const {
  WEIR_CHECK(rank.node < used_.size(), "a placement names a node of its site");
  const Pool& pool = pools_[used_[rank.node].pool];
  Shape shape;
  shape.cpus = rank.cpus;
  shape.memory_bytes = rank.memory_bytes;
  if (rank.is_share()) return shape;
  for (const std::uint32_t device : rank.devices) {
    WEIR_CHECK(device < pool.model_of_device.size(), "a placement names a device of its node");
    const std::uint8_t model = pool.model_of_device[device];
    WEIR_CHECK(model != Pool::no_model, "a device that is given has a model");
    ++shape.devices[model];
    ++shape.device_total;
  }
  return shape;
}

Shape Capacity::shape_of_device(std::uint32_t node, std::uint32_t device) const {
  return shape_of({node, 0, 0, {device}});
}

void Capacity::move(std::uint32_t node, const model::RankPlacement& rank, bool taking) {
  const Shape amount = shape_of(rank);
  NodeUse& use = used_[node];
  Pool& pool = pools_[use.pool];
  pool.free.erase(use.free, node);
  if (rank.is_share()) {
    move_share(use, rank, taking);
  } else {
    for (const std::uint32_t device : rank.devices) {
      std::uint16_t& left = use.device_left[device];
      WEIR_CHECK(left == (taking ? model::whole_device_milli : 0), "a device has one holder");
      left = taking ? 0 : model::whole_device_milli;
    }
  }
  if (taking) {
    WEIR_CHECK(covers(use.free, amount), "a node is never over-committed");
    use.free -= amount;
  } else {
    use.free += amount;
  }
  pool.free.insert(use.free, node);
}

void Capacity::move_share(NodeUse& use, const model::RankPlacement& rank, bool taking) {
  WEIR_CHECK(rank.devices.size() == 1, "a share is of one device");
  const std::uint32_t device = rank.devices.front();
  WEIR_CHECK(device < use.device_left.size(), "a placement names a device of its node");
  const std::uint8_t model = pools_[use.pool].model_of_device[device];
  WEIR_CHECK(model != Pool::no_model, "a device that is given has a model");
  const std::uint32_t before = use.device_left[device];
  const std::uint32_t after = taking ? before - rank.device_milli : before + rank.device_milli;
  WEIR_CHECK(taking ? before >= rank.device_milli : after <= model::whole_device_milli,
             "a device is never given twice");
  use.device_left[device] = static_cast<std::uint16_t>(after);
  use.free.move_device(model, before, after);
}

void Capacity::take(std::span<const model::RankPlacement> ranks) {
  for (const model::RankPlacement& rank : ranks) move(rank.node, rank, true);
}

void Capacity::release(std::span<const model::RankPlacement> ranks) {
  for (const model::RankPlacement& rank : ranks) move(rank.node, rank, false);
}

}  // namespace weir::schedule
