// The heart: a deterministic state machine that does no I/O, reads no clock and draws no random
// number.
//
//     input + now  →  step  →  facts (what became true)  +  effects (what to do outside)
//
// `step` decides; `apply` alone changes the state, one fact at a time; facts alone rebuild it. The
// caller's duties, in this order: (1) give inputs one at a time, with times that do not go back;
// (2) make the facts durable; (3) only then carry the effects out and pass the reply on. A state
// ahead of its journal must be thrown away: if (2) fails, end the process and replay.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/index.h"
#include "engine/state.h"
#include "model/effect.h"
#include "model/fact.h"
#include "model/input.h"
#include "model/view.h"

namespace weir::engine {

// What the asker is told once the step is durable. Fields that do not belong to the input stay at
// their defaults.
struct Reply {
  std::optional<base::Error> error;  // the domain said no: nothing has changed
  std::vector<model::JobId> jobs;    // SubmitJobs
  bool repeated = false;             // SubmitJobs: these jobs were submitted before, under this key
  std::uint64_t epoch = 0;           // JoinSite
  // JoinSite, ReportSite: of the site's wanted state after this step. An agent that stays below it
  // has missed a change and asks for the whole.
  std::uint64_t wanted_version = 0;
  model::TokenId token;                          // CreateToken
  model::DatasetVersion dataset;                 // PutDataset
  std::optional<model::PowerRequestView> power;  // RequestPower
  model::SiteAccess access;                      // AdmitAgent, RenewAgent
};

struct Step {
  std::uint64_t sequence = 0;  // of the journal row; 0 where there are no facts, hence no row
  std::vector<model::Fact> facts;
  std::vector<model::Effect> effects;
  Reply reply;
};

// Limits of the engine. They are constants: a journal replays under the ones it was written with.
struct Limits {
  static constexpr base::Duration site_lease = std::chrono::seconds(60);
  static constexpr base::Duration repeats_kept = std::chrono::hours(24);
  static constexpr std::size_t finished_jobs_kept = 20'000;
  static constexpr std::uint32_t tasks_max = 1'000'000;
  // Where many hold promises, every so many steps of the journal one pass looks after them.
  static constexpr std::uint32_t steps_between_promises = 16;
  static constexpr std::uint32_t few_promises = 8;
  // A search for a start to promise costs much more than a placement: so many a pass.
  static constexpr std::uint32_t promise_searches = 4;
  // Work runs at least this long before it ends for somebody's guarantee.
  static constexpr base::Duration run_before_preemption = std::chrono::minutes(10);
  static constexpr std::uint32_t reclaims_tried = 16;  // a pass
  // So long work runs before it starts again with another size or place, and after that.
  static constexpr base::Duration run_before_resize = std::chrono::minutes(10);
  static constexpr std::uint32_t resizes_tried = 4;  // a pass
  static constexpr std::size_t moves_tried = 256;    // the cheapest of a site
  // Shares may take so long to be worked out; then the next round goes by those that are known.
  static constexpr base::Duration shares_at_most = std::chrono::seconds(30);
  static constexpr std::size_t kinds_assigned = 64;  // kinds that compete in one assignment
  // A job that waits where its data lies looks for a better site again after so long at the least,
  // and each time after a quarter more of its wait; it moves there if it can begin so soon.
  static constexpr base::Duration look_again = std::chrono::minutes(2);
  static constexpr int look_part = 4;
  static constexpr base::Duration begins_soon = std::chrono::minutes(10);
  static constexpr std::size_t counted_before = 1000;  // jobs that stand before it
  // Who is stopped for want of power is told so much sooner than its notice asks for, so that its
  // place is free in time; and so long it takes to go on from a checkpoint.
  static constexpr base::Duration stop_margin = std::chrono::seconds(30);
  static constexpr base::Duration restart = std::chrono::minutes(1);
  static constexpr base::Duration power_foreseen = std::chrono::hours(24 * 31);
  static constexpr std::size_t power_requests_kept = 64;
};

class Engine {
 public:
  Engine() = default;

  // Takes one input. Cost: what the input touches, and a pass over the queues' heads where
  // capacity or queue changed.
  [[nodiscard]] Step step(const model::Input& input, base::Time now);

  // Takes the facts of one journal row, as they stand there.
  void replay(std::uint64_t sequence, std::span<const model::Fact> facts, base::Time now);

  // The state as bytes, equal for equal states, and back. Fails: invalid.
  [[nodiscard]] std::string snapshot() const;
  [[nodiscard]] static base::Result<Engine> restore(std::string_view bytes);

  // When the engine wants a Tick at the latest; none: no time matters.
  [[nodiscard]] std::optional<base::Time> next_wake() const;
  // The same for rounds alone.
  [[nodiscard]] std::optional<base::Time> next_round() const;
  // The same for what sites may draw: where that changes, and where somebody has to give way for
  // it.
  [[nodiscard]] std::optional<base::Time> next_power() const;

  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] const Index& index() const { return index_; }

 private:
  friend class Stepper;
  void apply(const model::Fact& fact, base::Time now);

  [[nodiscard]] bool guarantees_wait() const;

  State state_;
  Index index_;
  base::Time stepped_;  // by the last step; no state: it only spares wakes that were in vain
};

}  // namespace weir::engine
