#include "app/engine_loop.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "base/log.h"
#include "engine/questions.h"
#include "model/pack.h"

namespace weir::app {

namespace {

// The engine hands over a group when it has this many rows, however much more there is to do, so
// that nobody's reply waits for a flood behind it.
constexpr std::size_t rows_in_a_group = 4096;

engine::Reply unavailable() {
  engine::Reply reply;
  reply.error = base::Error{
      base::ErrorCode::unavailable, "the server is stopping", "", "try again once it is back", {}};
  return reply;
}

}  // namespace

// Followers come and go on any thread, while the commit thread calls them one after the other.
struct EngineLoop::Followers {
  std::mutex mutex;  // held while they are called, so that a handle's end means no further call
  std::map<std::uint64_t, std::function<void(gateway::DurableRows)>> by_id;
  std::uint64_t last_id = 0;
};

EngineLoop::EngineLoop(engine::Engine engine, journal::Journal& journal, EngineLoopOptions options)
    : engine_(std::move(engine)),
      journal_(journal),
      options_(std::move(options)),
      last_snapshot_(engine_.state().sequence),
      followers_(std::make_shared<Followers>()) {
  WEIR_CHECK(engine_.state().sequence == journal_.last_sequence(),
             "the engine stands where the journal ends");
  engine_thread_ = std::thread([this] { run_engine(); });
  commit_thread_ = std::thread([this] { run_commit(); });
}

EngineLoop::~EngineLoop() { stop(); }

base::Time EngineLoop::now() {
  last_time_ = std::max(last_time_, options_.clock());
  return last_time_;
}

void EngineLoop::submit(model::Input input, std::function<void(engine::Reply)> when_durable) {
  {
    const std::scoped_lock lock(inbox_mutex_);
    if (!stopping_) {
      inbox_.push_back({std::move(input), std::move(when_durable), {}, {}});
      inbox_filled_.notify_one();
      return;
    }
  }
  if (when_durable) when_durable(unavailable());
}

void EngineLoop::ask(std::function<void(const engine::Engine&, base::Time)> question,
                     std::function<void()> then) {
  const std::scoped_lock lock(inbox_mutex_);
  if (stopping_) return;
  inbox_.push_back({std::nullopt, {}, std::move(question), std::move(then)});
  inbox_filled_.notify_one();
}

std::shared_ptr<void> EngineLoop::follow(std::function<void(gateway::DurableRows)> on_rows) {
  const std::scoped_lock lock(followers_->mutex);
  const std::uint64_t id = ++followers_->last_id;
  followers_->by_id.emplace(id, std::move(on_rows));
  return {static_cast<void*>(followers_.get()), [followers = followers_, id](void*) {
            const std::scoped_lock end_lock(followers->mutex);
            followers->by_id.erase(id);
          }};
}

gateway::CoreStatistics EngineLoop::statistics() const {
  gateway::CoreStatistics statistics;
  statistics.steps = steps_;
  statistics.commits = commits_;
  statistics.rows = rows_;
  statistics.commit_seconds = commit_time_.counts();
  const std::scoped_lock lock(inbox_mutex_);
  statistics.inputs_waiting = inbox_.size();
  return statistics;
}

void EngineLoop::stop() {
  {
    const std::scoped_lock lock(inbox_mutex_);
    stopping_ = true;
    inbox_filled_.notify_one();
  }
  if (engine_thread_.joinable()) engine_thread_.join();
  if (commit_thread_.joinable()) commit_thread_.join();
}

void EngineLoop::step_one(Work work, Group& group) {
  const base::Time time = now();
  if (work.question) {
    work.question(engine_, time);
    if (work.then) group.when_durable.push_back(std::move(work.then));
    return;
  }
  engine::Step step = engine_.step(*work.input, time);
  steps_.fetch_add(1, std::memory_order_relaxed);
  for (model::Effect& effect : step.effects) {
    if (auto* wanted = std::get_if<model::ChangeWanted>(&effect)) {
      group.wanted.push_back(std::move(*wanted));
    } else if (auto* archive = std::get_if<model::ArchiveJob>(&effect)) {
      group.archived.push_back(std::move(*archive));
    } else if (const auto* shares = std::get_if<model::WorkOutShares>(&effect);
               shares != nullptr && options_.share_out) {
      auto answer = options_.share_out(shares->question, engine_.state().throughputs);
      submit(model::SetShares{shares->question.number, std::move(answer)}, [](const auto&) {});
    }
  }
  if (!step.facts.empty()) {
    group.rows.push_back({step.sequence, time, std::move(*work.input), std::move(step.facts)});
  }
  if (work.reply) {
    group.when_durable.push_back(
        [reply = std::move(work.reply), answer = std::move(step.reply)]() mutable {
          reply(std::move(answer));
        });
  }
}

void EngineLoop::maybe_snapshot(Group& group, bool stopping) {
  const std::uint64_t sequence = engine_.state().sequence;
  const std::uint64_t due =
      std::max<std::uint64_t>(options_.rows_between_snapshots, engine_.state().jobs.size());
  if (sequence == last_snapshot_ || (!stopping && sequence - last_snapshot_ < due)) return;
  group.snapshot = engine_.snapshot();
  group.snapshot_sequence = sequence;
  last_snapshot_ = sequence;
}

void EngineLoop::run_engine() {
  std::deque<Work> work;
  for (bool stopping = false; !stopping;) {
    {
      std::unique_lock lock(inbox_mutex_);
      inbox_filled_.wait(lock, [&] { return !inbox_.empty() || stopping_; });
      work.swap(inbox_);
      stopping = stopping_ && work.empty();
    }
    while (!work.empty() || stopping) {
      Group group;
      while (!work.empty() && group.rows.size() < rows_in_a_group) {
        step_one(std::move(work.front()), group);
        work.pop_front();
      }
      maybe_snapshot(group, stopping);
      std::unique_lock lock(group_mutex_);
      // A slow disk must not let the queue behind it grow without end.
      group_changed_.wait(lock,
                          [&] { return failed_ || next_group_.rows.size() < 4 * rows_in_a_group; });
      const auto move_in = [](auto& to, auto& from) {
        to.insert(to.end(), std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.end()));
      };
      move_in(next_group_.rows, group.rows);
      move_in(next_group_.archived, group.archived);
      move_in(next_group_.wanted, group.wanted);
      move_in(next_group_.when_durable, group.when_durable);
      if (group.snapshot) {
        next_group_.snapshot = std::move(group.snapshot);
        next_group_.snapshot_sequence = group.snapshot_sequence;
      }
      engine_done_ = stopping;
      group_changed_.notify_all();
      if (stopping) break;
    }
  }
}

void EngineLoop::run_commit() {
  for (bool done = false; !done;) {
    Group group;
    {
      std::unique_lock lock(group_mutex_);
      group_changed_.wait(lock, [&] { return !next_group_.empty() || engine_done_; });
      std::swap(group, next_group_);
      done = engine_done_;
      group_changed_.notify_all();
    }
    if (failed_ || commit(group)) continue;
    const std::scoped_lock lock(group_mutex_);
    failed_ = true;
    group_changed_.notify_all();
  }
}

bool EngineLoop::commit(Group& group) {
  const auto begin = std::chrono::steady_clock::now();
  journal::Digest chain = journal_.last_chain();
  journal::Digest snapshot_chain = chain;
  std::vector<journal::Row> rows;
  rows.reserve(group.rows.size());
  for (const SteppedRow& stepped : group.rows) {
    journal::Row row{stepped.sequence,
                     base::to_us(stepped.time),
                     model::pack_input(stepped.input),
                     model::pack_facts(stepped.facts),
                     {}};
    chain = journal::chain_after(chain, row);
    row.chain = chain;
    if (row.sequence == group.snapshot_sequence) snapshot_chain = chain;
    rows.push_back(std::move(row));
  }
  std::vector<journal::ArchivedJob> archived;
  archived.reserve(group.archived.size());
  for (const model::ArchiveJob& job : group.archived) {
    archived.push_back({job.tenant, job.job.value, engine::archive_text(job.view)});
  }
  if (!rows.empty()) {
    if (auto kept = journal_.append(rows, archived); !kept) {
      if (options_.on_failure) options_.on_failure(kept.error());
      return false;
    }
    commits_.fetch_add(1, std::memory_order_relaxed);
    rows_.fetch_add(rows.size(), std::memory_order_relaxed);
    commit_time_.add(
        std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - begin));
    std::vector<std::shared_ptr<const gateway::DurableRow>> durable;
    durable.reserve(group.rows.size());
    for (SteppedRow& row : group.rows) {
      durable.push_back(std::make_shared<const gateway::DurableRow>(
          gateway::DurableRow{row.sequence, row.time, std::move(row.facts)}));
    }
    const std::scoped_lock lock(followers_->mutex);
    for (const auto& [id, on_rows] : followers_->by_id) on_rows(durable);
  }
  for (const model::ChangeWanted& wanted : group.wanted) {
    if (options_.on_wanted_changed) options_.on_wanted_changed(wanted);
  }
  for (const auto& answer : group.when_durable) answer();
  if (group.snapshot) {
    // A snapshot only saves time at the next start: if it cannot be written, the rows are enough.
    auto kept = journal_.write_snapshot(
        {group.snapshot_sequence, snapshot_chain, std::move(*group.snapshot)});
    if (!kept) base::log_warning("snapshot not written", {{"error", kept.error().text()}});
  }
  return true;
}

}  // namespace weir::app
