// Keeps many HTTP connections busy with the same request, from one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace weir::bench {

struct Load {
  std::uint16_t port = 0;  // on 127.0.0.1
  std::string target;
  std::string token;
  std::string slurm_user;  // not "": the token goes in Slurm's own headers, for this user
  std::function<std::string(std::uint64_t number)> body;  // of the number-th request
  unsigned connections = 64;
  std::uint64_t requests = 0;
};

struct LoadResult {
  double seconds = 0;
  std::uint64_t answered = 0;  // with 2xx
  std::uint64_t failed = 0;
  double p99_ms = 0;
};

// Sends `requests` requests, each connection its next as soon as it has an answer.
[[nodiscard]] LoadResult run_load(const Load& load);

}  // namespace weir::bench
