#include "backend/kubernetes/kubernetes_backend.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <cerrno>
#include <chrono>

#include "backend/folder_names.h"
#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/listing.h"
#include "backend/kubernetes/names.h"
#include "base/log.h"
#include "http/target.h"

namespace weir::backend {

using base::ErrorCode;
using State = RankObservation::State;

base::Result<std::unique_ptr<KubernetesBackend>> KubernetesBackend::open(
    KubernetesOptions options) {
  if (!kubernetes::is_instance_name(options.instance)) {
    return base::fail(ErrorCode::invalid,
                      "\"" + options.instance + "\" cannot tell a site's objects from others'", "",
                      "1 to 12 of a-z and 0-9");
  }
  if (options.image.empty()) {
    return base::fail(ErrorCode::invalid, "a Kubernetes site needs an image for its ranks");
  }
  if (::mkdir(options.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail_errno("make folder " + options.folder, errno);
  }
  if (options.access.name_space.empty()) options.access.name_space = "default";
  std::unique_ptr<KubernetesBackend> backend(new KubernetesBackend(std::move(options)));
  if (!backend->event_) return base::fail_errno("open the backend's events", errno);
  WEIR_TRY_STATUS(backend->layout_.create());
  backend->adopt_all();
  backend->begin();
  return backend;
}

KubernetesBackend::KubernetesBackend(KubernetesOptions options)
    : options_(std::move(options)),
      layout_(options_.folder),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      forgotten_(layout_) {}

KubernetesBackend::~KubernetesBackend() {
  if (worker_.joinable()) worker_.request_stop();
  pod_watch_.reset();
  job_watch_.reset();
  if (worker_.joinable()) worker_.join();
}

// Takes in what an earlier server left.
void KubernetesBackend::adopt_all() {
  for (const std::string& name : names_in(layout_.records())) {
    const base::Result<RankKey> key = parse_rank_key(name);
    if (!key) continue;
    auto record = kubernetes::read_record(layout_, *key);
    if (!record || !*record) {
      base::log_warning("a rank's record cannot be read", {{"rank", name}});
      continue;  // where its Job is in the cluster, it is found there
    }
    Rank& rank = ranks_[*key];
    rank.key = *key;
    rank.record = std::move(**record);
    rank.cursor = kubernetes::read_cursor(layout_, *key);
    rank.seen.key = *key;
    const base::Result<bool> is_forgotten = forgotten_.contains(*key);
    if (is_forgotten && *is_forgotten) rank.record.is_forgotten = true;
    // What may not have come to be is not spoken of: it can be started again, under the same name.
    rank.is_visible = rank.record.is_created || rank.record.stop_asked || rank.record.end;
    rank.is_job_doubtful = rank.record.is_created;
    if (rank.record.end) {
      rank.seen.state = State::ended;
      rank.seen.outcome = kubernetes::outcome_of(*rank.record.end);
      rank.seen.stage = rank.seen.outcome->stage;
      rank.seen.started_us = rank.seen.outcome->started_us;
    }
    mark_changed(rank);
  }
}

void KubernetesBackend::begin() {
  const auto watch = [this](std::string_view group, std::string_view kind,
                            kubernetes::WatchListener listener) {
    kubernetes::WatchOptions options;
    options.access = options_.access;
    options.target = path_of(group, kind);
    options.selector = std::string(kubernetes::instance_label) + "=" + options_.instance;
    options.connection_timeout = options_.connection_timeout;
    options.window = options_.watch_window;
    options.wait_least = options_.retry_least / 2;
    options.wait_most = options_.retry_most;
    listener.heard = [kind](bool is_there, const std::string& words) {
      if (is_there) {
        base::log_info("the cluster answers again", {{"of", kind}});
      } else {
        base::log_warning("the cluster does not answer", {{"of", kind}, {"error", words}});
      }
    };
    return std::make_unique<kubernetes::Watch>(std::move(options), std::move(listener));
  };
  if (options_.fence_after) {
    kubernetes::LeaseOptions lease;
    lease.access = options_.access;
    lease.jobs = path_of("/apis/batch/v1", "jobs");
    lease.instance = options_.instance;
    lease.lasts = *options_.fence_after;
    lease.connection_timeout = options_.connection_timeout;
    lease.retry = options_.retry_least;
    lease_ = std::make_unique<kubernetes::Lease>(std::move(lease));
  }
  worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  job_watch_ = watch("/apis/batch/v1", "jobs",
                     {[this](auto jobs) { jobs_listed(jobs); },
                      [this](const auto& kind, const auto& job) { job_changed(kind, job); },
                      {}});
  pod_watch_ = watch("/api/v1", "pods",
                     {[this](auto pods) { pods_listed(pods); },
                      [this](const auto& kind, const auto& pod) { pod_changed(kind, pod); },
                      {}});
}

std::string KubernetesBackend::path_of(std::string_view group, std::string_view kind,
                                       const std::string& name) const {
  std::string path = std::string(group) + "/namespaces/" +
                     http::encode_component(options_.access.name_space) + "/" + std::string(kind);
  if (!name.empty()) path += "/" + http::encode_component(name);
  return path;
}

base::Status KubernetesBackend::start(const RankOrder& order) {
  const std::lock_guard lock(mutex_);
  if (WEIR_TRY(forgotten_.contains(order.key))) {
    return base::fail(ErrorCode::conflict, to_text(order.key) + " has run before");
  }
  const auto found = ranks_.find(order.key);
  const bool is_new = found == ranks_.end();
  if (!is_new && (found->second.is_visible || found->second.order)) return {};
  const kubernetes::RankRecord record = kubernetes::record_of(order);
  WEIR_TRY_STATUS(kubernetes::write_record(layout_, order.key, record));
  Rank& rank = ranks_[order.key];
  rank.key = order.key;
  rank.record = record;
  rank.order = std::make_unique<RankOrder>(order);
  rank.may_be_there = !is_new;  // an earlier server may have asked for it
  rank.seen.key = order.key;
  rank.is_visible = true;
  const std::string refusal = kubernetes::refusal_of(order);
  if (refusal.empty()) {
    mark_changed(rank);
    wake(rank);
    return {};
  }
  RankOutcome outcome;
  outcome.end = RankOutcome::End::start_failed;
  outcome.message = refusal;
  end_rank(rank, outcome);
  return {};
}

base::Status KubernetesBackend::stop(const RankKey& key, const std::string& reason,
                                     StopAfter after) {
  const std::lock_guard lock(mutex_);
  const auto found = ranks_.find(key);
  if (found == ranks_.end() || !found->second.is_visible) {
    return base::fail(ErrorCode::not_found, to_text(key) + " is not known here");
  }
  Rank& rank = found->second;
  if (rank.record.end || rank.record.stop_asked) return {};
  rank.record.stop_asked = true;
  rank.record.stop_reason = reason;
  if (after == StopAfter::notice && rank.record.takes_notice) {
    const auto now = std::chrono::duration_cast<base::Duration>(
        std::chrono::system_clock::now().time_since_epoch());
    rank.record.end_from_us =
        base::to_us(now + std::min(rank.record.notice_before, stop_notice_most));
  }
  save(key, rank.record);
  rank.wait = base::Duration(0);
  wake(rank);
  return {};
}

base::Status KubernetesBackend::forget(const RankKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = ranks_.find(key);
  if (found == ranks_.end() || !found->second.is_visible) return {};
  Rank& rank = found->second;
  if (!rank.record.end) {
    return base::fail(ErrorCode::conflict, to_text(key) + " has not ended");
  }
  WEIR_TRY_STATUS(forgotten_.add(key));
  rank.record.is_forgotten = true;
  rank.is_visible = false;
  save(key, rank.record);
  changed_.erase(key);
  wake(rank);
  return {};
}

std::vector<RankObservation> KubernetesBackend::observe() {
  const std::lock_guard lock(mutex_);
  eventfd_t count = 0;
  ::eventfd_read(event_.get(), &count);
  changed_.clear();
  std::vector<RankObservation> all;
  for (const auto& [key, rank] : ranks_) {
    if (rank.is_visible) all.push_back(rank.seen);
  }
  return all;
}

std::vector<RankObservation> KubernetesBackend::changes() {
  const std::lock_guard lock(mutex_);
  eventfd_t count = 0;
  ::eventfd_read(event_.get(), &count);
  std::vector<RankObservation> changed;
  for (const RankKey& key : changed_) {
    const auto found = ranks_.find(key);
    if (found != ranks_.end() && found->second.is_visible) changed.push_back(found->second.seen);
  }
  changed_.clear();
  return changed;
}

base::Result<LogChunk> KubernetesBackend::read_log(const RankKey& key, Stream stream,
                                                   std::int64_t offset,
                                                   std::size_t bytes_max) const {
  {
    // What is there is given at once; the worker brings more for the next time.
    const std::lock_guard lock(mutex_);
    const auto found = ranks_.find(key);
    if (found != ranks_.end() && !found->second.record.end && !found->second.is_log_wanted) {
      found->second.is_log_wanted = true;
      work_to_do_.notify_all();
    }
  }
  LogChunk chunk;
  chunk.next_offset = std::max<std::int64_t>(offset, 0);
  const std::string path = layout_.log(key, stream);
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return chunk;
  if (!file) return base::fail_errno("open " + path, errno);
  chunk.bytes.resize(bytes_max);
  const ssize_t count = ::pread(file.get(), chunk.bytes.data(), bytes_max, chunk.next_offset);
  if (count < 0) return base::fail_errno("read " + path, errno);
  chunk.bytes.resize(static_cast<std::size_t>(count));
  chunk.next_offset += count;
  return chunk;
}

base::Result<int> KubernetesBackend::exec(const RankKey& key, const std::string& command,
                                          const std::function<void(std::string_view)>& output,
                                          std::stop_token cancel) {
  static_cast<void>(command);
  static_cast<void>(output);
  static_cast<void>(cancel);
  return base::fail(ErrorCode::unavailable,
                    "no command can be run beside a rank in a pod from here", "",
                    "kubectl exec -n " + options_.access.name_space + " job/" +
                        kubernetes::object_name(options_.instance, key) + " -it -- sh");
}

base::Result<std::string> KubernetesBackend::work_folder(const RankKey& key) const {
  return base::fail(ErrorCode::not_found,
                    "the folder of " + to_text(key) + " is in its pod, out of reach from here");
}

LimitsUsed KubernetesBackend::limits() const {
  return {"kubernetes", "each node's kubelet keeps a container's limits with control groups"};
}

base::Status KubernetesBackend::renew_lease() {
  if (lease_) lease_->heard();
  return {};
}

base::Result<std::vector<kubernetes::NodeShape>> KubernetesBackend::nodes() const {
  kubernetes::Connection connection(options_.access, options_.connection_timeout, {});
  const kubernetes::Listing nodes =
      WEIR_TRY(kubernetes::list_all(connection, "/api/v1/nodes", options_.page_size));
  std::map<std::string, kubernetes::NodeShape> shapes;
  for (const boost::json::value& node : nodes.items) {
    kubernetes::NodeShape shape = kubernetes::shape_of_node(node, options_.device_models);
    const std::string name = shape.node.name;
    shapes.emplace(name, std::move(shape));
  }
  const kubernetes::Listing pods =
      WEIR_TRY(kubernetes::list_all(connection, "/api/v1/pods", options_.page_size));
  for (const boost::json::value& pod : pods.items) {
    const auto shape = shapes.find(kubernetes::text_at(pod, {"spec", "nodeName"}));
    if (shape == shapes.end()) continue;
    if (kubernetes::text_at(pod, {"metadata", "labels", kubernetes::instance_label}) ==
        options_.instance) {
      continue;
    }
    const kubernetes::NodeUse use = kubernetes::use_of_pod(pod);
    kubernetes::NodeUse& sum = shape->second.others;
    sum.cpus_milli += use.cpus_milli;
    sum.memory_bytes += use.memory_bytes;
    for (const auto& [resource, count] : use.devices) sum.devices[resource] += count;
  }
  std::vector<kubernetes::NodeShape> ordered;
  ordered.reserve(shapes.size());
  for (auto& each : shapes) ordered.push_back(std::move(each.second));
  return ordered;
}

void KubernetesBackend::wake(Rank& rank) {
  rank.due = Clock::time_point::min();
  work_to_do_.notify_all();
}

void KubernetesBackend::mark_changed(const Rank& rank) {
  if (!rank.is_visible) return;
  changed_.insert(rank.key);
  ::eventfd_write(event_.get(), 1);
}

// Where the disk refuses, a later server knows less; this one goes on.
void KubernetesBackend::save(const RankKey& key, const kubernetes::RankRecord& record) {
  const base::Status written = kubernetes::write_record(layout_, key, record);
  if (written) return;
  const std::string rank = to_text(key);
  const std::string words = written.error().text();
  base::log_error("a rank's record cannot be written", {{"rank", rank}, {"error", words}});
}

void KubernetesBackend::end_rank(Rank& rank, const RankOutcome& outcome) {
  rank.record.end = kubernetes::end_record_of(outcome);
  rank.order.reset();
  save(rank.key, rank.record);
  rank.seen.state = State::ended;
  rank.seen.stage = outcome.stage;
  rank.seen.started_us = outcome.started_us;
  rank.seen.outcome = outcome;
  mark_changed(rank);
}

}  // namespace weir::backend
