// One attempt as the agent knows it: what is wanted of it, and what its ranks do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backend/rank.h"
#include "base/time.h"
#include "model/attempt.h"

namespace weir::agent {

struct RankLife {
  enum class Phase : std::uint8_t {
    not_begun,
    begun,  // the backend has its order
    running,
    ended,
  };
  Phase phase = Phase::not_begun;
  bool stop_asked = false;
  std::int64_t started_us = 0;
  std::optional<backend::RankOutcome> outcome;  // exactly when ended

  [[nodiscard]] bool alive() const { return phase == Phase::begun || phase == Phase::running; }
};

struct Attempt {
  model::AttemptKey key;
  // None: seen in the backend before the control plane has said what it wants.
  std::optional<model::Want> want;
  model::Reason stop_reason = model::Reason::none;
  std::shared_ptr<const model::AttemptWish> wish;  // none: seen in the backend alone
  std::vector<RankLife> ranks;
  model::AttemptPhase phase = model::AttemptPhase::starting;
  std::optional<base::Time> tell_again;  // its end, which was told and may have been lost
  // Of one that leaves datasets: being made versions of, and what became of that. Its end is told
  // once this is known.
  bool publishing = false;
  std::optional<std::vector<model::OutputReport>> outputs;
  std::string publish_trouble;         // why not; ""
  std::string refusal;                 // why the site's owner does not have it here; "": he has
  bool refusal_passes = false;         // he may have it later
  std::optional<base::Time> begin_by;  // then what has not begun is handed back

  [[nodiscard]] bool alive() const;        // any rank is
  [[nodiscard]] bool any_failed() const;   // any rank ended otherwise than well
  [[nodiscard]] bool all_running() const;  // every rank runs or has run
  // Nothing of it is alive, or will be.
  [[nodiscard]] bool ended() const;
  // It ended well, and its outputs are not versions yet.
  [[nodiscard]] bool has_to_publish() const;
  // When its last rank began to run; none: not all have.
  [[nodiscard]] std::optional<base::Time> started() const;
  // Requires: ended().
  [[nodiscard]] model::Outcome outcome() const;

  // Takes over what the backend sees of one rank. Phases only go forward.
  void observe(const backend::RankObservation& observation);
};

[[nodiscard]] backend::RankKey rank_key(const model::AttemptKey& attempt, std::uint32_t rank);
[[nodiscard]] model::AttemptKey attempt_key(const backend::RankKey& rank);

}  // namespace weir::agent
