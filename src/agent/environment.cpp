#include "agent/environment.h"

#include <string_view>

#include "base/check.h"
#include "base/random.h"

namespace weir::agent {
namespace {

constexpr std::string_view own_prefix = "WEIR_";

// Attempts that run beside each other on one machine should meet on different ports. The same for
// every rank of an attempt, whoever computes it.
std::uint64_t master_port(const model::AttemptKey& key) {
  base::Random random{(key.job.value << 32U) ^ (std::uint64_t{key.task} << 8U) ^ key.attempt};
  return 20'000 + random.below(10'000);
}

}  // namespace

std::map<std::string, std::string> rank_environment(const model::AttemptWish& wish,
                                                    std::uint32_t rank,
                                                    const std::string& master_address) {
  WEIR_CHECK(rank < wish.ranks.size(), "a rank belongs to its order");
  const model::RankWish& own = wish.ranks[rank];
  std::map<std::string, std::string> env;
  for (const auto& [name, value] : wish.env) {
    if (!name.starts_with(own_prefix)) env.emplace(name, value);
  }
  std::string nodes;
  for (const model::RankWish& each : wish.ranks) nodes += (nodes.empty() ? "" : ",") + each.node;
  std::string devices;
  for (const std::uint32_t device : own.devices) {
    devices += (devices.empty() ? "" : ",") + std::to_string(device);
  }
  env["WEIR_JOB_ID"] = std::to_string(wish.key.job.value);
  env["WEIR_JOB_NAME"] = wish.job_name;
  env["WEIR_TASK"] = model::format_task(wish.key.task_key(), wish.is_array);
  env["WEIR_ATTEMPT"] = std::to_string(wish.key.attempt);
  if (wish.is_array) env["WEIR_ARRAY_INDEX"] = std::to_string(wish.key.task);
  env["WEIR_NODE"] = own.node;
  env["WEIR_NODE_RANK"] = std::to_string(rank);
  env["WEIR_NUM_NODES"] = std::to_string(wish.ranks.size());
  env["WEIR_NODE_LIST"] = std::move(nodes);
  env["WEIR_CPUS"] = std::to_string(own.cpus);
  env["WEIR_DEVICES"] = std::move(devices);
  if (own.device_milli < model::whole_device_milli) {
    env["WEIR_DEVICE_SHARE"] = model::devices_text(own.device_milli);
  }
  env["WEIR_MASTER_ADDR"] = master_address;
  env["WEIR_MASTER_PORT"] = std::to_string(master_port(wish.key));
  return env;
}

}  // namespace weir::agent
