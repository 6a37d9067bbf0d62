// SlurmBackend: from what Slurm and the records say to what is observed.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "backend/local/runner/system.h"
#include "backend/slurm/slurm_backend.h"

namespace weir::backend {
namespace {

using local::steady_us;
using local::wall_clock_us;
using slurm::Progress;

// A controller that lost what it had acknowledged is asked again that often.
constexpr std::size_t submissions_max = 3;
// A job that lives on that much longer than its rank is cancelled.
constexpr std::int64_t spare_us = 10'000'000;
// Records of running ranks are all looked at that often, where nothing tells of a change.
constexpr std::int64_t sweep_every_us = 5'000'000;
// How long after a controller forgot jobs their numbers may be taken for others'.
constexpr std::int64_t mistaken_us = 600'000'000;
// So long an end that may be Slurm's doing waits for Slurm to say so: by a signal it mostly is, by
// an exit code hardly ever.
constexpr std::int64_t doubt_of_signal_us = 30'000'000;
constexpr std::int64_t doubt_of_exit_us = 3'000'000;
// How long what was just submitted counts as young.
constexpr std::int64_t young_us = 10'000'000;
// For an end to be written: a runner's look for a stop, and the way of a file between machines.
constexpr std::int64_t end_margin_us = 5'000'000;
constexpr std::size_t said_bytes_max = 400;

bool is_live(const slurm::Job& job) { return slurm::row_of(job.state).progress != Progress::ended; }

// The one that counts of several with one name: a live one, else ours, else the latest.
const slurm::Job* choose(const std::vector<const slurm::Job*>& jobs, slurm::JobNumber known) {
  const auto rank = [&](const slurm::Job* job) {
    return std::tuple(is_live(*job), job->number == known, job->number);
  };
  const auto best =
      std::max_element(jobs.begin(), jobs.end(),
                       [&](const slurm::Job* a, const slurm::Job* b) { return rank(a) < rank(b); });
  return best == jobs.end() ? nullptr : *best;
}

std::string words_of(const slurm::Job& job) {
  std::string words = "Slurm's job " + std::to_string(job.number) + " " +
                      std::string(slurm::row_of(job.state).words) + " (" + job.state_name;
  if (!job.reason.empty() && job.reason != "None") words += ", " + job.reason;
  return words + ")";
}

RankOutcome outcome_now(RankOutcome::End end, Stage stage, std::int64_t started_us) {
  RankOutcome outcome;
  outcome.end = end;
  outcome.stage = stage;
  outcome.ended_us = wall_clock_us();
  outcome.started_us = started_us != 0 ? started_us : outcome.ended_us;
  return outcome;
}

}  // namespace

void SlurmBackend::take_news() {
  is_taking_news_ = true;
  eventfd_t rings = 0;
  ::eventfd_read(event_.get(), &rings);
  chores_.finish_done();
  take_notices();
  for (const slurm::Clerk::News& news : clerk_->take()) {
    if (const auto* submitted = std::get_if<slurm::Clerk::Submitted>(&news)) {
      on_submitted(*submitted);
    } else if (const auto& listed = std::get<slurm::Clerk::Listed>(news); listed.jobs) {
      on_listed(*listed.jobs);
    } else {
      for (auto& [key, rank] : ranks_) {
        if (rank.doubted_us) refresh(rank);  // not for ever
      }
    }
  }
  is_taking_news_ = false;
}

// A record grew: its rank runs now, is in its next stage, or has ended.
void SlurmBackend::take_notices() {
  alignas(inotify_event) std::array<char, 16'384> buffer{};
  for (;;) {
    const ssize_t size = ::read(notices_.get(), buffer.data(), buffer.size());
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      inotify_event notice{};
      std::memcpy(&notice, buffer.data() + at, sizeof notice);
      const char* const name = buffer.data() + at + sizeof notice;
      at += static_cast<ssize_t>(sizeof notice) + notice.len;
      if ((notice.mask & IN_Q_OVERFLOW) != 0) swept_us_ = 0;  // the next listing looks at all
      const base::Result<RankKey> key = parse_rank_key(notice.len > 0 ? name : "");
      const auto found = key ? ranks_.find(*key) : ranks_.end();
      if (found != ranks_.end()) refresh(found->second);
    }
  }
}

void SlurmBackend::on_submitted(const slurm::Clerk::Submitted& submitted) {
  const auto found = ranks_.find(submitted.key);
  const bool is_awaited = found != ranks_.end() && !found->second.seen.outcome;
  if (!is_awaited) {
    if (submitted.answer) clerk_->cancel(*submitted.answer);
    return;
  }
  Rank& rank = found->second;
  if (submitted.answer) {
    rank.job.number = *submitted.answer;
    rank.job.state = slurm::JobState::pending;
    rank.note.jobs.push_back(*submitted.answer);
    // Without it on the disk it is found by its name all the same, and counted once less.
    static_cast<void>(folder_.put_note(submitted.key, rank.note));
    if (rank.phase == Phase::submitting) set_phase(rank, Phase::queued);
    refresh(rank);
  } else if (submitted.answer.error().code == base::ErrorCode::unavailable) {
    // It may be there or not: the next listing that succeeds says.
    if (rank.phase == Phase::submitting) set_phase(rank, Phase::unsure);
  } else if (rank.phase == Phase::submitting) {
    static_cast<void>(
        end_unbegun(rank, RankOutcome::End::start_failed, submitted.answer.error().text()));
  }
}

void SlurmBackend::on_listed(const std::vector<slurm::Job>& jobs) {
  std::map<RankKey, std::vector<const slurm::Job*>> ours;
  for (const slurm::Job& job : jobs) {
    if (const auto key = key_of(job)) ours[*key].push_back(&job);
  }
  for (const auto& [key, named] : ours) {
    if (!ranks_.contains(key)) cancel_spares(nullptr, nullptr, named);
  }
  const bool sweeps = steady_us() - swept_us_ >= sweep_every_us;
  if (sweeps) swept_us_ = steady_us();
  // All of them first: what the controller forgot says whether others are submitted now.
  for (auto& [key, rank] : ranks_) note_absence(rank, ours.contains(key));
  for (auto& [key, rank] : ranks_) {
    const auto found = ours.find(key);
    consider(rank, found == ours.end() ? std::vector<const slurm::Job*>() : found->second, sweeps);
  }
  clerk_->set_haste(haste());
}

void SlurmBackend::consider(Rank& rank, const std::vector<const slurm::Job*>& jobs, bool sweeps) {
  const slurm::Job* const job = choose(jobs, rank.job.number);
  if (job != nullptr) {
    rank.job = {job->number, job->state, job->reason};
  }
  cancel_spares(&rank, job, jobs);
  switch (rank.phase) {
    case Phase::preparing:
    case Phase::submitting:
    case Phase::ended:
      return;
    case Phase::unsure:
      if (job == nullptr) return submit_when_clear(rank);
      set_phase(rank, Phase::queued);
      return consider_queued(rank, job);
    case Phase::queued:
      return consider_queued(rank, job);
    case Phase::begun:
      if (rank.doubted_us) return settle_doubt(rank, job);
      if (sweeps || rank.seen.state == RankObservation::State::starting) refresh(rank);
      if (rank.phase == Phase::begun) consider_begun(rank, job);
      return;
  }
}

void SlurmBackend::consider_queued(Rank& rank, const slurm::Job* job) {
  const RankKey& key = rank.seen.key;
  if (job != nullptr && slurm::row_of(job->state).progress == Progress::waits) return;
  if (!folder_.order_waits(key)) {
    set_phase(rank, Phase::begun);
    return refresh(rank);
  }
  if (job != nullptr) {
    if (is_live(*job)) return;  // its runner is on its way
    // A number given out twice: the node takes the job for one that it ran, and Slurm drops it.
    const bool may_be_mistaken = forgot_us_ && steady_us() - *forgot_us_ < mistaken_us;
    if (may_be_mistaken && rank.note.jobs.size() < submissions_max) return submit(rank);
    std::string why = words_of(*job) + " before it began";
    const std::string said = local::read_small_file(folder_.said(key)).substr(0, said_bytes_max);
    if (!said.empty()) why += ": " + said;
    static_cast<void>(end_unbegun(rank, RankOutcome::End::start_failed, why));
    return;
  }
  if (!is_long_enough(rank.absent_since_us)) return;
  if (rank.note.jobs.size() < submissions_max) return submit(rank);
  static_cast<void>(end_unbegun(
      rank, RankOutcome::End::start_failed,
      "Slurm took it " + std::to_string(submissions_max) + " times, and knows nothing of it"));
}

bool SlurmBackend::is_long_enough(const std::optional<std::int64_t>& since_us) const {
  const base::Duration absence = options_.pace.absence;
  return since_us && steady_us() - *since_us >= base::to_us(absence);
}

void SlurmBackend::note_absence(Rank& rank, bool is_listed) {
  if (is_listed) rank.absent_since_us.reset();
  if (is_listed || (rank.phase != Phase::queued && rank.phase != Phase::begun)) return;
  refresh(rank);
  if (rank.phase == Phase::ended || rank.doubted_us) return;
  rank.job = {};  // its number may be another's by now
  if (rank.absent_since_us) return;
  rank.absent_since_us = steady_us();
  forgot_us_ = rank.absent_since_us;
}

void SlurmBackend::consider_begun(Rank& rank, const slurm::Job* job) {
  const bool may_live = job != nullptr ? slurm::row_of(job->state).progress != Progress::ended
                                       : !is_long_enough(rank.absent_since_us);
  if (!may_live) return wait_for_end(rank, job);
  rank.given_up_us.reset();
}

// Slurm says that it is over, and no end is written. A runner that lives all the same (its node is
// out of reach, the controller lost its job) is told to stop, and given the time for it.
void SlurmBackend::wait_for_end(Rank& rank, const slurm::Job* job) {
  const RankKey& key = rank.seen.key;
  if (!rank.given_up_us) {
    refresh(rank);
    if (rank.seen.outcome) return;
    std::int64_t wait_us = end_margin_us + rank.note.kill_grace_us;
    const bool may_be_out_of_reach = job == nullptr || job->state == slurm::JobState::node_fail;
    if (may_be_out_of_reach && options_.fence_after) wait_us += base::to_us(*options_.fence_after);
    rank.given_up_us = steady_us() + wait_us;
    if (!rank.stop_reason) {
      static_cast<void>(
          folder_.put_stop(key, {StopAfter::nothing, "Slurm does not run its job any more"}));
    }
    return;
  }
  refresh(rank);
  if (rank.seen.outcome || steady_us() < *rank.given_up_us) return;
  const slurm::StateRow& row =
      slurm::row_of(job == nullptr ? slurm::JobState::unknown : job->state);
  RankOutcome outcome = outcome_now(row.end, rank.seen.stage, rank.seen.started_us);
  outcome.out_of_memory = row.state == slurm::JobState::out_of_memory;
  if (row.end == RankOutcome::End::signalled) outcome.signal = SIGKILL;
  outcome.message =
      "nobody saw its end: " +
      (job == nullptr ? std::string("Slurm does not know its job any more") : words_of(*job));
  end_unseen(rank, outcome);
}

// Others of the same name find no order and end by themselves; here they are spared the way.
void SlurmBackend::cancel_spares(const Rank* rank, const slurm::Job* chosen,
                                 const std::vector<const slurm::Job*>& jobs) {
  for (const slurm::Job* job : jobs) {
    if (!is_live(*job) || job->state == slurm::JobState::completing) continue;
    const bool is_its_own = rank != nullptr && job == chosen;
    if (is_its_own && rank->phase != Phase::ended) continue;
    const bool waits = slurm::row_of(job->state).progress == Progress::waits;
    if (is_its_own && !waits && steady_us() - rank->changed_us < spare_us) continue;
    clerk_->cancel(job->number);
  }
}

void SlurmBackend::refresh(Rank& rank) {
  const RankKey& key = rank.seen.key;
  if (rank.seen.outcome) return;
  const auto record = local::read_record(folder_.layout().record(key));
  // One that cannot be read is looked at again with the next listing.
  if (!record || !record->has_value()) return;
  const local::Record& known = **record;
  if (rank.phase != Phase::begun) set_phase(rank, Phase::begun);
  if (known.outcome) {
    if (!is_in_doubt(rank, *known.outcome)) end(rank, *known.outcome);
    return;
  }
  {
    const std::lock_guard lock(running_mutex_);
    running_[key] = rank.job.number;
  }
  const bool is_news = rank.seen.state != RankObservation::State::running ||
                       rank.seen.stage != known.stage || rank.seen.started_us != known.started_us;
  if (!is_news) return;
  rank.seen.state = RankObservation::State::running;
  rank.seen.stage = known.stage;
  rank.seen.started_us = known.started_us;
  mark_changed(key);
}

// Whether it may be Slurm that ended it: cancelled by an administrator, preempted, or an orphan of
// a controller that forgot it. The program's own end tells nothing of that; the next listing does.
bool SlurmBackend::is_in_doubt(Rank& rank, const RankOutcome& outcome) {
  const bool is_own_failure = outcome.end == RankOutcome::End::signalled ||
                              (outcome.end == RankOutcome::End::exited && outcome.exit_code != 0);
  const bool has_job = !rank.note.jobs.empty();  // none: an earlier server had it settled
  if (!is_own_failure || outcome.out_of_memory || rank.stop_reason || !has_job) return false;
  if (!rank.doubted_us) {
    rank.doubted_us = steady_us();
    if (clerk_) clerk_->set_haste(slurm::Haste::busy);
  }
  const bool is_signal = outcome.end == RankOutcome::End::signalled;
  return steady_us() - *rank.doubted_us < (is_signal ? doubt_of_signal_us : doubt_of_exit_us);
}

// `job`: as a listing has it that was made after the end was read.
void SlurmBackend::settle_doubt(Rank& rank, const slurm::Job* job) {
  const auto record = local::read_record(folder_.layout().record(rank.seen.key));
  if (!record || !record->has_value() || !(*record)->outcome) return;
  RankOutcome outcome = *(*record)->outcome;
  const bool is_over = job == nullptr || !is_live(*job);
  if (!is_over && is_in_doubt(rank, outcome)) return;
  const bool is_forgotten = job == nullptr && outcome.end == RankOutcome::End::signalled;
  const bool is_slurms = job != nullptr && is_over && job->state != slurm::JobState::completed &&
                         job->state != slurm::JobState::failed;
  if (!is_forgotten && !is_slurms) return end(rank, outcome);
  outcome.end = is_forgotten ? RankOutcome::End::vanished : slurm::row_of(job->state).end;
  outcome.out_of_memory = !is_forgotten && job->state == slurm::JobState::out_of_memory;
  outcome.message = is_forgotten ? "Slurm forgot its job, and ended it" : words_of(*job);
  static_cast<void>(
      local::replace_with_end(folder_.layout().record(rank.seen.key), **record, outcome));
  end(rank, outcome);
}

void SlurmBackend::set_phase(Rank& rank, Phase phase) {
  rank.phase = phase;
  rank.changed_us = steady_us();
}

// Ends a rank that no runner has taken, and sees to it that none ever does. False where one has.
bool SlurmBackend::end_unbegun(Rank& rank, RankOutcome::End end_kind, const std::string& message) {
  const RankKey& key = rank.seen.key;
  const bool has_order = rank.phase != Phase::preparing || folder_.order_waits(key);
  if (has_order && !folder_.was_withdrawn(key) && !folder_.withdraw(key)) {
    set_phase(rank, Phase::begun);
    refresh(rank);
    return false;
  }
  const Stage stage = rank.note.has_setup ? Stage::setup : Stage::program;
  RankOutcome outcome = outcome_now(end_kind, stage, 0);
  outcome.message = message;
  end_unseen(rank, outcome);
  return true;
}

// Without the line on the disk a later server would come to the same end.
void SlurmBackend::end_unseen(Rank& rank, const RankOutcome& outcome) {
  local::Record known;
  known.started_us = outcome.started_us;
  known.stage = outcome.stage;
  static_cast<void>(
      local::replace_with_end(folder_.layout().record(rank.seen.key), known, outcome));
  end(rank, outcome);
}

void SlurmBackend::end(Rank& rank, const RankOutcome& outcome) {
  const RankKey& key = rank.seen.key;
  {
    const std::lock_guard lock(running_mutex_);
    running_.erase(key);
  }
  rank.seen.state = RankObservation::State::ended;
  rank.seen.stage = outcome.stage;
  rank.seen.started_us = outcome.started_us;
  rank.seen.outcome = outcome;
  // The job's number stays in memory: what remains of it in Slurm is cancelled by it.
  folder_.remove(key);
  set_phase(rank, Phase::ended);
  mark_changed(key);
}

slurm::Haste SlurmBackend::haste() const {
  bool any_live = false;
  for (const auto& [key, rank] : ranks_) {
    if (rank.phase == Phase::ended) continue;
    any_live = true;
    const bool is_young = rank.seen.state == RankObservation::State::starting &&
                          steady_us() - rank.changed_us < young_us;
    if (is_young || rank.phase == Phase::unsure || rank.stop_reason || rank.given_up_us ||
        rank.doubted_us || rank.absent_since_us) {
      return slurm::Haste::busy;
    }
  }
  return any_live ? slurm::Haste::calm : slurm::Haste::idle;
}

}  // namespace weir::backend
