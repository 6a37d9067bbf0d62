// `plan` and `explain`: why here, why waiting, what would change it.
#include <algorithm>

#include "base/quantity.h"
#include "engine/questions.h"
#include "model/pack.h"
#include "schedule/explain.h"
#include "schedule/filter.h"
#include "schedule/place.h"
#include "schedule/timeline.h"

namespace weir::engine {

using namespace model;

namespace {

std::vector<Candidate> all_candidates(const Engine& engine, const schedule::Request& request,
                                      const std::map<SiteId, schedule::Start>& starts,
                                      std::optional<base::Duration> time_limit, base::Time now) {
  std::vector<Candidate> rows;
  for (const auto& [id, site] : engine.state().sites) {
    const auto start = starts.find(id);
    auto of_site = schedule::candidates(
        site.name, engine.index().sites.at(id).capacity, request,
        start == starts.end() ? std::nullopt : std::optional(start->second), time_limit, now);
    for (Candidate& row : of_site) {
      if (!site.in_touch) {
        row.now = false;
        row.start.reset();
        row.finish.reset();
        row.obstacles.insert(
            row.obstacles.begin(),
            {"state", "no word from the site since " + base::format_time(site.heard), false});
      }
      rows.push_back(std::move(row));
    }
  }
  schedule::rank(rows);
  return rows;
}

std::string nearest_request(const Engine& engine, const schedule::Request& request) {
  for (const auto& [id, places] : engine.index().sites) {
    for (const ResourceOption& option : request.options) {
      std::string nearest = schedule::nearest_that_fits(places.capacity, request.nodes, option);
      if (!nearest.empty()) return nearest;
    }
  }
  return "";
}

// A smaller request that would start at once: as much as is free together this moment, and not kept
// for work that goes first.
std::string smaller_that_starts_now(const Engine& engine, const schedule::Request& request,
                                    const schedule::Stay& stay, schedule::Turn turn,
                                    base::Time now) {
  const auto kept = kept_before(engine, turn, now);
  for (const auto& [site, places] : engine.index().sites) {
    if (!places.in_touch) continue;
    const auto starts_now = [&, id = site](std::uint32_t nodes, const ResourceOption& option) {
      return could_start_now(engine, id, {nodes, {option}, false}, stay, turn, kept, now)
          .has_value();
    };
    for (const ResourceOption& option : request.options) {
      for (std::uint32_t nodes = request.nodes; nodes-- > 1;) {
        if (starts_now(nodes, option)) {
          return "with `nodes: " + std::to_string(nodes) + "` it would start now";
        }
      }
      ResourceOption less = option;
      for (less.cpus = option.cpus; less.cpus-- > 1;) {
        if (starts_now(request.nodes, less)) {
          return "with `cpus: " + std::to_string(less.cpus) + "` it would start now";
        }
      }
    }
  }
  return "";
}

std::vector<Holder> holders_of_capacity(const Engine& engine, std::size_t most) {
  std::vector<Holder> holders;
  for (const JobId id : engine.index().running_jobs) {
    const JobRecord& job = engine.state().jobs.at(id);
    const std::string name = unpack_spec(job.packed_spec).name;
    for (const RunningAttempt& run : job.running) {
      Holder holder;
      holder.job = id;
      holder.task = format_task(run.key.task_key(), job.array.is_array());
      holder.name = name;
      for (const RankPlacement& rank : run.ranks) {
        holder.cpus += rank.cpus;
        holder.memory_bytes += rank.memory_bytes;
        holder.devices += static_cast<std::uint32_t>(rank.devices.size());
      }
      holder.until = run.end();
      holders.push_back(std::move(holder));
    }
  }
  // Who ends first is the one to look at; those without a limit last.
  std::stable_sort(holders.begin(), holders.end(), [](const Holder& a, const Holder& b) {
    if (a.until.has_value() != b.until.has_value()) return a.until.has_value();
    return a.until && *a.until < *b.until;
  });
  if (holders.size() > most) holders.resize(most);
  return holders;
}

std::string plural(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void explain_waiting(const Engine& engine, const JobRecord& job, base::Time now, Explanation& out) {
  const RequestClass& of_job = engine.index().classes[job.request_class];
  const QueueForecast forecast(engine, now);
  const auto answer = forecast.of(job.id);
  std::map<SiteId, schedule::Start> starts;
  if (answer.site) starts.emplace(*answer.site, *answer.start);
  out.ahead = answer.ahead;
  out.candidates = all_candidates(engine, of_job.request, starts, job.time_limit, now);
  if (answer.start) out.expected_start = answer.start->time;
  if (job.promise) out.promised_start = job.promise->start;

  if (engine.state().sites.empty()) {
    out.reason = Reason::waits_for_site;
    out.summary = "It waits for a site: none has joined yet.";
    return;
  }
  const bool in_touch = std::any_of(engine.state().sites.begin(), engine.state().sites.end(),
                                    [](const auto& entry) { return entry.second.in_touch; });
  if (!in_touch) {
    out.reason = Reason::waits_for_site;
    out.summary = "It waits for a site: none is in touch.";
    return;
  }
  if (answer.played && !answer.site) {
    out.reason = Reason::never_fits_now;
    out.summary = "It can never start as it stands: nothing here is large enough any more.";
    out.advice = nearest_request(engine, of_job.request);
    return;
  }
  if (job.at_its_array_limit()) {
    out.reason = Reason::waits_for_array_slot;
    out.summary = "Its next task waits for one of its own: the array may run " +
                  plural(job.array.at_once, "task") + " at once, and does.";
    out.advice = "raise the limit: weir update " + std::to_string(job.id.value) + " --at-once N";
    return;
  }
  out.holders = holders_of_capacity(engine, 10);
  const Obstacle* first = nullptr;
  for (const Candidate& row : out.candidates) {
    if (row.feasible && !row.obstacles.empty()) {
      first = &row.obstacles.front();
      break;
    }
  }
  if (first != nullptr && first->limit != "option") {
    out.reason = Reason::waits_for_capacity;
    out.summary = "It waits for capacity: it " + first->message + ".";
    out.advice = smaller_that_starts_now(engine, of_job.request, stay_of(job),
                                         schedule::turn_of(job.id, job.priority), now);
  } else {
    out.reason = Reason::waits_for_its_turn;
    out.summary = "It waits for its turn: what is free is kept for work that goes first.";
    if (!job.time_limit) {
      out.advice = "with a time limit it could slip in before: weir update " +
                   std::to_string(job.id.value) + " --time 10m";
    }
  }
  if (answer.played && answer.ahead > 0) {
    out.details.push_back(plural(answer.ahead, "job") + (answer.ahead == 1 ? " goes" : " go") +
                          " first (priority, then time of submission).");
  }
  if (out.promised_start) {
    out.details.push_back(
        "It starts at " + base::format_time(*out.promised_start) +
        " at the latest: it is promised, and nothing that comes later delays it.");
  } else if (out.expected_start) {
    out.details.push_back("It is expected to start at " + base::format_time(*out.expected_start) +
                          ", if what goes first runs to its time limits.");
  } else if (answer.played) {
    out.details.push_back(
        "Nobody can say when it starts: it depends on work without a time limit.");
  } else {
    out.details.push_back("It stands too far back in the queue for a forecast.");
  }
}

void explain_running(const Engine& engine, const JobRecord& job, Explanation& out) {
  out.summary =
      job.state == JobState::completing
          ? "It is being ended: " + std::string(note_of(job.running.front().stopping).sentence) +
                "."
      : job.state == JobState::starting ? "It has its place and is about to start."
                                        : "It runs.";
  for (const RunningAttempt& run : job.running) {
    const SiteRecord& site = engine.state().sites.at(run.site);
    std::string nodes;
    for (const RankPlacement& rank : run.ranks) {
      nodes += (nodes.empty() ? "" : ", ") + site.name + "/" + site.nodes[rank.node].name;
    }
    std::string line = format_task(run.key.task_key(), job.array.is_array()) + ", attempt " +
                       std::to_string(run.key.attempt) + ": on " + nodes;
    if (run.started) line += " since " + base::format_time(*run.started);
    if (run.started && run.time_limit) {
      line += ", until " + base::format_time(*run.end()) + " at the latest";
    }
    out.details.push_back(line + ".");
    if (out.details.size() == 10) break;
  }
  if (job.running.size() > 10) {
    out.details.push_back("… and " + plural(job.running.size() - 10, "more task") + ".");
  }
  if (job.waiting() > 0) {
    out.details.push_back(plural(job.waiting(), "task") + " of it still " +
                          (job.waiting() == 1 ? "waits." : "wait."));
  }
}

void explain_ended(const JobRecord& job, Explanation& out) {
  out.summary = "It has ended: " + std::string(base::enum_name(job.state));
  if (job.reason != Reason::none) out.summary += ", " + std::string(note_of(job.reason).sentence);
  out.summary += ".";
  if (!job.message.empty()) {
    out.details.push_back(job.message);
  } else if (job.signal != 0) {
    out.details.push_back("Signal " + std::to_string(job.signal) + ".");
  } else if (job.exit_code != 0) {
    out.details.push_back("Exit code " + std::to_string(job.exit_code) + ".");
  }
  const std::string id = std::to_string(job.id.value);
  if (job.state == JobState::failed) out.advice = "read what it said: weir logs " + id;
  if (job.state == JobState::timeout) out.advice = "give it longer: limits: {time: …}";
  if (job.reason == Reason::memory_limit) out.advice = "give it more memory: resources.memory";
}

}  // namespace

Plan plan_job(const Engine& engine, const JobSpec& spec, base::Time now) {
  const schedule::Request request = schedule::request_of(spec);
  Plan plan;
  plan.candidates = all_candidates(
      engine, request, QueueForecast::of_new(engine, request, spec, now), spec.time_limit, now);
  for (const Candidate& row : plan.candidates) {
    plan.feasible = plan.feasible || row.feasible;
    plan.now = plan.now || row.now;
  }
  if (!plan.feasible) {
    plan.advice = nearest_request(engine, request);
  } else if (!plan.now) {
    const JobId new_job{engine.state().last_job + 1};
    plan.advice = smaller_that_starts_now(engine, request, {spec.time_limit, 0, false},
                                          schedule::turn_of(new_job, spec.priority), now);
  }
  return plan;
}

Explanation explain_job(const Engine& engine, const JobRecord& job, base::Time now) {
  Explanation out;
  out.id = job.id;
  out.state = job.state;
  out.reason = job.reason;
  if (is_terminal(job.state)) {
    explain_ended(job, out);
  } else if (!job.running.empty()) {
    explain_running(engine, job, out);
  } else if (job.held) {
    out.reason = Reason::held_by_user;
    out.summary = "It is held and waits until somebody releases it.";
    out.advice = "weir release " + std::to_string(job.id.value);
    const schedule::Request& request = engine.index().classes[job.request_class].request;
    const JobSpec spec = unpack_spec(job.packed_spec);
    out.candidates = all_candidates(
        engine, request, QueueForecast::of_new(engine, request, spec, now), job.time_limit, now);
    if (!out.candidates.empty() && out.candidates.front().start) {
      const Candidate& best = out.candidates.front();
      out.details.push_back(best.now ? "Released now, it would start at once."
                                     : "Released now, it would start at " +
                                           base::format_time(*best.start) + " at the latest.");
    }
  } else {
    explain_waiting(engine, job, now, out);
  }
  out.party = note_of(out.reason).party;
  out.retry_helps = note_of(out.reason).retry_helps;
  return out;
}

}  // namespace weir::engine
