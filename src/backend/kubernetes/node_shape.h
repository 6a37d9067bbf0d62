// Nodes of a cluster as Weir knows nodes. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/site.h"

namespace weir::backend::kubernetes {

struct Taint {
  std::string key;
  std::string value;
  std::string effect;  // NoSchedule, PreferNoSchedule, NoExecute

  friend bool operator==(const Taint&, const Taint&) = default;
};

struct NodeUse {
  std::int64_t cpus_milli = 0;
  std::int64_t memory_bytes = 0;
  std::map<std::string, std::int64_t> devices;  // by extended resource

  friend bool operator==(const NodeUse&, const NodeUse&) = default;
};

struct NodeShape {
  model::Node node;                           // what pods may be given of it in all
  std::vector<std::string> device_resources;  // of each of node.devices: what a pod asks for
  std::map<std::string, std::string> labels;
  std::vector<Taint> taints;
  bool is_ready = false;
  bool is_cordoned = false;
  NodeUse others;  // asked for by pods that are not this instance's
};

// `models` names the model of a resource that the table leaves open.
[[nodiscard]] NodeShape shape_of_node(const boost::json::value& node,
                                      const std::map<std::string, std::string>& models = {});

// What a pod asks of its node, by the limits or requests of its containers; nothing once it ended.
[[nodiscard]] NodeUse use_of_pod(const boost::json::value& pod);

// Whether pods are put there. A taint that bears the name of one of its devices keeps away who asks
// for none of them; others keep away all.
[[nodiscard]] bool takes_pods(const NodeShape& shape);

// What others hold of a node, in whole processors and by the models of devices.
struct ForeignUse {
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::map<std::string, std::uint32_t> devices;

  friend bool operator==(const ForeignUse&, const ForeignUse&) = default;
};
[[nodiscard]] ForeignUse foreign_use_of(const NodeShape& shape);

// How many of each resource make up so many devices of each model.
// Fails: refused, the node has no such devices, or fewer.
[[nodiscard]] base::Result<std::map<std::string, std::int64_t>> resources_of(
    const NodeShape& shape, const std::map<std::string, std::uint32_t>& models);

// How many of each resource the devices with these indices are.
// Fails: refused, there is no such device, or nobody knows its resource.
[[nodiscard]] base::Result<std::map<std::string, std::int64_t>> resources_of(
    const NodeShape& shape, const std::vector<std::size_t>& devices);

}  // namespace weir::backend::kubernetes
