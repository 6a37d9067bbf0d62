// Where the rounds stand, for work that takes turns (model/rounds.h).
//
// A round is planned, begins once those that have to leave their places have left them, and is over
// when nothing of it is at work any more or its time has come. Under shares the plan waits for
// them, at most once in Rounds::shares_every.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "model/rounds.h"

namespace weir::engine {

enum class RoundPhase : std::uint8_t { none, shares_asked, planned, running };
WEIR_DESCRIBE_ENUM(RoundPhase, none, shares_asked, planned, running)

// What a share was worth so far, on one model of device.
struct ShareTime {
  std::int64_t parts = 0;    // of model::whole_share
  std::int64_t run_us = 0;   // since shares were worked out last
  std::int64_t owed_us = 0;  // before that

  friend bool operator==(const ShareTime&, const ShareTime&) = default;
};
WEIR_DESCRIBE(ShareTime, parts, run_us, owed_us)

// A job with a share of its own, or two with one together.
struct ShareTurn {
  model::JobId job;
  model::JobId with;          // 0: alone
  std::vector<ShareTime> on;  // by RoundsRecord::models

  friend bool operator==(const ShareTurn&, const ShareTurn&) = default;
};
WEIR_DESCRIBE(ShareTurn, job, with, on)

struct RoundsRecord {
  RoundPhase phase = RoundPhase::none;
  std::uint64_t number = 0;   // of rounds that were planned
  base::Time until;           // of the one that runs; while shares are asked for: no later
  base::Time over;            // when the last one was over
  std::uint32_t at_work = 0;  // attempts that take turns and do not rest
  std::vector<model::PlannedTurn> plan;
  std::vector<model::Pair> pairs;  // each once; of the round that runs or is planned

  // Under shares:
  bool stale = true;  // somebody has come or gone since they were worked out
  std::optional<base::Time> shares_since;
  std::vector<std::string> models;
  std::vector<std::int64_t> run_us;  // by `models`: of all that has shares
  std::vector<ShareTurn> turns;      // by job, then `with`

  [[nodiscard]] const model::JobId* partner_of(model::JobId job) const;

  friend bool operator==(const RoundsRecord&, const RoundsRecord&) = default;
};
WEIR_DESCRIBE(RoundsRecord, phase, number, until, over, at_work, plan, pairs, stale, shares_since,
              models, run_us, turns)

// ---- what facts do to it

// Each share is given half a round of time at first, so that those who have had none do not stand
// apart from one another (as Gavel's own program does).
void set_shares(RoundsRecord& rounds, const std::vector<model::Share>& shares,
                const std::vector<std::string>& models, base::Duration length, base::Time now);
// A job of these has run from the end of the round before until `rested`.
void add_run(RoundsRecord& rounds, model::JobId job, const std::string& model, base::Time rested);
void forget_job(RoundsRecord& rounds, model::JobId job);

}  // namespace weir::engine
