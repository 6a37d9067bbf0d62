// Transfers over shared links as fluids: at each moment every transfer moves at its max-min fair
// rate, and the rates change only when one begins to move or has ended.
//
// Max-min fair: nobody can get more but from somebody who has no more than he has, per weight. With
// all weights 1 a full link is shared alike by those whom nothing else holds back; weights by one
// over the round trip share it as TCP does.
// A transfer begins to move its route's latency after its start, and ends with its last byte.
// A link goes one way: what is full duplex is two of them.
// Left out: packets, slow start, windows, losses. For transfers of some megabytes and more that is
// within a few percent of a simulation by packets; small ones last longer than it says.
// Pure: whole numbers, so that the same transfers end at the same microsecond on every machine.
//
// Source: max-min fair rates by progressive filling: Bertsekas & Gallager, Data Networks (1992),
//         6.5.2; how true the fluid is: Velho & Legrand, SIMUTools 2009, "Accuracy Study and
//         Improvement of Network Simulation in the SimGrid Framework".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"

namespace weir::flow {

struct SharedLink {
  std::int64_t bits_per_second = 0;
  base::Duration latency{};

  friend bool operator==(const SharedLink&, const SharedLink&) = default;
};

// Bytes along links.
struct Transfer {
  base::Time start;
  std::int64_t bytes = 0;
  std::vector<std::size_t> route;  // links by their numbers; empty: it stays where it is, at once
  std::uint32_t weight = 1;        // of full links it gets so many parts
  std::vector<std::size_t> after;  // it starts once these have ended too

  friend bool operator==(const Transfer&, const Transfer&) = default;
};

// Millionths of a bit a second: what rounding leaves over is below anything that shows.
using FineRate = __int128;
constexpr std::int64_t fine_rates_per_bit = 1'000'000;

// At what rates these move beside one another; the numbers of `moving` are of `transfers`.
//
// Requires: routes of `moving` are not empty and name each link once; weights from 1 to a million;
//           a link carries at least as many bits a second as transfers.
// Ensures:  no link carries more than it can; each transfer crosses a full link (to the rounding)
//           on which no other gets more per weight.
// Cost:     links that become full × (links + transfers × route).
[[nodiscard]] std::vector<FineRate> fair_rates(std::span<const SharedLink> links,
                                               std::span<const Transfer> transfers,
                                               std::span<const std::size_t> moving);

// When each transfer ends, rounded up to the microsecond at each change of rates.
//
// Requires: as above; bytes from 0; `after` names transfers that stand before it in the list.
// Cost:     transfers × (what the rates cost).
[[nodiscard]] std::vector<base::Time> ends_of(std::span<const SharedLink> links,
                                              std::span<const Transfer> transfers);

}  // namespace weir::flow
