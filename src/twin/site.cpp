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
  if (change.rests_at) rests_at_ = *change.rests_at;
  for (const AttemptWish& wish : change.wishes) {
    Attempt* const attempt = attempts_.find(wish.key);
    if (wish.want == Want::run) {
      if (attempt == nullptr) run(wish, now);
    } else if (wish.want == Want::forget) {
      if (attempt != nullptr) attempts_.erase(wish.key);
    } else if (attempt != nullptr && attempt->phase != AttemptPhase::ended) {
      begin_stop(wish.key, *attempt, wish.stop_reason, now);
    }
  }
  if (!change.rests_at) return;
  attempts_.for_each([&](const AttemptKey& key, Attempt& attempt) {
    if (attempt.rests && attempt.phase == AttemptPhase::running && !attempt.stopping) {
      take_turn(key, attempt, now);
    }
  });
}

void Site::begin_stop(const AttemptKey& key, Attempt& attempt, Reason reason, base::Time now) {
  if (attempt.stopping) return;
  Outcome outcome;
  outcome.ending = Ending::stopped;
  outcome.reason = reason;
  if (model_.stop_latency == base::Duration::zero() || attempt.phase != AttemptPhase::running) {
    return finish(key, attempt, std::move(outcome));
  }
  attempt.stopping = true;
  attempt.outcome = std::move(outcome);
  attempt.ends = now + model_.stop_latency;
  put(EventKind::attempt_stops, attempt.ends, key);
}

void Site::stop(const AttemptKey& key, base::Time now) {
  Attempt* const attempt = attempts_.find(key);
  if (attempt == nullptr || attempt->phase == AttemptPhase::ended || !attempt->stopping) return;
  if (attempt->ends == now) finish(key, *attempt, std::move(attempt->outcome));
}

void Site::take(const model::WantedState& wanted, base::Time now) {
  std::set<AttemptKey> listed;
  for (const AttemptWish& wish : wanted.wishes) listed.insert(wish.key);
  attempts_.erase_if([&](const AttemptKey& key) { return !listed.contains(key); });
  model::ChangeWanted all;
  all.wishes = wanted.wishes;
  all.rests_at = wanted.rests_at;
  take(all, now);
  unsaid_.clear();
  attempts_.for_each([&](const AttemptKey& key, const Attempt& attempt) {
    if (attempt.phase == AttemptPhase::starting) return;
    say(key);
    news_ = true;
  });
}

void Site::adopt(const AttemptWish& wish, base::Time started, base::Time now) {
  Attempt attempt;
  for (const model::RankWish& rank : wish.ranks) attempt.nodes.push_back(rank.node_index);
  attempt.time_limit = wish.time_limit;
  attempt.begins = started;
  auto& [key, added] = attempts_.add(wish.key, std::move(attempt));
  go(key, added, now);
  if (wish.want != Want::stop) return;
  Outcome outcome;
  outcome.ending = Ending::stopped;
  outcome.reason = wish.stop_reason;
  finish(key, added, std::move(outcome));
}

void Site::run(const AttemptWish& wish, base::Time now) {
  Attempt attempt;
  attempt.nodes.reserve(wish.ranks.size());
  for (const model::RankWish& rank : wish.ranks) attempt.nodes.push_back(rank.node_index);
  attempt.time_limit = wish.time_limit;
  attempt.takes_turns = wish.takes_turns && rules_.turns;
  if (attempt.takes_turns) ++at_work_;
  auto& [key, added] = attempts_.add(wish.key, std::move(attempt));
  added.fetching = rules_.fetch && rules_.fetch(index_, key, now);
  if (!added.fetching && nodes_up(added)) start(key, added, now);
}

model::JoinSite Site::join() const {
  model::JoinSite join{model_.name, model_.nodes};
  if (rules_.tells_topology) return join;
  for (model::Node& node : join.nodes) node.topology.clear();
  return join;
}

// ---- what happens

void Site::fetched(const AttemptKey& key, base::Time now) {
  Attempt* const attempt = attempts_.find(key);
  if (attempt == nullptr || !attempt->fetching) return;
  attempt->fetching = false;
  if (attempt->phase != AttemptPhase::starting || !nodes_up(*attempt)) return;
  start(key, *attempt, now);
  news_ = true;
}

void Site::brought(model::TransferId transfer) {
  brought_.push_back(transfer);
  news_ = true;
}

void Site::start(const AttemptKey& key, Attempt& attempt, base::Time now) {
  base::Duration latency = model_.start_latency;
  if (attempt.takes_turns && key.attempt > 1) latency += model_.restart_latency;
  attempt.begins = now + latency;
  if (latency > base::Duration::zero()) {
    put(EventKind::attempt_begins, attempt.begins, key);
    return;
  }
  go(key, attempt, now);
}

void Site::begin(const AttemptKey& key, base::Time now) {
  Attempt* const attempt = attempts_.find(key);
  if (attempt == nullptr) return;
  if (attempt->phase != AttemptPhase::starting || attempt->begins != now) return;
  if (!nodes_up(*attempt)) return;  // mend_node starts it anew
  go(key, *attempt, now);
  news_ = true;
}

void Site::go(const AttemptKey& key, Attempt& attempt, base::Time now) {
  attempt.phase = AttemptPhase::running;
  attempt.started = attempt.begins;
  say(key);
  if (attempt.takes_turns) return take_turn(key, attempt, now);
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

void Site::take_turn(const AttemptKey& key, Attempt& attempt, base::Time now) {
  if (attempt.rests) ++at_work_;
  attempt.rests.reset();
  const Turn turn = rules_.turns(key, now, rests_at_);
  attempt.ends = std::max(turn.until, now);
  attempt.done_micro = turn.done_micro;
  put(turn.ends ? EventKind::attempt_ends : EventKind::attempt_rests, attempt.ends, key);
}

void Site::rest(const AttemptKey& key, base::Time now) {
  Attempt* const attempt = attempts_.find(key);
  if (attempt == nullptr || attempt->stopping) return;
  if (attempt->phase != AttemptPhase::running || attempt->ends != now || attempt->rests) return;
  attempt->rests = now;
  say(key);
  // The others' rounds are not over before the last one's is.
  if (--at_work_ == 0) news_ = true;
}

void Site::end(const AttemptKey& key, base::Time now) {
  Attempt* const attempt = attempts_.find(key);
  if (attempt == nullptr || attempt->stopping) return;
  if (attempt->phase != AttemptPhase::running || attempt->ends != now) return;
  finish(key, *attempt, std::move(attempt->outcome));
}

void Site::finish(const AttemptKey& key, Attempt& attempt, Outcome outcome) {
  // One that was never told as running is told with its end alone.
  if (attempt.takes_turns && !attempt.rests) --at_work_;
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
  attempts_.for_each([&](const AttemptKey& key, Attempt& attempt) {
    const auto& nodes = attempt.nodes;
    const bool there = std::find(nodes.begin(), nodes.end(), node) != nodes.end();
    if (there && attempt.phase == AttemptPhase::running) lose(key, attempt);
  });
}

void Site::mend_node(std::uint32_t node, base::Time now) {
  const auto at = broken_.find(node);
  if (at == broken_.end() || --at->second > 0) return;
  broken_.erase(at);
  attempts_.for_each([&](const AttemptKey& key, Attempt& attempt) {
    const auto& nodes = attempt.nodes;
    const bool there = std::find(nodes.begin(), nodes.end(), node) != nodes.end();
    const bool waits = attempt.phase == AttemptPhase::starting && !attempt.fetching;
    if (there && waits && nodes_up(attempt)) start(key, attempt, now);
  });
}

void Site::fall_silent(bool power_lost) {
  silent_ = true;
  ++silences_;
  if (!power_lost) return;
  attempts_.for_each([&](const AttemptKey& key, Attempt& attempt) {
    if (attempt.phase != AttemptPhase::ended) lose(key, attempt);
  });
}

bool Site::nodes_up(const Attempt& attempt) const {
  if (broken_.empty()) return true;
  return std::none_of(attempt.nodes.begin(), attempt.nodes.end(),
                      [&](std::uint32_t node) { return broken_.contains(node); });
}

// ---- what it says

model::ReportSite Site::report() {
  model::ReportSite report{model_.name, epoch_, ++sequence_, {}, {}};
  for (const model::TransferId transfer : brought_) {
    report.transfers.push_back({transfer, model::TransferPhase::done, 0, ""});
  }
  brought_.clear();
  report.attempts.reserve(unsaid_.size());
  for (const AttemptKey& key : unsaid_) {
    Attempt* const attempt = attempts_.find(key);
    // Told before, or no longer wanted.
    if (attempt == nullptr || attempt->told == sequence_) continue;
    attempt->told = sequence_;
    model::AttemptReport& row = report.attempts.emplace_back();
    row.key = key;
    row.phase = attempt->phase;
    row.started = attempt->started;
    row.rests = attempt->rests;
    row.done_micro = attempt->done_micro;
    if (attempt->phase != AttemptPhase::ended) continue;
    row.outcome = std::move(attempt->outcome);
    attempts_.erase(key);
  }
  unsaid_.clear();
  news_ = false;
  return report;
}

}  // namespace weir::twin
