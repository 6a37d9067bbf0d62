// One step at work: decides on one input, fact by fact. Private to this room.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/power.h"
#include "engine/wishes.h"
#include "engine/worth.h"
#include "schedule/choose.h"
#include "schedule/preempt.h"

namespace weir::engine {

// True if it has run for long enough, and has long enough to run, to be started again.
[[nodiscard]] bool may_start_again(const JobRecord& job, const RunningAttempt& run, base::Time now);
// How long before it is told to stop it wants to know; 0: it does not ask for that. Unpacks it.
[[nodiscard]] base::Duration notice_of(const JobRecord& job);

// Each decision is made into a fact and applied at once, so that the next decision sees it.
class Stepper {
 public:
  Stepper(Engine& engine, base::Time now)
      : engine_(engine), now_(now), changes_before_(engine.index_.changes) {
    index().wanted_before.clear();
  }

  // One for each kind of input.
  void take(const model::StartControlPlane& input);
  void take(const model::Tick& input);
  void take(const model::SubmitJobs& input);
  void take(const model::CancelJob& input);
  void take(const model::HoldJob& input);
  void take(const model::ReleaseJob& input);
  void take(const model::UpdateJob& input);
  void take(const model::JoinSite& input);
  void take(const model::ReportSite& input);
  void take(const model::CreateToken& input);
  void take(const model::RevokeToken& input);
  void take(const model::PutSecret& input);
  void take(const model::SetPolicy& input);
  void take(const model::SetTenant& input);
  void take(const model::RemoveTenant& input);
  void take(const model::SetThroughputs& input);
  void take(const model::SetPrices& input);
  void take(const model::SetShares& input);
  void take(const model::SetPower& input);
  void take(const model::SetNetwork& input);
  void take(const model::PutDataset& input);
  void take(const model::RemoveDataset& input);
  void take(const model::RequestPower& input);
  void take(const model::WithdrawPower& input);
  void take(const model::InviteSite& input);
  void take(const model::AdmitAgent& input);
  void take(const model::RenewAgent& input);
  void take(const model::RevokeSite& input);
  void take(const model::SetStanding& input);

  [[nodiscard]] Step finish();

 private:
  void emit(model::Fact fact);
  void refuse(base::Error error) { step_.reply.error = std::move(error); }

  // The job, if `by` may see it; otherwise refuses as if it were not there.
  const JobRecord* find_job(const model::Principal& by, model::JobId id);
  const JobRecord* find_live_job(const model::Principal& by, model::JobId id, const char* wish);
  [[nodiscard]] base::Status admit(const model::JobSpec& spec, std::size_t position,
                                   std::size_t total) const;
  [[nodiscard]] model::JobSpec with_versions(model::JobSpec spec) const;
  bool repeat_submission(const model::SubmitJobs& input, const std::string& key,
                         const std::string& content);

  void take_others(const SiteRecord& site, const std::vector<model::RankPlacement>& told);
  void take_attempt_report(const SiteRecord& site, const model::AttemptReport& report);
  [[nodiscard]] bool rests(const model::AttemptReport& report);
  void end_attempt(model::AttemptKey key, model::Outcome outcome);
  void end_job_if_done(model::JobId id);
  void end_what_is_too_late();
  void archive_oldest();
  // Jobs that may wait for better energy (engine/energy.h).
  void defer_if_better(model::JobId id, const model::JobSpec& spec);
  void begin_what_was_deferred();
  void lose_attempts(model::SiteId site, const std::string& why);

  // Datasets and their transfers (engine/step_data.cpp).
  bool may_say_where(const model::Principal& by, const model::Dataset& dataset,
                     std::optional<model::DatasetId> known);
  void plan_transfer(model::Transfer transfer);
  void end_transfer(model::TransferEnded ended);
  void cancel_transfers_of(model::DatasetId dataset, const std::string& why);
  void cancel_transfer(model::TransferId id, std::string why);
  void go_on_staging(model::JobId id, bool done);
  void take_transfer_report(const SiteRecord& site, const model::TransferReport& report);
  void lose_transfers(model::SiteId site);
  // Finds the site that serves a job best, and has its data brought there.
  void direct(model::JobId id);
  bool bring(model::SiteId site, const std::vector<model::DatasetId>& inputs, std::int64_t bytes);
  void look_after_data();
  void look_again();
  [[nodiscard]] std::string why_in_vain(const model::Transfer& transfer) const;
  void end_what_is_in_vain();
  void keep_rules();
  void keep_rule(const model::Dataset& dataset, const model::ReplicaRule& rule);
  void put_outputs(const SiteRecord& site, model::AttemptKey key,
                   const std::vector<model::OutputReport>& outputs);

  // Gives waiting tasks their places (engine/pass.cpp).
  void place_waiting_tasks();
  struct Pass;
  void place_by_worth();
  bool place_its_way(Ways& ways);
  void look_for_room(Pass& pass);
  bool place_next(Pass& pass);
  [[nodiscard]] bool all_were_looked_at(const Pass& pass) const;
  bool place_one(Pass& pass, model::JobId id, std::uint32_t kind);
  struct Holder;
  [[nodiscard]] std::vector<Holder> promised_with_room(Pass& pass);
  bool place_holder(const Holder& holder);
  [[nodiscard]] bool looks_for_sooner(const Pass& pass) const;
  // By its options' turns, on all of these sites before the next.
  enum class Found : std::uint8_t { a_place, better_later, none };
  Found place_on(std::span<const model::SiteId> sites, model::JobId id, std::uint32_t kind);
  // Where the first of these options that has room on the site would go.
  [[nodiscard]] std::optional<schedule::Choice> choice_on(
      model::SiteId site, const JobRecord& job, const RequestKind& of_job,
      std::span<const std::uint32_t> options) const;
  // The same with as many more nodes as are free to an elastic gang, while nobody else waits.
  [[nodiscard]] schedule::Choice enlarged(model::SiteId site, const JobRecord& job,
                                          const RequestKind& of_job, schedule::Choice least) const;
  void take_choice(model::SiteId site, model::JobId id, std::uint32_t kind,
                   schedule::Choice choice);
  void place(model::TaskPlaced placed);
  void promise(Pass& pass, model::JobId id, std::uint32_t kind);

  // Guarantees: whoever holds less than its own gets it back (engine/reclaim.cpp).
  void renew_budgets();
  void place_reclaimed();
  void reclaim_guaranteed();
  // Work that may end for this tenant, cheapest first: all of it together leaves everybody theirs.
  [[nodiscard]] std::vector<schedule::Victim> victims_on(const SiteRecord& site,
                                                         std::uint32_t guaranteed);
  bool reclaim_for(model::JobId id, std::uint32_t kind, std::uint32_t guaranteed);
  void drop_reclaim_of(model::JobId job);
  void drop_reclaims_on(model::SiteId site);

  // Elastic gangs: one starts again on more nodes, or on fewer (engine/resize.cpp).
  void resize_elastic();
  // Work goes elsewhere, so that the first that waits has room (engine/move.cpp).
  void move_for_the_first();

  // Power: what a site may draw (engine/step_power.cpp).
  void keep_to_caps();
  void give_way(const GivesWay& gives_way);
  // True if there is power for such a placement (engine/power.h); what there is not is noted.
  [[nodiscard]] bool powers(model::SiteId site, const JobRecord& job,
                            const model::ResourceOption& option,
                            std::vector<model::RankPlacement>& ranks) const;
  [[nodiscard]] bool any_capped() const { return index().power().any_capped(now_); }

  // Rounds, for work that takes turns (engine/turns.cpp).
  void take_turns();
  // The pass may give places away.
  [[nodiscard]] bool places_are_given() const;
  // For those that came since the last one was over.
  void begin_round_if_none_runs();
  [[nodiscard]] bool round_is_over() const;
  bool ask_for_shares();
  void plan_round();
  [[nodiscard]] bool places_are_left() const;
  void begin_round();
  void let_round_begin();
  [[nodiscard]] bool can_place(const model::PlannedTurn& turn) const;

  void wish(model::SiteId site, model::AttemptWish wish);
  void wish_forgotten(model::SiteId site, model::AttemptKey key);

  State& state() { return engine_.state_; }
  const State& state() const { return engine_.state_; }
  Index& index() { return engine_.index_; }
  const Index& index() const { return engine_.index_; }

  Engine& engine_;
  base::Time now_;
  std::uint64_t changes_before_ = 0;  // Index::changes
  Step step_;
  std::string step_tenant_;                   // of a submission: whose secrets it may name
  std::optional<model::SiteId> site_asking_;  // its agent is told the version of its wanted state
  bool capacity_or_queue_changed_ = false;
  bool round_began_ = false;
  bool data_changed_ = false;           // jobs may be directed elsewhere, and rules may want more
  mutable bool power_refused_ = false;  // somebody, for want of it, since this was last set
  std::map<model::SiteId, std::vector<model::AttemptWish>> wishes_;
  std::map<model::SiteId, std::vector<model::TransferWish>> transfer_wishes_;  // of those sites
};

}  // namespace weir::engine
