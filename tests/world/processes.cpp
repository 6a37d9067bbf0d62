#include "tests/world/processes.h"

namespace weir::world {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s

using backend::RankKey;
using backend::RankObservation;
using backend::RankOutcome;
using End = RankOutcome::End;

base::Status Processes::start(const RankKey& key, const model::AttemptWish& wish) {
  if (forgotten_.contains(key)) {
    return base::fail(base::ErrorCode::conflict, "it was started and forgotten before");
  }
  if (notes_.contains(key)) return {};
  if (faults_.strikes(random_, faults_.start_fails / 4)) {
    return base::fail(base::ErrorCode::input_output, "the disk of the site is full");
  }
  Note& note = notes_[key];
  note.seen.key = key;
  changed(key);
  if (faults_.strikes(random_, faults_.start_fails)) {
    RankOutcome outcome;
    outcome.end = End::start_failed;
    outcome.message = "no such shell";
    plan_end(key, std::chrono::milliseconds(1 + random_.below(20)), outcome);
    return {};
  }
  Life& life = lives_[key];
  life.share = wish.ranks[key.rank];
  life.cut = cut_;
  life.addresses.clear();
  for (const std::uint32_t device : life.share.devices) {
    life.addresses.push_back(nodes_.at(life.share.node_index).devices.at(device).address);
  }
  life.alive = true;
  life.started = agenda_.now();
  ++life.runs;
  alive_.insert(key);
  const std::uint64_t plan = note.plan = ++plans_;
  agenda_.after(std::chrono::milliseconds(1 + random_.below(30)), [this, key, plan, wish] {
    const auto at = notes_.find(key);
    if (at == notes_.end() || at->second.plan != plan) return;
    at->second.seen.state = RankObservation::State::running;
    at->second.seen.started_us = base::to_us(agenda_.now());
    lives_[key].started = agenda_.now();
    changed(key);
    const Fate fate = draw_fate(wish);
    plan_end(key, fate.length, fate.outcome);
  });
  trace_.say("machine", [&] { return "begins " + backend::to_text(key); });
  begun_(key);
  return {};
}

Processes::Fate Processes::draw_fate(const model::AttemptWish& wish) {
  Fate fate;
  const std::uint64_t most_ms = random_.chance(1, 4)   ? 300'000
                                : random_.chance(1, 2) ? 20'000
                                                       : 300;
  fate.length = std::chrono::milliseconds(1 + random_.below(most_ms));
  if (faults_.strikes(random_, faults_.program_fails)) {
    switch (random_.below(4)) {
      case 0:
        fate.outcome.end = End::signalled;
        fate.outcome.signal = 11;
        break;
      case 1:
        fate.outcome.end = End::signalled;
        fate.outcome.signal = 9;
        fate.outcome.out_of_memory = true;
        break;
      default:
        fate.outcome.exit_code = static_cast<int>(1 + random_.below(255));
    }
  }
  if (wish.time_limit && fate.length > *wish.time_limit) {
    fate.length = *wish.time_limit;
    fate.outcome = {};
    fate.outcome.end = End::timed_out;
  }
  return fate;
}

void Processes::plan_end(const RankKey& key, base::Duration after, RankOutcome outcome) {
  const std::uint64_t plan = notes_.at(key).plan = ++plans_;
  agenda_.after(after, [this, key, plan, outcome] {
    const auto at = notes_.find(key);
    if (at != notes_.end() && at->second.plan == plan) end(key, outcome);
  });
}

void Processes::end(const RankKey& key, RankOutcome outcome) {
  Note& note = notes_.at(key);
  note.plan = ++plans_;
  outcome.ended_us = base::to_us(agenda_.now());
  outcome.started_us = note.seen.started_us;
  if (outcome.started_us > 0) outcome.usage.wall_us = outcome.ended_us - outcome.started_us;
  outcome.usage.cpu_us = outcome.usage.wall_us / 2;
  note.seen.state = RankObservation::State::ended;
  note.seen.outcome = outcome;
  if (alive_.erase(key) > 0) {
    lives_[key].alive = false;
    lives_[key].outcome = outcome;
  }
  trace_.say("machine", [&] {
    return "ends " + backend::to_text(key) + ", end " +
           std::to_string(static_cast<int>(outcome.end)) + ", exit code " +
           std::to_string(outcome.exit_code);
  });
  changed(key);
}

void Processes::stop(const RankKey& key) {
  const auto at = notes_.find(key);
  if (at == notes_.end() || at->second.stopping) return;
  if (at->second.seen.state == RankObservation::State::ended) return;
  at->second.stopping = true;
  RankOutcome outcome;
  outcome.end = End::stopped;
  outcome.signal = 15;
  // Some end at once, some only when they are killed after their grace.
  const std::uint64_t most_ms = random_.chance(1, 3) ? 10'000 : 50;
  plan_end(key, std::chrono::milliseconds(1 + random_.below(most_ms)), outcome);
}

void Processes::forget(const RankKey& key) {
  notes_.erase(key);
  news_.erase(key);
  forgotten_.insert(key);
}

std::vector<RankObservation> Processes::observe() {
  news_.clear();
  std::vector<RankObservation> all;
  for (const auto& [key, note] : notes_) all.push_back(note.seen);
  return all;
}

std::vector<RankObservation> Processes::changes() {
  std::vector<RankObservation> changed;
  for (const RankKey& key : news_) changed.push_back(notes_.at(key).seen);
  news_.clear();
  return changed;
}

void Processes::changed(const RankKey& key) {
  news_.insert(key);
  if (changed_) changed_();
}

void Processes::lose_power() {
  const std::set<RankKey> alive = alive_;
  for (const RankKey& key : alive) {
    const bool noted = agenda_.now() - lives_[key].started > 1s || random_.chance(1, 2);
    RankOutcome outcome;
    outcome.end = End::vanished;
    outcome.message = "the machine restarted";
    end(key, outcome);
    if (noted) continue;
    notes_.erase(key);
    news_.erase(key);
  }
  // What the backend had been told to start and had not begun is left as it is noted.
}

}  // namespace weir::world
