// When waiting jobs are expected to start, from the state as it is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "engine/expectations.h"
#include "engine/power.h"
#include "engine/promise.h"
#include "schedule/choose.h"
#include "schedule/forecast.h"

namespace weir::engine {

// The waiting jobs in order, as tenants stand now, `most` of them. Those that wait for a quota are
// not among them.
[[nodiscard]] std::vector<model::JobId> waiting_in_turn(const Index& index, std::size_t most);

// Where a task at this position could start this moment on a site under the first of these options
// that has room, with respect to all that goes first, to `kept` (kept_before(position)) and to
// power, as flexible as it is.
[[nodiscard]] std::optional<schedule::Choice> could_start_now(
    const Engine& engine, model::SiteId site, const schedule::Request& request,
    std::span<const std::uint32_t> options, const schedule::Stay& stay,
    const schedule::Position& position, const std::optional<SiteSlot>& kept, const Flexibility& how,
    base::Time now);

// One forecast over the queue, first to last, kept for as many questions as are asked of one
// state. Work is taken to run as long as is expected of it (engine/expectations.h), a promise to
// hold at the latest. Jobs far back in the queue are not played: what they would be told is a
// guess.
class QueueForecast {
 public:
  static constexpr std::size_t jobs_played = 1000;

  QueueForecast(const Engine& engine, base::Time now, RunTimes run_times = RunTimes::expected,
                std::size_t most = jobs_played);

  struct Answer {
    bool played = false;                   // false: too far back in the queue, or does not wait
    std::optional<model::SiteId> site;     // none: fits nowhere
    std::optional<schedule::Start> start;  // its option counts in the job's own list
    std::uint64_t ahead = 0;               // jobs that go first
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
