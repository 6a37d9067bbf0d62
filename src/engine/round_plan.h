// Who gets the next turn, and where: a round put together from the state alone.
//
// First it is settled who runs on which model of device, by counting devices; then where. Whoever
// runs on that model already stays where it is; those that come find the places that others leave.
// Where they are too scattered for one that is due, all behind it give way and are placed anew.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/engine.h"
#include "model/rounds.h"

namespace weir::engine {

struct RoundPlan {
  std::vector<model::PlannedTurn> turns;   // those that come, or go elsewhere
  std::vector<model::Pair> pairs;          // whoever shares devices
  std::vector<model::AttemptKey> leaving;  // whoever has to stop first
  bool anybody = false;                    // somebody runs in it
};

// One that could get a turn. Private to this room.
struct TurnCandidate {
  const JobRecord* job = nullptr;
  const TurnWork* work = nullptr;
  const RunningAttempt* run = nullptr;  // none: it waits
};
// A turn on one model of device: by its number among Index::device_models; none: on any, as it asks
// for no whole devices of one model.
struct ChosenTurn {
  std::uint32_t candidate = 0;
  std::optional<std::uint32_t> model;
  std::optional<std::uint32_t> with;  // the other candidate, on the same devices
};

// Cost: jobs that take turns; under shares: those, or their pairs, to be sorted.
[[nodiscard]] RoundPlan plan_round(const Engine& engine, base::Time now);

// The ways to settle who runs. `devices`: how many there are of each model for turns.
[[nodiscard]] std::vector<ChosenTurn> choose_by_order(const Engine& engine,
                                                      const std::vector<TurnCandidate>& candidates,
                                                      std::vector<std::int64_t> devices);
[[nodiscard]] std::vector<ChosenTurn> choose_by_shares(const Engine& engine,
                                                       const std::vector<TurnCandidate>& candidates,
                                                       std::vector<std::int64_t> devices);

// Where urgency times speed is the most, all together (engine/turns_by_worth.cpp).
[[nodiscard]] std::vector<ChosenTurn> choose_by_worth(const Engine& engine,
                                                      const std::vector<TurnCandidate>& candidates,
                                                      std::vector<std::int64_t> devices,
                                                      base::Time now);

// True if a placement could be taken there now.
[[nodiscard]] bool are_free(const schedule::Capacity& capacity,
                            const std::vector<model::RankPlacement>& ranks);

// When rounds want a Tick at the latest; none: no round runs or waits.
[[nodiscard]] std::optional<base::Time> next_round(const State& state);

}  // namespace weir::engine
