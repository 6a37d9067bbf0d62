#include "engine/questions.h"

#include <algorithm>

#include "base/json.h"
#include "model/pack.h"

namespace weir::engine {

using namespace model;

base::Result<const JobRecord*> visible_job(const Engine& engine, const Principal& by, JobId id) {
  const auto at = engine.state().jobs.find(id);
  if (at != engine.state().jobs.end() &&
      (by.role == Role::operator_ || at->second.tenant == by.tenant)) {
    return &at->second;
  }
  return base::fail(base::ErrorCode::not_found, "there is no job " + std::to_string(id.value));
}

namespace {

Reason waiting_reason(const JobRecord& job, const QueueForecast* forecast) {
  if (job.held) return Reason::held_by_user;
  if (job.staging) return Reason::waits_for_data;
  if (job.deferred_until) return Reason::waits_for_energy;
  if (job.state != JobState::queued) return Reason::none;
  if (job.at_its_array_limit()) return Reason::waits_for_array_slot;
  const bool was_paused = !job.again.empty() && !job.ended.empty() && job.running.empty() &&
                          job.ended.back().outcome.reason == Reason::paused_for_power;
  if (was_paused) return Reason::waits_for_power;
  if (forecast == nullptr) return Reason::waits_for_capacity;
  const QueueForecast::Answer answer = forecast->of(job.id);
  if (answer.kept_out != Reason::none) return answer.kept_out;
  if (answer.played && !answer.site) {
    const bool undirected = !job.inputs.empty() && !job.directed_to;
    return undirected ? Reason::waits_for_data : Reason::never_fits_now;
  }
  return answer.ahead > 0 ? Reason::waits_for_its_turn : Reason::waits_for_capacity;
}

RankView rank_view(const Node* node, std::uint32_t index, const RankPlacement& rank) {
  RankView view{index,
                node == nullptr ? std::to_string(rank.node) : node->name,
                rank.cpus,
                rank.memory_bytes,
                {}};
  if (node == nullptr) return view;
  const std::string share =
      rank.is_share() ? model::devices_text(rank.device_milli) + " of " : std::string();
  for (const std::uint32_t device : rank.devices) {
    view.devices.push_back(share + node->devices[device].model + "@" +
                           node->devices[device].address);
  }
  return view;
}

AttemptView attempt_view(const State& state, const RunningAttempt& run) {
  AttemptView view;
  view.task = run.key.task;
  view.attempt = run.key.attempt;
  view.state = run.stopping != Reason::none         ? JobState::completing
               : run.phase == AttemptPhase::running ? JobState::running
                                                    : JobState::starting;
  view.reason = run.stopping;
  view.option = run.option;
  view.placed = run.placed;
  view.started = run.started;
  const SiteRecord& site = state.sites.at(run.site);
  view.site = site.name;
  for (std::uint32_t i = 0; i < run.ranks.size(); ++i) {
    const std::uint32_t node = run.ranks[i].node;
    view.ranks.push_back(
        rank_view(node < site.nodes.size() ? &site.nodes[node] : nullptr, i, run.ranks[i]));
  }
  return view;
}

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

JobSummary summary_of(const JobRecord& job, const JobSpec& spec, const QueueForecast* forecast) {
  JobSummary summary;
  summary.id = job.id;
  summary.name = spec.name;
  summary.tenant = job.tenant;
  summary.project = spec.project;
  summary.submitted_by = job.submitted_by;
  summary.state = job.state;
  summary.priority = job.priority;
  summary.nodes = job.nodes;
  summary.is_array = job.array.is_array();
  summary.tasks = {job.array.size(), job.waiting(), static_cast<std::uint32_t>(job.running.size()),
                   job.succeeded,    job.failed,    job.stopped};
  summary.message = job.message;
  summary.submitted = job.submitted;
  summary.started = job.first_start;
  summary.ended = job.end;
  if (is_terminal(job.state)) {
    summary.reason = job.reason;
    summary.exit_code = job.exit_code;
    if (job.signal != 0) summary.signal = job.signal;
    return summary;
  }
  summary.reason = waiting_reason(job, forecast);
  if (forecast != nullptr && job.running.empty()) {
    const auto answer = forecast->of(job.id);
    if (answer.start) summary.expected_start = answer.start->time;
  }
  if (job.deferred_until) summary.expected_start = job.deferred_until;
  return summary;
}

}  // namespace

JobSummary job_summary(const JobRecord& job, const QueueForecast* forecast) {
  return summary_of(job, unpack_spec(job.packed_spec), forecast);
}

JobView job_view(const State& state, const JobRecord& job, const QueueForecast* forecast) {
  JobView view;
  view.spec = unpack_spec(job.packed_spec);
  view.summary = summary_of(job, view.spec, forecast);
  for (const EndedAttempt& ended : job.ended) {
    AttemptView attempt = attempt_view(state, ended.run);
    attempt.state = state_of(ended.outcome.ending);
    attempt.reason = ended.outcome.reason;
    attempt.ended = ended.ended;
    attempt.outcome = ended.outcome;
    view.attempts.push_back(std::move(attempt));
    view.usage.wall_us += ended.outcome.usage.wall_us;
    view.usage.cpu_us += ended.outcome.usage.cpu_us;
    if (const auto peak = ended.outcome.usage.peak_memory_bytes) {
      view.usage.peak_memory_bytes = std::max(view.usage.peak_memory_bytes.value_or(0), *peak);
    }
  }
  view.footprint = job.footprint;
  for (const RunningAttempt& run : job.running) {
    view.attempts.push_back(attempt_view(state, run));
    view.site_heard = state.sites.at(run.site).heard;
  }
  return view;
}

std::string archive_text(const JobView& view) { return base::to_json(view); }

namespace {

bool matches(const JobRecord& job, const JobFilter& filter) {
  if (!filter.states.empty() &&
      std::find(filter.states.begin(), filter.states.end(), job.state) == filter.states.end()) {
    return false;
  }
  if (filter.name.empty()) return true;
  return unpack_spec(job.packed_spec).name.find(filter.name) != std::string::npos;
}

// Newest first over one or all tenants' sets of ids.
using JobSet = base::IdSet<JobId>;
std::vector<const JobSet*> sets_of(const std::map<std::string, JobSet>& sets, const Principal& by,
                                   const JobFilter& filter) {
  std::vector<const JobSet*> chosen;
  const bool everybody = by.role == Role::operator_ && !filter.tenant;
  for (const auto& [tenant, jobs] : sets) {
    const bool own = by.role == Role::operator_ ? filter.tenant == tenant : tenant == by.tenant;
    if (everybody || own) chosen.push_back(&jobs);
  }
  return chosen;
}

}  // namespace

JobPage list_jobs(const Engine& engine, const Principal& by, const JobFilter& filter,
                  const QueueForecast* forecast) {
  const bool everything = filter.all_states || !filter.states.empty();
  const auto sets =
      sets_of(everything ? engine.index().by_tenant : engine.index().active_by_tenant, by, filter);
  JobPage page;
  using Cursor = std::pair<JobSet::const_reverse_iterator, const JobSet*>;
  const auto older = [](const Cursor& a, const Cursor& b) { return *a.first < *b.first; };
  std::vector<Cursor> heap;
  for (const JobSet* jobs : sets) {
    page.total += jobs->size();
    auto first = filter.before ? std::make_reverse_iterator(jobs->lower_bound(*filter.before))
                               : jobs->rbegin();
    if (first != jobs->rend()) heap.emplace_back(first, jobs);
  }
  std::make_heap(heap.begin(), heap.end(), older);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), older);
    Cursor& newest = heap.back();
    const JobRecord& job = engine.state().jobs.at(*newest.first);
    if (matches(job, filter)) {
      if (page.jobs.size() == filter.limit) {
        page.next = std::to_string(page.jobs.back().id.value);
        break;
      }
      page.jobs.push_back(job_summary(job, forecast));
    }
    if (++newest.first == newest.second->rend()) {
      heap.pop_back();
    } else {
      std::push_heap(heap.begin(), heap.end(), older);
    }
  }
  return page;
}

}  // namespace weir::engine
