#include "gateway/log_session.h"

#include <algorithm>

#include "engine/questions.h"
#include "gateway/archive.h"
#include "gateway/problem.h"
#include "gateway/services.h"
#include "http/event_stream.h"

namespace weir::gateway {

using namespace model;

namespace {

constexpr std::size_t piece_bytes = 64U << 10U;

JobState state_of(Ending ending) {
  switch (ending) {
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

LogEnd end_of(const Outcome& outcome) {
  return {state_of(outcome.ending), outcome.reason, outcome.exit_code, outcome.signal,
          outcome.message};
}

LogEnd end_of(const JobSummary& job) {
  return {job.state, job.reason, job.exit_code.value_or(0), job.signal.value_or(0), job.message};
}

// "is running", "has failed", "was cancelled".
std::string sentence_of(JobState state) {
  const std::string name(base::enum_name(state));
  if (!is_terminal(state)) return "is " + name;
  if (state == JobState::timeout) return "ran out of time";
  return (state == JobState::succeeded || state == JobState::failed ? "has " : "was ") + name;
}

LogStatus status_of(const JobSummary& job) {
  LogStatus status{job.id, job.name, job.state, job.reason, job.expected_start, ""};
  status.text =
      "job " + std::to_string(job.id.value) + " (" + job.name + ") " + sentence_of(job.state);
  if (job.reason != Reason::none) {
    status.text += ": " + std::string(note_of(job.reason).sentence);
  }
  if (job.expected_start) {
    status.text += "; expected to start at " + base::format_time(*job.expected_start);
  }
  return status;
}

// How the task or attempt that alone is followed ended, if this attempt was its end.
std::optional<LogEnd> end_of_choice(const LogChoice& choice, AttemptKey key, const Outcome& outcome,
                                    bool again) {
  if (!choice.task || !choice.has(key.task, key.attempt)) return std::nullopt;
  if (again && !choice.attempt) return std::nullopt;
  return end_of(outcome);
}

bool runs(const engine::JobRecord& job, std::uint32_t task) {
  return std::ranges::any_of(job.running, [&](const auto& run) { return run.key.task == task; });
}

}  // namespace

LogNews look_at(const engine::Engine& engine, const engine::JobRecord& job,
                const engine::QueueForecast* forecast, const LogChoice& choice,
                std::size_t ended_before) {
  const auto name_of = [&](SiteId site) { return engine.state().sites.at(site).name; };
  LogNews news;
  news.found = true;
  const JobSummary summary = engine::job_summary(job, forecast);
  news.status = status_of(summary);
  news.ended_total = job.ended.size();
  if (is_terminal(summary.state)) news.end = end_of(summary);
  for (std::size_t i = ended_before; i < job.ended.size(); ++i) {
    const engine::EndedAttempt& ended = job.ended[i];
    const AttemptKey key = ended.run.key;
    if (!choice.has(key.task, key.attempt)) continue;
    news.ended.push_back({key.task, key.attempt, static_cast<std::uint32_t>(ended.run.ranks.size()),
                          name_of(ended.run.site)});
    if (auto end = end_of_choice(choice, key, ended.outcome, ended.again)) news.end = end;
  }
  for (const engine::RunningAttempt& run : job.running) {
    if (!choice.has(run.key.task, run.key.attempt)) continue;
    news.running.push_back({run.key.task, run.key.attempt,
                            static_cast<std::uint32_t>(run.ranks.size()), name_of(run.site)});
  }
  const bool cancelled_before_it_ran =
      choice.task && std::ranges::binary_search(job.cancelled_tasks, *choice.task) &&
      !runs(job, *choice.task);
  if (!news.end && cancelled_before_it_ran) {
    news.end = LogEnd{JobState::cancelled, Reason::cancelled_by_user, 0, 0,
                      "cancelled by " + job.cancelled_by};
  }
  return news;
}

LogNews look_at(const JobView& job, const LogChoice& choice, std::size_t ended_before) {
  LogNews news;
  news.found = true;
  news.status = status_of(job.summary);
  news.end = end_of(job.summary);
  news.ended_total = job.attempts.size();
  for (std::size_t i = 0; i < job.attempts.size(); ++i) {
    const AttemptView& attempt = job.attempts[i];
    if (!choice.has(attempt.task, attempt.attempt)) continue;
    if (choice.task && attempt.outcome) news.end = end_of(*attempt.outcome);
    if (i < ended_before) continue;
    news.ended.push_back({attempt.task, attempt.attempt,
                          static_cast<std::uint32_t>(attempt.ranks.size()), attempt.site});
  }
  return news;
}

LogSession::LogSession(http::StreamWriter writer, Services& services, JobId job, LogChoice choice,
                       LogNews first)
    : Session(std::move(writer)),
      services_(services),
      job_(job),
      choice_(std::move(choice)),
      reader_(services.core, job),
      news_(std::move(first)) {}

Session::Pumped LogSession::pump() {
  std::optional<LogNews> news;
  bool looking = false;
  {
    const std::lock_guard lock(mutex_);
    news.swap(news_);
    looking = looking_;
  }
  if (news) take(*news);
  if (!writer_.is_open()) return Pumped::over;
  // What comes after the end changes nothing that was asked for.
  if (!looking && !end_ && job_changed_.exchange(false)) look();
  if (read_logs()) return Pumped::more;
  if (!end_ || !readings_.empty()) return Pumped::idle;
  tell("end", base::to_json(*end_));
  return Pumped::over;
}

// Asks for a look. One at a time: what changes meanwhile is in the next.
void LogSession::look() {
  {
    const std::lock_guard lock(mutex_);
    looking_ = true;
  }
  auto news = std::make_shared<LogNews>();
  services_.core.ask(
      [services = &services_, self = shared_from_this(), news, seen = ended_seen_](
          const engine::Engine& engine, base::Time now) {
        const auto at = engine.state().jobs.find(self->job_);
        if (at == engine.state().jobs.end()) return;
        const bool waits = at->second.running.empty() && !is_terminal(at->second.state);
        const auto* forecast = waits ? services->forecasts.of(engine, now) : nullptr;
        *news = look_at(engine, at->second, forecast, self->choice_, seen);
      },
      [self = shared_from_this(), news, bell = services_.follower.bell()] {
        {
          const std::lock_guard lock(self->mutex_);
          self->looking_ = false;
          self->news_ = std::move(*news);
        }
        bell->ring();
      });
}

// The job left the engine between two looks: the archive has the rest of it.
void LogSession::take_from_archive() {
  const Principal anybody{"", "", Role::operator_};  // who follows was held to the tenant before
  const auto view = archived_view(services_.core, anybody, job_);
  if (view && *view) return take(look_at(**view, choice_, ended_seen_));
  tell("error",
       problem_of(
           view ? base::Error{base::ErrorCode::not_found, "the job is there no longer", "", "", {}}
                : view.error())
           .body);
  writer_.close();
}

void LogSession::take(const LogNews& news) {
  if (!news.found) return take_from_archive();
  const bool changed =
      !told_ || told_->state != news.status.state || told_->reason != news.status.reason;
  if (changed) {
    told_ = news.status;
    tell("status", base::to_json(news.status));
  }
  for (const LogNews::Attempt& attempt : news.ended) take_attempt(attempt, true);
  for (const LogNews::Attempt& attempt : news.running) take_attempt(attempt, false);
  ended_seen_ = news.ended_total;
  end_ = news.end;
  first_look_ = false;
}

void LogSession::take_attempt(const LogNews::Attempt& attempt, bool ended) {
  for (const LogKey& log :
       choice_.logs_of(attempt.task, attempt.attempt, attempt.ranks, attempt.site)) {
    const auto [at, is_new] = readings_.try_emplace(log);
    at->second.ended = ended;
    if (!is_new) continue;
    at->second.offset = choice_.offset;
    if (!first_look_ || !choice_.tail) continue;
    // A tail that cannot be found is the whole log.
    at->second.offset = reader_.tail(log, *choice_.tail).value_or(0);
  }
}

void LogSession::tell(std::string_view event, const std::string& data) {
  writer_.write(http::format_event({{}, std::string(event), data, {}}));
}

bool LogSession::read_logs() {
  std::size_t budget = Follower::queued_bytes_max;
  live_logs_ = 0;
  bool more = false;
  for (auto at = readings_.begin(); at != readings_.end() && !more;) {
    const bool drained = read_log(at->first, at->second, budget);
    more = budget == 0;
    if (drained) {
      at = readings_.erase(at);
    } else {
      if (!at->second.ended) ++live_logs_;
      ++at;
    }
  }
  return more;
}

// True once everything of a log that has ended was told.
bool LogSession::read_log(const LogKey& log, Reading& reading, std::size_t& budget) {
  while (budget > 0) {
    const auto entry = reader_.read(log, reading.offset, piece_bytes, reading.ended);
    if (!entry) {
      tell("error", problem_of(entry.error()).body);
      return true;
    }
    if (entry->text.empty()) return reading.ended;
    tell("log", base::to_json(*entry));
    reading.offset = entry->next_offset;
    budget -= std::min(budget, entry->text.size());
  }
  return false;
}

}  // namespace weir::gateway
