#include "gateway/row_feed.h"

#include <algorithm>

namespace weir::gateway {

void RowFeed::start(std::uint64_t last_sequence) {
  const std::lock_guard lock(mutex_);
  last_ = std::max(last_, last_sequence);
}

void RowFeed::take(DurableRows rows) {
  const std::lock_guard lock(mutex_);
  for (const auto& row : rows) {
    last_ = row->sequence;
    if (followers_ == 0) continue;
    kept_.push_back(row);
    facts_kept_ += row->facts.size();
    while (facts_kept_ > facts_kept_max && kept_.size() > 1) {
      facts_kept_ -= kept_.front()->facts.size();
      kept_.pop_front();
    }
  }
}

std::uint64_t RowFeed::last_sequence() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

void RowFeed::add_follower() {
  const std::lock_guard lock(mutex_);
  ++followers_;
}

void RowFeed::remove_follower() {
  const std::lock_guard lock(mutex_);
  if (--followers_ > 0) return;
  kept_.clear();
  facts_kept_ = 0;
}

base::Status RowFeed::read(std::uint64_t after, std::size_t rows_max,
                           const std::function<bool(const DurableRow&)>& visit) const {
  std::vector<std::shared_ptr<const DurableRow>> rows;
  std::uint64_t last = 0;
  {
    const std::lock_guard lock(mutex_);
    last = last_;
    if (after >= last_) return {};
    if (!kept_.empty() && kept_.front()->sequence <= after + 1) {
      const auto skip = static_cast<std::ptrdiff_t>(after + 1 - kept_.front()->sequence);
      const auto most = static_cast<std::ptrdiff_t>(std::min(rows_max, kept_.size()));
      const auto first = kept_.begin() + skip;
      rows.assign(first, first + std::min(most, kept_.end() - first));
    }
  }
  if (rows.empty()) {
    const std::uint64_t to = std::min<std::uint64_t>(last, after + rows_max);
    return core_.read_rows(after + 1, to, visit);
  }
  for (const auto& row : rows) {
    if (!visit(*row)) break;
  }
  return {};
}

}  // namespace weir::gateway
