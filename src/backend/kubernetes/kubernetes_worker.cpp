// What is done about ranks, one request after the other: each time the next step is found anew from
// what is known, so that nothing hangs on an answer or a message that got lost.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "backend/kubernetes/conclusion.h"
#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/kubernetes_backend.h"
#include "backend/kubernetes/listing.h"
#include "backend/kubernetes/names.h"
#include "base/log.h"
#include "http/target.h"

namespace weir::backend {

using base::ErrorCode;
using kubernetes::Answer;
using End = RankOutcome::End;
using State = RankObservation::State;

namespace {

constexpr int log_failures_max = 5;
constexpr std::int64_t log_bytes_at_once = std::int64_t{16} << 20;
constexpr std::string_view merge_patch = "application/merge-patch+json";

std::int64_t wall_clock_us() {
  return std::chrono::duration_cast<base::Duration>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void KubernetesBackend::work(const std::stop_token& stop) {
  connection_ = std::make_unique<kubernetes::Connection>(
      options_.access, options_.connection_timeout, [stop] { return stop.stop_requested(); });
  while (!stop.stop_requested()) {
    Step step = Step::nothing;
    Rank* rank = nullptr;
    {
      std::unique_lock lock(mutex_);
      Clock::time_point wake_at = Clock::now() + std::chrono::seconds(10);
      rank = next_due(wake_at);
      if (rank != nullptr) {
        rank->due = Clock::time_point::max();
        Clock::time_point again = Clock::time_point::max();
        step = next_step(*rank, again);
        if (step == Step::nothing) rank->due = again;
      } else {
        bool is_notified = false;
        work_to_do_.wait_until(lock, stop, wake_at,
                               [&] { return std::exchange(is_notified, true); });
      }
    }
    if (step != Step::nothing) take_step(*rank, step);
  }
}

// The first that is due, or null and when one will be.
KubernetesBackend::Rank* KubernetesBackend::next_due(Clock::time_point& wake_at) {
  const Clock::time_point now = Clock::now();
  for (auto& [key, rank] : ranks_) {
    const Clock::time_point due = rank.is_log_wanted ? std::min(rank.due, rank.log_due) : rank.due;
    if (due <= now) return &rank;
    wake_at = std::min(wake_at, due);
  }
  return nullptr;
}

KubernetesBackend::Step KubernetesBackend::next_step(Rank& rank, Clock::time_point& wake_at) const {
  const kubernetes::RankRecord& record = rank.record;
  if (record.is_forgotten) return Step::clear;
  if (record.end) {
    rank.is_log_wanted = false;
    return record.has_secrets ? Step::drop_secret : Step::nothing;
  }
  if (!record.is_created) {
    if (record.stop_asked && !rank.may_be_there) return Step::conclude_never_begun;
    if (rank.is_job_doubtful) return Step::look_for_job;
    if (record.stop_asked) return rank.is_job_deleted ? Step::look_for_job : Step::delete_job;
    return rank.order ? Step::create : Step::nothing;
  }
  if (rank.pod && rank.pod->outcome) {
    const bool never_ran = rank.pod->outcome->end == End::start_failed;
    if (never_ran && !rank.is_job_deleted) return Step::delete_job;
    return never_ran || rank.is_log_whole ? Step::conclude : Step::fetch_log;
  }
  if (rank.pod && rank.pod->waits_for != rank.waits_for) return Step::remark;
  const bool is_pod_lost =
      rank.is_pod_gone || rank.is_replaced || (rank.pod && rank.pod->is_leaving);
  if (is_pod_lost && !rank.is_job_deleted) return Step::delete_job;  // or another pod comes
  if (rank.is_pod_gone || (rank.is_job_gone && !rank.pod)) return Step::conclude_without_pod;
  if (rank.is_job_doubtful) return Step::look_for_job;
  if (record.stop_asked) {
    const Step step = step_of_stop(rank, wake_at);
    if (step != Step::nothing) return step;
  }
  const bool is_stage_open = rank.seen.state == State::running && rank.seen.stage == Stage::setup;
  if (rank.pod && rank.pod->state == State::running && (rank.is_log_wanted || is_stage_open)) {
    if (rank.log_due <= Clock::now()) return Step::fetch_log;
    wake_at = std::min(wake_at, rank.log_due);
  } else {
    rank.is_log_wanted = false;  // there is none yet
  }
  return Step::nothing;
}

KubernetesBackend::Step KubernetesBackend::step_of_stop(const Rank& rank,
                                                        Clock::time_point& wake_at) const {
  if (rank.is_job_deleted) return Step::nothing;
  if (!rank.pod || rank.pod->state != State::running) return Step::delete_job;
  const Clock::time_point now = Clock::now();
  const base::Duration left(rank.record.end_from_us - wall_clock_us());
  if (rank.record.end_from_us != 0 && left > base::Duration(0)) {
    if (!rank.is_notice_given) return Step::give_notice;
    wake_at = std::min(wake_at, now + left);
    return Step::nothing;
  }
  if (!rank.told_to_end) return Step::tell_to_end;
  const Clock::time_point patience_ends =
      *rank.told_to_end + rank.record.kill_grace + options_.stop_patience;
  if (now >= patience_ends) return Step::delete_job;
  wake_at = std::min(wake_at, patience_ends);
  return Step::nothing;
}

// Only this thread ends ranks or takes them out, so `rank` stays while the lock is not held.
void KubernetesBackend::take_step(Rank& rank, Step step) {
  base::Status done;
  retry_after_.reset();
  switch (step) {
    case Step::nothing:
      return;
    case Step::create:
      done = create(rank);
      break;
    case Step::remark: {
      std::string words;
      {
        const std::lock_guard lock(mutex_);
        words = rank.waits_for = rank.pod->waits_for;
      }
      if (!words.empty()) remark(rank, "waiting: " + words);
      break;
    }
    case Step::give_notice:
      done = patch_pod(rank, R"({"metadata":{"annotations":{"weir/notice":"given"}}})");
      if (done) rank.is_notice_given = true;
      break;
    case Step::tell_to_end:
      // A limit that is over lets the cluster end the pod as it would anyhow: with its grace, and
      // with its status and logs kept. Deleting it would take them along.
      done = patch_pod(rank, R"({"spec":{"activeDeadlineSeconds":1}})");
      if (done) rank.told_to_end = Clock::now();
      break;
    case Step::delete_job:
      done = delete_object(
          path_of("/apis/batch/v1", "jobs", kubernetes::object_name(options_.instance, rank.key)));
      if (done) {
        const std::lock_guard lock(mutex_);
        rank.is_job_deleted = true;
        rank.is_job_doubtful = !rank.pod;
      }
      break;
    case Step::look_for_job:
      done = look_for_job(rank);
      break;
    case Step::fetch_log:
      done = fetch_log(rank);
      break;
    case Step::conclude: {
      std::unique_lock lock(mutex_);
      const bool was_told = rank.told_to_end.has_value() || rank.is_job_deleted ||
                            rank.record.end_from_us <= wall_clock_us();
      RankOutcome outcome = kubernetes::conclusion_of(*rank.pod, rank.record, was_told);
      kubernetes::sharpen(outcome, rank.cursor);
      lock.unlock();
      done = conclude(rank, std::move(outcome));
      break;
    }
    case Step::conclude_without_pod: {
      std::unique_lock lock(mutex_);
      RankOutcome outcome = kubernetes::conclusion_without_pod(
          rank.record, rank.seen.state == State::running,
          "its Job is gone from the cluster, not by Weir's doing");
      lock.unlock();
      done = conclude(rank, std::move(outcome));
      break;
    }
    case Step::conclude_never_begun: {
      const std::lock_guard lock(mutex_);
      end_rank(rank, kubernetes::conclusion_without_pod(rank.record, false, ""));
      break;
    }
    case Step::drop_secret:
      done = drop_secret(rank);
      break;
    case Step::clear:
      done = clear(rank);
      if (done) return;  // there is no rank any more
      break;
  }
  if (!done) return put_off(rank, done.error());
  const std::lock_guard lock(mutex_);
  rank.wait = base::Duration(0);
  rank.due = Clock::time_point::min();
}

void KubernetesBackend::put_off(Rank& rank, const base::Error& error) {
  const std::string words = error.text();
  const std::string name = to_text(rank.key);
  base::log_debug("a rank has to wait for its cluster", {{"rank", name}, {"error", words}});
  const std::lock_guard lock(mutex_);
  rank.wait = std::clamp(rank.wait * 2, options_.retry_least, options_.retry_most);
  rank.due = std::min(rank.due,
                      Clock::now() + std::max(rank.wait, retry_after_.value_or(base::Duration(0))));
  rank.log_due = std::max(rank.log_due, rank.due);
}

base::Result<Answer> KubernetesBackend::ask(std::string_view method, const std::string& target,
                                            std::string_view body, std::string_view type) {
  Answer answer = WEIR_TRY(connection_->request(method, target, body, type));
  retry_after_ = answer.retry_after;
  return answer;
}

// ---- ending

base::Status KubernetesBackend::patch_pod(const Rank& rank, const std::string& body) {
  std::string pod;
  {
    const std::lock_guard lock(mutex_);
    if (!rank.pod) return {};
    pod = rank.pod->name;
  }
  const Answer answer = WEIR_TRY(ask("PATCH", path_of("/api/v1", "pods", pod), body, merge_patch));
  if (answer.is_good() || answer.status == 404) return {};
  return base::fail(kubernetes::error_of(answer));
}

// With its pods, each with its grace. What is not there is deleted already.
base::Status KubernetesBackend::delete_object(const std::string& path) {
  constexpr std::string_view options =
      R"({"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"})";
  const Answer answer = WEIR_TRY(ask("DELETE", path, options));
  if (answer.is_good() || answer.status == 404) return {};
  return base::fail(kubernetes::error_of(answer));
}

// What nobody here did, the cluster may have done for want of a lease.
base::Status KubernetesBackend::conclude(Rank& rank, RankOutcome outcome) {
  if (outcome.end == End::vanished && WEIR_TRY(has_lost_lease(rank))) {
    outcome.end = End::stopped;
    outcome.message = "its agent heard nothing from the control plane for too long";
  }
  const std::lock_guard lock(mutex_);
  end_rank(rank, outcome);
  return {};
}

base::Result<bool> KubernetesBackend::has_lost_lease(const Rank& rank) {
  if (rank.record.lease.empty()) return false;
  const Answer answer = WEIR_TRY(
      ask("GET", path_of("/apis/batch/v1", "jobs", kubernetes::lease_name(options_.instance))));
  if (answer.status == 404) return true;
  if (!answer.is_good()) return base::fail(kubernetes::error_of(answer));
  const kubernetes::LeaseView lease =
      kubernetes::view_of_lease(WEIR_TRY(kubernetes::parse_answer(answer.body)));
  return lease.is_over || lease.uid != rank.record.lease;
}

base::Status KubernetesBackend::look_for_job(Rank& rank) {
  const std::string name = kubernetes::object_name(options_.instance, rank.key);
  const Answer answer = WEIR_TRY(ask("GET", path_of("/apis/batch/v1", "jobs", name)));
  if (!answer.is_good() && answer.status != 404) return base::fail(kubernetes::error_of(answer));
  const bool is_there = answer.is_good();
  // Its pods may outlive it.
  const std::string selector = http::encode_component("job-name=" + name);
  const kubernetes::Listing pods = WEIR_TRY(kubernetes::list_all(
      *connection_, path_of("/api/v1", "pods") + "?labelSelector=" + selector));
  const std::lock_guard lock(mutex_);
  rank.is_job_doubtful = false;
  rank.is_job_gone = !is_there;
  for (const boost::json::value& pod : pods.items) take_pod(pod);
  if (rank.pod && pods.items.empty()) rank.is_pod_gone = true;
  if (is_there || !pods.items.empty()) {
    if (!rank.record.is_created && !rank.order) {
      rank.record.is_created = true;
      rank.is_visible = true;
      save(rank.key, rank.record);
      mark_changed(rank);
    }
    return {};
  }
  if (!rank.record.is_created && rank.record.stop_asked) rank.record.is_created = true;
  return {};
}

// No pod of an ended rank begins again, and nobody else needs it.
base::Status KubernetesBackend::drop_secret(Rank& rank) {
  WEIR_TRY_STATUS(delete_object(
      path_of("/api/v1", "secrets", kubernetes::object_name(options_.instance, rank.key))));
  const std::lock_guard lock(mutex_);
  rank.record.has_secrets = false;
  save(rank.key, rank.record);
  return {};
}

base::Status KubernetesBackend::clear(Rank& rank) {
  const std::string name = kubernetes::object_name(options_.instance, rank.key);
  WEIR_TRY_STATUS(delete_object(path_of("/apis/batch/v1", "jobs", name)));
  if (rank.record.has_secrets) {
    WEIR_TRY_STATUS(delete_object(path_of("/api/v1", "secrets", name)));
  }
  const std::lock_guard lock(mutex_);
  const RankKey key = rank.key;
  kubernetes::remove_record(layout_, key);
  changed_.erase(key);
  ranks_.erase(key);
  return {};
}

// ---- logs

base::Status KubernetesBackend::fetch_log(Rank& rank) {
  std::string pod;
  bool is_final = false;
  std::int64_t bytes_max = 0;
  {
    const std::lock_guard lock(mutex_);
    pod = rank.pod->name;
    is_final = rank.pod->outcome.has_value();
    bytes_max = rank.record.log_bytes_max;
    rank.is_log_wanted = false;
    rank.log_due = Clock::now() + options_.log_interval;
  }
  std::string target = path_of("/api/v1", "pods", pod) +
                       "/log?container=" + std::string(kubernetes::container_name) +
                       "&timestamps=true&limitBytes=" + std::to_string(log_bytes_at_once);
  if (!rank.cursor.time.empty()) {
    target += "&sinceTime=" + http::encode_component(rank.cursor.time);
  }
  const Answer answer = WEIR_TRY(ask("GET", target));
  if (!answer.is_good()) {
    const base::Error error = kubernetes::error_of(answer);
    if (!is_final || (answer.status != 404 && ++rank.log_failures < log_failures_max)) {
      return base::fail(error);
    }
    remark(rank, "the log could not be read: " + error.message);
    rank.is_log_whole = true;
    return {};
  }
  const bool is_cut = std::cmp_greater_equal(answer.body.size(), log_bytes_at_once);
  kubernetes::LogCursor after = rank.cursor;
  const kubernetes::LogPieces pieces =
      kubernetes::take_log(after, answer.body, is_final && !is_cut, bytes_max);
  const bool is_stuck = after == rank.cursor;
  WEIR_TRY_STATUS(kubernetes::write_log(layout_, rank.key, pieces, rank.cursor, after));
  rank.cursor = std::move(after);
  const std::lock_guard lock(mutex_);
  if (is_final && (!is_cut || is_stuck)) rank.is_log_whole = true;
  if (rank.cursor.stream == "program" && rank.seen.stage == Stage::setup &&
      rank.seen.state == State::running) {
    rank.seen.stage = Stage::program;
    mark_changed(rank);
  }
  return {};
}

// Words of the platform's own, beside those of the script.
void KubernetesBackend::remark(Rank& rank, const std::string& words) {
  kubernetes::LogCursor after = rank.cursor;
  kubernetes::LogPieces pieces;
  const std::string line = words + "\n";
  pieces[static_cast<std::size_t>(Stream::platform)] = line;
  after.platform_bytes += static_cast<std::int64_t>(line.size());
  if (kubernetes::write_log(layout_, rank.key, pieces, rank.cursor, after)) {
    rank.cursor = std::move(after);
  }
}

}  // namespace weir::backend
