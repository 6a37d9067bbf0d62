// How much of everything somebody has had: what is held now, and what was held lately.
//
// The share of a resource is what is held of it now plus what was held of it on average, where an
// hour counts half as much when it lies a week further back; both as parts of all there is. The
// largest of these over all resources is the dominant share, and whoever has the least of it for
// its weight goes first.
// All of it is whole numbers: times in milliseconds, shares in units of 2^-32.
// Source: Dominant Resource Fairness, Ghodsi et al. 2011, section 4; decayed use as in Slurm's
// priority/multifactor (its half-life of a week, and its steps).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace weir::schedule {

// By resource: 0 is cpus, 1 memory in MiB, and one each device model from 2 on, in thousandths of
// devices.
using Amounts = std::vector<std::int64_t>;
constexpr std::size_t cpus_resource = 0;
constexpr std::size_t memory_resource = 1;
constexpr std::size_t first_device_resource = 2;

constexpr base::Duration share_half_life = std::chrono::hours(24 * 7);
// Past use is decayed in steps of this length, for everybody at the same time.
constexpr base::Duration share_step = std::chrono::hours(1);

// The number of the step that `time` lies in.
[[nodiscard]] std::int64_t share_step_at(base::Time time);

// `past` is in resource milliseconds (memory in GiB milliseconds). Brings it from `from` to `to`
// while `held` was held all the time: adds what was used, decays it at the end of every step.
// Requires: from <= to. Cost: resources, however long it took.
void bring_forward(Amounts& past, const Amounts& held, base::Time from, base::Time to);

struct DominantShare {
  std::uint64_t share = 0;  // in 2^-32 of the whole; past use may bring it above the whole
  std::uint64_t held = 0;   // the part of it that is held now
  std::size_t resource = 0;
};
// Of resources that nobody has, nobody has a share. Equal shares: the first resource.
[[nodiscard]] DominantShare dominant_share(const Amounts& held, const Amounts& past,
                                           const Amounts& totals);

// The share a weight makes of it: for comparisons only.
[[nodiscard]] std::uint64_t weighted(std::uint64_t share, std::uint32_t weight);

// "12.5%"
[[nodiscard]] std::string percent(std::uint64_t share);

// Adds or takes away; `to` grows where it is too short.
void add(Amounts& to, const Amounts& amounts);
void subtract(Amounts& from, const Amounts& amounts);

}  // namespace weir::schedule
