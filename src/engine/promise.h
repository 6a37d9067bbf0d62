// What the first that have to wait are promised: found here, kept by facts.
#pragma once

#include <optional>

#include "engine/engine.h"
#include "schedule/timeline.h"

namespace weir::engine {

// What a waiting job asks of a timeline.
[[nodiscard]] schedule::Stay stay_of(const JobRecord& job);

struct SiteSlot {
  model::SiteId site;
  std::uint32_t kind = 0;
  schedule::Slot slot;
};

// Where and when a task of this kind could start soonest, were all that runs to end at its limit,
// without disturbing what is promised to others; of equal starts, on the site with the lowest id.
// Looks at sites that changed after `changed_since` alone (0: at all). None where there is no such
// site, or it can never fit there. What it learns of each site spares later ones a look.
[[nodiscard]] std::optional<SiteSlot> soonest_slot(const Index& index, RequestRoom& room,
                                                   const schedule::Stay& stay,
                                                   std::uint64_t changed_since, base::Time now);
// The same, without learning.
[[nodiscard]] std::optional<SiteSlot> soonest_slot(const Index& index,
                                                   const schedule::Request& request,
                                                   const schedule::Stay& stay,
                                                   std::uint64_t changed_since, base::Time now);

// Where and when it would be done soonest, by the time that is known of its options; likewise.
[[nodiscard]] std::optional<SiteSlot> soonest_done(const Index& index, const RequestKind& kind,
                                                   const schedule::Stay& stay, base::Time now);
// Where a task at this position that could start now had better start later, as it would be done
// sooner there, and surely does: it holds a promise of such a start, or is to get one. It never
// waits beyond what it was promised. None: it had better start.
[[nodiscard]] std::optional<SiteSlot> better_later(const Engine& engine, const RequestKind& kind,
                                                   const schedule::Stay& stay,
                                                   const std::optional<PromiseRecord>& promise,
                                                   const schedule::Position& position,
                                                   base::Time now);

// Whether this slot is to be promised to the job: it holds no promise, or its time has passed, or
// the slot is sooner by enough to be worth a fact.
[[nodiscard]] bool is_worth_promising(const Engine& engine, const JobRecord& job,
                                      const SiteSlot& found, base::Time now);

// The first that waits for work without a limit has no known start to be promised; what is free of
// the nodes it needs is kept for it against whoever goes after it. This says what a pass would keep
// against a job at this position, had this other one (if any) given up its promise. Requires:
// everything that can be placed has been.
[[nodiscard]] std::optional<SiteSlot> kept_before(const Engine& engine,
                                                  const schedule::Position& position,
                                                  base::Time now,
                                                  const JobRecord* gives_up = nullptr);
// Keeps it on a timeline, for nobody in particular.
inline constexpr std::uint64_t kept_for_nobody = UINT64_MAX;
void keep(schedule::Timeline& timeline, const schedule::Capacity& capacity,
          const RequestKind& of_job, const schedule::Slot& slot);

// How many jobs may hold a promise at a time.
[[nodiscard]] std::uint32_t promises_allowed(const model::Policy& policy);

}  // namespace weir::engine
