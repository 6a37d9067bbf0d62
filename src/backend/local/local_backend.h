// Runs ranks as processes of this machine.
//
// Each rank is run by a weir-runner, which outlives the server, keeps the rank's record and runs
// nothing else meanwhile. This class starts runners, watches them (no polling: a descriptor each,
// and one inotify on the records), and on opening takes in again what an earlier server left. Only
// one server may use a folder at a time; whoever opens it sees to that.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/local/chores.h"
#include "backend/local/forgotten.h"
#include "backend/local/layout.h"
#include "backend/local/limit_keeping.h"
#include "backend/local/record.h"
#include "backend/local/runners.h"
#include "backend/local/spares.h"
#include "backend/workdir/unpack.h"
#include "base/descriptor.h"

namespace weir::backend {

struct LocalOptions {
  std::string folder;          // made if it is not there; its parent must be
  std::string runner_program;  // path of weir-runner
  std::string cgroup_root;     // "": where this machine has cgroup v2
  std::string own_cgroup;      // "": as /proc/self/cgroup has it
  workdir::UnpackLimits unpack_limits;
  // A rank ends itself once renew_lease() was not called for that long; none: never.
  std::optional<base::Duration> fence_after = std::nullopt;
};

// "<folder of the running program>/weir-runner".
[[nodiscard]] std::string runner_beside_this_program();
// Where a program of that name would lie, installed with this one.
[[nodiscard]] std::string beside_this_program(const std::string& name);

class LocalBackend final : public Backend {
 public:
  // Fails: input_output, not_found (no runner program).
  [[nodiscard]] static base::Result<std::unique_ptr<LocalBackend>> open(LocalOptions options);
  // Leaves what runs running.
  ~LocalBackend() override = default;

  base::Status start(const RankOrder& order) override;
  using Backend::stop;
  base::Status stop(const RankKey& key, const std::string& reason, StopAfter after) override;
  base::Status forget(const RankKey& key) override;
  [[nodiscard]] std::vector<RankObservation> observe() override;
  [[nodiscard]] std::vector<RankObservation> changes() override;
  [[nodiscard]] int ready_descriptor() const override { return news_.get(); }
  [[nodiscard]] base::Result<LogChunk> read_log(const RankKey& key, Stream stream,
                                                std::int64_t offset,
                                                std::size_t bytes_max) const override;
  base::Result<int> exec(const RankKey& key, const std::string& command,
                         const std::function<void(std::string_view)>& output,
                         std::stop_token cancel) override;
  [[nodiscard]] base::Result<std::string> work_folder(const RankKey& key) const override;
  [[nodiscard]] LimitsUsed limits() const override { return limit_keeping_.used; }
  [[nodiscard]] base::Status renew_lease() override;

 private:
  struct Rank {
    RankObservation seen;
    local::Runner* runner = nullptr;
    std::unique_ptr<RankOrder> order;  // until it runs: its start may have to be done again
    std::optional<std::string> stop_reason;
    int starts = 0;
    bool is_adopted = false;  // an earlier server started it
  };

  LocalBackend(LocalOptions options, std::string root);
  [[nodiscard]] base::Status open_descriptors();
  void adopt_all();
  void adopt(const RankKey& key);
  void discard(const RankKey& key);

  [[nodiscard]] base::Status make_work_folder(const RankKey& key);
  void unpack_then_begin(Rank& rank);
  void begin(Rank& rank);
  [[nodiscard]] bool adopt_living(Rank& rank);
  [[nodiscard]] local::RunnerOrder runner_order(const RankOrder& order) const;
  [[nodiscard]] bool was_visited(const RankKey& key);

  void take_news();
  void take_notices();
  void refresh(Rank& rank);
  void on_runner_news(int descriptor);
  void on_rank_over(Rank& rank, const local::RankOver& over);
  void on_unclaimed_end(Rank& rank, int exit_code);
  void sweep_then_vanish(Rank& rank, const local::Record& known);
  void end_unbegun(Rank& rank, RankOutcome::End end_kind, const std::string& message);
  void end(Rank& rank, const RankOutcome& outcome);
  void mark_changed(const RankKey& key);
  void clear(const Rank& rank);
  void discard_folder(const std::string& folder);

  LocalOptions options_;
  local::Layout layout_;
  local::LimitKeeping limit_keeping_;
  std::string user_;
  base::Descriptor news_;     // epoll over all of the following
  base::Descriptor event_;    // eventfd: a chore is done, or something changed within a call
  base::Descriptor notices_;  // inotify on the records
  std::map<RankKey, Rank> ranks_;
  std::set<RankKey> changed_;
  local::Runners runners_;
  local::Forgotten forgotten_;
  local::Spares spares_;
  std::mutex visited_mutex_;   // exec() may be called on any thread
  std::set<RankKey> visited_;  // ranks that an exec was in: their folders are not kept
  std::uint64_t trash_count_ = 0;
  bool is_taking_news_ = false;
  local::Chores chores_;  // last: its thread ends before anything else goes
};

}  // namespace weir::backend
