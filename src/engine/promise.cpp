#include "engine/promise.h"

#include <algorithm>

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

std::optional<SiteSlot> soonest_slot(const Index& index, const RequestKind& of_job,
                                     const schedule::Stay& stay, std::uint64_t changed_since,
                                     base::Time now) {
  std::optional<SiteSlot> best;
  for (const auto& [site, places] : index.sites) {
    if (!places.in_touch || places.changed <= changed_since) continue;
    for (std::uint32_t i = 0; i < of_job.request.options.size(); ++i) {
      auto slot = places.timeline.earliest(places.capacity, of_job.request.nodes,
                                           of_job.request.options[i], stay, now);
      if (!slot || (best && slot->start >= best->slot.start)) continue;
      slot->option = i;
      best = SiteSlot{site, 0, std::move(*slot)};
    }
  }
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
                                    base::Time now) {
  const Index& index = engine.index();
  const std::uint32_t allowed = promises_allowed(engine.state().policy);
  if (index.promises.size() >= 2 * allowed) return std::nullopt;
  std::set<std::uint32_t> blocked;
  auto at = index.queues().next(nullptr, nullptr);
  for (; at && at->position < position; at = index.queues().next(&at->position, nullptr)) {
    const std::uint32_t kind = *index.classes[at->request_class].open;
    if (!blocked.insert(kind).second) continue;
    if (blocked.size() > allowed) break;
    const JobRecord& job = engine.state().jobs.at(at->position.job);
    if (job.promise) continue;
    auto found = soonest_slot(index, index.kinds[kind], stay_of(job), 0, now);
    if (!found || found->slot.start != schedule::never) continue;
    found->kind = kind;
    return found;
  }
  return std::nullopt;
}

}  // namespace weir::engine
