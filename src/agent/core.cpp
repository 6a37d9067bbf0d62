#include "agent/core.h"

#include <algorithm>

#include "agent/environment.h"
#include "base/check.h"

namespace weir::agent {

using model::AttemptKey;
using model::AttemptPhase;
using model::Want;

namespace {

// Changes kept while the whole is being fetched. Beyond that the whole is fetched once more.
constexpr std::size_t early_changes_max = 1000;

std::string stop_text(model::Reason reason) {
  if (reason == model::Reason::none) return "not wanted any more";
  return std::string(model::note_of(reason).sentence);
}

}  // namespace

Attempt& AgentCore::attempt(const AttemptKey& key) {
  Attempt& found = attempts_[key];
  found.key = key;
  touched_.insert(key);
  return found;
}

// ---- what happened

void AgentCore::joined(std::uint64_t epoch) {
  if (epoch <= epoch_) return;
  if (join_.asked) heard(*join_.asked);
  rejoin();
  epoch_ = epoch;
  joined_ = true;
  join_.answered();
  fetch_.ask();
}

void AgentCore::rejoin() {
  joined_ = false;
  held_.reset();
  early_.clear();
  known_version_ = 0;
  fetch_.answered();
  outstanding_.reset();
  others_told_ = !others_;
  if (!join_.wanted) join_.ask();
}

void AgentCore::wanted(model::WantedState state) {
  if (!joined_ || state.epoch < epoch_) return;
  if (state.epoch > epoch_) return rejoin();
  fetch_.answered();
  if (held_ && state.version < *held_) return;
  const bool first = !held_;
  held_ = state.version;
  std::set<AttemptKey> listed;
  for (model::AttemptWish& wish : state.wishes) {
    listed.insert(wish.key);
    merge(std::move(wish));
  }
  forget_unlisted(listed);
  if (first) {
    for (const auto& [key, attempt] : attempts_) {
      if (attempt.want != Want::forget && attempt.phase != AttemptPhase::starting) {
        to_report_.insert(key);
      }
    }
    touch_waiting();
  }
  apply_early_changes();
}

void AgentCore::forget_unlisted(const std::set<AttemptKey>& listed) {
  for (auto& [key, attempt] : attempts_) {
    if (!listed.contains(key)) give_up(attempt);
  }
}

void AgentCore::give_up(Attempt& attempt) {
  attempt.want = Want::forget;
  touched_.insert(attempt.key);
  // Known before anything is started: what starts next must not stand beside it.
  if (attempt.alive()) ghosts_.insert(attempt.key);
}

void AgentCore::apply_early_changes() {
  std::vector<model::ChangeWanted> early = std::exchange(early_, {});
  for (model::ChangeWanted& change : early) wanted_changed(std::move(change));
}

void AgentCore::wanted_changed(model::ChangeWanted change) {
  if (!joined_ || change.epoch != epoch_) return;
  known_version_ = std::max(known_version_, change.to);
  const bool changes_nothing_known = held_ && change.from == change.to && change.to == *held_;
  if (changes_nothing_known) {
    // The control plane does not know these attempts: it takes back what it never wanted.
    for (model::AttemptWish& wish : change.wishes) {
      if (wish.want == Want::forget) merge(std::move(wish));
    }
    return;
  }
  if (held_ && change.to <= *held_) return;
  if (held_ && change.from == *held_) {
    held_ = change.to;
    for (model::AttemptWish& wish : change.wishes) merge(std::move(wish));
    return;
  }
  if (early_.size() < early_changes_max) early_.push_back(std::move(change));
  if (!fetch_.wanted) fetch_.ask();
}

void AgentCore::merge(model::AttemptWish wish) {
  if (wish.want == Want::forget && !attempts_.contains(wish.key)) return;
  Attempt& known = attempt(wish.key);
  if (wish.want == Want::forget) return give_up(known);
  if (!known.want || wish.want > *known.want) known.want = wish.want;
  if (wish.stop_reason != model::Reason::none) known.stop_reason = wish.stop_reason;
  if (known.wish) return;
  known.ranks.resize(std::max(known.ranks.size(), wish.ranks.size()));
  known.wish = std::make_shared<const model::AttemptWish>(std::move(wish));
}

void AgentCore::observed(std::span<const backend::RankObservation> observations) {
  for (const backend::RankObservation& observation : observations) {
    Attempt& seen = attempt(attempt_key(observation.key));
    seen.observe(observation);
    if (!seen.want && held_) give_up(seen);
  }
}

void AgentCore::start_refused(const backend::RankKey& key, const base::Error& error) {
  backend::RankObservation observation;
  observation.key = key;
  observation.state = backend::RankObservation::State::ended;
  backend::RankOutcome& outcome = observation.outcome.emplace();
  // A key that was forgotten has run to its end before: how, nobody can tell any more.
  outcome.end = error.code == base::ErrorCode::conflict ? backend::RankOutcome::End::vanished
                                                        : backend::RankOutcome::End::start_failed;
  outcome.message = error.message;
  attempt(attempt_key(key)).observe(observation);
}

void AgentCore::refused_here(const AttemptKey& key, const std::string& why, bool passes) {
  Attempt& refused = attempt(key);
  refused.refusal = why;
  refused.refusal_passes = passes;
}

void AgentCore::published(const AttemptKey& key, std::vector<model::OutputReport> outputs,
                          std::string trouble) {
  const auto at = attempts_.find(key);
  if (at == attempts_.end()) return;
  at->second.outputs = std::move(outputs);
  at->second.publish_trouble = std::move(trouble);
  touched_.insert(key);
}

void AgentCore::others_seen(std::vector<model::RankPlacement> held) {
  if (others_ == held) return;
  others_ = std::move(held);
  others_told_ = false;
}

void AgentCore::acknowledged(std::uint64_t sequence, std::uint64_t wanted_version) {
  known_version_ = std::max(known_version_, wanted_version);
  if (!outstanding_ || outstanding_->sequence != sequence) return;
  heard(outstanding_->sent);
  outstanding_.reset();
}

void AgentCore::heard(base::Time asked) {
  heard_ = std::max(asked, heard_.value_or(asked));
  if (std::exchange(fenced_, false)) touch_waiting();
}

void AgentCore::fence(base::Time now) {
  if (settings_.fence_after <= base::Duration(0)) return;
  if (!heard_) heard_ = now;  // it may have been cut off for long: it has so long to be heard
  if (fenced_ || now - *heard_ < settings_.fence_after) return;
  fenced_ = true;
  for (auto& [key, attempt] : attempts_) {
    if (attempt.want == Want::forget || !attempt.alive()) continue;
    if (attempt.want != Want::stop) {
      attempt.want = Want::stop;
      attempt.stop_reason = model::Reason::site_lost;
    }
    touched_.insert(key);
  }
}

// What a queue of the site's own holds for too long is better placed elsewhere. Ranks of a gang
// that have begun wait for those that have not, and go with them.
void AgentCore::hand_back(base::Time now) {
  while (!to_begin_.empty() && to_begin_.begin()->first <= now) {
    Attempt& late = attempts_.at(to_begin_.extract(to_begin_.begin()).value().second);
    late.begin_by.reset();
    if (late.want != Want::run || late.all_running()) continue;
    late.want = Want::stop;
    late.stop_reason = model::Reason::not_begun_in_time;
    touched_.insert(late.key);
  }
}

void AgentCore::note_beginning(Attempt& attempt, base::Time now) {
  const bool waits = settings_.begin_within > base::Duration(0) && attempt.want == Want::run &&
                     attempt.alive() && !attempt.any_failed() && !attempt.all_running();
  if (waits == attempt.begin_by.has_value()) return;
  if (waits) {
    attempt.begin_by = now + settings_.begin_within;
    to_begin_.emplace(*attempt.begin_by, attempt.key);
  } else {
    to_begin_.erase({*attempt.begin_by, attempt.key});
    attempt.begin_by.reset();
  }
}

void AgentCore::refused(std::uint64_t sequence) {
  if (outstanding_ && outstanding_->sequence == sequence) rejoin();
}

// ---- what follows

std::vector<Action> AgentCore::settle(base::Time now) {
  std::vector<Action> actions;
  fence(now);
  hand_back(now);
  while (!touched_.empty()) {
    const AttemptKey key = touched_.extract(touched_.begin()).value();
    const auto at = attempts_.find(key);
    if (at == attempts_.end()) continue;
    consider(at->second, actions);
    if (const auto still = attempts_.find(key); still != attempts_.end()) {
      note_beginning(still->second, now);
    }
  }
  ask(now, actions);
  report(now, actions);
  return actions;
}

void AgentCore::consider(Attempt& attempt, std::vector<Action>& actions) {
  if (!attempt.want) return;
  if (*attempt.want == Want::run && !attempt.any_failed()) {
    start_ranks(attempt, actions);
  } else {
    waiting_.erase(attempt.key);
    stop_ranks(attempt, actions);
  }
  const bool alive = attempt.alive();
  if (!alive) touch_later_attempts(attempt.key);
  if (*attempt.want != Want::forget) {
    update_phase(attempt, actions);
  } else if (!alive) {
    forget(attempt, actions);
  }
}

void AgentCore::start_ranks(Attempt& attempt, std::vector<Action>& actions) {
  const bool complete =
      std::none_of(attempt.ranks.begin(), attempt.ranks.end(),
                   [](const RankLife& rank) { return rank.phase == RankLife::Phase::not_begun; });
  if (complete) {
    waiting_.erase(attempt.key);
    return;
  }
  if (!may_start(attempt)) {
    waiting_.insert(attempt.key);
    return;
  }
  waiting_.erase(attempt.key);
  for (std::uint32_t rank = 0; rank < attempt.ranks.size(); ++rank) {
    if (attempt.ranks[rank].phase != RankLife::Phase::not_begun) continue;
    attempt.ranks[rank].phase = RankLife::Phase::begun;
    actions.emplace_back(
        StartRank{rank_key(attempt.key, rank), attempt.wish,
                  rank_environment(*attempt.wish, rank, settings_.master_address)});
  }
}

void AgentCore::stop_ranks(Attempt& attempt, std::vector<Action>& actions) {
  for (std::uint32_t i = 0; i < attempt.ranks.size(); ++i) {
    RankLife& rank = attempt.ranks[i];
    if (!rank.alive() || rank.stop_asked) continue;
    rank.stop_asked = true;
    const model::Reason reason = attempt.any_failed() && *attempt.want == Want::run
                                     ? model::Reason::gang_member_failed
                                     : attempt.stop_reason;
    // What makes room for others may keep what it has done.
    const auto after =
        model::goes_on_after(reason) ? backend::StopAfter::notice : backend::StopAfter::nothing;
    actions.emplace_back(StopRank{rank_key(attempt.key, i), stop_text(reason), after});
  }
}

void AgentCore::update_phase(Attempt& attempt, std::vector<Action>& actions) {
  AttemptPhase phase = attempt.phase;
  if (attempt.has_to_publish()) {
    phase = AttemptPhase::running;
    if (!std::exchange(attempt.publishing, true)) {
      actions.emplace_back(PublishOutputs{attempt.key, attempt.wish->outputs});
    }
  } else if (attempt.ended()) {
    phase = AttemptPhase::ended;
  } else if (attempt.all_running()) {
    phase = AttemptPhase::running;
  }
  if (phase == attempt.phase) return;
  attempt.phase = phase;
  to_report_.insert(attempt.key);
}

void AgentCore::forget(const Attempt& attempt, std::vector<Action>& actions) {
  for (std::uint32_t rank = 0; rank < attempt.ranks.size(); ++rank) {
    if (attempt.ranks[rank].phase == RankLife::Phase::not_begun) continue;
    actions.emplace_back(ForgetRank{rank_key(attempt.key, rank)});
  }
  const AttemptKey key = attempt.key;
  if (attempt.tell_again) ends_told_.erase({*attempt.tell_again, key});
  if (attempt.begin_by) to_begin_.erase({*attempt.begin_by, key});
  to_report_.erase(key);
  waiting_.erase(key);
  attempts_.erase(key);
  if (ghosts_.erase(key) > 0) touch_waiting();
}

bool AgentCore::may_start(const Attempt& attempt) const {
  if (!held_ || fenced_) return false;
  for (auto at = attempts_.find(attempt.key); at != attempts_.begin();) {
    --at;
    if (at->first.task_key() != attempt.key.task_key()) break;
    if (at->second.alive()) return false;
  }
  return !beside_a_ghost(attempt);
}

bool AgentCore::beside_a_ghost(const Attempt& attempt) const {
  const auto shares_a_node = [&](const model::AttemptWish& other) {
    return std::any_of(other.ranks.begin(), other.ranks.end(), [&](const model::RankWish& theirs) {
      return std::any_of(
          attempt.wish->ranks.begin(), attempt.wish->ranks.end(),
          [&](const model::RankWish& ours) { return ours.node_index == theirs.node_index; });
    });
  };
  return std::any_of(ghosts_.begin(), ghosts_.end(), [&](const AttemptKey& key) {
    const Attempt& ghost = attempts_.at(key);
    return !ghost.wish || shares_a_node(*ghost.wish);  // without its wish it may be anywhere
  });
}

void AgentCore::touch_waiting() { touched_.insert(waiting_.begin(), waiting_.end()); }

void AgentCore::touch_later_attempts(const AttemptKey& key) {
  for (auto at = waiting_.upper_bound(key); at != waiting_.end(); ++at) {
    if (at->task_key() != key.task_key()) break;
    touched_.insert(*at);
  }
}

// ---- questions and reports

void AgentCore::ask(base::Time now, std::vector<Action>& actions) {
  if (join_.due(now, settings_.answer_after)) {
    join_.asked = now;
    actions.emplace_back(Join{});
  }
  if (!is_behind()) {
    behind_since_.reset();
  } else if (!behind_since_) {
    behind_since_ = now;
  } else if (now - *behind_since_ >= settings_.behind_after && !fetch_.wanted) {
    fetch_.ask();
  }
  if (fetch_.due(now, settings_.answer_after)) {
    fetch_.asked = now;
    actions.emplace_back(FetchWanted{});
  }
}

void AgentCore::report(base::Time now, std::vector<Action>& actions) {
  if (!joined_) return;
  while (!ends_told_.empty() && ends_told_.begin()->first <= now) {
    const AttemptKey key = ends_told_.begin()->second;
    ends_told_.erase(ends_told_.begin());
    attempts_.at(key).tell_again.reset();
    to_report_.insert(key);
  }
  if (outstanding_) {
    if (now - outstanding_->sent < settings_.answer_after) return;
    for (const AttemptKey& key : outstanding_->attempts) {
      if (attempts_.contains(key)) to_report_.insert(key);
    }
    if (outstanding_->others) others_told_ = false;
    outstanding_.reset();
  }
  const bool heartbeat_due = !last_report_ || now - *last_report_ >= settings_.heartbeat;
  if (to_report_.empty() && others_told_ && !heartbeat_due) return;
  model::ReportSite report{settings_.site, epoch_, ++sequence_, {}, {}, std::nullopt};
  outstanding_ = Outstanding{sequence_, now, {}, !others_told_};
  if (!std::exchange(others_told_, true)) report.others = others_;
  last_report_ = now;
  while (!to_report_.empty() && report.attempts.size() < settings_.report_attempts_max) {
    const AttemptKey key = to_report_.extract(to_report_.begin()).value();
    Attempt& attempt = attempts_.at(key);
    model::AttemptReport line{key, attempt.phase, attempt.started(), std::nullopt, {}, 0, {}};
    if (attempt.phase == AttemptPhase::ended) {
      line.outcome = attempt.outcome();
      if (attempt.outputs && attempt.publish_trouble.empty()) line.outputs = *attempt.outputs;
      if (attempt.tell_again) ends_told_.erase({*attempt.tell_again, key});
      attempt.tell_again = now + settings_.end_again;
      ends_told_.insert({*attempt.tell_again, key});
    }
    report.attempts.push_back(std::move(line));
    outstanding_->attempts.push_back(key);
  }
  actions.emplace_back(SendReport{std::move(report)});
}

base::Time AgentCore::next_wake() const {
  base::Time wake = base::Time::max();
  const auto at = [&](base::Time time) { wake = std::min(wake, time); };
  const auto at_question = [&](const Question& question) {
    if (!question.wanted) return;
    at(question.asked ? *question.asked + settings_.answer_after : base::Time::min());
  };
  if (!touched_.empty()) at(base::Time::min());
  if (settings_.fence_after > base::Duration(0) && !fenced_) {
    at(heard_ ? *heard_ + settings_.fence_after : base::Time::min());
  }
  if (!to_begin_.empty()) at(to_begin_.begin()->first);
  at_question(join_);
  at_question(fetch_);
  if (is_behind() && !fetch_.wanted) {
    at(behind_since_ ? *behind_since_ + settings_.behind_after : base::Time::min());
  }
  if (!joined_) return wake;
  if (outstanding_) {
    at(outstanding_->sent + settings_.answer_after);
    return wake;
  }
  if (!to_report_.empty() || !others_told_ || !last_report_) return base::Time::min();
  at(*last_report_ + settings_.heartbeat);
  if (!ends_told_.empty()) at(ends_told_.begin()->first);
  return wake;
}

}  // namespace weir::agent
