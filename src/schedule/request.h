// What a task asks for, shared by all tasks that ask for the same.
//
// Equal requests are one class: whether a class fits, and where, is found once for all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/job.h"

namespace weir::schedule {

struct Request {
  std::uint32_t nodes = 1;
  std::vector<model::ResourceOption> options;
  bool ordered = false;

  friend bool operator==(const Request&, const Request&) = default;
};

[[nodiscard]] Request request_of(const model::JobSpec& spec);
// Equal for equal requests, different for different ones; of use as a key.
[[nodiscard]] std::string request_key(const Request& request);
// "4 nodes, each 8 nvidia-h100, 32 cpus, 256GiB"
[[nodiscard]] std::string describe(std::uint32_t nodes, const model::ResourceOption& option);

}  // namespace weir::schedule
