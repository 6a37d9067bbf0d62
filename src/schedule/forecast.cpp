#include "schedule/forecast.h"

#include <algorithm>

namespace weir::schedule {
namespace {

// The first moment from which `demand` is there for good.
base::Time first_room(const Timeline::Steps& steps, const Shape& demand) {
  const auto at = std::partition_point(
      steps.begin(), steps.end(), [&](const auto& step) { return !covers(step.second, demand); });
  return at == steps.end() ? never : at->first;
}

bool never_has_room(const Timeline::Steps& steps, const Shape& demand) {
  return !covers(steps.back().second, demand);
}

}  // namespace

Forecast::Forecast(std::vector<SiteNow> sites, base::Time now) : now_(now) {
  for (const SiteNow& each : sites) {
    SiteAhead site;
    site.site = each.site;
    site.capacity = each.capacity;
    site.nodes_of_pool.resize(each.capacity->pools().size());
    site.pools.resize(each.capacity->pools().size());
    for (std::uint32_t node = 0; node < each.capacity->nodes(); ++node) {
      site.nodes_of_pool[each.capacity->pool_index(node)].push_back(node);
      site.steps.push_back(each.timeline->steps(*each.capacity, node, now));
    }
    sites_.push_back(std::move(site));
  }
}

Forecast::Demand& Forecast::demand_on(SiteAhead& site, std::uint32_t pool, const Shape& shape) {
  const auto [at, is_new] = site.pools[pool].demands.try_emplace(shape);
  Demand& demand = at->second;
  if (is_new) {
    demand.shape = shape;
    for (const std::uint32_t node : site.nodes_of_pool[pool]) {
      if (never_has_room(site.steps[node], shape)) continue;
      demand.soonest.insert({first_room(site.steps[node], shape), node});
    }
  }
  return demand;
}

std::optional<Forecast::Found> Forecast::find_shared(const SiteAhead& site, std::uint32_t nodes,
                                                     const model::ResourceOption& option) const {
  Found found;
  found.start = now_;
  found.share_milli = option.device_milli;
  for (const Pool& pool : site.capacity->pools()) {
    const auto demand = pool.demand(option);
    if (!demand) continue;
    Shape beside = *demand;  // what it takes besides the device
    beside.device_total = 0;
    beside.devices = {};
    for (const auto& [free, members] : pool.free) {
      std::uint32_t most = 0;
      free.each_left(demand->share_model, [&](std::uint32_t left, std::uint32_t) {
        if (left < model::whole_device_milli) most = std::max(most, left);
      });
      if (most < option.device_milli) continue;
      members.for_each([&](std::uint32_t node) {
        const auto laid_out = site.shares.find(node);
        const std::uint32_t gone = laid_out == site.shares.end() ? 0 : laid_out->second;
        if (most >= gone + option.device_milli && covers(site.steps[node].front().second, beside)) {
          found.nodes.emplace_back(node, beside);
        }
        return found.nodes.size() < nodes;
      });
      if (found.nodes.size() == nodes) return found;
    }
  }
  return std::nullopt;
}

std::optional<Forecast::Found> Forecast::find(SiteAhead& site, std::uint32_t nodes,
                                              const model::ResourceOption& option) {
  if (option.is_share()) {
    if (auto shared = find_shared(site, nodes, option)) return shared;
  }
  // The nodes of several pools, soonest first, as far as ranks go.
  using Cursor = std::pair<std::set<std::pair<base::Time, std::uint32_t>>::iterator, Demand*>;
  std::vector<Cursor> cursors;
  const auto pools = site.capacity->pools();
  for (std::uint32_t pool = 0; pool < pools.size(); ++pool) {
    const auto shape = pools[pool].demand(option);
    if (!shape || !covers(pools[pool].whole, *shape)) continue;
    Demand& demand = demand_on(site, pool, *shape);
    if (!demand.soonest.empty()) cursors.emplace_back(demand.soonest.begin(), &demand);
  }
  Found found;
  while (found.nodes.size() < nodes && !cursors.empty()) {
    const auto next =
        std::min_element(cursors.begin(), cursors.end(),
                         [](const auto& a, const auto& b) { return *a.first < *b.first; });
    found.start = next->first->first;
    found.nodes.emplace_back(next->first->second, next->second->shape);
    if (++next->first == next->second->soonest.end()) cursors.erase(next);
  }
  if (found.nodes.size() < nodes) return std::nullopt;
  return found;
}

std::optional<Forecast::Found> Forecast::find(SiteAhead& site, const Request& request) {
  std::optional<Found> best;
  for (std::uint32_t i = 0; i < request.options.size(); ++i) {
    auto found = find(site, request.nodes, request.options[i]);
    if (!found || (best && found->start >= best->start)) continue;
    best = std::move(found);
    best->option = i;
    if (request.ordered && best->start <= now_) break;
  }
  return best;
}

void Forecast::take(SiteAhead& site, const Found& found, base::Time end) {
  for (const auto& [node, amount] : found.nodes) {
    if (found.share_milli > 0) site.shares[node] += found.share_milli;
    const std::uint32_t pool = site.capacity->pool_index(node);
    Timeline::Steps& steps = site.steps[node];
    std::vector<std::pair<Demand*, base::Time>> before;
    for (auto& [shape, demand] : site.pools[pool].demands) {
      if (!never_has_room(steps, shape)) before.emplace_back(&demand, first_room(steps, shape));
    }
    // What is taken is missing until the end, and so is any gap before the start.
    auto at = std::partition_point(steps.begin(), steps.end(),
                                   [&](const auto& step) { return step.first < end; });
    if (at == steps.end() || at->first != end) {
      const Shape back = std::prev(at)->second;
      at = steps.insert(at, {end, back});
    }
    for (auto step = steps.begin(); step != at; ++step) step->second -= amount;
    for (const auto& [demand, was] : before) {
      const base::Time is = first_room(steps, demand->shape);
      if (is == was) continue;
      demand->soonest.erase({was, node});
      demand->soonest.insert({is, node});
    }
  }
}

std::optional<std::pair<std::size_t, Forecast::Found>> Forecast::best(const WaitingWork& waiting) {
  const auto [at, is_new] = bounds_.try_emplace(waiting.request_class);
  Bounds& bounds = at->second;
  if (is_new) {
    for (std::size_t i = 0; i < sites_.size(); ++i) bounds.insert({now_, i});
  }
  // What is laid out only makes starts later, so that an old answer bounds the new one.
  while (!bounds.empty()) {
    const std::size_t site = bounds.begin()->second;
    bounds.erase(bounds.begin());
    auto found = find(sites_[site], *waiting.request);
    if (!found) continue;
    bounds.insert({found->start, site});
    if (bounds.begin()->second == site) return std::pair(site, std::move(*found));
  }
  return std::nullopt;
}

std::optional<Start> Forecast::add(const WaitingWork& waiting) {
  std::optional<Start> first;
  std::multiset<base::Time> running(waiting.running_until.begin(), waiting.running_until.end());
  // A large array says nothing new after its first tasks; this bounds the cost of one question.
  const std::uint32_t limit = std::min<std::uint32_t>(waiting.tasks, 1000);
  for (std::uint32_t task = 0; task < limit; ++task) {
    auto found = best(waiting);
    if (!found) break;
    auto& [site, place] = *found;
    base::Time start = place.start;
    while (waiting.at_once != 0 && running.size() >= waiting.at_once) {
      start = std::max(start, *running.begin());
      running.erase(running.begin());
    }
    const bool known = start != never && waiting.run_time.has_value();
    const base::Time end = known ? start + *waiting.run_time : never;
    take(sites_[site], place, end);
    if (waiting.at_once != 0) running.insert(end);
    if (!first) {
      first = Start{sites_[site].site, place.option,
                    start == never ? std::nullopt : std::optional(start)};
    }
  }
  return first;
}

std::optional<Start> Forecast::soonest_on(std::size_t site, const Request& request) {
  const auto found = find(sites_[site], request);
  if (!found) return std::nullopt;
  return Start{sites_[site].site, found->option,
               found->start == never ? std::nullopt : std::optional(found->start)};
}

}  // namespace weir::schedule
