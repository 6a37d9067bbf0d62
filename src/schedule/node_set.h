// A set of nodes of one site, walked from the lowest index up.
//
// One bit a node: nodes come and go with every placement, so that this is much quicker than a tree.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace weir::schedule {

class NodeSet {
 public:
  void insert(std::uint32_t node) {
    const std::size_t word = node / 64;
    if (word >= words_.size()) words_.resize(word + 1);
    const std::uint64_t bit = std::uint64_t{1} << (node % 64);
    if ((words_[word] & bit) != 0) return;
    words_[word] |= bit;
    ++size_;
    if (word < first_word_) first_word_ = word;
  }
  void erase(std::uint32_t node) {
    if (!contains(node)) return;
    words_[node / 64] &= ~(std::uint64_t{1} << (node % 64));
    --size_;
  }
  [[nodiscard]] bool contains(std::uint32_t node) const {
    return node / 64 < words_.size() && (words_[node / 64] >> (node % 64) & 1U) != 0;
  }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  // The lowest. Requires: not empty.
  [[nodiscard]] std::uint32_t first() const {
    while (words_[first_word_] == 0) ++first_word_;
    return static_cast<std::uint32_t>(first_word_ * 64) +
           static_cast<std::uint32_t>(std::countr_zero(words_[first_word_]));
  }

  // Calls visit(node), lowest first, until it returns false. Returns false if it did.
  template <typename Visit>
  bool for_each(Visit&& visit) const {
    while (first_word_ < words_.size() && words_[first_word_] == 0) ++first_word_;
    for (std::size_t word = first_word_; word < words_.size(); ++word) {
      for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
        const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits));
        if (!visit(static_cast<std::uint32_t>(word * 64) + bit)) return false;
      }
    }
    return true;
  }

  friend bool operator==(const NodeSet& a, const NodeSet& b) {
    if (a.size_ != b.size_) return false;
    return a.for_each([&](std::uint32_t node) { return b.contains(node); });
  }

 private:
  std::vector<std::uint64_t> words_;
  std::uint32_t size_ = 0;
  mutable std::size_t first_word_ = 0;  // all words before it are empty
};

}  // namespace weir::schedule
