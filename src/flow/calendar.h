// A link's bandwidth over time, as it is given to transfers ahead of time: the same idea as a
// pool's timeline, with rates that may change at any moment.
//
// A transfer takes what is free on all links of its way from its first moment on, so that it is
// done as early as can be behind those that were planned before it. A part of each link is kept
// free (slack): links are slower at times than they were measured.
// Pure: whole numbers, no clock.
//
// Source: booking of bandwidth ahead of time for transfers with deadlines: Kandula et al., SIGCOMM
//         2014, "Calendaring for Wide Area Networks" (Tempus); Zhang et al., EuroSys 2015,
//         "Guaranteeing Deadlines for Inter-Data Center Transfers" (Amoeba).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "flow/shift.h"

namespace weir::flow {

// So much for so long.
struct RatePiece {
  Span span;
  std::int64_t bits_per_second = 0;

  friend bool operator==(const RatePiece&, const RatePiece&) = default;
};

// In order of time, without overlap. The last piece ends when all has gone.
struct TransferPlan {
  std::vector<RatePiece> pieces;

  [[nodiscard]] base::Time begin() const { return pieces.front().span.from; }
  [[nodiscard]] base::Time end() const { return pieces.back().span.until; }
};

class LinkCalendar {
 public:
  // Requires: the rate is above 0, slack from 0 to 99 percent of it.
  LinkCalendar(std::int64_t bits_per_second, std::uint32_t slack_percent);

  // All that may be given away at one moment, and what of it still may.
  [[nodiscard]] std::int64_t room() const { return room_; }
  [[nodiscard]] std::int64_t free_at(base::Time time) const;
  // The first moment after `time` at which something else may be free; none: never.
  [[nodiscard]] std::optional<base::Time> next_change(base::Time time) const;

  // Requires: so much is free. Cost: the changes within.
  void take(const RatePiece& piece);
  // Requires: it was taken.
  void give_back(const RatePiece& piece);
  // What was before is of no use any more.
  void forget_before(base::Time time);

 private:
  void add(const RatePiece& piece, std::int64_t sign);

  std::int64_t room_;
  std::map<base::Time, std::int64_t> given_;  // from each moment on; before the first: nothing
};

// How a transfer goes, taking what is free on all of these links, `most` bits a second at most
// (none: no limit), from `from` on. None: it is not done by `deadline`, or never.
// Requires: bytes > 0, at least one link.
// Cost:     the links' changes until it is done.
[[nodiscard]] std::optional<TransferPlan> plan_transfer(std::span<const LinkCalendar* const> way,
                                                        std::int64_t bytes, base::Time from,
                                                        std::optional<base::Time> deadline = {},
                                                        std::optional<std::int64_t> most = {});

}  // namespace weir::flow
