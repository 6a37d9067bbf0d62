#include "engine/forecast.h"

#include <algorithm>

#include "engine/explain_tenants.h"
#include "engine/promise.h"
#include "schedule/choose.h"

namespace weir::engine {

using namespace model;

std::vector<schedule::RunningWork> running_work(const State& state, const Index& index, SiteId site,
                                                base::Time now) {
  std::vector<schedule::RunningWork> work;
  for (const JobId id : index.running_jobs) {
    const JobRecord& job = state.jobs.at(id);
    for (const RunningAttempt& run : job.running) {
      if (run.site != site) continue;
      std::optional<base::Time> end;
      if (job.time_limit) end = std::max(run.started.value_or(run.placed) + *job.time_limit, now);
      work.push_back({run.ranks, end, id.value});
    }
  }
  // What is kept for those who get it back comes free when they have run: nobody can say when.
  for (const ReclaimRecord& reclaim : state.reclaims) {
    if (reclaim.site != site) continue;
    work.push_back({index.kept(reclaim.attempt), std::nullopt, reclaim.attempt.job.value});
  }
  return work;
}

schedule::WaitingWork waiting_work(const RequestKind& kind, const JobRecord& job) {
  return {&kind.request,     job.waiting(),  static_cast<std::uint32_t>(job.running.size()),
          job.array.at_once, job.time_limit, job.id.value};
}

std::vector<JobId> waiting_in_turn(const Index& index, std::size_t most) {
  // The first of every class, then always the class whose next is first.
  struct Cursor {
    schedule::Position position;
    std::set<schedule::Turn>::const_iterator at;
    const RequestClass* of_job;
  };
  const auto later = [](const Cursor& a, const Cursor& b) { return b.position < a.position; };
  std::vector<Cursor> heap;
  for (const RequestClass& of_job : index.classes) {
    if (of_job.queue.empty() || !of_job.open) continue;
    const auto first = of_job.queue.begin();
    heap.push_back({index.queues().position(index.tenants(), of_job.leaf, *first), first, &of_job});
  }
  std::make_heap(heap.begin(), heap.end(), later);
  std::vector<JobId> jobs;
  while (!heap.empty() && jobs.size() < most) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Cursor& first = heap.back();
    jobs.push_back(first.at->job);
    if (++first.at == first.of_job->queue.end()) {
      heap.pop_back();
    } else {
      first.position.rank = first.at->rank;
      first.position.job = first.at->job;
      std::push_heap(heap.begin(), heap.end(), later);
    }
  }
  return jobs;
}

namespace {

std::map<SiteId, schedule::Forecast> forecasts_of(const Engine& engine, base::Time now) {
  std::map<SiteId, schedule::Forecast> forecasts;
  for (const auto& [id, site] : engine.state().sites) {
    if (!site.in_touch) continue;
    forecasts.emplace(
        id, schedule::Forecast(engine.index().capacity.at(id),
                               running_work(engine.state(), engine.index(), id, now), now));
  }
  return forecasts;
}

// With several sites the first that can ever hold the work plays it; a finer choice needs the
// flows of data and network.
QueueForecast::Answer play(std::map<SiteId, schedule::Forecast>& forecasts,
                           const schedule::WaitingWork& work) {
  QueueForecast::Answer answer;
  answer.played = true;
  for (auto& [site, forecast] : forecasts) {
    auto start = forecast.add(work);
    if (!start) continue;
    answer.site = site;
    answer.start = std::move(start);
    break;
  }
  return answer;
}

}  // namespace

QueueForecast::QueueForecast(const Engine& engine, base::Time now) {
  auto forecasts = forecasts_of(engine, now);
  std::uint64_t ahead = 0;
  for (const JobId id : waiting_in_turn(engine.index(), jobs_played)) {
    const JobRecord& job = engine.state().jobs.at(id);
    Answer answer = play(forecasts, waiting_work(engine.index().waiting_kind(job), job));
    answer.ahead = ahead++;
    answers_.emplace(id, std::move(answer));
  }
  for (const RequestClass& of_job : engine.index().classes) {
    if (of_job.open || of_job.queue.empty()) continue;
    Answer answer;
    answer.kept_out = quota_reason(engine, engine.state().jobs.at(of_job.queue.begin()->job));
    for (const schedule::Turn& turn : of_job.queue) {
      if (answers_.size() == 2 * jobs_played) return;
      answers_.emplace(turn.job, answer);
    }
  }
}

QueueForecast::Answer QueueForecast::of(JobId job) const {
  const auto at = answers_.find(job);
  return at == answers_.end() ? Answer{} : at->second;
}

std::map<SiteId, schedule::Start> QueueForecast::of_new(const Engine& engine,
                                                        const schedule::Request& request,
                                                        const JobSpec& spec,
                                                        const schedule::Position& position,
                                                        base::Time now) {
  auto forecasts = forecasts_of(engine, now);
  for (const JobId id : waiting_in_turn(engine.index(), jobs_played)) {
    const JobRecord& job = engine.state().jobs.at(id);
    if (position < engine.index().position_of(job)) break;  // it goes after the new one
    play(forecasts, waiting_work(engine.index().waiting_kind(job), job));
  }
  std::map<SiteId, schedule::Start> starts;
  const schedule::WaitingWork work{
      &request,           spec.array.size(), 0,
      spec.array.at_once, spec.time_limit,   engine.state().last_job + 1};
  // The forecast plays strictly in turn; short work may slip in before, and then starts now.
  const Promises promises = promise_before(engine, position, now);
  for (auto& [site, forecast] : forecasts) {
    auto start = forecast.add(work);
    if (!start) continue;
    auto choice = schedule::choose(engine.index().capacity.at(site), request,
                                   closed_nodes(promises, site, now, spec.time_limit));
    if (choice) {
      start = schedule::Start{choice->option, std::move(choice->ranks), now};
    } else if (start->time && *start->time <= now) {
      // It waits for work that is past its limit: any moment, and not now.
      start->time = now + base::Duration(1);
    }
    starts.emplace(site, std::move(*start));
  }
  return starts;
}

}  // namespace weir::engine
