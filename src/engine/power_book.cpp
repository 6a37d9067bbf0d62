#include "engine/power_book.h"

#include <algorithm>

#include "base/check.h"
#include "engine/engine.h"
#include "schedule/quota.h"

namespace weir::engine {

using namespace model;

namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t us_per_ms = 1000;
constexpr std::int64_t delivered_parts = 48;
constexpr base::Duration part_least = std::chrono::minutes(1);

}  // namespace

std::optional<std::int64_t> room_draw(const SitePower& power, const schedule::Held& held) {
  const auto draw = schedule::draw_of(power, held);
  if (!draw) return std::nullopt;
  constexpr Wide whole_pue = 1000;
  return static_cast<std::int64_t>((Wide{*draw} * power.pue_milli + whole_pue - 1) / whole_pue);
}

void PowerBook::set(const State& state, const EnergyBook& energy,
                    const base::IdSet<JobId>& running_jobs) {
  sites_.clear();
  if (energy.empty()) return;
  for (const auto& [id, site] : state.sites) {
    const flow::SiteEnergy* const told = energy.of(site.name);
    if (told == nullptr) continue;
    OfSite& of_site = sites_[id];
    of_site.ceiling = flow::Ceiling(told->power().cap_watts);
    for (const PowerRecord& record : state.power_requests) {
      if (record.request.site != site.name || record.end() <= record.request.from) continue;
      of_site.ceiling.add({record.request.from, record.end()}, record.request.committed);
    }
  }
  if (sites_.empty()) return;
  for (const JobId id : running_jobs) {
    const JobRecord& job = state.jobs.at(id);
    for (const RunningAttempt& run : job.running) add(state, energy, job, run);
  }
}

void PowerBook::add(const State& state, const EnergyBook& energy, const JobRecord& job,
                    const RunningAttempt& run) {
  const auto at = sites_.find(run.site);
  if (at == sites_.end()) return;
  const SiteRecord& site = state.sites.at(run.site);
  const SitePower& power = energy.of(site.name)->power();
  Drawn drawn;
  drawn.milliwatts = room_draw(power, schedule::held_by(site.nodes, run.ranks));
  drawn.lead = job.notice + Limits::stop_margin;
  drawn.pauses = job.pausable && job.checkpoint_every.has_value();
  const bool shrinks = job.nodes_most > 0 && run.ranks.size() > job.nodes &&
                       (job.notice > base::Duration(0) || job.checkpoint_every);
  if (shrinks) {
    drawn.least =
        room_draw(power, schedule::held_by(site.nodes, std::span(run.ranks).first(job.nodes)));
  }
  OfSite& of_site = at->second;
  if (drawn.milliwatts) {
    of_site.milliwatts += *drawn.milliwatts;
  } else {
    ++of_site.unknown;
  }
  if (drawn.gives_way()) ++of_site.leads[drawn.lead];
  of_site.drawn.emplace(run.key, drawn);
}

void PowerBook::remove(const RunningAttempt& run) {
  const auto at = sites_.find(run.site);
  if (at == sites_.end()) return;
  OfSite& of_site = at->second;
  const auto known = of_site.drawn.find(run.key);
  WEIR_CHECK(known != of_site.drawn.end(), "what ends has drawn something");
  const Drawn& drawn = known->second;
  if (drawn.milliwatts) {
    of_site.milliwatts -= *drawn.milliwatts;
  } else {
    --of_site.unknown;
  }
  if (drawn.gives_way() && --of_site.leads[drawn.lead] == 0) of_site.leads.erase(drawn.lead);
  of_site.drawn.erase(known);
}

const PowerBook::OfSite* PowerBook::of(SiteId site) const {
  const auto at = sites_.find(site);
  return at == sites_.end() ? nullptr : &at->second;
}

bool PowerBook::any_capped(base::Time from) const {
  return std::any_of(sites_.begin(), sites_.end(),
                     [&](const auto& site) { return site.second.ceiling.binds_after(from); });
}

void account_power(PowerRecord& record, std::int64_t milliwatts, base::Time now) {
  const PowerRequest& request = record.request;
  const base::Time until = std::min(now, record.end());
  const base::Duration part = std::max<base::Duration>(
      part_least,
      std::chrono::ceil<std::chrono::minutes>((request.until - request.from) / delivered_parts));
  const auto ms_of = [](base::Time time) { return base::to_us(time) / us_per_ms; };
  base::Time at = std::max(record.accounted, request.from);
  while (at < until) {
    const base::Time begin = request.from + (at - request.from) / part * part;
    const base::Time end = std::min(until, begin + part);
    if (record.delivered.empty() || record.delivered.back().from < begin) {
      record.delivered.push_back({begin, 0, 0, 0});
    }
    PowerDelivered& span = record.delivered.back();
    const std::int64_t ms = ms_of(end) - ms_of(at);
    constexpr Wide most = Wide{1} << 62U;
    span.milliwatt_ms = static_cast<std::int64_t>(
        std::min<Wide>(most, Wide{span.milliwatt_ms} + Wide{milliwatts} * ms));
    span.covered_ms += ms;
    span.most_milliwatts = std::max(span.most_milliwatts, milliwatts);
    at = end;
  }
  record.accounted = std::max(record.accounted, until);
}

void account_power(State& state, const PowerBook& book, SiteId site, base::Time now) {
  const PowerBook::OfSite* const of_site = book.of(site);
  if (of_site == nullptr || state.power_requests.empty()) return;
  const std::string& name = state.sites.at(site).name;
  for (PowerRecord& record : state.power_requests) {
    if (record.request.site == name) account_power(record, of_site->milliwatts, now);
  }
}

}  // namespace weir::engine
