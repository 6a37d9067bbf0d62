#include "twin/site.h"

#include <algorithm>
#include <set>
#include <utility>

namespace weir::twin {

using model::AttemptKey;
using model::AttemptPhase;
using model::AttemptWish;
using model::Ending;
using model::Outcome;
using model::Reason;
using model::Want;

Site::Site(std::uint32_t index, SiteModel model, const SiteRules& rules, EventQueue& events)
    : index_(index), model_(std::move(model)), rules_(rules), events_(events) {}

void Site::put(EventKind kind, base::Time time, const AttemptKey& key) {
  Event event;
  event.time = time;
  event.kind = kind;
  event.site = index_;
  event.attempt = key;
  events_.put(event);
}

// ---- what the engine says

void Site::take(const model::ChangeWanted& change, base::Time now) {
  if (silent_) return;
  for (const AttemptWish& wish : change.wishes) {
    const auto at = attempts_.find(wish.key);
    const bool here = at != attempts_.end();
    if (wish.want == Want::run) {
      if (!here) run(wish, now);
    } else if (wish.want == Want::forget) {
      if (here) attempts_.erase(at);
    } else if (here && at->second.phase != AttemptPhase::ended) {
      Outcome outcome;
      outcome.ending = Ending::stopped;
      outcome.reason = wish.stop_reason;
      finish(wish.key, at->second, std::move(outcome));
    }
  }
}

void Site::take(const model::WantedState& wanted, base::Time now) {
  std::set<AttemptKey> listed;
  for (const AttemptWish& wish : wanted.wishes) listed.insert(wish.key);
  std::erase_if(attempts_, [&](const auto& entry) { return !listed.contains(entry.first); });
  model::ChangeWanted all;
  all.wishes = wanted.wishes;
  take(all, now);
  unsaid_.clear();
  for (const auto& [key, attempt] : attempts_) {
    if (attempt.phase == AttemptPhase::starting) continue;
    say(key);
    news_ = true;
  }
}

void Site::adopt(const AttemptWish& wish, base::Time started, base::Time now) {
  Attempt attempt;
  for (const model::RankWish& rank : wish.ranks) attempt.nodes.push_back(rank.node_index);
  attempt.time_limit = wish.time_limit;
  attempt.begins = started;
  const auto at = attempts_.emplace(wish.key, std::move(attempt)).first;
  go(at->first, at->second, now);
  if (wish.want != Want::stop) return;
  Outcome outcome;
  outcome.ending = Ending::stopped;
  outcome.reason = wish.stop_reason;
  finish(at->first, at->second, std::move(outcome));
}

void Site::run(const AttemptWish& wish, base::Time now) {
  Attempt attempt;
  for (const model::RankWish& rank : wish.ranks) attempt.nodes.push_back(rank.node_index);
  attempt.time_limit = wish.time_limit;
  const auto at = attempts_.emplace(wish.key, std::move(attempt)).first;
  if (nodes_up(at->second)) start(at->first, at->second, now);
}

// ---- what happens

void Site::start(const AttemptKey& key, Attempt& attempt, base::Time now) {
  attempt.begins = now + model_.start_latency;
  if (model_.start_latency > base::Duration::zero()) {
    put(EventKind::attempt_begins, attempt.begins, key);
    return;
  }
  go(key, attempt, now);
}

void Site::begin(const AttemptKey& key, base::Time now) {
  const auto at = attempts_.find(key);
  if (at == attempts_.end()) return;
  Attempt& attempt = at->second;
  if (attempt.phase != AttemptPhase::starting || attempt.begins != now) return;
  if (!nodes_up(attempt)) return;  // mend_node starts it anew
  go(key, attempt, now);
  news_ = true;
}

void Site::go(const AttemptKey& key, Attempt& attempt, base::Time now) {
  attempt.phase = AttemptPhase::running;
  attempt.started = attempt.begins;
  say(key);
  std::optional<base::Duration> length = rules_.run_times(key);
  const bool cut =
      rules_.limits_end_work && attempt.time_limit && (!length || *attempt.time_limit < *length);
  if (cut) {
    length = attempt.time_limit;
    attempt.outcome.ending = Ending::timeout;
    attempt.outcome.reason = Reason::time_limit;
  }
  if (!length) return;
  attempt.ends = std::max(attempt.begins + *length, now);
  put(EventKind::attempt_ends, attempt.ends, key);
}

void Site::end(const AttemptKey& key, base::Time now) {
  const auto at = attempts_.find(key);
  if (at == attempts_.end()) return;
  Attempt& attempt = at->second;
  if (attempt.phase != AttemptPhase::running || attempt.ends != now) return;
  finish(key, attempt, std::move(attempt.outcome));
}

void Site::finish(const AttemptKey& key, Attempt& attempt, Outcome outcome) {
  // One that was never told as running is told with its end alone.
  attempt.phase = AttemptPhase::ended;
  attempt.outcome = std::move(outcome);
  say(key);
  news_ = true;
}

void Site::lose(const AttemptKey& key, Attempt& attempt) {
  Outcome outcome;
  outcome.ending = Ending::lost;
  outcome.reason = Reason::runner_vanished;
  outcome.message = "the machine went down";
  ++attempts_lost_;
  finish(key, attempt, std::move(outcome));
}

void Site::lose_node(std::uint32_t node) {
  ++broken_[node];
  ++node_faults_;
  for (auto& [key, attempt] : attempts_) {
    const auto& nodes = attempt.nodes;
    const bool there = std::find(nodes.begin(), nodes.end(), node) != nodes.end();
    if (there && attempt.phase == AttemptPhase::running) lose(key, attempt);
  }
}

void Site::mend_node(std::uint32_t node, base::Time now) {
  const auto at = broken_.find(node);
  if (at == broken_.end() || --at->second > 0) return;
  broken_.erase(at);
  for (auto& [key, attempt] : attempts_) {
    const auto& nodes = attempt.nodes;
    const bool there = std::find(nodes.begin(), nodes.end(), node) != nodes.end();
    const bool waits = attempt.phase == AttemptPhase::starting;
    if (there && waits && nodes_up(attempt)) start(key, attempt, now);
  }
}

void Site::fall_silent(bool power_lost) {
  silent_ = true;
  ++silences_;
  if (!power_lost) return;
  for (auto& [key, attempt] : attempts_) {
    if (attempt.phase != AttemptPhase::ended) lose(key, attempt);
  }
}

bool Site::nodes_up(const Attempt& attempt) const {
  if (broken_.empty()) return true;
  return std::none_of(attempt.nodes.begin(), attempt.nodes.end(),
                      [&](std::uint32_t node) { return broken_.contains(node); });
}

// ---- what it says

model::ReportSite Site::report() {
  model::ReportSite report{model_.name, epoch_, ++sequence_, {}};
  report.attempts.reserve(unsaid_.size());
  for (const AttemptKey& key : unsaid_) {
    const auto at = attempts_.find(key);
    if (at == attempts_.end()) continue;  // told before, or no longer wanted
    Attempt& attempt = at->second;
    model::AttemptReport& row = report.attempts.emplace_back();
    row.key = key;
    row.phase = attempt.phase;
    row.started = attempt.started;
    if (attempt.phase != AttemptPhase::ended) continue;
    row.outcome = std::move(attempt.outcome);
    attempts_.erase(at);
  }
  unsaid_.clear();
  news_ = false;
  return report;
}

}  // namespace weir::twin
