#include "flow/collective.h"

#include <algorithm>

#include "base/check.h"

namespace weir::flow {

using base::Duration;
using base::Time;

namespace {

__int128 up(__int128 dividend, __int128 divisor) { return (dividend + divisor - 1) / divisor; }

Duration us(__int128 count) {
  WEIR_CHECK(count >= 0 && count < (__int128{1} << 60), "it ends while there is time");
  return Duration(static_cast<std::int64_t>(count));
}

}  // namespace

Duration all_reduce_time(const AllReduce& all_reduce) {
  WEIR_CHECK(all_reduce.members > 0 && all_reduce.bytes >= 0 && all_reduce.bits_per_second > 0,
             "members send something over something");
  if (all_reduce.members == 1) return Duration(0);
  const std::int64_t steps = 2 * (std::int64_t{all_reduce.members} - 1);
  const __int128 bits = static_cast<__int128>(all_reduce.bytes) * 8 * steps;
  const __int128 moving =
      up(bits * 1'000'000, static_cast<__int128>(all_reduce.bits_per_second) * all_reduce.members);
  const std::int64_t waits = all_reduce.latency_steps.value_or(static_cast<std::uint32_t>(steps));
  return us(moving + static_cast<__int128>(all_reduce.round_trip.count()) * waits);
}

StretchedStep stretched(const CoupledStep& step) {
  constexpr std::int64_t million = 1'000'000;
  const std::int64_t compute = step.compute.count();
  WEIR_CHECK(compute > 0 && step.every > 0, "a step computes, and comes to a sum");
  WEIR_CHECK(step.overlap_millionths <= million * std::int64_t{step.every},
             "an all-reduce runs beside the steps until the next");
  const __int128 beside = static_cast<__int128>(compute) * step.overlap_millionths / million;
  const __int128 exposed = std::max<__int128>(
      static_cast<__int128>(all_reduce_time(step.all_reduce).count()) - beside, 0);
  const __int128 period = static_cast<__int128>(compute) * step.every + exposed;
  StretchedStep out;
  out.step = us(up(period, step.every));
  out.exposed = us(exposed);
  out.slow_down_millionths =
      us(up(period * million, static_cast<__int128>(compute) * step.every)).count();
  return out;
}

void add_ring(const Ring& ring, std::vector<Transfer>& transfers) {
  const std::size_t members = ring.routes.size();
  WEIR_CHECK(members > 1, "a ring has two members at least");
  WEIR_CHECK(ring.weights.empty() || ring.weights.size() == members, "a weight for each member");
  const auto count = static_cast<std::int64_t>(members);
  const std::int64_t part = ring.bytes / count + (ring.bytes % count == 0 ? 0 : 1);
  const std::size_t first = transfers.size();
  for (std::size_t step = 0; step < 2 * (members - 1); ++step) {
    for (std::size_t member = 0; member < members; ++member) {
      Transfer& transfer = transfers.emplace_back();
      transfer.start = ring.start;
      transfer.bytes = part;
      transfer.route = ring.routes[member];
      if (!ring.weights.empty()) transfer.weight = ring.weights[member];
      if (step == 0) continue;
      const std::size_t before = first + (step - 1) * members;
      transfer.after = {before + member, before + (member + members - 1) % members};
    }
  }
}

std::vector<Time> ring_ends(std::span<const SharedLink> links, std::span<const Ring> rings) {
  std::vector<Transfer> transfers;
  std::vector<std::size_t> until;  // of each ring: where its transfers end
  for (const Ring& ring : rings) {
    add_ring(ring, transfers);
    until.push_back(transfers.size());
  }
  const std::vector<Time> ends = ends_of(links, transfers);
  std::vector<Time> out;
  for (std::size_t i = 0; i < rings.size(); ++i) {
    const auto last = ends.begin() + static_cast<std::ptrdiff_t>(until[i]);
    out.push_back(
        *std::max_element(last - static_cast<std::ptrdiff_t>(rings[i].routes.size()), last));
  }
  return out;
}

}  // namespace weir::flow
