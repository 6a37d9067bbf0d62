// LocalBackend: from what the machine says to what is observed.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "backend/local/leftovers.h"
#include "backend/local/local_backend.h"
#include "backend/local/runner/system.h"

namespace weir::backend {
namespace {

using local::wall_clock_us;

// A runner may lose the race for a record, or leave or die with the order unread: the start is
// tried again.
constexpr int starts_max = 3;

RankOutcome outcome_now(RankOutcome::End end, Stage stage, std::int64_t started_us) {
  RankOutcome outcome;
  outcome.end = end;
  outcome.stage = stage;
  outcome.ended_us = wall_clock_us();
  outcome.started_us = started_us != 0 ? started_us : outcome.ended_us;
  return outcome;
}

}  // namespace

void LocalBackend::take_news() {
  is_taking_news_ = true;
  std::array<epoll_event, 128> events{};
  for (;;) {
    const int count = ::epoll_wait(news_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      const int source = events[static_cast<std::size_t>(i)].data.fd;
      if (source == event_.get()) {
        eventfd_t rings = 0;
        ::eventfd_read(event_.get(), &rings);
        chores_.finish_done();
      } else if (source == notices_.get()) {
        take_notices();
      } else {
        on_runner_news(source);
      }
    }
    if (count < static_cast<int>(events.size())) break;
  }
  is_taking_news_ = false;
}

// A record grew: its rank runs now, or is in its next stage. Ends are told by the runner itself.
void LocalBackend::take_notices() {
  alignas(inotify_event) std::array<char, 16'384> buffer{};
  for (;;) {
    const ssize_t size = ::read(notices_.get(), buffer.data(), buffer.size());
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      inotify_event notice{};
      std::memcpy(&notice, buffer.data() + at, sizeof notice);
      const char* const name = buffer.data() + at + sizeof notice;
      at += static_cast<ssize_t>(sizeof notice) + notice.len;
      if ((notice.mask & IN_Q_OVERFLOW) != 0) {
        for (auto& [key, rank] : ranks_) refresh(rank);
        continue;
      }
      const base::Result<RankKey> key = parse_rank_key(notice.len > 0 ? name : "");
      const auto found = key ? ranks_.find(*key) : ranks_.end();
      if (found != ranks_.end()) refresh(found->second);
    }
  }
}

void LocalBackend::refresh(Rank& rank) {
  const bool is_settled =
      rank.seen.outcome ||
      (rank.seen.state == RankObservation::State::running && rank.seen.stage == Stage::program);
  if (is_settled) return;
  const auto read = local::read_record(layout_.record(rank.seen.key));
  if (!read || !read->has_value()) return;
  const local::Record& record = read->value();
  if (record.outcome) return;
  rank.seen.state = RankObservation::State::running;
  rank.seen.stage = record.stage;
  rank.seen.started_us = record.started_us;
  rank.order.reset();
  mark_changed(rank.seen.key);
}

void LocalBackend::on_runner_news(int descriptor) {
  const std::optional<local::RankOver> over = runners_.hear(descriptor);
  if (!over) return;
  // An exec knows by the end of the rank's runner when to end: that one must not stay.
  if (over->runner != nullptr) runners_.release(*over->runner, !was_visited(over->key));
  const auto found = ranks_.find(over->key);
  if (found == ranks_.end()) return;
  found->second.runner = nullptr;
  on_rank_over(found->second, *over);
}

void LocalBackend::on_rank_over(Rank& rank, const local::RankOver& over) {
  const std::string path = layout_.record(rank.seen.key);
  const auto record = local::read_record(path);
  if (record && !record->has_value()) return on_unclaimed_end(rank, over.exit_code);
  const local::Record known = record ? record->value() : local::Record();
  if (known.outcome) return end(rank, *known.outcome);
  if (known.runner_pid != over.runner_pid) {
    // Ours lost the race against a runner that an earlier server had sent.
    if (adopt_living(rank)) return refresh(rank);
    if (const auto outcome = local::recorded_outcome(path)) return end(rank, *outcome);
  }
  sweep_then_vanish(rank, known);
}

void LocalBackend::on_unclaimed_end(Rank& rank, int exit_code) {
  if (rank.stop_reason) {
    end_unbegun(rank, RankOutcome::End::stopped, *rank.stop_reason);
  } else if (rank.order && rank.starts < starts_max) {
    begin(rank);
  } else {
    end_unbegun(rank, RankOutcome::End::start_failed,
                "the runner ended before it began, with code " + std::to_string(exit_code));
  }
}

void LocalBackend::sweep_then_vanish(Rank& rank, const local::Record& known) {
  const RankKey key = rank.seen.key;
  const auto killed = std::make_shared<int>(0);
  chores_.post([folder = layout_.work(key),
                killed](const std::stop_token&) { *killed = local::end_leftovers(folder); },
               [this, key, known, killed] {
                 RankOutcome outcome =
                     outcome_now(RankOutcome::End::vanished, known.stage, known.started_us);
                 outcome.message = "nobody saw its end: its runner is gone";
                 if (*killed > 0) {
                   outcome.message += "; ended " + std::to_string(*killed) + " processes it left";
                 } else if (*killed < 0) {
                   outcome.message += "; some processes it left cannot be ended";
                 }
                 Rank& gone = ranks_.at(key);
                 // Without the line on disk a later server would come to the same end.
                 static_cast<void>(local::replace_with_end(layout_.record(key), known, outcome));
                 end(gone, outcome);
               });
}

// Ends a rank that no runner has claimed, and bars the way to any that still might.
void LocalBackend::end_unbegun(Rank& rank, RankOutcome::End end_kind, const std::string& message) {
  const Stage stage = rank.order && !rank.order->setup.empty() ? Stage::setup : Stage::program;
  RankOutcome outcome = outcome_now(end_kind, stage, 0);
  outcome.message = message;
  const std::string path = layout_.record(rank.seen.key);
  const base::Result<bool> is_ours = local::claim_and_end(path, outcome);
  if (is_ours && !*is_ours) {
    if (adopt_living(rank)) {
      if (rank.stop_reason) local::Runners::stop(*rank.runner);
      return;
    }
    outcome = local::recorded_outcome(path).value_or(outcome);
  }
  end(rank, outcome);
}

void LocalBackend::end(Rank& rank, const RankOutcome& outcome) {
  rank.seen.state = RankObservation::State::ended;
  rank.seen.stage = outcome.stage;
  rank.seen.pid = 0;
  rank.seen.started_us = outcome.started_us;
  rank.seen.outcome = outcome;
  rank.order.reset();
  mark_changed(rank.seen.key);
}

}  // namespace weir::backend
