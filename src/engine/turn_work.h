// What a job that takes turns is, beside its record: found once for each, and kept as a cache.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/state.h"
#include "schedule/beside.h"
#include "schedule/request.h"
#include "schedule/throughput.h"

namespace weir::engine {

struct TurnWork {
  // On one model of device; rate 0: it may not, or does not, run there.
  struct On {
    std::int64_t rate_micro = 0;  // steps a second; without a known rate a step takes a second
    std::uint32_t option = 0;
  };
  std::string job_class;
  std::uint32_t kind = 0;     // of job_class on so many devices, by the book
  std::uint32_t devices = 0;  // of all ranks together; 0: it names no whole devices of one model
  std::vector<On> on;         // by the models of all sites
  std::int64_t best_micro = 0;

  // How long what is left of its work takes where it is quickest. By its steps, else by its time
  // limit; the longest time where it says neither.
  [[nodiscard]] base::Duration time_left(const JobRecord& job) const;
  // Device-time that what it has done takes where it is quickest.
  [[nodiscard]] base::Duration service(const JobRecord& job) const;
};

// It loses nothing by being stopped: it writes checkpoints, is told a minute before at the most
// (the queue waits while whoever loses its turn is on its way out), and is one gang of one size.
[[nodiscard]] bool takes_turns(const model::JobSpec& spec);

// How much of its work is left, at least 1; none: nobody knows.
[[nodiscard]] std::optional<std::int64_t> micro_left(const JobRecord& job);

class TurnBook {
 public:
  [[nodiscard]] const std::vector<std::string>& models() const { return models_; }
  void set_models(const State& state);
  void clear();
  // The first kind beside the second, by models; 0: they are not known to run so.
  [[nodiscard]] std::span<const std::int64_t> rates_beside(const schedule::Throughputs& throughputs,
                                                           std::uint32_t kind,
                                                           std::uint32_t other) {
    return beside_.rates(throughputs, kind, other);
  }
  void forget(model::JobId job) { known_.erase(job); }
  [[nodiscard]] const TurnWork& of(const JobRecord& job, const schedule::Request& request,
                                   const schedule::Throughputs& throughputs);

 private:
  std::vector<std::string> models_;  // of devices that there are, by name
  std::map<model::JobId, TurnWork> known_;
  schedule::BesideRates beside_;
};

}  // namespace weir::engine
