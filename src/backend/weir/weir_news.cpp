// WeirBackend: from what the inner Weir says to what is observed.
#include <sys/eventfd.h>

#include <utility>

#include "backend/local/runner/system.h"
#include "backend/weir/conclusion.h"
#include "backend/weir/weir_backend.h"

namespace weir::backend {

using local::wall_clock_us;

void WeirBackend::take_news() {
  is_taking_news_ = true;
  eventfd_t rings = 0;
  ::eventfd_read(event_.get(), &rings);
  for (const inner::News& news : messenger_->take()) {
    std::visit([this](const auto& each) { on(each); }, news);
  }
  is_taking_news_ = false;
}

void WeirBackend::on(const inner::Submitted& news) {
  const auto found = ranks_.find(news.key);
  if (found == ranks_.end() || found->second.phase != Phase::asking) return;
  Rank& rank = found->second;
  if (news.answer) return settle(rank, *news.answer);
  // What is wrong with it stays wrong.
  const bool is_stop = rank.note.stop.has_value();
  end_here(rank, is_stop, is_stop ? rank.note.stop->reason : news.answer.error().text());
}

void WeirBackend::on(const inner::Found& news) {
  const auto found = ranks_.find(news.key);
  if (found == ranks_.end() || found->second.phase != Phase::unsure) return;
  Rank& rank = found->second;
  if (news.job) return settle(rank, *news.job);
  if (rank.note.stop) return end_here(rank, true, rank.note.stop->reason);
  // An earlier server died before it asked: whoever wants it says so again.
  messenger_->tidy({rank.note.secrets});
  notes_.remove(news.key);
  changed_.erase(news.key);
  ranks_.erase(found);
}

// The inner Weir has it under this number.
void WeirBackend::settle(Rank& rank, model::JobId job) {
  const RankKey& key = rank.seen.key;
  rank.phase = Phase::there;
  rank.note.job = job;
  // Without these a later server finds it by its name; only its logs would not be found.
  static_cast<void>(notes_.put(key, rank.note));
  static_cast<void>(notes_.put_log_place(key, job));
  keys_[job] = key;
  set_place(rank, false);
  messenger_->look(key, job);
  if (rank.note.stop) tell_to_stop(rank);
}

void WeirBackend::on(const inner::Changed& news) {
  for (const model::JobId job : news.jobs) {
    const auto found = keys_.find(job);
    if (found != keys_.end()) messenger_->look(found->second, job);
  }
}

// What is not listed has ended; of the others only what runs and was not seen to is asked for.
void WeirBackend::on(const inner::Listed& news) {
  std::map<model::JobId, bool> runs;
  for (const model::JobSummary& job : news.jobs) runs[job.id] = job.started.has_value();
  for (const auto& [job, key] : keys_) {
    const Rank& rank = ranks_.at(key);
    if (rank.phase != Phase::there) continue;
    const auto listed = runs.find(job);
    const bool is_seen_running = rank.seen.state == RankObservation::State::running;
    if (listed == runs.end() || (listed->second && !is_seen_running)) messenger_->look(key, job);
  }
}

void WeirBackend::on(const inner::Looked& news) {
  const auto found = ranks_.find(news.key);
  if (found == ranks_.end() || found->second.phase != Phase::there) return;
  Rank& rank = found->second;
  if (!news.answer) {
    RankOutcome gone;
    gone.end = RankOutcome::End::vanished;
    gone.ended_us = wall_clock_us();
    gone.started_us = rank.seen.started_us != 0 ? rank.seen.started_us : gone.ended_us;
    gone.message = "the inner Weir does not know it any more: " + news.answer.error().text();
    return end(rank, gone);
  }
  inner::Circumstances known;
  if (rank.note.stop) {
    known.stop_reason = rank.note.stop->reason;
    known.had_notice = rank.note.stop->with_notice;
  }
  known.has_setup = rank.note.has_setup;
  known.program_began = news.program_began;
  known.trouble = news.trouble;
  known.fenced = notes_.was_fenced(news.key);
  if (const auto outcome = inner::conclusion(*news.answer, known)) return end(rank, *outcome);
  const auto since = inner::running_since(*news.answer);
  if (!since || rank.seen.state == RankObservation::State::running) return;
  rank.seen.state = RankObservation::State::running;
  rank.seen.stage = known.has_setup ? Stage::setup : Stage::program;
  rank.seen.started_us = *since;
  set_place(rank, true);
  mark_changed(news.key);
}

// Ends a rank that the inner Weir never had.
void WeirBackend::end_here(Rank& rank, bool is_stop, const std::string& message) {
  if (!rank.note.end) {
    rank.note.end = inner::OwnEnd{is_stop, message, wall_clock_us()};
    // Without it on the disk a later server finds nothing there, and is told to start it.
    static_cast<void>(notes_.put(rank.seen.key, rank.note));
  }
  RankOutcome outcome;
  outcome.end = is_stop ? RankOutcome::End::stopped : RankOutcome::End::start_failed;
  outcome.stage = rank.note.has_setup ? Stage::setup : Stage::program;
  outcome.started_us = rank.note.end->at_us;
  outcome.ended_us = rank.note.end->at_us;
  outcome.message = message;
  end(rank, outcome);
}

void WeirBackend::end(Rank& rank, const RankOutcome& outcome) {
  rank.phase = Phase::ended;
  rank.seen.state = RankObservation::State::ended;
  rank.seen.stage = outcome.stage;
  rank.seen.started_us = outcome.started_us;
  rank.seen.outcome = outcome;
  {
    const std::lock_guard lock(places_mutex_);
    places_.erase(rank.seen.key);
  }
  if (!rank.note.secrets.empty()) messenger_->tidy({rank.note.secrets});
  mark_changed(rank.seen.key);
}

void WeirBackend::set_place(const Rank& rank, bool runs) {
  const std::lock_guard lock(places_mutex_);
  places_[rank.seen.key] = {
      rank.note.job, {rank.note.cpus, rank.note.memory_bytes}, rank.note.beside, runs};
}

void WeirBackend::mark_changed(const RankKey& key) {
  if (changed_.empty() && !is_taking_news_) ::eventfd_write(event_.get(), 1);
  changed_.insert(key);
}

}  // namespace weir::backend
