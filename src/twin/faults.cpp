#include "twin/faults.h"

#include <algorithm>

#include "base/check.h"
#include "twin/draw.h"

namespace weir::twin {

Faults::Faults(const FaultSettings& settings, std::span<const SiteModel> sites,
               base::Random random) {
  std::uint64_t nodes = 0;
  std::uint64_t devices = 0;
  for (const SiteModel& site : sites) {
    nodes_before_.push_back(nodes);
    nodes += site.nodes.size();
    for (const model::Node& node : site.nodes) {
      devices_before_.push_back(devices);
      devices += node.devices.size();
    }
  }
  const auto add = [&](EventKind kind, const std::optional<FaultRate>& rate, std::uint64_t many) {
    const base::Random own = random.fork();
    if (rate && many > 0) sources_.push_back({kind, *rate, many, own});
  };
  add(EventKind::site_fault, settings.sites, sites.size());
  add(EventKind::node_fault, settings.nodes, nodes);
  add(EventKind::device_fault, settings.devices, devices);
}

void Faults::begin(base::Time now, EventQueue& events) {
  for (Source& source : sources_) plan_next(source, now, events);
}

void Faults::plan_next(Source& source, base::Time now, EventQueue& events) {
  const base::Duration mean(std::max<std::int64_t>(
      source.rate.every.count() / static_cast<std::int64_t>(source.many), 1));
  Event event;
  event.kind = source.kind;
  event.time = now + draw_exponential(source.random, mean) + base::Duration(1);
  events.put(event);
}

Event Faults::place(const Source& source, std::uint64_t which) const {
  Event event;
  if (source.kind == EventKind::site_fault) {
    event.kind = EventKind::site_back;
    event.site = static_cast<std::uint32_t>(which);
    return event;
  }
  event.kind = EventKind::node_back;
  if (source.kind == EventKind::device_fault) {
    const auto after = std::upper_bound(devices_before_.begin(), devices_before_.end(), which);
    which = static_cast<std::uint64_t>(after - devices_before_.begin()) - 1;
  }
  const auto after = std::upper_bound(nodes_before_.begin(), nodes_before_.end(), which);
  event.site = static_cast<std::uint32_t>(after - nodes_before_.begin()) - 1;
  event.node = static_cast<std::uint32_t>(which - nodes_before_[event.site]);
  return event;
}

Event Faults::strike(EventKind kind, base::Time now, EventQueue& events) {
  const auto at = std::find_if(sources_.begin(), sources_.end(),
                               [&](const Source& source) { return source.kind == kind; });
  WEIR_CHECK(at != sources_.end(), "only what has a source strikes");
  Event back = place(*at, at->random.below(at->many));
  back.time = now + draw_exponential(at->random, at->rate.lasts) + base::Duration(1);
  events.put(back);
  plan_next(*at, now, events);
  return back;
}

}  // namespace weir::twin
