#include "engine/energy.h"

#include <algorithm>
#include <utility>

#include "engine/engine.h"
#include "schedule/filter.h"
#include "schedule/quota.h"

namespace weir::engine {

using namespace model;

void EnergyBook::set(const PowerTable& table) {
  sites_.clear();
  for (const SitePower& power : table.sites) sites_.emplace(power.site, power);
}

const flow::SiteEnergy* EnergyBook::of(const std::string& site) const {
  const auto at = sites_.find(site);
  return at == sites_.end() ? nullptr : &at->second;
}

Footprint footprint_of(const EnergyBook& book, const State& state, const RunningAttempt& run,
                       base::Time end) {
  const SiteRecord& site = state.sites.at(run.site);
  const flow::SiteEnergy* const energy = book.of(site.name);
  if (energy == nullptr) return {};
  const auto draw = schedule::draw_of(energy->power(), schedule::held_by(site.nodes, run.ranks));
  if (!draw) return {};
  return energy->footprint(*draw, run.placed, std::max(run.placed, end));
}

std::optional<schedule::EnergyWay> energy_way(const Engine& engine, SiteId site,
                                              const RequestKind& kind, std::uint32_t option) {
  const State& state = engine.state();
  const flow::SiteEnergy* const energy = engine.index().energy().of(state.sites.at(site).name);
  if (energy == nullptr || !kind.time_limit) return std::nullopt;
  const schedule::Held held = schedule::held_by(kind.request.nodes, kind.request.options[option]);
  const auto draw = schedule::draw_of(energy->power(), held);
  if (!draw) return std::nullopt;
  const base::Duration run = kind.runs.empty() ? *kind.time_limit : kind.runs[option];
  if (run <= base::Duration(0)) return std::nullopt;
  return schedule::EnergyWay{energy, *draw, run,
                             schedule::cost_of(state.prices, held).hour_micro_cny};
}

std::optional<LaterStart> later_start(const Engine& engine, const RequestKind& kind,
                                      const JobSpec& spec, base::Time submitted, base::Time now) {
  if (!spec.objective.weighs_energy() || spec.max_delay <= base::Duration(0)) return std::nullopt;
  base::Time latest = submitted + spec.max_delay;
  if (const auto last = last_start(spec.deadline, spec.time_limit))
    latest = std::min(latest, *last);
  if (latest <= now) return std::nullopt;
  std::optional<LaterStart> best;
  std::optional<schedule::EnergyParts> reference;  // the first way, at once: the same for all
  std::int64_t least = 0;
  for (const auto& [site, places] : engine.index().sites) {
    if (!places.takes_work) continue;
    for (std::uint32_t option = 0; option < kind.request.options.size(); ++option) {
      const ResourceOption& asked = kind.request.options[option];
      if (schedule::never_fits(places.capacity, kind.request.nodes, asked)) continue;
      const auto way = energy_way(engine, site, kind, option);
      if (!way) continue;
      const schedule::EnergyParts at_once = schedule::parts_of(*way, now, now);
      if (!reference) reference = at_once;
      const auto found = schedule::best_start(*way, spec.objective, now, latest, *reference);
      if (!found || (best && found->score >= least)) continue;
      least = found->score;
      best = LaterStart{found->start, latest, site, at_once,
                        schedule::parts_of(*way, now, found->start)};
    }
  }
  if (!best || best->start <= now) return std::nullopt;
  return best;
}

void order_by_objective(const Engine& engine, const RequestKind& kind, base::Time now,
                        std::vector<SiteId>& sites) {
  if (sites.size() < 2 || engine.index().energy().empty()) return;
  if (!engine.state().policy.flows.power) return;
  std::optional<schedule::EnergyParts> reference;
  const auto score_on = [&](SiteId site) {
    std::optional<std::int64_t> best;
    for (std::uint32_t option = 0; option < kind.request.options.size(); ++option) {
      const auto way = energy_way(engine, site, kind, option);
      if (!way) continue;
      const schedule::EnergyParts parts = schedule::parts_of(*way, now, now);
      if (!reference) reference = parts;
      const auto score = schedule::score_of(parts, kind.objective, *reference);
      if (score && (!best || *score < *best)) best = score;
    }
    return best;
  };
  std::vector<std::pair<std::int64_t, SiteId>> scored;
  scored.reserve(sites.size());
  constexpr std::int64_t unknown = std::int64_t{1} << 62;
  for (const SiteId site : sites) scored.emplace_back(score_on(site).value_or(unknown), site);
  std::stable_sort(scored.begin(), scored.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::transform(scored.begin(), scored.end(), sites.begin(),
                 [](const auto& each) { return each.second; });
}

}  // namespace weir::engine
