// The engine at work: one thread steps, one makes durable, and nothing leaves before it is.
//
//   inputs ─▶ engine thread ─▶ group ─▶ commit thread ─▶ journal ─▶ followers, effects, replies
//
// While one group is being written, the engine goes on and the next group grows: group commit, with
// no timer and no wait when there is nothing to wait for. If the journal fails, the state is ahead
// of what is kept and no good any more: the loop stops, answers nothing further, and says why; the
// process must end and start again from the journal.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "gateway/core.h"
#include "journal/journal.h"

namespace weir::app {

struct EngineLoopOptions {
  // Gives the time. Never goes back: the loop holds it to that.
  std::function<base::Time()> clock;
  // What the site is to do about its attempts; called on the commit thread, must be quick.
  std::function<void(const model::ChangeWanted&)> on_wanted_changed;
  // Works out shares, under a policy that goes by them; called on the engine thread.
  std::function<std::vector<model::Share>(const model::SharesQuestion&,
                                          const model::ThroughputTable&)>
      share_out;
  // The journal failed. Called once, on the commit thread.
  std::function<void(const base::Error&)> on_failure;
  // A snapshot is due after this many rows, or as many as there are jobs, whichever is more.
  std::uint64_t rows_between_snapshots = 100'000;
};

class EngineLoop {
 public:
  // Takes over an engine that stands where the journal ends.
  EngineLoop(engine::Engine engine, journal::Journal& journal, EngineLoopOptions options);
  // Stops, as stop() does.
  ~EngineLoop();
  EngineLoop(const EngineLoop&) = delete;
  EngineLoop& operator=(const EngineLoop&) = delete;

  // As gateway::Core has them.
  void submit(model::Input input, std::function<void(engine::Reply)> when_durable);
  void ask(std::function<void(const engine::Engine&, base::Time)> question,
           std::function<void()> then);
  [[nodiscard]] std::shared_ptr<void> follow(std::function<void(gateway::DurableRows)> on_rows);
  [[nodiscard]] gateway::CoreStatistics statistics() const;

  // Takes what was given so far to its end, writes a snapshot, and ends both threads. What comes
  // later is answered `unavailable`.
  void stop();

 private:
  struct Work {
    std::optional<model::Input> input;
    std::function<void(engine::Reply)> reply;
    std::function<void(const engine::Engine&, base::Time)> question;
    std::function<void()> then;
  };
  struct SteppedRow {
    std::uint64_t sequence = 0;
    base::Time time;
    model::Input input;
    std::vector<model::Fact> facts;
  };
  // What becomes durable together, and what waits for that.
  struct Group {
    std::vector<SteppedRow> rows;
    std::vector<model::ArchiveJob> archived;
    std::vector<model::ChangeWanted> wanted;
    std::vector<std::function<void()>> when_durable;  // replies and answers, in order
    std::optional<std::string> snapshot;              // of the state after the last row
    std::uint64_t snapshot_sequence = 0;
    [[nodiscard]] bool empty() const { return rows.empty() && when_durable.empty() && !snapshot; }
  };
  struct Followers;

  void run_engine();
  void step_one(Work work, Group& group);
  void maybe_snapshot(Group& group, bool stopping);
  void run_commit();
  bool commit(Group& group);
  [[nodiscard]] base::Time now();

  engine::Engine engine_;
  journal::Journal& journal_;
  EngineLoopOptions options_;
  base::Time last_time_{};
  std::uint64_t last_snapshot_ = 0;

  mutable std::mutex inbox_mutex_;
  std::condition_variable inbox_filled_;
  std::deque<Work> inbox_;
  bool stopping_ = false;

  mutable std::mutex group_mutex_;
  std::condition_variable group_changed_;
  Group next_group_;
  bool engine_done_ = false;
  bool failed_ = false;

  std::shared_ptr<Followers> followers_;
  gateway::Histogram commit_time_;
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> rows_{0};

  std::thread engine_thread_;
  std::thread commit_thread_;
};

}  // namespace weir::app
