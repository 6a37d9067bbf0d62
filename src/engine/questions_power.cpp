// What became of requests to draw less.
#include <algorithm>

#include "engine/power.h"

namespace weir::engine {

using namespace model;

namespace {

// Until the task ran again, or its job ended, or so far.
std::optional<base::Duration> paused_time(const JobRecord& job, AttemptKey attempt,
                                          base::Time now) {
  const auto ended = std::find_if(job.ended.begin(), job.ended.end(),
                                  [&](const auto& each) { return each.run.key == attempt; });
  if (ended == job.ended.end()) return base::Duration(0);  // it is on its way out
  const AttemptKey next{attempt.job, attempt.task, attempt.attempt + 1};
  base::Time until = job.end.value_or(now);
  const auto consider = [&](const RunningAttempt& run) {
    if (run.key == next) until = std::min(until, run.started.value_or(now));
  };
  for (const RunningAttempt& run : job.running) consider(run);
  for (const EndedAttempt& each : job.ended) consider(each.run);
  return std::max(until - ended->ended, base::Duration(0));
}

PowerService service_of(const State& state, const PowerTouched& touched, base::Time now) {
  PowerService service;
  service.job = touched.touch.job;
  service.action = touched.touch.action;
  service.at = touched.at;
  service.milliwatts = touched.touch.milliwatts;
  const auto found = state.jobs.find(touched.touch.job);
  if (found == state.jobs.end()) return service;  // it is in the archive
  const JobRecord& job = found->second;
  service.paused = paused_time(job, touched.attempt, now);
  service.deadline = job.deadline;
  if (job.deadline && job.end) {
    service.deadline_kept = job.state == JobState::succeeded && *job.end <= *job.deadline;
  }
  return service;
}

PowerRequestState state_of(const PowerRecord& record, base::Time now) {
  if (record.withdrawn && *record.withdrawn < record.request.until) {
    return PowerRequestState::withdrawn;
  }
  if (now >= record.end()) return PowerRequestState::over;
  return now < record.request.from ? PowerRequestState::waits : PowerRequestState::runs;
}

// The least that it draws less, from when everybody has given way.
std::int64_t least_less(const PowerRequest& request) {
  std::int64_t most = 0;
  const PowerStep* before = nullptr;
  for (const PowerStep& step : request.committed) {
    if (step.from <= request.settled) {
      before = &step;
    } else {
      most = std::max(most, step.milliwatts);
    }
  }
  if (before != nullptr) most = std::max(most, before->milliwatts);
  return request.draw_milliwatts - most;
}

}  // namespace

PowerRequestView power_request_view(const Engine& engine, const PowerRecord& record,
                                    base::Time now) {
  PowerRequestView view;
  view.request = record.request;
  view.state = state_of(record, now);
  const std::int64_t less = least_less(record.request);
  view.less_milliwatts = std::max<std::int64_t>(less, 0);
  view.short_milliwatts = std::max<std::int64_t>(
      record.request.draw_milliwatts - record.request.target_milliwatts - less, 0);
  PowerRecord so_far = record;
  const auto site = engine.index().site_by_name.find(record.request.site);
  const PowerBook::OfSite* const drawn =
      site == engine.index().site_by_name.end() ? nullptr : engine.index().power().of(site->second);
  if (drawn != nullptr) account_power(so_far, drawn->milliwatts, now);
  for (const PowerDelivered& span : so_far.delivered) {
    const std::int64_t mean = span.covered_ms > 0 ? span.milliwatt_ms / span.covered_ms : 0;
    view.delivered.push_back({span.from, mean, span.most_milliwatts, std::nullopt});
  }
  for (const PowerTouched& touched : record.touched) {
    view.touched.push_back(service_of(engine.state(), touched, now));
  }
  return view;
}

std::vector<PowerRequestView> list_power_requests(const Engine& engine, base::Time now) {
  std::vector<PowerRequestView> views;
  const auto& records = engine.state().power_requests;
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    views.push_back(power_request_view(engine, *record, now));
  }
  return views;
}

}  // namespace weir::engine
