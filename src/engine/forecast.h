// When waiting jobs are expected to start, from the state as it is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/engine.h"
#include "schedule/reserve.h"

namespace weir::engine {

// All that runs on a site, with its latest end. Work past its limit ends now.
[[nodiscard]] std::vector<schedule::RunningWork> running_work(const State& state,
                                                              const Index& index,
                                                              model::SiteId site, base::Time now);
[[nodiscard]] schedule::WaitingWork waiting_work(const RequestKind& kind, const JobRecord& job);

// The waiting jobs in order, as tenants stand now, `most` of them. Those that wait for a quota are
// not among them.
[[nodiscard]] std::vector<model::JobId> waiting_in_turn(const Index& index, std::size_t most);

// One forecast over the queue, first to last, kept for as many questions as are asked of one
// state. Jobs beyond the first thousand are not played: what they would be told is a guess.
class QueueForecast {
 public:
  static constexpr std::size_t jobs_played = 1000;

  QueueForecast(const Engine& engine, base::Time now);

  struct Answer {
    bool played = false;                // false: too far back in the queue, or does not wait
    std::optional<model::SiteId> site;  // none: fits nowhere
    std::optional<schedule::Start> start;
    std::uint64_t ahead = 0;  // jobs that go first
    // Not none: its quota or budget keeps it out of the order, so that it is not played.
    model::Reason kept_out = model::Reason::none;
  };
  [[nodiscard]] Answer of(model::JobId job) const;

  // The start of a job that is not there yet, behind all that goes before it.
  [[nodiscard]] static std::map<model::SiteId, schedule::Start> of_new(
      const Engine& engine, const schedule::Request& request, const model::JobSpec& spec,
      const schedule::Position& position, base::Time now);

 private:
  std::map<model::JobId, Answer> answers_;
};

}  // namespace weir::engine
