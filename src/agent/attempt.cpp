#include "agent/attempt.h"

#include <algorithm>

#include "agent/outcome.h"

namespace weir::agent {

using Phase = RankLife::Phase;

bool Attempt::alive() const {
  return std::any_of(ranks.begin(), ranks.end(), [](const RankLife& rank) { return rank.alive(); });
}

bool Attempt::any_failed() const {
  return std::any_of(ranks.begin(), ranks.end(), [](const RankLife& rank) {
    return rank.phase == Phase::ended && !succeeded(*rank.outcome);
  });
}

bool Attempt::all_running() const {
  return !ranks.empty() && std::all_of(ranks.begin(), ranks.end(), [](const RankLife& rank) {
    return rank.phase == Phase::running ||
           (rank.phase == Phase::ended && rank.outcome->started_us > 0);
  });
}

bool Attempt::ended() const {
  if (alive()) return false;
  if (want != model::Want::run || any_failed()) return true;
  return std::all_of(ranks.begin(), ranks.end(),
                     [](const RankLife& rank) { return rank.phase == Phase::ended; });
}

bool Attempt::has_to_publish() const {
  return want == model::Want::run && wish && !wish->outputs.empty() && !outputs && ended() &&
         !any_failed();
}

std::optional<base::Time> Attempt::started() const {
  if (!all_running()) return std::nullopt;
  std::int64_t last = 0;
  for (const RankLife& rank : ranks) last = std::max(last, rank.started_us);
  return base::time_from_us(last);
}

model::Outcome Attempt::outcome() const {
  std::vector<RankEnd> ends;
  ends.reserve(ranks.size());
  for (std::uint32_t i = 0; i < ranks.size(); ++i) {
    ends.push_back({i, ranks[i].outcome ? &*ranks[i].outcome : nullptr});
  }
  model::Outcome outcome = gang_outcome(ends, stop_reason);
  if (!refusal.empty()) {
    outcome.ending = refusal_passes ? model::Ending::lost : model::Ending::failed;
    outcome.reason =
        refusal_passes ? model::Reason::not_begun_in_time : model::Reason::refused_by_site;
    outcome.message = refusal;
  }
  if (!publish_trouble.empty() && outcome.ending == model::Ending::succeeded) {
    outcome.ending = model::Ending::failed;
    outcome.reason = model::Reason::program_failed;
    outcome.message = "what it left could not be kept: " + publish_trouble;
  }
  return outcome;
}

void Attempt::observe(const backend::RankObservation& observation) {
  using State = backend::RankObservation::State;
  if (observation.key.rank >= ranks.size()) ranks.resize(observation.key.rank + std::size_t{1});
  RankLife& rank = ranks[observation.key.rank];
  if (rank.phase == Phase::ended) return;
  if (observation.state == State::ended && observation.outcome) {
    rank.phase = Phase::ended;
    rank.outcome = observation.outcome;
    rank.started_us = observation.outcome->started_us;
  } else if (observation.state == State::running) {
    rank.phase = Phase::running;
    rank.started_us = observation.started_us;
  } else if (rank.phase == Phase::not_begun) {
    rank.phase = Phase::begun;
  }
}

backend::RankKey rank_key(const model::AttemptKey& attempt, std::uint32_t rank) {
  return {attempt.job.value, attempt.task, attempt.attempt, rank};
}

model::AttemptKey attempt_key(const backend::RankKey& rank) {
  return {model::JobId{rank.job}, rank.task, rank.attempt};
}

}  // namespace weir::agent
