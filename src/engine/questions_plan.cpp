// `plan` and `explain`: why here, why waiting, what would change it.
#include <algorithm>
#include <array>
#include <set>

#include "base/money.h"
#include "base/quantity.h"
#include "engine/admission.h"
#include "engine/candidates.h"
#include "engine/counterfactual.h"
#include "engine/explain_tenants.h"
#include "engine/power.h"
#include "engine/promise.h"
#include "engine/questions.h"
#include "engine/questions_data.h"
#include "model/pack.h"
#include "schedule/explain.h"
#include "schedule/filter.h"
#include "schedule/place.h"
#include "schedule/timeline.h"

namespace weir::engine {

using namespace model;

namespace {

std::string nearest_request(const Engine& engine, const schedule::Request& request) {
  for (const auto& [id, places] : engine.index().sites) {
    for (const ResourceOption& option : request.options) {
      std::string nearest = schedule::nearest_that_fits(places.capacity, request.nodes, option);
      if (!nearest.empty()) return nearest;
    }
  }
  return "";
}

std::string plural(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Why a job does not take a device that is free: the one it is promised is quicker, and done
// sooner.
// "" where that is not so.
std::string quicker_later(const Engine& engine, const JobRecord& job, base::Time now) {
  const RequestKind& kind = engine.index().waiting_kind(job);
  if (!job.promise || kind.runs.empty()) return "";
  const schedule::Position position = engine.index().position_of(job);
  const auto kept = kept_before(engine, position, now);
  const auto promised = std::find_if(
      kind.turns.begin(), kind.turns.end(), [&](const std::vector<std::uint32_t>& turn) {
        return std::any_of(turn.begin(), turn.end(), [&](std::uint32_t option) {
          return kind.asked_option(option) == job.promise->option;
        });
      });
  if (promised == kind.turns.end()) return "";
  const std::uint32_t quick = promised->front();
  for (auto turn = std::next(promised); turn != kind.turns.end(); ++turn) {
    for (const auto& [site, places] : engine.index().sites) {
      if (!places.takes_work) continue;
      const auto free = could_start_now(engine, site, kind.request, *turn, stay_of(job), position,
                                        kept, flexibility_of(job, now), now);
      if (!free || job.promise->start + kind.runs[quick] >= now + kind.runs[free->option]) continue;
      const auto name = [&](std::uint32_t option) {
        return schedule::describe(kind.request.nodes, kind.request.options[option]);
      };
      return "It waits for quicker devices: with " + name(quick) + " it is done by " +
             base::format_time(job.promise->start + kind.runs[quick]) + " at the latest, with " +
             name(free->option) + ", which is free, only by " +
             base::format_time(now + kind.runs[free->option]) + ".";
    }
  }
  return "";
}

// The nearest request that would start now goes into `advice`, the others into `details`.
void advise(const Engine& engine, const JobRecord& job, base::Time now, Explanation& out) {
  const Waiting waiting{engine.index().waiting_kind(job).request,
                        job.time_limit,
                        engine.index().position_of(job),
                        path_of(engine, job),
                        job.id.value,
                        job.deadline,
                        flexibility_of(job, now)};
  for (const Counterfactual& change : what_would_start_now(engine, waiting, now)) {
    std::string text = change.text;
    if (change.time_limit != job.time_limit) {
      text += ": weir update " + std::to_string(job.id.value) + " --time " +
              base::format_duration(*change.time_limit);
    }
    if (out.advice.empty()) {
      out.advice = std::move(text);
    } else {
      out.details.push_back("What would help as well: " + text + ".");
    }
  }
}

std::string when_it_is_decided_anew(const State& state) {
  std::string text = "Every " + base::format_duration(state.policy.rounds->length) +
                     " it is decided anew who runs";
  if (state.rounds.phase == RoundPhase::running) {
    text += ", next at " + base::format_time(state.rounds.until) + " at the latest";
  }
  return text + ".";
}

// Where work takes turns alone nobody knows yet whose turn is when.
void explain_turns(const State& state, Explanation& out) {
  out.reason = Reason::waits_for_its_turn;
  out.expected_start.reset();
  out.summary = "It waits for its turn.";
  out.details.push_back(when_it_is_decided_anew(state));
}

// Nobody knows yet when there is power for it: that depends on who else gets some.
void explain_power(const Obstacle& obstacle, Explanation& out) {
  out.reason = Reason::waits_for_power;
  out.expected_start.reset();
  out.summary = "It waits for power: it " + obstacle.message + ".";
  out.details.push_back("What sites may draw, and who asked for that: weir power requests.");
}

void explain_waiting(const Engine& engine, const JobRecord& job, base::Time now, Explanation& out) {
  const RequestKind& of_job = engine.index().asked_kind(job);
  const RequestClass& of_class = engine.index().classes[job.request_class];
  const QueueForecast forecast(engine, now);
  const auto answer = forecast.of(job.id);
  std::map<SiteId, schedule::Start> starts;
  if (answer.site) starts.emplace(*answer.site, *answer.start);
  out.ahead = answer.ahead;
  out.candidates = all_candidates(engine, of_job, starts, flexibility_of(job, now), now);
  note_job_data(engine, job, now, out.candidates);
  note_quotas(engine, path_of(engine, job), of_job.request, job.time_limit, out.candidates);
  out.standing = standing_of(engine, job);
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
  if (const std::string why = why_undirected(engine, job); !why.empty()) {
    out.reason = Reason::waits_for_data;
    out.summary = why;
    return;
  }
  if (answer.played && !answer.site && others_are_in_the_way(engine, out.candidates)) {
    out.reason = Reason::waits_for_capacity;
    out.summary =
        "It waits for what others than Weir hold: until when, nobody can say, so it is promised "
        "nothing.";
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
  if (job.reclaims) {
    out.reason = Reason::waits_for_capacity;
    out.summary = "Its place is on its way: work that gives way to it is ending.";
    return;
  }
  if (!of_class.open) return explain_quota(engine, job, out);
  out.holders = holders_below(engine, TenantTree::root, 10);
  const std::string guarantee = what_is_guaranteed(engine, job);
  if (!guarantee.empty()) out.details.push_back(guarantee);
  const Obstacle* first = nullptr;
  for (const Candidate& row : out.candidates) {
    if (row.feasible && !row.obstacles.empty()) {
      first = &row.obstacles.front();
      break;
    }
  }
  const auto& rounds = engine.state().policy.rounds;
  if (rounds && !rounds->beside_the_pass()) return explain_turns(engine.state(), out);
  if (first != nullptr && first->limit == "power") return explain_power(*first, out);
  const std::string quicker = quicker_later(engine, job, now);
  if (!quicker.empty()) {
    out.reason = Reason::waits_for_capacity;
    out.summary = quicker;
  } else if (first != nullptr && first->limit != "option") {
    out.reason = Reason::waits_for_capacity;
    out.summary = "It waits for capacity: it " + first->message + ".";
  } else {
    out.reason = Reason::waits_for_its_turn;
    out.summary = "It waits for its turn: what is free is kept for work that goes first.";
  }
  if (answer.played && answer.ahead > 0) {
    out.details.push_back(plural(answer.ahead, "job") + (answer.ahead == 1 ? " goes" : " go") +
                          " first (" + order_in_words(engine.state().policy) + ").");
    const std::string why = why_others_go_first(engine, job);
    if (!why.empty()) out.details.push_back(why);
  }
  const bool takes_turns = engine.index().takes_turns(engine.state(), job);
  if (takes_turns) {
    out.details.push_back("It writes checkpoints, and so takes turns with what runs. " +
                          when_it_is_decided_anew(engine.state()));
  }
  if (out.promised_start) {
    out.details.push_back(
        "It starts at " + base::format_time(*out.promised_start) +
        " at the latest: it is promised, and nothing that comes later delays it.");
  } else if (out.expected_start) {
    out.details.push_back("It is expected to start at " + base::format_time(*out.expected_start) +
                          ", if what goes first runs as long as such work did.");
  } else if (answer.played) {
    out.details.push_back(
        "Nobody can say when it starts: it depends on work without a time limit.");
  } else {
    out.details.push_back("It stands too far back in the queue for a forecast.");
  }
  const base::Time due = engine.index().due_of(job);
  if (!out.promised_start && now < due && !takes_turns) {
    out.details.push_back("If it still waits at " + base::format_time(due) +
                          ", it is due, and may be promised a start.");
  }
  const std::string deadline =
      deadline_in_words(job.deadline, job.time_limit, out.promised_start, out.expected_start);
  if (!deadline.empty()) out.details.push_back(deadline);
  // Who waits for something better is helped by nothing that starts sooner.
  if (quicker.empty()) advise(engine, job, now, out);
}

// "12.4 kg instead of 15.1"
std::string instead(const char* what, std::optional<std::int64_t> then,
                    std::optional<std::int64_t> at_once, std::string (*text)(std::int64_t)) {
  if (!then || !at_once) return "";
  return std::string(what) + " " + text(*then) + " instead of " + text(*at_once);
}

void explain_deferred(const Engine& engine, const JobRecord& job, base::Time now,
                      Explanation& out) {
  out.reason = Reason::waits_for_energy;
  out.expected_start = job.deferred_until;
  out.summary = "It may wait, and does until " + base::format_time(*job.deferred_until) +
                ": its energy is cheaper or cleaner then.";
  const auto later = later_start(engine, engine.index().asked_kind(job),
                                 unpack_spec(job.packed_spec), job.submitted, now);
  if (!later) return;
  std::string worth;
  for (const std::string& part :
       {instead("carbon", later->then.carbon_mg, later->at_once.carbon_mg, &base::format_mass),
        instead("cost", later->then.micro_cny, later->at_once.micro_cny, &base::format_money)}) {
    if (!part.empty()) worth += (worth.empty() ? "" : ", ") + part;
  }
  out.details.push_back("On " + engine.state().sites.at(later->site).name + ": " + worth +
                        ", if it runs as long as it may.");
  out.details.push_back("At the latest it goes into the queue at " +
                        base::format_time(later->latest) + " (flexibility.max_delay).");
}

// What the nodes of a gang have in common in the site's topology; "" where the site tells of none.
std::string nearness(const SiteRecord& site, const RunningAttempt& run) {
  if (run.ranks.size() < 2) return "";
  const std::vector<std::string>& first = site.nodes[run.ranks.front().node].topology;
  std::size_t common = first.size();
  std::set<std::vector<std::string>> lowest;
  bool told = false;
  for (const RankPlacement& rank : run.ranks) {
    const std::vector<std::string>& path = site.nodes[rank.node].topology;
    told = told || !path.empty();
    lowest.insert(path);
    const auto end = std::mismatch(first.begin(), first.end(), path.begin(), path.end()).first;
    common = std::min(common, static_cast<std::size_t>(end - first.begin()));
  }
  if (!told) return "";
  if (common == 0) return ", with no switch in common";
  std::string name;
  for (std::size_t i = 0; i < common; ++i) name += (i > 0 ? "/" : "") + first[i];
  if (lowest.size() == 1) return ", all at switch " + name;
  return ", at " + std::to_string(lowest.size()) + " switches below " + name;
}

// What would be lost of a job's work if it had to give way now, by its own word; "" where it tells
// of no checkpoints.
std::string what_would_be_lost(const JobRecord& job, base::Time now) {
  if (!job.checkpoint_every) return "";
  base::Duration lost{};
  for (const RunningAttempt& run : job.running) lost = std::max(lost, job.time_lost(run, now));
  return "It says that it writes a checkpoint every " +
         base::format_duration(*job.checkpoint_every) + ": ended now, it would lose " +
         (job.running.size() > 1 ? "at most " : "") + base::format_duration(lost) +
         (job.running.size() > 1 ? " of a task." : ".");
}

void explain_running(const Engine& engine, const JobRecord& job, base::Time now, Explanation& out) {
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
                       std::to_string(run.key.attempt) + ": on " + nodes + nearness(site, run);
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
  if (job.nodes_most > 0) {
    out.details.push_back("It may use " + std::to_string(job.nodes) + " to " +
                          std::to_string(job.nodes_most) + " nodes.");
  }
  for (const std::string& more : {what_would_be_lost(job, now), what_it_costs(engine, job)}) {
    if (!more.empty()) out.details.push_back(more);
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
  if (job.reason == Reason::deadline) out.advice = "give it a later deadline, or a higher priority";
  if (job.reason == Reason::memory_limit) out.advice = "give it more memory: resources.memory";
}

// The forecast of the options that quotas allow now.
std::map<SiteId, schedule::Start> starts_of_allowed(const Engine& engine, const std::string& path,
                                                    const schedule::Request& request,
                                                    const JobSpec& spec,
                                                    const schedule::Position& position,
                                                    base::Time now) {
  const auto allowed = allowed_options(engine, path, request, spec.time_limit);
  if (allowed.empty()) return {};
  schedule::Request of_allowed{request.nodes, {}, request.ordered};
  for (const std::uint32_t option : allowed) of_allowed.options.push_back(request.options[option]);
  auto starts = QueueForecast::of_new(engine, of_allowed, spec, position, now);
  for (auto& [site, start] : starts) start.option = allowed[start.option];
  return starts;
}

}  // namespace

Plan plan_job(const Engine& engine, const Principal& by, const JobSpec& spec, base::Time now) {
  const schedule::Request request = schedule::request_of(spec);
  const JobId new_job{engine.state().last_job + 1};
  const auto position = engine.index().position_of_new(by.tenant, spec, new_job, now);
  const std::string path = tenant_path(by.tenant, spec.project);
  Plan plan;
  plan.candidates = all_candidates(engine, engine.index().kind_of_new(request, spec),
                                   starts_of_allowed(engine, path, request, spec, position, now),
                                   flexibility_of(spec, now), now);
  const SiteFilter filter = engine.index().filter_for(by.tenant, spec, /*there=*/false);
  note_data(engine, filter, spec.nodes, request, spec.time_limit, now, plan.candidates);
  note_quotas(engine, path, request, spec.time_limit, plan.candidates);
  const auto late = too_late_to_begin(spec.deadline, spec.time_limit, now);
  if (late) rule_out(late->obstacle, plan.candidates);
  for (const Candidate& row : plan.candidates) {
    plan.feasible = plan.feasible || row.feasible;
    plan.now = plan.now || row.now;
  }
  const auto later =
      plan.feasible ? later_start(engine, engine.index().kind_of_new(request, spec), spec, now, now)
                    : std::nullopt;
  if (later) {
    plan.deferred_until = later->start;
    plan.now = false;
  }
  if (!plan.feasible) {
    const auto never = late ? late : never_starts(engine, by.tenant, spec);
    plan.advice = never ? never->nearest : nearest_request(engine, request);
  } else if (!plan.now && !later &&
             !allowed_options(engine, path, request, spec.time_limit).empty()) {
    schedule::Request of_allowed{request.nodes, {}, request.ordered};
    for (const std::uint32_t option : allowed_options(engine, path, request, spec.time_limit)) {
      of_allowed.options.push_back(request.options[option]);
    }
    const auto changes = what_would_start_now(engine,
                                              {std::move(of_allowed), spec.time_limit, position,
                                               path, 0, spec.deadline, flexibility_of(spec, now)},
                                              now);
    if (!changes.empty()) plan.advice = changes.front().text;
  }
  return plan;
}

Explanation explain_job(const Engine& engine, const JobRecord& job, base::Time now) {
  Explanation out;
  out.id = job.id;
  out.state = job.state;
  out.reason = job.reason;
  out.priority = job.priority;
  if (is_terminal(job.state)) {
    explain_ended(job, out);
  } else if (!job.running.empty()) {
    explain_running(engine, job, now, out);
  } else if (job.held) {
    out.reason = Reason::held_by_user;
    out.summary = "It is held and waits until somebody releases it.";
    out.advice = "weir release " + std::to_string(job.id.value);
    const schedule::Request& request = engine.index().asked_kind(job).request;
    const JobSpec spec = unpack_spec(job.packed_spec);
    const std::string path = path_of(engine, job);
    out.candidates = all_candidates(
        engine, engine.index().asked_kind(job),
        starts_of_allowed(engine, path, request, spec, engine.index().position_of(job), now),
        flexibility_of(job, now), now);
    note_job_data(engine, job, now, out.candidates);
    note_quotas(engine, path, request, job.time_limit, out.candidates);
    if (!out.candidates.empty() && out.candidates.front().start) {
      const Candidate& best = out.candidates.front();
      out.details.push_back(best.now ? "Released now, it would start at once."
                                     : "Released now, it would start at " +
                                           base::format_time(*best.start) + " at the latest.");
    }
  } else if (job.staging) {
    explain_staging(engine, job, now, out);
  } else if (job.deferred_until) {
    explain_deferred(engine, job, now, out);
  } else {
    explain_waiting(engine, job, now, out);
  }
  out.party = note_of(out.reason).party;
  out.retry_helps = note_of(out.reason).retry_helps;
  return out;
}

}  // namespace weir::engine
