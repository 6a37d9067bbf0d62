#include "schedule/capacity.h"

#include <algorithm>

#include "base/check.h"

namespace weir::schedule {
namespace {

void change_devices(Shape& shape, const std::string& model, bool taking) {
  auto& devices = shape.devices;
  auto at = std::lower_bound(
      devices.begin(), devices.end(), model,
      [](const model::DeviceCount& have, const std::string& name) { return have.model < name; });
  const bool known = at != devices.end() && at->model == model;
  if (taking) {
    WEIR_CHECK(known && at->count > 0, "a device that is taken was free");
    if (--at->count == 0) devices.erase(at);
    --shape.device_total;
    return;
  }
  if (known) {
    ++at->count;
  } else {
    devices.insert(at, {model, 1});
  }
  ++shape.device_total;
}

Shape whole_shape(const model::Node& node) {
  Shape shape;
  shape.cpus = node.cpus;
  shape.memory_bytes = node.memory_bytes;
  for (const model::Device& device : node.devices) {
    if (!device.model.empty()) change_devices(shape, device.model, false);
  }
  return shape;
}

}  // namespace

bool fits(const Shape& shape, const model::ResourceOption& option) {
  if (shape.cpus < option.cpus || shape.memory_bytes < option.memory_bytes) return false;
  auto have = shape.devices.begin();
  for (const model::DeviceCount& wanted : option.devices) {
    while (have != shape.devices.end() && have->model < wanted.model) ++have;
    if (have == shape.devices.end() || have->model != wanted.model) return false;
    if (have->count < wanted.count) return false;
  }
  return true;
}

Capacity::Capacity(std::span<const model::Node> nodes) {
  used_.reserve(nodes.size());
  for (const model::Node& node : nodes) {
    NodeUse use;
    use.free = whole_shape(node);
    for (const model::Device& device : node.devices) use.device_models.push_back(device.model);
    use.device_taken.assign(node.devices.size(), false);
    ++whole_[use.free];
    free_[use.free].insert(static_cast<std::uint32_t>(used_.size()));
    used_.push_back(std::move(use));
  }
}

bool Capacity::device_free(std::uint32_t node, std::uint32_t device) const {
  return !used_[node].device_taken[device];
}

std::vector<std::uint32_t> Capacity::pick_devices(std::uint32_t node,
                                                  const model::DeviceCount& wanted) const {
  const NodeUse& use = used_[node];
  std::vector<std::uint32_t> picked;
  for (std::uint32_t i = 0; i < use.device_models.size() && picked.size() < wanted.count; ++i) {
    if (!use.device_taken[i] && use.device_models[i] == wanted.model) picked.push_back(i);
  }
  WEIR_CHECK(picked.size() == wanted.count, "as many devices are free as the shape says");
  return picked;
}

void Capacity::move(std::uint32_t node, const model::RankPlacement& rank, bool taking) {
  WEIR_CHECK(node < used_.size(), "a placement names a node of its site");
  NodeUse& use = used_[node];
  auto bucket = free_.find(use.free);
  bucket->second.erase(node);
  if (bucket->second.empty()) free_.erase(bucket);
  if (taking) {
    WEIR_CHECK(use.free.cpus >= rank.cpus && use.free.memory_bytes >= rank.memory_bytes,
               "a node is never over-committed");
    use.free.cpus -= rank.cpus;
    use.free.memory_bytes -= rank.memory_bytes;
  } else {
    use.free.cpus += rank.cpus;
    use.free.memory_bytes += rank.memory_bytes;
  }
  for (const std::uint32_t device : rank.devices) {
    WEIR_CHECK(use.device_taken[device] != taking, "a device has one holder");
    use.device_taken[device] = taking;
    change_devices(use.free, use.device_models[device], taking);
  }
  free_[use.free].insert(node);
}

void Capacity::take(std::span<const model::RankPlacement> ranks) {
  for (const model::RankPlacement& rank : ranks) move(rank.node, rank, true);
}

void Capacity::release(std::span<const model::RankPlacement> ranks) {
  for (const model::RankPlacement& rank : ranks) move(rank.node, rank, false);
}

}  // namespace weir::schedule
