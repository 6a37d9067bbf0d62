// Runs ranks as jobs of a Slurm cluster, one job of one node for each rank.
//
// Weir places and Slurm obeys: an order that names a node asks for that node. A gang is as many
// jobs as it has ranks; where Slurm is shared with others they may begin at different times, and
// the agent holds the gang together. Within its job each rank is run by a weir-runner, as on a
// machine of our own, so that stages, notice, grace, limits, logs and ends mean the same. What it
// is given and what comes of it lies in a folder that the nodes see too.
//
// A key runs at most once: its order is a file that one runner can take (runner/order_file.h). So
// a submission whose answer was lost, or that the controller acknowledged and then forgot, is just
// made again; jobs are found again by their name, "weir-SITE-KEY". What Slurm says of a job counts
// only where the rank's own record says nothing. A controller that does not answer ends nothing.
//
// A time limit is kept by the runner; Slurm is given a longer one. What an order does not limit
// (time, memory) is as the partition has it: without a default of its own, a whole node's memory.
// Needs: sh on the nodes, one user, one folder with the same path, and runners that run there.
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
#include "backend/local/record.h"
#include "backend/slurm/clerk.h"
#include "backend/slurm/command_controller.h"
#include "backend/slurm/nodes.h"
#include "backend/slurm/site_folder.h"
#include "backend/workdir/unpack.h"
#include "base/descriptor.h"

namespace weir::backend {

struct SlurmOptions {
  std::string folder;          // shared with the nodes; made if not there; its parent must be
  std::string runner_program;  // path of weir-runner; a copy of it is put into the folder
  std::string site = "site";   // in the names of jobs: letters, digits, "-", "_" and "."
  std::string configuration;   // path of slurm.conf; "": where Slurm's commands look
  std::string commands;        // folder of Slurm's commands; "": the PATH
  std::string partition;       // "": the cluster's default, as for those below
  std::string account;
  std::string quality;  // QoS
  std::string constraint;
  std::string reservation;
  slurm::DeviceNames device_names;
  // A rank ends itself once renew_lease() was not called for that long; none: never. Then it has
  // its kill grace, so another site may run it again only after both.
  std::optional<base::Duration> fence_after;
  workdir::UnpackLimits unpack_limits;
  slurm::Pace pace;
};

class SlurmBackend final : public Backend {
 public:
  // Fails: invalid, a bad name of the site; input_output; not_found, no runner program or no Slurm.
  //        A controller that does not answer is no failure.
  [[nodiscard]] static base::Result<std::unique_ptr<SlurmBackend>> open(SlurmOptions options);
  // The same over another way to reach Slurm.
  [[nodiscard]] static base::Result<std::unique_ptr<SlurmBackend>> open(
      SlurmOptions options, std::unique_ptr<slurm::Controller> controller);
  // Leaves what runs running.
  ~SlurmBackend() override = default;

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
  // By a step of its own beside the rank's. Fails too: refused, Slurm is older than 20.11.
  base::Result<int> exec(const RankKey& key, const std::string& command,
                         const std::function<void(std::string_view)>& output,
                         std::stop_token cancel) override;
  [[nodiscard]] base::Result<std::string> work_folder(const RankKey& key) const override;
  [[nodiscard]] LimitsUsed limits() const override { return limits_; }

  [[nodiscard]] base::Status renew_lease() override { return folder_.renew_lease(); }

  // The cluster as it is now. Asks the controller, and waits for it. Any thread. Also learns what
  // its generic resources are called, by which devices are asked for. Fails: unavailable.
  [[nodiscard]] base::Result<std::vector<slurm::ClusterNode>> nodes() const;

  // What Slurm last said of a rank's job, for people: why it waits, say.
  struct JobView {
    slurm::JobNumber number = 0;  // 0: not submitted yet
    slurm::JobState state = slurm::JobState::unknown;
    std::string reason;
  };
  // None where the rank is not known.
  [[nodiscard]] std::optional<JobView> job_of(const RankKey& key) const;
  [[nodiscard]] const slurm::Version& version() const { return version_; }
  [[nodiscard]] slurm::Clerk::Cost listing_cost() const { return clerk_->cost(); }

 private:
  enum class Phase : std::uint8_t {
    preparing,   // its folder is being filled
    unsure,      // whether Slurm has it, the next listing says
    submitting,  // being asked for
    queued,      // Slurm took it; its runner has not taken the order
    begun,       // its runner has the order: what comes now, the record says
    ended,
  };
  struct Rank {
    RankObservation seen;
    Phase phase = Phase::preparing;
    slurm::Note note;
    std::optional<std::string> stop_reason;
    JobView job;
    std::optional<std::int64_t> absent_since_us;  // the first of the listings in a row without it
    std::int64_t changed_us = 0;                  // when its phase did
    std::optional<std::int64_t> given_up_us;      // when an end that nobody wrote is taken for none
    std::optional<std::int64_t> doubted_us;  // when its end was read, where Slurm is to say why
  };

  SlurmBackend(SlurmOptions options, const std::string& root,
               std::unique_ptr<slurm::Controller> controller);
  [[nodiscard]] base::Status prepare();
  [[nodiscard]] base::Status open_descriptors();
  void find_out_about_cluster();
  void adopt_all();
  void adopt(const RankKey& key);

  // From an order to a job.
  [[nodiscard]] std::string generic_resource(const std::string& model) const;
  [[nodiscard]] slurm::Note note_for(const RankOrder& order) const;
  [[nodiscard]] local::RunnerOrder runner_order(const RankOrder& order) const;
  void fill_then_submit(Rank& rank, const RankOrder& order);
  void submit(Rank& rank);
  void submit_when_clear(Rank& rank);

  // From what is said to what is observed.
  void take_news();
  void take_notices();
  void on_submitted(const slurm::Clerk::Submitted& submitted);
  void on_listed(const std::vector<slurm::Job>& jobs);
  void consider(Rank& rank, const std::vector<const slurm::Job*>& jobs, bool sweeps);
  void consider_queued(Rank& rank, const slurm::Job* job);
  void consider_begun(Rank& rank, const slurm::Job* job);
  void note_absence(Rank& rank, bool is_listed);
  [[nodiscard]] bool is_long_enough(const std::optional<std::int64_t>& since_us) const;
  void wait_for_end(Rank& rank, const slurm::Job* job);
  void cancel_spares(const Rank* rank, const slurm::Job* chosen,
                     const std::vector<const slurm::Job*>& jobs);
  void refresh(Rank& rank);
  [[nodiscard]] bool is_in_doubt(Rank& rank, const RankOutcome& outcome);
  void settle_doubt(Rank& rank, const slurm::Job* job);
  void set_phase(Rank& rank, Phase phase);
  [[nodiscard]] bool end_unbegun(Rank& rank, RankOutcome::End end_kind, const std::string& message);
  void end_unseen(Rank& rank, const RankOutcome& outcome);
  void end(Rank& rank, const RankOutcome& outcome);
  void mark_changed(const RankKey& key);
  [[nodiscard]] slurm::Haste haste() const;
  [[nodiscard]] std::string name_of_job(const RankKey& key) const;
  [[nodiscard]] std::optional<RankKey> key_of(const slurm::Job& job) const;
  void discard_folder(const std::string& folder);

  SlurmOptions options_;
  std::unique_ptr<slurm::Controller> controller_;
  slurm::SiteFolder folder_;
  std::string runner_;  // its copy in the folder
  std::string user_;
  slurm::Version version_;
  LimitsUsed limits_;
  base::Descriptor news_;  // epoll over the following two
  base::Descriptor
      event_;  // eventfd: the clerk or a chore has news, or something changed in a call
  base::Descriptor notices_;  // inotify on the records, where the folder tells of them
  std::map<RankKey, Rank> ranks_;
  std::set<RankKey> changed_;
  local::Forgotten forgotten_;
  std::int64_t swept_us_ = 0;
  std::optional<std::int64_t> forgot_us_;  // when the controller was last found to miss a job
  bool is_taking_news_ = false;
  mutable std::mutex names_mutex_;
  mutable std::map<std::string, std::string> generic_resources_;  // by Device::model
  mutable std::mutex running_mutex_;  // exec() may be called on any thread
  std::map<RankKey, slurm::JobNumber> running_;
  local::Chores chores_;                 // after all that its work uses
  std::unique_ptr<slurm::Clerk> clerk_;  // last: its thread ends before anything else goes
};

}  // namespace weir::backend
