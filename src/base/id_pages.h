// Pages of neighbouring ids, found by number: what IdMap and IdSet are made of, and of use to no
// one else.
//
// Ids are given out in ascending order and go by and by, so that the pages that are left have
// mostly no gap between them, and a page's number says where it stands. Where there are gaps it is
// searched for, among numbers that stand side by side in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace weir::base::detail {

// Requires of Page: it can be copied, and says by is_empty() whether anything is on it.
template <typename Page>
class IdPages {
 public:
  IdPages() = default;
  IdPages(const IdPages& other) {
    entries_.reserve(other.entries_.size());
    for (const Entry& entry : other.entries_) {
      entries_.push_back({entry.number, std::make_unique<Page>(*entry.page)});
    }
  }
  IdPages(IdPages&& other) noexcept = default;
  IdPages& operator=(const IdPages& other) {
    *this = IdPages(other);
    return *this;
  }
  IdPages& operator=(IdPages&& other) noexcept = default;
  ~IdPages() = default;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::uint64_t number_at(std::size_t position) const {
    return entries_[position].number;
  }
  [[nodiscard]] Page& at(std::size_t position) const { return *entries_[position].page; }

  // Where the page of this number stands, or would stand.
  // Cost: O(1) where no page is missing before or behind it, else O(log pages).
  [[nodiscard]] std::size_t position_of(std::uint64_t number) const {
    const std::size_t size = entries_.size();
    if (size == 0 || number > entries_.back().number) return size;
    const std::uint64_t from_last = entries_.back().number - number;
    if (from_last < size && entries_[size - 1 - from_last].number == number) {
      return size - 1 - from_last;
    }
    if (number <= entries_.front().number) return 0;
    const std::uint64_t from_first = number - entries_.front().number;
    if (from_first < size && entries_[from_first].number == number) return from_first;
    const auto at = std::partition_point(entries_.begin(), entries_.end(),
                                         [&](const Entry& entry) { return entry.number < number; });
    return static_cast<std::size_t>(at - entries_.begin());
  }
  // None: there is no such page.
  [[nodiscard]] Page* find(std::uint64_t number) const {
    const std::size_t position = position_of(number);
    const bool there = position < entries_.size() && entries_[position].number == number;
    return there ? entries_[position].page.get() : nullptr;
  }
  // The position of the page of this number, made if it is new.
  std::size_t make(std::uint64_t number) {
    const std::size_t position = position_of(number);
    if (position == entries_.size() || entries_[position].number != number) {
      entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(position),
                      Entry{number, std::make_unique<Page>()});
    }
    return position;
  }
  void drop_if_empty(std::size_t position) {
    if (!entries_[position].page->is_empty()) return;
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(position));
  }
  void clear() { entries_.clear(); }

 private:
  struct Entry {
    std::uint64_t number = 0;
    std::unique_ptr<Page> page;
  };
  std::vector<Entry> entries_;  // by number; none is empty
};

}  // namespace weir::base::detail
