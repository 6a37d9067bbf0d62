#include "engine/forecast.h"

#include <algorithm>

#include "engine/explain_tenants.h"

namespace weir::engine {

using namespace model;

std::vector<JobId> waiting_in_turn(const Index& index, std::size_t most) {
  // The first of every class, then always the class whose next is first.
  struct Cursor {
    schedule::Position position;
    base::SortedBlocks<schedule::Turn>::const_iterator at;
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
      first.position.last_start = first.at->last_start;
      first.position.job = first.at->job;
      std::push_heap(heap.begin(), heap.end(), later);
    }
  }
  return jobs;
}

namespace {

// What runs on the sites, until its expected ends. The timelines are those of the index with other
// ends; what is kept for a reclaim is so until somebody takes it.
std::map<SiteId, schedule::Timeline> expected_timelines(const Engine& engine,
                                                        const Expectations& expectations,
                                                        base::Time now) {
  const Index& index = engine.index();
  std::map<SiteId, schedule::Timeline> timelines;
  for (const auto& [id, places] : index.sites) {
    if (places.takes_work) timelines.emplace(id, schedule::Timeline(places.capacity.nodes()));
  }
  const auto add = [&](SiteId site, std::span<const RankPlacement> ranks, base::Time end) {
    const auto at = timelines.find(site);
    if (at != timelines.end()) at->second.add_hold(index.sites.at(site).capacity, ranks, end);
  };
  for (const JobId id : index.running_jobs) {
    const JobRecord& job = engine.state().jobs.at(id);
    for (const RunningAttempt& run : job.running) {
      const bool gives_way = run.stopping == Reason::preempted;
      add(run.site, run.ranks, gives_way ? schedule::never : expectations.end_of(job, run, now));
    }
  }
  for (const ReclaimRecord& reclaim : engine.state().reclaims) {
    add(reclaim.site, index.kept(reclaim.attempt), schedule::never);
  }
  return timelines;
}

schedule::Forecast forecast_of(const Engine& engine, const Expectations& expectations,
                               base::Time now) {
  const auto timelines = expected_timelines(engine, expectations, now);
  std::vector<schedule::SiteNow> sites;
  for (const auto& [id, timeline] : timelines) {
    sites.push_back({id.value, &engine.index().sites.at(id).capacity, &timeline});
  }
  return {std::move(sites), now};
}

schedule::WaitingWork waiting_work(const Engine& engine, const Expectations& expectations,
                                   const JobRecord& job, base::Time now) {
  schedule::WaitingWork work;
  const RequestKind& kind = engine.index().waiting_kind(job);
  work.request = &kind.request;
  work.request_class = kind.asks;
  work.tasks = job.waiting();
  work.at_once = job.array.at_once;
  work.run_time = expectations.of(job);
  if (work.at_once != 0) {
    for (const RunningAttempt& run : job.running) {
      work.running_until.push_back(expectations.end_of(job, run, now));
    }
  }
  return work;
}

}  // namespace

std::optional<schedule::Choice> could_start_now(const Engine& engine, SiteId site,
                                                const schedule::Request& request,
                                                std::span<const std::uint32_t> options,
                                                const schedule::Stay& stay,
                                                const schedule::Position& position,
                                                const std::optional<SiteSlot>& kept,
                                                const Flexibility& how, base::Time now) {
  const Index& index = engine.index();
  const bool strictly_in_turn = engine.state().policy.backfill == BackfillRule::none;
  const auto first = index.queues().next(nullptr, nullptr);
  if (strictly_in_turn && first && first->position < position) return std::nullopt;
  const SitePlaces& places = index.sites.at(site);
  schedule::Timeline timeline = places.timeline;
  if (kept && kept->site == site) {
    keep(timeline, places.capacity, index.kinds[kept->kind], kept->slot);
  }
  const schedule::ReservationGate gate(places.capacity, timeline, stay, now);
  const auto chosen = [&](std::span<const std::uint32_t> among) {
    auto choice = schedule::choose(places.capacity, request, among, {}, &gate);
    if (choice &&
        !has_power(engine, site, request.options[choice->option], how, now, choice->ranks)) {
      choice.reset();
    }
    return choice;
  };
  auto choice = chosen(options);
  const bool others = !choice && options.size() > 1 && index.power().any_capped(now);
  for (std::size_t i = 0; others && !choice && i < options.size(); ++i) {
    choice = chosen(options.subspan(i, 1));
  }
  return choice;
}

QueueForecast::QueueForecast(const Engine& engine, base::Time now, RunTimes run_times,
                             std::size_t most) {
  const Expectations expectations(engine, run_times);
  schedule::Forecast forecast = forecast_of(engine, expectations, now);
  std::uint64_t ahead = 0;
  for (const JobId id : waiting_in_turn(engine.index(), most)) {
    const JobRecord& job = engine.state().jobs.at(id);
    Answer answer;
    answer.played = true;
    answer.ahead = ahead++;
    if (auto start = forecast.add(waiting_work(engine, expectations, job, now))) {
      start->option = engine.index().waiting_kind(job).asked_option(start->option);
      // What was promised holds, whatever slips in; a forecast does not know of what may. Work that
      // is to end before its limit makes room sooner, for the option it waits for.
      const bool promised = job.promise && job.promise->start >= now;
      const bool sooner = run_times == RunTimes::expected && promised && start->time &&
                          start->option == job.promise->option && *start->time < job.promise->start;
      if (promised && !sooner) {
        start = schedule::Start{job.promise->site.value, job.promise->option, job.promise->start};
      }
      answer.site = SiteId{start->site};
      answer.start = start;
    }
    answers_.emplace(id, answer);
  }
  for (const RequestClass& of_job : engine.index().classes) {
    if (of_job.open || of_job.queue.empty()) continue;
    Answer answer;
    answer.kept_out = quota_reason(engine, engine.state().jobs.at(of_job.queue.begin()->job));
    for (const schedule::Turn& turn : of_job.queue) {
      if (answers_.size() == most + jobs_played) return;
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
  const Expectations expectations(engine, RunTimes::expected);
  schedule::Forecast forecast = forecast_of(engine, expectations, now);
  for (const JobId id : waiting_in_turn(engine.index(), jobs_played)) {
    const JobRecord& job = engine.state().jobs.at(id);
    if (position < engine.index().position_of(job)) break;  // it goes after the new one
    (void)forecast.add(waiting_work(engine, expectations, job, now));
  }
  const auto kept = kept_before(engine, position, now);
  const RequestKind kind = engine.index().kind_of_new(request, spec);
  std::vector<std::uint32_t> options;
  for (const auto& turn : kind.turns) options.insert(options.end(), turn.begin(), turn.end());
  const schedule::Stay stay{spec.time_limit, 0, false};
  const auto later = better_later(engine, kind, stay, std::nullopt, position, now);
  std::map<SiteId, schedule::Start> starts;
  std::size_t nth = 0;
  for (const auto& [site, places] : engine.index().sites) {
    if (!places.takes_work) continue;
    auto start = forecast.soonest_on(nth++, request);
    if (!start) continue;
    // Short work may slip in before what waits, and then starts now.
    const auto choice = could_start_now(engine, site, request, options, stay, position, kept,
                                        flexibility_of(spec, now), now);
    if (choice && later && later->site == site) {
      start = schedule::Start{site.value, later->slot.option, later->slot.start};
    } else if (choice && !later) {
      start = schedule::Start{site.value, choice->option, now};
    } else if (start->time && *start->time <= now) {
      // It waits for work that is past its limit, or behind a promise: any moment, and not now.
      start->time = now + base::Duration(1);
    }
    starts.emplace(site, *start);
  }
  return starts;
}

}  // namespace weir::engine
