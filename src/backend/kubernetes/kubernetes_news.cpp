// What the watches tell: which Jobs and pods there are, and how they are.
#include <boost/json/value.hpp>
#include <set>

#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/kubernetes_backend.h"
#include "backend/kubernetes/names.h"

namespace weir::backend {

using boost::json::value;
using kubernetes::text_at;
using State = RankObservation::State;

// A Job that no list shows may have been made after that list was: it is asked for by name.
void KubernetesBackend::jobs_listed(const std::vector<value>& jobs) {
  const std::lock_guard lock(mutex_);
  std::set<RankKey> there;
  for (const value& job : jobs) {
    take_job(job);
    const auto key =
        kubernetes::parse_object_name(options_.instance, text_at(job, {"metadata", "name"}));
    if (key) there.insert(*key);
  }
  for (auto& [key, rank] : ranks_) {
    if (!rank.record.is_created || there.contains(key)) continue;
    rank.is_job_doubtful = true;
    wake(rank);
  }
}

void KubernetesBackend::job_changed(const std::string& kind, const value& job) {
  const std::lock_guard lock(mutex_);
  if (kind != "DELETED") return take_job(job);
  const auto key =
      kubernetes::parse_object_name(options_.instance, text_at(job, {"metadata", "name"}));
  const auto found = key ? ranks_.find(*key) : ranks_.end();
  if (found == ranks_.end()) return;
  found->second.is_job_doubtful = true;
  wake(found->second);
}

void KubernetesBackend::take_job(const value& job) {
  const auto key =
      kubernetes::parse_object_name(options_.instance, text_at(job, {"metadata", "name"}));
  if (!key) return;
  const auto found = ranks_.find(*key);
  if (found != ranks_.end() && found->second.record.is_created) return;
  if (found != ranks_.end() && found->second.order) return;  // the worker meets it in a moment
  // Made by a server that is gone, before it could write so down, or whose folder is lost.
  Rank& rank = ranks_[*key];
  rank.key = *key;
  rank.seen.key = *key;
  rank.record.is_created = true;
  rank.record.has_secrets = true;  // as far as anybody knows
  const base::Result<bool> is_forgotten = forgotten_.contains(*key);
  if (is_forgotten && *is_forgotten) {
    rank.record.is_forgotten = true;
  } else {
    rank.is_visible = true;
    save(*key, rank.record);
    mark_changed(rank);
  }
  wake(rank);
}

void KubernetesBackend::pods_listed(const std::vector<value>& pods) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> there;
  for (const value& pod : pods) {
    there.insert(text_at(pod, {"metadata", "name"}));
    take_pod(pod);
  }
  for (auto& [key, rank] : ranks_) {
    if (!rank.pod || there.contains(rank.pod->name)) continue;
    rank.is_pod_gone = true;
    wake(rank);
  }
}

void KubernetesBackend::pod_changed(const std::string& kind, const value& pod) {
  const std::lock_guard lock(mutex_);
  take_pod(pod);
  if (kind != "DELETED") return;
  for (const std::string_view label : {"job-name", "batch.kubernetes.io/job-name"}) {
    const auto key = kubernetes::parse_object_name(options_.instance,
                                                   text_at(pod, {"metadata", "labels", label}));
    const auto found = key ? ranks_.find(*key) : ranks_.end();
    if (found == ranks_.end() || !found->second.pod) continue;
    if (found->second.pod->name != text_at(pod, {"metadata", "name"})) continue;
    found->second.is_pod_gone = true;
    wake(found->second);
  }
}

void KubernetesBackend::take_pod(const value& pod) {
  kubernetes::PodView view = kubernetes::view_of_pod(pod);
  const auto key = kubernetes::parse_object_name(options_.instance, view.job);
  if (!key) return;
  const auto found = ranks_.find(*key);
  if (found == ranks_.end()) {
    const base::Result<bool> is_forgotten = forgotten_.contains(*key);
    if (is_forgotten && *is_forgotten) return;  // on its way out
    // Its Job is told of by the other watch, which may come later.
    Rank& rank = ranks_[*key];
    rank.key = *key;
    rank.seen.key = *key;
    rank.pod = std::move(view);
    rank.is_job_doubtful = true;
    return wake(rank);
  }
  Rank& rank = found->second;
  if (rank.record.end) return;
  if (rank.pod && rank.pod->name != view.name) {
    // The first one goes, and the cluster put another in its place: a rank runs once.
    rank.is_replaced = true;
    return wake(rank);
  }
  // The words of a failed pull come before those of waiting for the next.
  if (view.outcome && view.outcome->end == RankOutcome::End::start_failed && rank.pod &&
      rank.pod->waits_for.size() > view.outcome->message.size()) {
    view.outcome->message = rank.pod->waits_for;
  }
  if (rank.pod && rank.pod->outcome && !view.outcome) return;  // an end is not taken back
  rank.pod = std::move(view);
  observe_pod(rank);
  wake(rank);
}

void KubernetesBackend::observe_pod(Rank& rank) {
  if (rank.pod->state != State::running || rank.seen.state != State::starting) return;
  rank.seen.state = State::running;
  rank.seen.stage = rank.record.has_setup ? Stage::setup : Stage::program;
  rank.seen.started_us = rank.pod->started_us;
  mark_changed(rank);
}

}  // namespace weir::backend
