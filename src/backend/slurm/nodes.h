// A Slurm cluster's nodes as those of a site, and what on them is not ours to give.
//
// Pure: facts of the controller in, values out. The nodes and our own jobs are asked for one after
// the other, so a job that began or ended between the two shows for one listing as foreign use, or
// hides some; nothing is ever counted below zero.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/slurm/controller.h"
#include "model/site.h"

namespace weir::backend::slurm {

// What others hold of a node.
struct ForeignUse {
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::map<std::string, std::uint32_t> devices;  // by Device::model

  friend bool operator==(const ForeignUse&, const ForeignUse&) = default;
};

struct ClusterNode {
  model::Node node;
  bool is_available = false;  // Slurm would start a job on it; others may hold it for now
  std::string state;          // in Slurm's words, for people
  std::vector<std::string> features;
  std::vector<std::string> partitions;
  ForeignUse foreign;

  friend bool operator==(const ClusterNode&, const ClusterNode&) = default;
};

// What a kind of generic resource is in Weir: "gpu:a100" → "nvidia-a100". Others keep their type's
// name ("a100"), and one without a type is a device that nobody can name.
using DeviceNames = std::map<std::string, std::string>;

// Whether Slurm would start a job on a node in that state: not when it is down, drained or kept
// from new work, nor when it does not answer. One that is powered off and can be started counts.
[[nodiscard]] bool is_available(std::string_view state);

// Every node, ordered by name. `own` are the jobs that Weir submitted here; `switches` may be
// empty.
[[nodiscard]] std::vector<ClusterNode> cluster_nodes(std::span<const NodeFacts> facts,
                                                     std::span<const Job> own,
                                                     std::span<const Switch> switches,
                                                     const DeviceNames& names);

}  // namespace weir::backend::slurm
