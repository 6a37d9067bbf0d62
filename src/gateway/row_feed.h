// The rows that became durable last, for those who follow them; older ones come from the journal.
//
// Rows are kept only while somebody follows, and only so many that a follower who keeps up never
// needs the disk. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "gateway/core.h"

namespace weir::gateway {

class RowFeed {
 public:
  static constexpr std::size_t facts_kept_max = 20'000;

  explicit RowFeed(Core& core) : core_(core) {}

  // The last row that is known to be durable, before any came through take().
  void start(std::uint64_t last_sequence);
  void take(DurableRows rows);
  [[nodiscard]] std::uint64_t last_sequence() const;

  // While a follower is there, rows are kept.
  void add_follower();
  void remove_follower();

  // Hands the rows after `after` to `visit`, in order and without a gap, at most `rows_max` of them
  // or until it gives false. Blocks on the disk where they are no longer kept.
  // Fails: input_output.
  [[nodiscard]] base::Status read(std::uint64_t after, std::size_t rows_max,
                                  const std::function<bool(const DurableRow&)>& visit) const;

 private:
  Core& core_;
  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::size_t followers_ = 0;
  std::size_t facts_kept_ = 0;
  std::deque<std::shared_ptr<const DurableRow>> kept_;  // the last ones, without a gap
};

}  // namespace weir::gateway
