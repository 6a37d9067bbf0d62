// How long work is expected to run, from what its users' last jobs did with the time they asked
// for.
//
// Read from the ended jobs that the state still holds, so that a state that was read back expects
// the same. No decision is made by it: a job ends at its limit and promises are made with limits.
// Forecasts go by it, for people.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "schedule/estimate.h"

namespace weir::engine {

enum class RunTimes : std::uint8_t {
  limits,   // work runs until its time limit, for ever where it has none
  expected  // as long as is expected, at most until its limit
};
WEIR_DESCRIBE_ENUM(RunTimes, limits, expected)

class Expectations {
 public:
  // The newest ended jobs are looked at, so many at most.
  static constexpr std::size_t jobs_read = 4096;
  // What ended at once may well take a moment the next time.
  static constexpr base::Duration least = std::chrono::seconds(1);

  // Cost: `limits` none; `expected` the jobs that are read.
  Expectations(const Engine& engine, RunTimes run_times);

  // How long one task of a job of this engine runs, from its start; none: nobody can say.
  [[nodiscard]] std::optional<base::Duration> of(const JobRecord& job) const;
  // Of a job that is not there yet.
  [[nodiscard]] std::optional<base::Duration> of_new(const std::string& tenant,
                                                     const std::string& user,
                                                     std::optional<base::Duration> limit) const;
  // When an attempt that runs at `now` gives its place back; `never`: nobody can say.
  [[nodiscard]] base::Time end_of(const JobRecord& job, const RunningAttempt& run,
                                  base::Time now) const;

 private:
  using User = std::pair<std::string, std::string>;  // tenant, user

  [[nodiscard]] std::optional<base::Duration> of(const User& user,
                                                 const schedule::RunAsk& ask) const;
  // What a job asks for, as a number; the same for two jobs exactly where they ask for the same.
  [[nodiscard]] std::uint64_t request_of(const JobRecord& job) const;

  RunTimes run_times_;
  std::map<User, model::RunHistory> histories_;
  std::vector<std::uint32_t> requests_;  // of the engine's request classes
};

}  // namespace weir::engine
