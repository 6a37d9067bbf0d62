#include "tests/world/job_maker.h"

namespace weir::world {

using namespace model;

namespace {

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

std::uint32_t from_1_to(base::Random& random, std::uint64_t most) {
  return static_cast<std::uint32_t>(1 + random.below(most));
}

ResourceOption make_option(base::Random& random) {
  ResourceOption option;
  option.cpus = random.chance(1, 20) ? 9 : from_1_to(random, random.chance(1, 4) ? 8 : 3);
  if (random.chance(1, 4)) option.cpus_most = option.cpus + from_1_to(random, 4);
  if (random.chance(1, 2)) option.memory_bytes = from_1_to(random, 6) * gibibyte;
  if (option.memory_bytes > 0 && random.chance(1, 4)) {
    option.memory_bytes_most = option.memory_bytes + gibibyte;
  }
  if (random.chance(1, 4)) option.devices.push_back({"nvidia-h100", from_1_to(random, 2)});
  const bool may_share = !option.devices.empty() && option.devices[0].count == 1;
  if (may_share && random.chance(1, 2)) option.device_milli = 125 * from_1_to(random, 6);
  if (random.chance(1, 10)) option.env["KIND"] = "other";
  return option;
}

RetryPolicy make_retry(base::Random& random) {
  RetryPolicy retry;
  retry.max = static_cast<std::uint32_t>(random.below(4));
  if (random.chance(1, 3)) retry.events.push_back(RetryEvent::failed);
  if (random.chance(1, 4)) retry.events.clear();
  return retry;
}

}  // namespace

std::vector<Node> make_nodes(base::Random& random, const std::string& site) {
  std::vector<Node> nodes(from_1_to(random, 4));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Node& node = nodes[i];
    node.name = "node" + std::to_string(i);
    node.cpus = from_1_to(random, random.chance(1, 2) ? 8 : 4);
    node.memory_bytes = from_1_to(random, 8) * gibibyte;
    const std::uint64_t devices = random.chance(1, 2) ? 0 : random.below(4);
    for (std::uint64_t d = 0; d < devices; ++d) {
      Device device;
      // One that nobody could name is there, and no job is given it.
      device.model = random.chance(1, 8) ? "" : "nvidia-h100";
      device.address = site + "/" + std::to_string(i) + "/" + std::to_string(d);
      node.devices.push_back(std::move(device));
    }
  }
  return nodes;
}

JobSpec make_job(base::Random& random) {
  JobSpec spec;
  spec.name = "made-up";
  spec.run = "true";
  spec.priority = static_cast<std::int32_t>(random.chance(1, 2) ? 50 : random.below(101));
  spec.nodes = random.chance(1, 3) ? from_1_to(random, 3) : 1;
  spec.options.assign(1, make_option(random));
  if (random.chance(1, 5)) spec.options.push_back(make_option(random));
  spec.ordered = random.chance(1, 2);
  if (random.chance(1, 4)) {
    const auto first = static_cast<std::uint32_t>(random.below(5));
    const std::uint32_t last = first + from_1_to(random, random.chance(1, 5) ? 40 : 6);
    spec.array.indices.push_back({first, last, from_1_to(random, 2)});
    spec.array.at_once = static_cast<std::uint32_t>(random.below(4));
  }
  if (random.chance(1, 2)) {
    spec.time_limit = std::chrono::seconds(from_1_to(random, random.chance(1, 2) ? 600 : 20));
  }
  spec.retry = make_retry(random);
  if (random.chance(1, 3)) {
    spec.checkpoint_every = std::chrono::seconds(from_1_to(random, 60));
    spec.pausable = random.chance(2, 3);
  }
  return spec;
}

}  // namespace weir::world
