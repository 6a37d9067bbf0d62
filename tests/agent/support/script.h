// An agent's core under a scripted control plane and backend: events in, actions out as text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core.h"

namespace weir::agent::test {

[[nodiscard]] model::AttemptWish run_wish(std::uint64_t job, std::uint32_t attempt = 1,
                                          std::vector<std::uint32_t> nodes = {0});
[[nodiscard]] model::AttemptWish stop_wish(std::uint64_t job, std::uint32_t attempt = 1);
[[nodiscard]] model::AttemptWish forget_wish(std::uint64_t job, std::uint32_t attempt = 1);

[[nodiscard]] backend::RankKey rank(std::uint64_t job, std::uint32_t rank = 0,
                                    std::uint32_t attempt = 1);
[[nodiscard]] backend::RankOutcome exited(int code, std::int64_t at_us = 2'000'000);
[[nodiscard]] backend::RankOutcome ended(backend::RankOutcome::End end,
                                         std::int64_t at_us = 2'000'000);

class Script {
 public:
  explicit Script(Settings settings = {}) : core(std::move(settings)) {}

  // Joins at `epoch` and is told the whole: these wishes, at this version.
  void join(std::vector<model::AttemptWish> wishes = {}, std::uint64_t version = 1,
            std::uint64_t epoch = 1);
  void change(std::uint64_t from, std::uint64_t to, std::vector<model::AttemptWish> wishes,
              std::uint64_t epoch = 1);
  void whole(std::uint64_t version, std::vector<model::AttemptWish> wishes,
             std::uint64_t epoch = 1);
  void runs(const backend::RankKey& key);
  void ends(const backend::RankKey& key, backend::RankOutcome outcome);
  void passes(base::Duration time) { now += time; }

  // What follows, as text: "start 1_0.1.0, stop 1_0.1.1, report 2: 1_0.1 ended, fetch, join". A
  // heartbeat is "report 3:".
  [[nodiscard]] std::string settle();
  // The same, and every report is acknowledged at once.
  [[nodiscard]] std::string settle_and_acknowledge(std::uint64_t version = 0);

  AgentCore core;
  base::Time now = base::time_from_us(1'000'000'000);
  std::vector<model::ReportSite> reports;  // all that were sent
};

}  // namespace weir::agent::test
