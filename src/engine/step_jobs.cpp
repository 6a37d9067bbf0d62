// What people ask for: submit, cancel, hold, release, update.
#include <algorithm>

#include "base/hash.h"
#include "engine/admission.h"
#include "engine/questions.h"
#include "engine/questions_data.h"
#include "engine/stepper.h"
#include "model/pack.h"

namespace weir::engine {

using namespace model;
using base::ErrorCode;

namespace {

bool may_see(const Principal& by, const JobRecord& job) {
  return by.role == Role::operator_ || by.tenant == job.tenant;
}

// What was submitted, as one number; the same wish gives the same.
std::string content_of(const SubmitJobs& input) {
  base::Sha256 hash;
  for (const JobSpec& spec : input.jobs) hash.add(pack_spec(spec));
  return base::to_hex(hash.digest());
}

}  // namespace

const JobRecord* Stepper::find_job(const Principal& by, JobId id) {
  const auto at = state().jobs.find(id);
  if (at != state().jobs.end() && may_see(by, at->second)) return &at->second;
  refuse({ErrorCode::not_found, "there is no job " + std::to_string(id.value), "", "", {}});
  return nullptr;
}

const JobRecord* Stepper::find_live_job(const Principal& by, JobId id, const char* wish) {
  const JobRecord* job = find_job(by, id);
  if (job == nullptr || !is_terminal(job->state)) return job;
  refuse({ErrorCode::conflict,
          "job " + std::to_string(id.value) + " has ended (" +
              std::string(base::enum_name(job->state)) + ") and cannot be " + wish + " any more",
          "",
          "",
          {}});
  return nullptr;
}

base::Status Stepper::admit(const JobSpec& spec, std::size_t position, std::size_t total) const {
  const std::string which = total > 1 ? "jobs[" + std::to_string(position) + "]." : "";
  for (const std::string& name : spec.secrets) {
    const auto of_tenant = state().secrets.find(step_tenant_);
    if (of_tenant == state().secrets.end() || !of_tenant->second.contains(name)) {
      return base::fail(ErrorCode::refused, "there is no secret named " + name, which + "secrets",
                        "store it first: weir secret set " + name);
    }
  }
  if (auto missing = missing_input(engine_, step_tenant_, spec)) {
    missing->field = which + missing->field;
    return base::fail(*std::move(missing));
  }
  auto refused = never_starts(engine_, step_tenant_, spec);
  if (!refused) refused = too_late_to_begin(spec.deadline, spec.time_limit, now_);
  if (!refused) return {};
  return base::fail(ErrorCode::refused, "can never run here: it " + refused->obstacle.message,
                    which + refused->field, refused->nearest);
}

// What reads the newest version reads that one, whatever comes later.
JobSpec Stepper::with_versions(JobSpec spec) const {
  for (DataInput& input : spec.inputs) {
    const auto found = index().find_dataset(step_tenant_, input.dataset, input.version);
    if (found) input.version = state().datasets.at(*found).version;
  }
  return spec;
}

bool Stepper::repeat_submission(const SubmitJobs& input, const std::string& key,
                                const std::string& content) {
  const auto at = state().repeats.find(key);
  if (at == state().repeats.end() || now_ - at->second.when > Limits::repeats_kept) return false;
  const RepeatRecord& before = at->second;
  if (before.content != content) {
    refuse({ErrorCode::conflict,
            "the idempotency key `" + input.idempotency_key +
                "` was used before for a different submission",
            "Idempotency-Key",
            "use a new key for a new submission",
            {}});
    return true;
  }
  step_.reply.repeated = true;
  for (std::uint32_t i = 0; i < before.jobs; ++i) {
    step_.reply.jobs.push_back({before.first_job.value + i});
  }
  return true;
}

void Stepper::take(const SubmitJobs& input) {
  step_tenant_ = input.by.tenant;
  std::string key;
  std::string content;
  if (!input.idempotency_key.empty()) {
    // 0x1f: no name or key of ours may contain it, so that parts cannot run together.
    key = input.by.tenant + '\x1f' + input.by.name + '\x1f' + input.idempotency_key;
    content = content_of(input);
    if (repeat_submission(input, key, content)) return;
  }
  for (std::size_t i = 0; i < input.jobs.size(); ++i) {
    if (auto admitted = admit(input.jobs[i], i, input.jobs.size()); !admitted) {
      return refuse(std::move(admitted).error());
    }
  }
  const JobId first{state().last_job + 1};
  step_.facts.reserve(2 * input.jobs.size());  // it may be placed at once
  for (const JobSpec& asked : input.jobs) {
    const JobId id{state().last_job + 1};
    const JobSpec spec = with_versions(asked);
    emit(JobSubmitted{id, input.by, spec});
    if (!spec.inputs.empty()) direct(id);
    defer_if_better(id, spec);
    step_.reply.jobs.push_back(id);
  }
  if (!key.empty()) {
    emit(SubmissionKept{key, first, static_cast<std::uint32_t>(input.jobs.size()), content});
  }
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const CancelJob& input) {
  const JobRecord* job = find_job(input.by, input.job);
  if (job == nullptr) return;
  if (input.one_task && !job->array.contains(input.task)) {
    return refuse(
        {ErrorCode::not_found,
         "job " + std::to_string(input.job.value) + " has no task " + std::to_string(input.task),
         "",
         "",
         {}});
  }
  // Cancelling what has ended, or is being cancelled, is no mistake: there is nothing to do.
  if (is_terminal(job->state) || job->cancelled) return;
  const auto task_done = [&] {
    if (!input.one_task) return false;
    if (std::binary_search(job->cancelled_tasks.begin(), job->cancelled_tasks.end(), input.task)) {
      return true;
    }
    return std::any_of(job->ended.begin(), job->ended.end(), [&](const EndedAttempt& ended) {
      return ended.run.key.task == input.task && !ended.again;
    });
  };
  if (task_done()) return;
  drop_reclaim_of(input.job);
  emit(JobCancelled{input.job, input.one_task, input.task, input.by.name});
  std::vector<AttemptKey> to_stop;
  for (const RunningAttempt& run : job->running) {
    if (input.one_task && run.key.task != input.task) continue;
    if (run.stopping == Reason::none) to_stop.push_back(run.key);
  }
  for (const AttemptKey key : to_stop) {
    emit(AttemptStopping{key, Reason::cancelled_by_user});
    RunningAttempt* run = state().jobs.at(input.job).find_running(key);
    wish(run->site, stop_wish(state(), *run));
  }
  end_job_if_done(input.job);
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const HoldJob& input) {
  const JobRecord* job = find_live_job(input.by, input.job, "held");
  if (job == nullptr || job->held) return;
  if (job->waiting() == 0) {
    return refuse({ErrorCode::conflict,
                   "job " + std::to_string(input.job.value) +
                       " has no task left that waits: there is nothing to hold",
                   "",
                   "to end what runs: weir cancel " + std::to_string(input.job.value),
                   {}});
  }
  drop_reclaim_of(input.job);
  emit(JobHeld{input.job});
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const ReleaseJob& input) {
  const JobRecord* job = find_live_job(input.by, input.job, "released");
  if (job == nullptr || !job->held) return;
  emit(JobReleased{input.job});
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const UpdateJob& input) {
  const JobRecord* job = find_live_job(input.by, input.job, "updated");
  if (job == nullptr) return;
  if (input.array_at_once && !job->array.is_array()) {
    return refuse({ErrorCode::invalid,
                   "job " + std::to_string(input.job.value) + " is no array",
                   "array_at_once",
                   "",
                   {}});
  }
  if (!input.name && !input.priority && !input.time_limit && !input.array_at_once) return;
  if (input.time_limit) {
    if (auto late = too_late_to_begin(job->deadline, input.time_limit, now_)) {
      return refuse({ErrorCode::refused,
                     "it " + late->obstacle.message,
                     "time_limit",
                     std::move(late->nearest),
                     {}});
    }
  }
  drop_reclaim_of(input.job);
  emit(JobUpdated{input.job, input.name, input.priority, input.time_limit, input.array_at_once});
  if (job->deferred_until) defer_if_better(input.job, unpack_spec(job->packed_spec));
  capacity_or_queue_changed_ = true;
}

// ---- how attempts and jobs end

namespace {

bool asks_again(const JobSpec& spec, const Outcome& outcome) {
  std::optional<RetryEvent> event;
  if (outcome.reason == Reason::preempted) {
    event = RetryEvent::preempted;
  } else if (outcome.reason == Reason::start_failed) {
    event = RetryEvent::start_failed;
  } else if (outcome.ending == Ending::failed) {
    event = RetryEvent::failed;
  } else if (outcome.ending == Ending::timeout) {
    event = RetryEvent::timeout;
  } else if (outcome.ending == Ending::lost) {
    event = RetryEvent::site_lost;
  }
  const auto& events = spec.retry.events;
  return event && std::find(events.begin(), events.end(), *event) != events.end();
}

// Once it has another size, or another place; or the site did not have it. Nobody's failure, and no
// retry.
bool is_no_retry(Reason reason) {
  return reason == Reason::resized || reason == Reason::moved || reason == Reason::turn_over ||
         reason == Reason::paused_for_power || reason == Reason::refused_by_site ||
         reason == Reason::not_begun_in_time;
}

// Attempts of the task that ended like that.
std::uint32_t no_retries_before(const JobRecord& job, AttemptKey key) {
  const auto others =
      std::count_if(job.ended.begin(), job.ended.end(), [&](const EndedAttempt& ended) {
        const Reason reason = ended.outcome.reason;
        return ended.run.key.task == key.task && reason != Reason::turn_over && is_no_retry(reason);
      });
  return job.turns + static_cast<std::uint32_t>(others);
}

JobState state_of(const Outcome& outcome) {
  if (outcome.reason == Reason::preempted) return JobState::preempted;
  switch (outcome.ending) {
    case Ending::succeeded:
      return JobState::succeeded;
    case Ending::failed:
      return JobState::failed;
    case Ending::timeout:
      return JobState::timeout;
    case Ending::stopped:
      return JobState::cancelled;
    case Ending::lost:
      return JobState::lost;
  }
  return JobState::failed;
}

}  // namespace

void Stepper::end_attempt(AttemptKey key, Outcome outcome) {
  JobRecord& job = state().jobs.at(key.job);
  const RunningAttempt* run = job.find_running(key);
  const SiteId site = run->site;
  const Reason stopping = run->stopping;
  const bool goes_on = goes_on_after(stopping);
  if (goes_on && outcome.ending == Ending::stopped) outcome.reason = stopping;
  bool again = false;
  const bool may_go_on = stopping == Reason::none || goes_on;
  if (outcome.ending != Ending::succeeded && may_go_on && !job.cancelled) {
    const JobSpec spec = unpack_spec(job.packed_spec);
    again =
        is_no_retry(outcome.reason) ||
        (key.attempt - no_retries_before(job, key) <= spec.retry.max && asks_again(spec, outcome));
  }
  emit(AttemptEnded{key, std::move(outcome), again});
  wish_forgotten(site, key);
  end_job_if_done(key.job);
  capacity_or_queue_changed_ = true;
}

void Stepper::end_job_if_done(JobId id) {
  const JobRecord& job = state().jobs.at(id);
  if (is_terminal(job.state) || !job.running.empty() || job.waiting() > 0) return;
  JobEnded end{id, JobState::succeeded, Reason::none, 0, 0, ""};
  if (job.deadline_missed) {
    end.state = JobState::timeout;
    end.reason = Reason::deadline;
    end.message = "had to begin by " + base::format_time(*job.last_start()) +
                  " to be done by its deadline, " + base::format_time(*job.deadline);
  } else if (job.stopped > 0) {
    end.state = JobState::cancelled;
    end.reason = Reason::cancelled_by_user;
    end.message = "cancelled by " + job.cancelled_by;
  } else if (job.failed > 0) {
    const auto first =
        std::find_if(job.ended.begin(), job.ended.end(), [](const EndedAttempt& ended) {
          return !ended.again && ended.outcome.ending != Ending::succeeded;
        });
    const Outcome& outcome = first->outcome;
    end.state = state_of(outcome);
    end.reason = outcome.reason;
    end.exit_code = outcome.exit_code;
    end.signal = outcome.signal;
    end.message = outcome.message;
    if (job.array.is_array()) {
      end.message = std::to_string(job.failed) + " of " + std::to_string(job.array.size()) +
                    " tasks failed; the first was " + format_task(first->run.key.task_key(), true) +
                    (outcome.message.empty() ? "" : ": " + outcome.message);
    }
  }
  if (!job.inputs.empty()) data_changed_ = true;
  emit(std::move(end));
  archive_oldest();
}

void Stepper::end_what_is_too_late() {
  auto& last_starts = index().last_starts;
  while (!last_starts.empty() && last_starts.begin()->first < now_) {
    const JobId id = last_starts.begin()->second;
    emit(DeadlineMissed{id});
    end_job_if_done(id);
    capacity_or_queue_changed_ = true;
  }
}

void Stepper::defer_if_better(JobId id, const JobSpec& spec) {
  if (index().energy().empty() || !state().policy.flows.power) return;
  const JobRecord& job = state().jobs.at(id);
  if (job.staging) return;  // once its data is there
  std::optional<base::Time> until;
  if (const auto later = later_start(engine_, index().asked_kind(job), spec, job.submitted, now_))
    until = later->start;
  if (until != job.deferred_until) emit(JobDeferred{id, until});
}

void Stepper::begin_what_was_deferred() {
  auto& deferred = index().deferred;
  while (!deferred.empty() && deferred.begin()->first <= now_) {
    emit(JobDeferred{deferred.begin()->second, std::nullopt});
    capacity_or_queue_changed_ = true;
  }
}

void Stepper::archive_oldest() {
  while (index().finished_jobs.size() > Limits::finished_jobs_kept) {
    const JobId oldest = index().finished_jobs.begin()->second;
    const JobRecord& job = state().jobs.at(oldest);
    step_.effects.emplace_back(ArchiveJob{job.tenant, oldest, job_view(state(), job, nullptr)});
    emit(JobArchived{oldest});
  }
}

}  // namespace weir::engine
