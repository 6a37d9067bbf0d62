// Values in ascending order, in blocks of one piece of memory each: walked much quicker than a
// tree, and changed as quickly as one up to some 100,000 values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.h"

namespace weir::base {

template <typename T>
class SortedBlocks {
 public:
  // Requires: it is not there. Cost: O(log n + block + blocks), the latter two moved as memory is.
  void insert(const T& value) {
    if (blocks_.empty()) return blocks_.push_back({value});
    auto block = block_of(value);
    if (block == blocks_.end()) --block;
    block->insert(std::lower_bound(block->begin(), block->end(), value), value);
    if (block->size() <= block_most) return;
    std::vector<T> upper(block->begin() + block_most / 2, block->end());
    block->resize(block_most / 2);
    blocks_.insert(block + 1, std::move(upper));
  }
  // Requires: it is there.
  void erase(const T& value) {
    const auto block = block_of(value);
    WEIR_CHECK(block != blocks_.end(), "what is erased was there");
    const auto at = std::lower_bound(block->begin(), block->end(), value);
    WEIR_CHECK(*at == value, "what is erased was there");
    block->erase(at);
    if (block->empty()) blocks_.erase(block);
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
  static constexpr std::size_t block_most = 256;

  // The first whose last is not before the value.
  auto block_of(const T& value) {
    return std::partition_point(blocks_.begin(), blocks_.end(),
                                [&](const std::vector<T>& block) { return block.back() < value; });
  }

  std::vector<std::vector<T>> blocks_;  // none is empty
};

}  // namespace weir::base
