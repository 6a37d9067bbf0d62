#include "engine/power.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/check.h"
#include "schedule/preempt.h"
#include "schedule/quota.h"
#include "schedule/timeline.h"

namespace weir::engine {

using namespace model;

namespace {
__extension__ using Wide = __int128;
}

Flexibility flexibility_of(const JobRecord& job, base::Time now) {
  return {job.pausable, job.nodes, job.notice, job.checkpoint_every, job.limit_from(now)};
}

Flexibility flexibility_of(const JobSpec& spec, base::Time now) {
  const base::Duration notice =
      spec.retry.notice_signal > 0 ? spec.retry.notice_before : base::Duration(0);
  std::optional<base::Duration> limit = spec.time_limit;
  if (spec.deadline) {
    const base::Duration left = std::max(*spec.deadline - now, base::Duration(1));
    limit = limit ? std::min(*limit, left) : left;
  }
  return {spec.pausable, spec.nodes, notice, spec.checkpoint_every, limit};
}

PowerWant want_of(const SitePower& power, const schedule::Held& held, std::size_t ranks,
                  const Flexibility& how, base::Time now) {
  PowerWant want;
  want.milliwatts = room_draw(power, held);
  want.later = want.milliwatts.value_or(0);
  if (how.limit) want.end = now + *how.limit + Limits::restart;
  const base::Duration lead = how.notice + Limits::stop_margin;
  if (how.pausable && how.checkpoint_every) {
    want.later = 0;
    // What it does before its first checkpoint would be for nothing.
    want.sure = lead + *how.checkpoint_every;
  } else if (ranks > how.nodes_least && want.milliwatts &&
             (how.notice > base::Duration(0) || how.checkpoint_every)) {
    const auto least = static_cast<std::int64_t>(how.nodes_least);
    const auto all = static_cast<std::int64_t>(ranks);
    want.later = (*want.milliwatts / all + 1) * least;
    want.sure = lead + Limits::restart;  // it is told once its program has begun
  }
  return want;
}

// Four digits that say something.
std::string power_text(std::int64_t milliwatts) {
  struct Unit {
    std::int64_t milliwatts;
    const char* name;
  };
  constexpr std::array<Unit, 4> units{
      {{1'000'000'000'000, " GW"}, {1'000'000'000, " MW"}, {1'000'000, " kW"}, {1'000, " W"}}};
  const auto at = std::find_if(units.begin(), units.end() - 1,
                               [&](const Unit& each) { return milliwatts >= each.milliwatts; });
  const auto in_unit = static_cast<std::int64_t>(Wide{milliwatts} * 1000 / at->milliwatts);
  const std::int64_t whole = in_unit / 1000;
  std::string digits = std::to_string(1000 + in_unit % 1000).substr(1);
  digits.resize(whole >= 1000 ? 0 : whole >= 100 ? 1 : whole >= 10 ? 2 : 3);
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  return std::to_string(whole) + (digits.empty() ? "" : "." + digits) + at->name;
}

std::string in_words(const PowerShort& why, const std::string& site) {
  const std::string may = power_text(why.may) + " that " + site + " may draw";
  std::string when;
  if (why.from) when += " from " + base::format_time(*why.from) + " on";
  if (why.until) when += " until " + base::format_time(*why.until);
  if (!why.would) {
    return "asks for what nobody has told the draw of, and no more than the " + may + when +
           " is to be drawn there";
  }
  return "would make the site draw " + power_text(*why.would) + " of the " + may + when;
}

SitePowerNow::SitePowerNow(const Engine& engine, SiteId site, base::Time now,
                           const flow::Ceiling* ceiling)
    : engine_(engine), now_(now) {
  const PowerBook::OfSite* const known = engine.index().power().of(site);
  if (known == nullptr) return;
  if (ceiling == nullptr) {
    if (!known->ceiling.binds_after(now)) return;
    ceiling = &known->ceiling;
  }
  site_ = known;
  ceiling_ = ceiling;
  runners_.reserve(known->drawn.size());
  for (const auto& [key, drawn] : known->drawn) {
    const JobRecord& job = engine.state().jobs.at(key.job);
    const auto run = std::find_if(job.running.begin(), job.running.end(),
                                  [&](const RunningAttempt& each) { return each.key == key; });
    WEIR_CHECK(run != job.running.end(), "what draws runs");
    runners_.push_back({&job, &*run, &drawn});
  }
}

namespace {

// Its limit counts from when its program begins. What is there now draws now, whatever its limit.
bool is_over(const RunningAttempt& run, base::Time time, base::Time now) {
  const auto end = run.end();
  return time > now && end && *end + (run.started ? base::Duration(0) : Limits::restart) <= time;
}

}  // namespace

bool SitePowerNow::shrinks(const Runner& runner) const {
  return runner.drawn->least && !runner.drawn->pauses;
}

bool SitePowerNow::misses_deadline(const Runner& runner, base::Time time) const {
  const JobRecord& job = *runner.job;
  if (!job.deadline) return false;
  base::Duration left{};
  if (job.time_limit) {
    const base::Duration ran =
        std::max(time - runner.run->started.value_or(time), base::Duration(0));
    const base::Duration lost = schedule::time_lost(ran, job.checkpoint_every);
    // Of an array nobody counts what its tasks have kept.
    left = job.array.is_array() ? *job.time_limit
                                : std::max(*job.time_left() - (ran - lost), base::Duration(0));
  }
  const auto back = ceiling_->next_rise(time);
  if (!back) return true;
  return *back + left + Limits::restart > *job.deadline;
}

bool SitePowerNow::is_gone(const Runner& runner, base::Time time) const {
  const RunningAttempt& run = *runner.run;
  return run.stopping != Reason::none && time > now_ &&
         time >= run.told.value_or(now_) + runner.drawn->lead;
}

bool SitePowerNow::shrinks_later(const Runner& runner) const {
  return shrinks(runner) && runner.run->phase != AttemptPhase::running;
}

// With all who are not told to stop, on all of their nodes. At this moment those who are told count
// as gone: nobody else would be gone any sooner.
std::int64_t SitePowerNow::runs_at(base::Time time) const {
  std::int64_t draws = 0;
  for (const Runner& runner : runners_) {
    if (!runner.drawn->milliwatts || is_over(*runner.run, time, now_)) continue;
    if (runner.run->stopping == Reason::none || (time > now_ && !is_gone(runner, time))) {
      draws += *runner.drawn->milliwatts;
    } else if (shrinks(runner) && runner.run->stopping == Reason::paused_for_power) {
      draws += *runner.drawn->least;  // it comes back at once
    }
  }
  return draws;
}

std::int64_t SitePowerNow::stays_at(base::Time time) const {
  std::int64_t draws = 0;
  for (const Runner& runner : runners_) {
    const Drawn& drawn = *runner.drawn;
    if (!drawn.milliwatts || is_over(*runner.run, time, now_)) continue;
    const bool gone = is_gone(runner, time);
    if (!gone) draws += *drawn.milliwatts;
    if (gone && shrinks(runner)) draws += *drawn.least;
  }
  return draws;
}

std::int64_t SitePowerNow::goes_on_at(base::Time time) const {
  std::int64_t draws = 0;
  for (const Runner& runner : runners_) {
    const Drawn& drawn = *runner.drawn;
    if (!drawn.milliwatts || is_over(*runner.run, time, now_)) continue;
    const bool told = runner.run->stopping != Reason::none;
    const base::Duration lead =
        drawn.lead + (shrinks_later(runner) ? Limits::restart : base::Duration(0));
    const bool in_time = told ? is_gone(runner, time) : time >= now_ + lead;
    if (!in_time) {
      draws += *drawn.milliwatts;
    } else if (shrinks(runner)) {
      draws += *drawn.least;
    } else if (!told && (!drawn.pauses || misses_deadline(runner, time))) {
      draws += *drawn.milliwatts;
    }
  }
  return draws;
}

std::optional<PowerShort> SitePowerNow::refuses(const PowerWant& want) const {
  if (!binds()) return std::nullopt;
  const base::Time end =
      std::min(want.end.value_or(base::Time::max()), now_ + Limits::power_foreseen);
  const auto refused = [&](base::Time time, std::int64_t draws,
                           std::int64_t may) -> std::optional<PowerShort> {
    if (want.milliwatts && draws <= may) return std::nullopt;
    PowerShort why{std::nullopt, may, std::nullopt, ceiling_->next_rise(time)};
    if (want.milliwatts) why.would = draws;
    if (time > now_) why.from = time;
    return why;
  };
  if (const auto may = ceiling_->at(now_)) {
    auto why = refused(now_, site_->milliwatts + want.milliwatts.value_or(0), *may);
    if (why) return why;
  }
  for (auto time = ceiling_->next_change(now_); time && *time < end;
       time = ceiling_->next_change(*time)) {
    const auto may = ceiling_->at(*time);
    if (!may) continue;
    const bool sure = *time < now_ + want.sure || want.sure == base::Duration(0);
    const std::int64_t more = sure ? want.milliwatts.value_or(0) : want.later;
    if (more == 0 && want.milliwatts) continue;
    // What could be paused itself is not begun where somebody else would have to pause for it.
    const bool in_its_own_way = sure && want.sure > base::Duration(0);
    const std::int64_t others = in_its_own_way ? stays_at(*time) : goes_on_at(*time);
    if (auto why = refused(*time, others + more, *may)) return why;
  }
  return std::nullopt;
}

namespace {

// The cheapest to stop first.
struct Candidate {
  GivesWay gives_way;
  bool late = false;  // it cannot be gone by then
  bool misses = false;
  schedule::Loss loss;
  base::Time placed;

  [[nodiscard]] auto order() const {
    return std::tuple(late, misses, gives_way.action == PowerAction::pause, loss,
                      -base::to_us(placed), gives_way.attempt);
  }
};

}  // namespace

std::vector<GivesWay> SitePowerNow::who_gives_way(base::Time time,
                                                  const std::vector<GivesWay>& gone) const {
  const auto may = ceiling_->at(time);
  if (!may) return {};
  const auto find = [&](AttemptKey key) {
    return std::find_if(gone.begin(), gone.end(),
                        [&](const GivesWay& each) { return each.attempt == key; });
  };
  std::int64_t draws = runs_at(time);
  std::vector<Candidate> candidates;
  for (const Runner& runner : runners_) {
    const Drawn& drawn = *runner.drawn;
    if (!drawn.milliwatts || runner.run->stopping != Reason::none) continue;
    if (is_over(*runner.run, time, now_)) continue;
    if (const auto known = find(runner.run->key); known != gone.end()) {
      if (now_ + known->lead <= time) draws -= known->milliwatts;
      continue;
    }
    if (!drawn.gives_way()) continue;
    if (shrinks_later(runner)) continue;
    Candidate candidate;
    candidate.gives_way = {runner.run->key, drawn.pauses ? PowerAction::pause : PowerAction::shrink,
                           *drawn.milliwatts - (drawn.pauses ? 0 : *drawn.least), drawn.lead};
    candidate.late = time > now_ && now_ + drawn.lead > time;
    candidate.misses = misses_deadline(runner, time);
    candidate.loss = schedule::loss_of(runner.run->ranks, runner.job->time_lost(*runner.run, now_));
    candidate.placed = runner.run->placed;
    candidates.push_back(candidate);
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.order() < b.order(); });
  std::vector<GivesWay> found;
  for (const Candidate& candidate : candidates) {
    if (draws <= *may) break;
    draws -= candidate.gives_way.milliwatts;
    found.push_back(candidate.gives_way);
  }
  // Whoever is not needed after all, as somebody dearer freed more: the dearest first.
  for (std::size_t i = found.size(); i-- > 0 && draws < *may;) {
    if (draws + found[i].milliwatts > *may) continue;
    draws += found[i].milliwatts;
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return found;
}

std::vector<GivesWay> SitePowerNow::due() const {
  std::vector<GivesWay> told;
  if (!binds()) return told;
  const auto now_may = ceiling_->at(now_);
  if (now_may && site_->milliwatts > *now_may) told = who_gives_way(now_, told);
  if (site_->leads.empty()) return told;
  const base::Time seen = now_ + site_->leads.rbegin()->first;
  std::vector<GivesWay> gone = told;
  for (auto time = ceiling_->next_change(now_); time && *time <= seen;
       time = ceiling_->next_change(*time)) {
    const auto may = ceiling_->at(*time);
    if (!may || runs_at(*time) <= *may) continue;
    for (const GivesWay& each : who_gives_way(*time, gone)) {
      gone.push_back(each);
      if (*time <= now_ + each.lead) told.push_back(each);
    }
  }
  return told;
}

namespace {

const SitePower* told_of(const Engine& engine, SiteId site) {
  const flow::SiteEnergy* const energy =
      engine.index().energy().of(engine.state().sites.at(site).name);
  return energy == nullptr ? nullptr : &energy->power();
}

}  // namespace

bool has_power(const Engine& engine, SiteId site, const ResourceOption& option,
               const Flexibility& how, base::Time now, std::vector<RankPlacement>& ranks) {
  const SitePowerNow power(engine, site, now);
  if (!power.binds()) return true;
  const SitePower& told = *told_of(engine, site);
  const std::vector<Node>& nodes = engine.state().sites.at(site).nodes;
  const auto fits = [&] {
    return !power.refuses(want_of(told, schedule::held_by(nodes, ranks), ranks.size(), how, now));
  };
  if (fits()) return true;
  if (!option.cpus_most) return false;
  const auto least = static_cast<std::int64_t>(option.cpus) * std::ssize(ranks);
  schedule::trim_cpus(ranks, option.cpus, least);
  return fits();
}

std::optional<PowerShort> power_short(const Engine& engine, SiteId site, std::uint32_t nodes,
                                      const ResourceOption& option, const Flexibility& how,
                                      base::Time now) {
  const SitePowerNow power(engine, site, now);
  if (!power.binds()) return std::nullopt;
  const PowerWant want =
      want_of(*told_of(engine, site), schedule::held_by(nodes, option), nodes, how, now);
  return power.refuses(want);
}

std::optional<std::string> power_never(const Engine& engine, SiteId site, std::uint32_t nodes,
                                       const ResourceOption& option) {
  const PowerBook::OfSite* const known = engine.index().power().of(site);
  if (known == nullptr || !known->ceiling.cap_most()) return std::nullopt;
  const std::int64_t most = *known->ceiling.cap_most();
  const auto draw = room_draw(*told_of(engine, site), schedule::held_by(nodes, option));
  if (draw && *draw <= most) return std::nullopt;
  const std::string& name = engine.state().sites.at(site).name;
  if (draw) {
    return "would draw " + power_text(*draw) + "; " + name + " may never draw more than " +
           power_text(most);
  }
  return "asks for what nobody has told the draw of, and the power of " + name + " is capped";
}

}  // namespace weir::engine
