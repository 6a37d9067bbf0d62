// Values in ascending order, in blocks of one piece of memory each: walked much quicker than a
// tree, and changed as quickly as one up to some 100,000 values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "base/check.h"

namespace weir::base {

template <typename T>
class SortedBlocks {
  using Blocks = std::vector<std::vector<T>>;

 public:
  // Holds until anything is changed.
  class Cursor {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Cursor() = default;
    reference operator*() const { return (*blocks_)[block_][at_]; }
    pointer operator->() const { return &**this; }
    Cursor& operator++() {
      if (++at_ < (*blocks_)[block_].size()) return *this;
      ++block_;
      at_ = 0;
      return *this;
    }
    Cursor operator++(int) {
      Cursor before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Cursor&, const Cursor&) = default;

   private:
    friend class SortedBlocks;
    Cursor(const Blocks* blocks, std::size_t block, std::size_t at)
        : blocks_(blocks), block_(block), at_(at) {}

    const Blocks* blocks_ = nullptr;
    std::size_t block_ = 0;
    std::size_t at_ = 0;
  };
  using const_iterator = Cursor;
  using iterator = const_iterator;

  [[nodiscard]] const_iterator begin() const { return {&blocks_, 0, 0}; }
  [[nodiscard]] const_iterator end() const { return {&blocks_, blocks_.size(), 0}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  // The first that comes after the value.
  [[nodiscard]] const_iterator upper_bound(const T& value) const {
    const auto block =
        std::partition_point(blocks_.begin(), blocks_.end(),
                             [&](const std::vector<T>& each) { return !(value < each.back()); });
    if (block == blocks_.end()) return end();
    const auto at = std::upper_bound(block->begin(), block->end(), value);
    return {&blocks_, static_cast<std::size_t>(block - blocks_.begin()),
            static_cast<std::size_t>(at - block->begin())};
  }

  // Requires: it is not there. Cost: O(log n + block + blocks), the latter two moved as memory is.
  void insert(const T& value) {
    ++size_;
    if (blocks_.empty()) return blocks_.push_back({value});
    auto block = block_of(value);
    if (block == blocks_.end()) --block;
    insert_into(block, value);
  }
  // Requires: it is there. Cost: likewise.
  void erase(const T& value) {
    const auto block = block_of(value);
    block->erase(place_in(block, value));
    if (block->empty()) blocks_.erase(block);
    --size_;
  }
  // Requires: `value` is there, and `by` is not or is the same. Cost: likewise; where no other
  // value lies between them, nothing is moved.
  void replace(const T& value, const T& by) {
    const auto block = block_of(value);
    const auto at = place_in(block, value);
    const bool first = block == blocks_.begin();
    const bool last = std::next(block) == blocks_.end();
    const bool here =
        (first || std::prev(block)->back() < by) && (last || by < std::next(block)->front());
    if (!here) {
      erase(value);
      return insert(by);
    }
    if (by < value) {
      const auto to = std::lower_bound(block->begin(), at, by);
      std::move_backward(to, at, std::next(at));
      *to = by;
    } else {
      const auto to = std::lower_bound(std::next(at), block->end(), by);
      std::move(std::next(at), to, at);
      *std::prev(to) = by;
    }
  }
  // Calls visit(value), in order, until it returns false.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const std::vector<T>& block : blocks_) {
      for (const T& value : block) {
        if (!visit(value)) return;
      }
    }
  }

 private:
  // As many as fit into a page of memory.
  static constexpr std::size_t block_most = std::max<std::size_t>(16, 4096 / sizeof(T));

  using Block = typename Blocks::iterator;

  // The first whose last is not before the value.
  Block block_of(const T& value) {
    return std::partition_point(blocks_.begin(), blocks_.end(),
                                [&](const std::vector<T>& block) { return block.back() < value; });
  }
  auto place_in(Block block, const T& value) {
    WEIR_CHECK(block != blocks_.end(), "a value that is looked for is there");
    const auto at = std::lower_bound(block->begin(), block->end(), value);
    WEIR_CHECK(*at == value, "a value that is looked for is there");
    return at;
  }
  void insert_into(Block block, const T& value) {
    const auto at = std::lower_bound(block->begin(), block->end(), value);
    const bool behind_all = at == block->end() && std::next(block) == blocks_.end();
    if (block->size() < block_most) {
      block->insert(at, value);
    } else if (behind_all) {
      blocks_.push_back({value});  // what only grows leaves full blocks
    } else {
      block->insert(at, value);
      std::vector<T> upper(block->begin() + block_most / 2, block->end());
      block->resize(block_most / 2);
      blocks_.insert(block + 1, std::move(upper));
    }
  }

  Blocks blocks_;  // none is empty
  std::size_t size_ = 0;
};

}  // namespace weir::base
