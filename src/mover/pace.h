// When bytes may be read so that a rate is kept: the plan's pieces of time, each with its rate.
//
// The reader asks before each read and waits as long as it is told; what is not read waits at the
// sender, by the flow control of the connections between. So a rate holds to the microsecond, may
// change at any moment, and needs no word to rclone. Pure: time comes in.
#pragma once

#include <optional>
#include <vector>

#include "mover/order.h"

namespace weir::mover {

// Fails: invalid, pieces without an end after their begin, out of order, or with a rate below 8.
[[nodiscard]] base::Status check_pieces(const std::vector<RatePiece>& pieces);

class Pace {
 public:
  // What went unused so far back may still be caught up; older time is lost, so that a link is
  // never used above its rate for longer.
  static constexpr base::Duration catch_up_most = std::chrono::milliseconds(200);

  // Requires: check_pieces holds. None: no limit.
  explicit Pace(std::vector<RatePiece> pieces) : pieces_(std::move(pieces)) {}

  // The moment from which on so many bytes may be read, and notes that they are. None: no piece is
  // left for them.
  [[nodiscard]] std::optional<base::Time> take(std::int64_t bytes, base::Time now);
  // How many bytes to ask for at once: a twentieth of a second's, within bounds.
  [[nodiscard]] std::int64_t step_bytes(base::Time now, std::int64_t most) const;
  // What is left of the pieces from `now` on.
  [[nodiscard]] std::int64_t bytes_left(base::Time now) const;

 private:
  // The first moment at or after `from` that lies in a piece; moves `piece_` there.
  [[nodiscard]] std::optional<base::Time> enter(base::Time from);

  std::vector<RatePiece> pieces_;
  std::size_t piece_ = 0;  // the first that has not ended at next_
  base::Time next_{};      // until then what was taken uses the rate
  std::int64_t rest_ = 0;  // parts of a microsecond that next_ lacks, in bit-microseconds
};

}  // namespace weir::mover
