#include "backend/kubernetes/node_shape.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "backend/kubernetes/amounts.h"
#include "backend/kubernetes/device_resources.h"
#include "backend/kubernetes/json_reading.h"

namespace weir::backend::kubernetes {
namespace {

namespace json = boost::json;

constexpr std::int64_t devices_max = 1024;  // of one resource on one node

std::string plain(json::string_view text) { return {text.data(), text.size()}; }

// An amount as text, or as the number that some writers make of it.
std::string amount_text(const json::value& value) {
  if (const json::string* const text = value.if_string()) return plain(*text);
  if (const std::int64_t* const number = value.if_int64()) return std::to_string(*number);
  return "";
}

bool is_extended(std::string_view resource) {
  return resource.find('/') != std::string_view::npos && !resource.starts_with("kubernetes.io/");
}

void add_devices(NodeShape& shape, const std::string& resource, std::int64_t count,
                 const std::map<std::string, std::string>& models) {
  const DeviceResource* const row = find_device_resource(resource, shape.labels);
  if (row == nullptr) return;
  model::Device device;
  device.vendor = row->vendor;
  device.kind = row->kind;
  device.model = row->model;
  const auto named = models.find(resource);
  if (device.model.empty() && named != models.end()) device.model = named->second;
  for (std::int64_t i = 0; i < std::min(count, devices_max); ++i) {
    device.address = std::to_string(i);
    shape.node.devices.push_back(device);
    shape.device_resources.push_back(resource);
  }
}

void add_amounts(NodeUse& use, const json::object& amounts) {
  for (const auto& [name, value] : amounts) {
    const std::string text = amount_text(value);
    if (name == "cpu") {
      use.cpus_milli += parse_milli_amount(text).value_or(0);
    } else if (name == "memory") {
      use.memory_bytes += parse_amount(text).value_or(0);
    } else if (is_extended(plain(name))) {
      use.devices[plain(name)] += parse_amount(text).value_or(0);
    }
  }
}

}  // namespace

NodeShape shape_of_node(const json::value& node, const std::map<std::string, std::string>& models) {
  NodeShape shape;
  shape.node.name = text_at(node, {"metadata", "name"});
  shape.node.limits_by = "kubernetes";
  for (const auto& [name, value] : object_at(node, {"metadata", "labels"})) {
    if (value.is_string()) shape.labels[plain(name)] = plain(value.get_string());
  }
  for (const json::value& taint : list_at(node, {"spec", "taints"})) {
    shape.taints.push_back(
        {text_at(taint, {"key"}), text_at(taint, {"value"}), text_at(taint, {"effect"})});
  }
  shape.is_cordoned = flag_at(node, {"spec", "unschedulable"});
  for (const json::value& condition : list_at(node, {"status", "conditions"})) {
    if (text_at(condition, {"type"}) == "Ready") {
      shape.is_ready = text_at(condition, {"status"}) == "True";
    }
  }
  std::map<std::string, std::int64_t> extended;  // ordered, so that indices stay what they are
  for (const auto& [name, value] : object_at(node, {"status", "allocatable"})) {
    const std::int64_t amount =
        std::clamp<std::int64_t>(parse_amount(amount_text(value)).value_or(0), 0, 1LL << 60);
    if (name == "cpu") {
      shape.node.cpus = static_cast<std::uint32_t>(std::min<std::int64_t>(amount, 1 << 20));
    } else if (name == "memory") {
      shape.node.memory_bytes = amount;
    } else if (is_extended(plain(name))) {
      extended[plain(name)] = amount;
    }
  }
  for (const auto& [resource, count] : extended) add_devices(shape, resource, count, models);
  return shape;
}

NodeUse use_of_pod(const json::value& pod) {
  NodeUse use;
  const std::string phase = text_at(pod, {"status", "phase"});
  if (phase == "Succeeded" || phase == "Failed") return use;
  for (const json::value& container : list_at(pod, {"spec", "containers"})) {
    const json::object& requests = object_at(container, {"resources", "requests"});
    const json::object& limits = object_at(container, {"resources", "limits"});
    // What has a limit and no request asks for its limit; the server writes that down.
    add_amounts(use, requests.empty() ? limits : requests);
  }
  return use;
}

bool takes_pods(const NodeShape& shape) {
  if (!shape.is_ready || shape.is_cordoned) return false;
  return std::ranges::all_of(shape.taints, [&](const Taint& taint) {
    return taint.effect == "PreferNoSchedule" ||
           std::ranges::find(shape.device_resources, taint.key) != shape.device_resources.end();
  });
}

ForeignUse foreign_use_of(const NodeShape& shape) {
  ForeignUse use;
  const std::int64_t cpus = std::max<std::int64_t>(shape.others.cpus_milli + 999, 0) / 1000;
  use.cpus = static_cast<std::uint32_t>(std::min<std::int64_t>(cpus, shape.node.cpus));
  use.memory_bytes =
      std::clamp<std::int64_t>(shape.others.memory_bytes, 0, shape.node.memory_bytes);
  std::map<std::string, std::int64_t> left = shape.others.devices;
  for (std::size_t i = 0; i < shape.device_resources.size(); ++i) {
    if (left[shape.device_resources[i]]-- > 0) ++use.devices[shape.node.devices[i].model];
  }
  return use;
}

base::Result<std::map<std::string, std::int64_t>> resources_of(
    const NodeShape& shape, const std::map<std::string, std::uint32_t>& models) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& [model, wanted] : models) {
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < shape.node.devices.size() && found < wanted; ++i) {
      if (shape.node.devices[i].model != model) continue;
      ++counts[shape.device_resources[i]];
      ++found;
    }
    if (found < wanted) {
      return base::fail(base::ErrorCode::refused,
                        "node " + shape.node.name + " has " + std::to_string(found) +
                            " devices of model \"" + model + "\", not " + std::to_string(wanted));
    }
  }
  return counts;
}

base::Result<std::map<std::string, std::int64_t>> resources_of(
    const NodeShape& shape, const std::vector<std::size_t>& devices) {
  std::map<std::string, std::int64_t> counts;
  for (const std::size_t device : devices) {
    if (device >= shape.device_resources.size()) {
      return base::fail(base::ErrorCode::refused,
                        "node " + shape.node.name + " has no device " + std::to_string(device));
    }
    ++counts[shape.device_resources[device]];
  }
  return counts;
}

}  // namespace weir::backend::kubernetes
