#include "engine/promise.h"

#include <algorithm>
#include <set>

namespace weir::engine {

using namespace model;

namespace {

// A promise that moves by less is not worth telling. It does not depend on the time of asking: what
// is not sooner by enough now will not be so later, where nothing changes. Under EASY the promise
// is the shadow time itself, which has to be exact for others to slip in before it.
base::Duration worth_telling(BackfillRule rule, const PromiseRecord& held) {
  if (rule == BackfillRule::easy) return base::Duration(1);
  return std::max<base::Duration>(std::chrono::seconds(60), (held.start - held.made) / 8);
}

}  // namespace

schedule::Stay stay_of(const JobRecord& job) {
  return {job.time_limit, job.id.value, job.promise.has_value()};
}

namespace {

std::optional<schedule::Slot> soonest_on(const schedule::Timeline& timeline,
                                         const schedule::Capacity& capacity,
                                         const schedule::Request& request,
                                         const schedule::Stay& stay, base::Time now) {
  std::optional<schedule::Slot> best;
  for (std::uint32_t i = 0; i < request.options.size(); ++i) {
    auto slot = timeline.earliest(capacity, request.nodes, request.options[i], stay, now);
    if (!slot || (best && slot->start >= best->start)) continue;
    slot->option = i;
    best = std::move(slot);
  }
  return best;
}

}  // namespace

std::optional<SiteSlot> soonest_slot(const Index& index, const schedule::Request& request,
                                     const schedule::Stay& stay, std::uint64_t changed_since,
                                     base::Time now) {
  std::optional<SiteSlot> best;
  for (const auto& [site, places] : index.sites) {
    if (!places.takes_work || places.changed <= changed_since) continue;
    auto slot = soonest_on(places.timeline, places.capacity, request, stay, now);
    if (slot && (!best || slot->start < best->slot.start))
      best = SiteSlot{site, 0, std::move(*slot)};
  }
  return best;
}

std::optional<SiteSlot> soonest_slot(const Index& index, RequestRoom& room,
                                     const schedule::Stay& stay, std::uint64_t changed_since,
                                     base::Time now) {
  // Whoever holds a promise may use what is kept for it: nothing to be learnt for others.
  if (stay.past_unknown) return soonest_slot(index, room.request, stay, changed_since, now);
  const base::Duration length = stay.length.value_or(base::Duration::max());
  std::vector<std::pair<base::Time, SiteId>> order;  // by what is known of each
  for (const auto& [site, places] : index.sites) {
    if (!places.takes_work || places.changed <= changed_since) continue;
    const RequestRoom::Soonest& known = room.soonest[site];
    const bool holds = known.looked_at >= places.roomier && known.stay <= length;
    order.emplace_back(holds ? known.start : base::Time::min(), site);
  }
  std::sort(order.begin(), order.end());
  std::optional<SiteSlot> best;
  for (const auto& [bound, site] : order) {
    if (best && std::pair(best->slot.start, best->site) < std::pair(bound, site)) break;
    const SitePlaces& places = index.sites.at(site);
    auto slot = soonest_on(places.timeline, places.capacity, room.request, stay, now);
    // What never fits does so even less later: nodes only change with the site.
    room.soonest[site] = {index.changes, length, slot ? slot->start : base::Time::max()};
    if (!slot) continue;
    if (!best || std::pair(slot->start, site) < std::pair(best->slot.start, best->site)) {
      best = SiteSlot{site, 0, std::move(*slot)};
    }
  }
  return best;
}

std::optional<SiteSlot> soonest_done(const Index& index, const RequestKind& kind,
                                     const schedule::Stay& stay, base::Time now) {
  std::optional<SiteSlot> best;
  base::Time soonest = schedule::never;
  for (const auto& [site, places] : index.sites) {
    if (!places.takes_work) continue;
    for (std::uint32_t i = 0; i < kind.request.options.size(); ++i) {
      auto slot = places.timeline.earliest(places.capacity, kind.request.nodes,
                                           kind.request.options[i], stay, now);
      if (!slot) continue;
      const bool known = slot->start != schedule::never;
      const base::Time done = known ? slot->start + kind.runs[i] : schedule::never;
      if (best && done >= soonest) continue;
      soonest = done;
      slot->option = i;
      best = SiteSlot{site, 0, std::move(*slot)};
    }
  }
  return best;
}

std::optional<SiteSlot> better_later(const Engine& engine, const RequestKind& kind,
                                     const schedule::Stay& stay,
                                     const std::optional<PromiseRecord>& promise,
                                     const schedule::Position& position, base::Time now) {
  if (kind.runs.empty()) return std::nullopt;
  const Index& index = engine.index();
  if (!promise) {
    const std::uint32_t allowed = promises_allowed(engine.state().policy);
    if (index.promises.size() >= 2 * allowed) return std::nullopt;
    std::set<std::uint32_t> before;
    auto at = index.queues().next(nullptr, nullptr);
    for (; at && at->position < position; at = index.queues().next(&at->position, nullptr)) {
      const JobRecord& ahead = engine.state().jobs.at(at->position.job);
      if (index.takes_turns(engine.state(), ahead)) continue;  // it is promised nothing
      before.insert(*index.classes[at->request_class].open);
      if (before.size() >= allowed) return std::nullopt;
    }
  }
  auto best = soonest_done(index, kind, stay, now);
  if (!best || best->slot.start <= now || best->slot.start == schedule::never) return std::nullopt;
  if (promise && best->slot.start > promise->start) return std::nullopt;
  return best;
}

bool is_worth_promising(const Engine& engine, const JobRecord& job, const SiteSlot& found,
                        base::Time now) {
  const base::Time start = found.slot.start;
  if (start == schedule::never) return false;
  if (!job.promise) return true;
  if (job.promise->start < now) return start > now;
  return start < job.promise->start &&
         start + worth_telling(engine.state().policy.backfill, *job.promise) <= job.promise->start;
}

std::uint32_t promises_allowed(const Policy& policy) {
  switch (policy.backfill) {
    case BackfillRule::none:
      return 0;
    case BackfillRule::easy:
      return 1;
    case BackfillRule::conservative:
      return std::max(policy.promises_most, 1U);
  }
  return 0;
}

void keep(schedule::Timeline& timeline, const schedule::Capacity& capacity,
          const RequestKind& of_job, const schedule::Slot& slot) {
  const ResourceOption& option = of_job.request.options[slot.option];
  for (const std::uint32_t node : slot.nodes) {
    timeline.reserve({&node, 1}, *capacity.pool_of(node).demand(option), schedule::never,
                     schedule::never, kept_for_nobody);
  }
}

std::optional<SiteSlot> kept_before(const Engine& engine, const schedule::Position& position,
                                    base::Time now, const JobRecord* gives_up) {
  const Index& index = engine.index();
  const PromiseRecord* gone = gives_up && gives_up->promise ? &*gives_up->promise : nullptr;
  const std::uint32_t allowed = promises_allowed(engine.state().policy);
  if (index.promises.size() - (gone ? 1 : 0) >= 2 * allowed) return std::nullopt;
  std::optional<schedule::Timeline> without;
  if (gone) {
    without = index.sites.at(gone->site).timeline;
    without->unreserve(gone->nodes, gives_up->id.value);
  }
  const auto soonest = [&](const schedule::Request& request, const schedule::Stay& stay) {
    std::optional<SiteSlot> best;
    for (const auto& [site, places] : index.sites) {
      if (!places.takes_work) continue;
      const auto& timeline = gone && gone->site == site ? *without : places.timeline;
      auto slot = soonest_on(timeline, places.capacity, request, stay, now);
      if (slot && (!best || slot->start < best->slot.start))
        best = SiteSlot{site, 0, std::move(*slot)};
    }
    return best;
  };
  std::set<std::uint32_t> blocked;
  auto at = index.queues().next(nullptr, nullptr);
  for (; at && at->position < position; at = index.queues().next(&at->position, nullptr)) {
    const std::uint32_t kind = *index.classes[at->request_class].open;
    if (!blocked.insert(kind).second) continue;
    if (blocked.size() > allowed) break;
    const JobRecord& job = engine.state().jobs.at(at->position.job);
    if (job.promise || now < index.due_of(job)) continue;
    auto found = soonest(index.kinds[kind].request, stay_of(job));
    if (!found || found->slot.start != schedule::never) continue;
    if (job.deadline) continue;  // it does not wait that long
    found->kind = kind;
    return found;
  }
  return std::nullopt;
}

}  // namespace weir::engine
