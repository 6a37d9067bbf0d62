// Runs ranks as pods of a Kubernetes cluster: a batch/v1 Job with one pod for each rank.
//
// The Job's name is the rank's, so that a rank is found again after any restart, and a second start
// meets the first. Two threads watch Jobs and pods; one does all that is asked of the cluster, one
// request after the other, by what is known of a rank at that moment. A cluster that is away is
// asked again: it is never an end.
//
// What it does not do: bring a working folder or data into a pod, share a device, run a command
// beside a rank, give the ranks of a gang addresses of each other.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "backend/backend.h"
#include "backend/kubernetes/access.h"
#include "backend/kubernetes/connection.h"
#include "backend/kubernetes/features.h"
#include "backend/kubernetes/lease.h"
#include "backend/kubernetes/node_shape.h"
#include "backend/kubernetes/pod_status.h"
#include "backend/kubernetes/rank_record.h"
#include "backend/kubernetes/watch.h"
#include "backend/local/forgotten.h"
#include "backend/local/layout.h"
#include "base/descriptor.h"

namespace weir::backend {

struct KubernetesOptions {
  std::string folder;         // of the site: records and logs; made if it is not there
  std::string instance;       // [a-z0-9], at most 12: tells this site's objects from others'
  kubernetes::Access access;  // its namespace, or "default"
  std::string image;          // that ranks run in
  // Ranks are ended by the cluster once renew_lease() was not called for that long; none: never. It
  // takes 1.21 or newer.
  std::optional<base::Duration> fence_after;
  std::string queue;  // of Kueue, used where the cluster has it; "": none
  std::map<std::string, std::string> device_models;  // by resource, where the table leaves it open
  base::Duration start_allowance = std::chrono::minutes(30);  // for images, beside the time limit
  base::Duration connection_timeout = std::chrono::seconds(30);
  base::Duration watch_window = std::chrono::minutes(4);
  base::Duration retry_least = std::chrono::milliseconds(200);
  base::Duration retry_most = std::chrono::seconds(15);
  base::Duration stop_patience = std::chrono::seconds(60);  // beyond the grace; then it is deleted
  base::Duration log_interval = std::chrono::seconds(1);    // between two looks at a log in demand
  int page_size = 500;
};

class KubernetesBackend final : public Backend {
 public:
  // Takes in what an earlier server left, and begins to watch; the cluster need not be there yet.
  // Fails: invalid (instance, image), input_output.
  [[nodiscard]] static base::Result<std::unique_ptr<KubernetesBackend>> open(
      KubernetesOptions options);
  // Leaves what runs running.
  ~KubernetesBackend() override;

  base::Status start(const RankOrder& order) override;
  using Backend::stop;
  base::Status stop(const RankKey& key, const std::string& reason, StopAfter after) override;
  base::Status forget(const RankKey& key) override;
  [[nodiscard]] std::vector<RankObservation> observe() override;
  [[nodiscard]] std::vector<RankObservation> changes() override;
  [[nodiscard]] int ready_descriptor() const override { return event_.get(); }
  [[nodiscard]] base::Result<LogChunk> read_log(const RankKey& key, Stream stream,
                                                std::int64_t offset,
                                                std::size_t bytes_max) const override;
  // Fails: unavailable, always: it takes a protocol that is not spoken here.
  base::Result<int> exec(const RankKey& key, const std::string& command,
                         const std::function<void(std::string_view)>& output,
                         std::stop_token cancel) override;
  // Fails: not_found, always: the folder is in the pod.
  [[nodiscard]] base::Result<std::string> work_folder(const RankKey& key) const override;
  [[nodiscard]] LimitsUsed limits() const override;

  // Fails: never; the lease is written to the cluster beside.
  [[nodiscard]] base::Status renew_lease() override;

  // The cluster's nodes, ordered by name, and what pods of others ask of each. Any thread; it waits
  // for the cluster.
  // Fails: as the connection; what error_of() says.
  [[nodiscard]] base::Result<std::vector<kubernetes::NodeShape>> nodes() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Rank {
    RankKey key;
    kubernetes::RankRecord record;
    kubernetes::LogCursor cursor;
    std::unique_ptr<RankOrder> order;  // until it is created
    RankObservation seen;
    bool is_visible = false;  // known to the caller, or found in the cluster
    std::optional<kubernetes::PodView> pod;
    bool is_pod_gone = false;
    bool is_replaced = false;  // the cluster made another pod: its Job has to go
    bool is_job_gone = false;
    bool is_job_doubtful = false;  // missing somewhere: to be asked for
    bool is_job_deleted = false;   // its removal was asked for
    bool may_be_there = true;      // no: it is sure that nobody ever asked for its Job
    bool is_notice_given = false;
    std::optional<Clock::time_point> told_to_end;
    mutable bool is_log_wanted = false;  // somebody reads it
    Clock::time_point log_due = Clock::time_point::min();
    int log_failures = 0;
    bool is_log_whole = false;
    std::string waits_for;  // as last written to the platform's log
    Clock::time_point due = Clock::time_point::min();
    base::Duration wait{0};  // before the next try
  };
  // What there is to do for a rank now.
  enum class Step : std::uint8_t {
    nothing,
    create,
    remark,
    give_notice,
    tell_to_end,
    delete_job,
    look_for_job,
    fetch_log,
    conclude,
    conclude_without_pod,
    conclude_never_begun,
    drop_secret,
    clear,
  };

  explicit KubernetesBackend(KubernetesOptions options);
  void adopt_all();
  void begin();
  [[nodiscard]] std::string path_of(std::string_view group, std::string_view kind,
                                    const std::string& name = "") const;

  // The watches' threads.
  void jobs_listed(const std::vector<boost::json::value>& jobs);
  void job_changed(const std::string& kind, const boost::json::value& job);
  void pods_listed(const std::vector<boost::json::value>& pods);
  void pod_changed(const std::string& kind, const boost::json::value& pod);
  void take_job(const boost::json::value& job);
  void take_pod(const boost::json::value& pod);
  void observe_pod(Rank& rank);
  void wake(Rank& rank);
  void mark_changed(const Rank& rank);

  // The worker's thread.
  void work(const std::stop_token& stop);
  [[nodiscard]] Rank* next_due(Clock::time_point& wake_at);
  [[nodiscard]] Step next_step(Rank& rank, Clock::time_point& wake_at) const;
  [[nodiscard]] Step step_of_stop(const Rank& rank, Clock::time_point& wake_at) const;
  void take_step(Rank& rank, Step step);
  base::Status create(Rank& rank);
  base::Status create_secret(const RankOrder& order);
  base::Status take_existing(Rank& rank);
  base::Result<std::map<std::string, std::int64_t>> devices_of(const RankOrder& order);
  base::Status patch_pod(const Rank& rank, const std::string& body);
  base::Status delete_object(const std::string& path);
  base::Status look_for_job(Rank& rank);
  base::Status conclude(Rank& rank, RankOutcome outcome);
  base::Result<bool> has_lost_lease(const Rank& rank);
  base::Status fetch_log(Rank& rank);
  base::Status drop_secret(Rank& rank);
  base::Status clear(Rank& rank);
  void remark(Rank& rank, const std::string& words);
  void put_off(Rank& rank, const base::Error& error);
  void end_rank(Rank& rank, const RankOutcome& outcome);
  void save(const RankKey& key, const kubernetes::RankRecord& record);
  [[nodiscard]] base::Result<kubernetes::Answer> ask(std::string_view method,
                                                     const std::string& target,
                                                     std::string_view body = {},
                                                     std::string_view type = "application/json");

  KubernetesOptions options_;
  local::Layout layout_;
  base::Descriptor event_;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any work_to_do_;
  std::map<RankKey, Rank> ranks_;  // entries are removed by the worker alone
  std::set<RankKey> changed_;
  local::Forgotten forgotten_;

  // The worker's own.
  std::unique_ptr<kubernetes::Connection> connection_;
  std::optional<kubernetes::Discovery> discovery_;
  std::map<std::string, kubernetes::NodeShape> shapes_;
  std::optional<base::Duration> retry_after_;  // what the last answer asked for

  // Last: their threads use all of the above.
  std::unique_ptr<kubernetes::Lease> lease_;  // where there is a fence
  std::jthread worker_;
  std::unique_ptr<kubernetes::Watch> job_watch_;
  std::unique_ptr<kubernetes::Watch> pod_watch_;
};

}  // namespace weir::backend
