// Rounds: work that takes turns rests when its round is over, and the next is put together from all
// that there is (engine/round_plan.h). Who has to leave its place is told to stop; once all have,
// the others come. Under shares the plan waits until they are worked out, where that is due.
//
// Beside the ordinary pass a round decides only about the places of those that take turns, and who
// is better in them; the first of them to start begins one.
#include <algorithm>

#include "engine/round_plan.h"
#include "engine/stepper.h"
#include "engine/turn_work.h"

namespace weir::engine {

using namespace model;

namespace {

bool may_take_a_turn(const Index& index, const JobRecord& job) {
  // What does not take turns keeps the place it has.
  if (!job.running.empty()) return job.takes_turns;
  return job.wants_place() && index.classes[job.request_class].open;
}

bool turn_takers_run(const State& state, const Index& index) {
  return std::any_of(index.movable.begin(), index.movable.end(),
                     [&](JobId id) { return state.jobs.at(id).takes_turns; });
}

}  // namespace

std::optional<base::Time> next_round(const State& state) {
  if (!state.policy.rounds) return std::nullopt;
  const RoundsRecord& rounds = state.rounds;
  if (rounds.phase == RoundPhase::running && rounds.at_work > 0) return rounds.until;
  if (rounds.phase == RoundPhase::shares_asked) return rounds.until;
  if (rounds.stale && rounds.shares_since) {
    return *rounds.shares_since + state.policy.rounds->shares_every;
  }
  return std::nullopt;
}

void Stepper::take(const SetShares& input) {
  const RoundsRecord& rounds = state().rounds;
  if (!state().policy.rounds || rounds.phase != RoundPhase::shares_asked) return;
  if (input.number != rounds.number) return;
  std::vector<Share> shares;
  for (const Share& share : input.shares) {
    const auto stands = [&](JobId id) {
      const auto job = state().jobs.find(id);
      return job != state().jobs.end() && !is_terminal(job->second.state);
    };
    const bool in_order = shares.empty() || std::tie(shares.back().job, shares.back().with) <=
                                                std::tie(share.job, share.with);
    if (!in_order || share.parts < 0 || share.parts > whole_share) {
      return refuse({base::ErrorCode::invalid,
                     "shares come by job, each from 0 to 10^15 parts",
                     "shares",
                     "",
                     {}});
    }
    if (stands(share.job) && (share.with.value == 0 || stands(share.with))) shares.push_back(share);
  }
  emit(SharesSet{std::move(shares)});
}

void Stepper::take_turns() {
  if (state().policy.rounds->beside_the_pass() && !turn_takers_run(state(), index())) {
    // Nobody's place is to be decided about.
    if (state().rounds.phase != RoundPhase::planned) return;
  }
  if (state().rounds.phase == RoundPhase::shares_asked) {
    if (now_ < state().rounds.until) return;  // no answer yet
  } else if (state().rounds.phase != RoundPhase::planned) {
    if (!round_is_over() || ask_for_shares()) return;
  }
  if (state().rounds.phase != RoundPhase::planned) plan_round();
  if (state().rounds.phase == RoundPhase::planned && places_are_left()) begin_round();
}

// While those who leave are on their way out, their places are kept for those who come.
bool Stepper::places_are_given() const {
  const auto& rules = state().policy.rounds;
  if (!rules) return true;
  return rules->beside_the_pass() && state().rounds.phase != RoundPhase::planned;
}

void Stepper::begin_round_if_none_runs() {
  const auto& rules = state().policy.rounds;
  const RoundsRecord& rounds = state().rounds;
  if (!rules || !rules->beside_the_pass() || rounds.at_work == 0) return;
  if (rounds.phase == RoundPhase::planned) return;
  if (rounds.phase == RoundPhase::running && now_ < rounds.until) return;
  let_round_begin();
}

bool Stepper::round_is_over() const {
  const RoundsRecord& rounds = state().rounds;
  if (rounds.at_work == 0) return true;
  return rounds.phase != RoundPhase::running || now_ >= rounds.until;
}

// True if the plan waits for the answer.
bool Stepper::ask_for_shares() {
  const Rounds& rules = *state().policy.rounds;
  const RoundsRecord& rounds = state().rounds;
  if (rules.turns != TurnRule::shares || !rounds.stale) return false;
  if (rounds.shares_since && now_ - *rounds.shares_since < rules.shares_every) return false;
  SharesQuestion question;
  question.number = rounds.number;
  question.now = now_;
  question.rules = rules;
  const std::vector<std::string>& models = index().device_models();
  for (const std::string& model : models) question.models.push_back({model, 0});
  for (const auto& [id, site] : state().sites) {
    if (!site.in_touch) continue;
    for (const Node& node : site.nodes) {
      for (const Device& device : node.devices) {
        const auto at = std::lower_bound(models.begin(), models.end(), device.model);
        if (at != models.end() && *at == device.model) {
          ++question.models[static_cast<std::size_t>(at - models.begin())].devices;
        }
      }
    }
  }
  for (const auto& [tenant, jobs] : index().active_by_tenant) {
    for (const JobId id : jobs) {
      const JobRecord& job = state().jobs.at(id);
      if (!may_take_a_turn(index(), job)) continue;
      const TurnWork& work = index().turn_work(job);
      if (work.devices == 0) continue;
      SharesQuestion::Job& asked = question.jobs.emplace_back();
      asked.job = id;
      asked.job_class = work.job_class;
      asked.devices = work.devices;
      asked.submitted = job.submitted;
      asked.left_micro = micro_left(job).value_or(1);
      for (const TurnWork::On& on : work.on) asked.rates_micro.push_back(on.rate_micro);
    }
  }
  if (question.jobs.empty()) return false;
  std::sort(question.jobs.begin(), question.jobs.end(),
            [](const auto& a, const auto& b) { return a.job < b.job; });
  emit(SharesAsked{rounds.number});
  step_.effects.emplace_back(WorkOutShares{std::move(question)});
  return true;
}

void Stepper::plan_round() {
  RoundPlan plan = engine::plan_round(engine_, now_);
  if (!plan.anybody) return;
  emit(RoundPlanned{std::move(plan.turns), std::move(plan.pairs)});
  for (const AttemptKey key : plan.leaving) {
    emit(AttemptStopping{key, Reason::turn_over});
    RunningAttempt* const run = state().jobs.at(key.job).find_running(key);
    wish(run->site, stop_wish(state(), *run));
  }
}

bool Stepper::places_are_left() const {
  return std::none_of(index().running_jobs.begin(), index().running_jobs.end(), [&](JobId id) {
    const auto& running = state().jobs.at(id).running;
    return std::any_of(running.begin(), running.end(),
                       [](const RunningAttempt& run) { return run.stopping == Reason::turn_over; });
  });
}

// Something may have come between: a site was lost, a quota is full, a job was cancelled.
bool Stepper::can_place(const PlannedTurn& turn) const {
  const auto found = state().jobs.find(turn.attempt.job);
  if (found == state().jobs.end()) return false;
  const JobRecord& job = found->second;
  if (!job.wants_place() || job.next_attempt() != turn.attempt) return false;
  if (!index().is_open(job, turn.option)) return false;
  const SitePlaces& places = index().sites.at(turn.site);
  std::vector<RankPlacement> ranks = turn.ranks;
  return places.takes_work && are_free(places.capacity, turn.ranks) &&
         powers(turn.site, job, index().asked_kind(job).request.options[turn.option], ranks) &&
         ranks == turn.ranks;
}

void Stepper::begin_round() {
  const std::vector<PlannedTurn> plan = state().rounds.plan;
  for (const PlannedTurn& turn : plan) {
    if (can_place(turn)) place({turn.attempt, turn.site, turn.option, turn.ranks});
  }
  let_round_begin();
}

void Stepper::let_round_begin() {
  emit(RoundBegan{now_ + state().policy.rounds->length});
  round_began_ = true;
}

}  // namespace weir::engine
