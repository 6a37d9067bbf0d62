// The nodes of one pool by what they have free: nodes with the same free shape are one kind.
//
// Kinds stand in slots. A slot's version changes with each kind that comes to stand there or
// leaves, so that what was found out about a kind can be kept beside it (schedule/score_book.h): of
// an empty slot it is even. Walked in the order of shapes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "schedule/node_set.h"
#include "schedule/shape.h"

namespace weir::schedule {

class FreeKinds {
 public:
  struct Kind {
    FreeShape shape;
    NodeSet nodes;  // none: the slot is empty

    friend bool operator==(const Kind&, const Kind&) = default;
  };

  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Kind;
    using difference_type = std::ptrdiff_t;
    using pointer = const Kind*;
    using reference = const Kind&;

    Iterator() = default;
    Iterator(const std::uint32_t* slot, const Kind* kinds) : slot_(slot), kinds_(kinds) {}
    reference operator*() const { return kinds_[*slot_]; }
    pointer operator->() const { return &kinds_[*slot_]; }
    Iterator& operator++() { return ++slot_, *this; }
    Iterator& operator--() { return --slot_, *this; }
    Iterator operator++(int) { return {slot_++, kinds_}; }
    Iterator operator--(int) { return {slot_--, kinds_}; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.slot_ == b.slot_; }

   private:
    const std::uint32_t* slot_ = nullptr;
    const Kind* kinds_ = nullptr;
  };

  [[nodiscard]] Iterator begin() const { return {order_.data(), kinds_.data()}; }
  [[nodiscard]] Iterator end() const { return {order_.data() + order_.size(), kinds_.data()}; }
  [[nodiscard]] auto rbegin() const { return std::reverse_iterator(end()); }
  [[nodiscard]] auto rend() const { return std::reverse_iterator(begin()); }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

  // Cost: log kinds, and moving a number for each kind of a larger shape where one comes or goes.
  void insert(const FreeShape& shape, std::uint32_t node) {
    const auto at = find(shape);
    if (at != order_.end() && kinds_[*at].shape == shape) {
      kinds_[*at].nodes.insert(node);
      return;
    }
    if (unused_.empty()) {
      unused_.push_back(static_cast<std::uint32_t>(kinds_.size()));
      kinds_.emplace_back();
      versions_.push_back(0);
    }
    const std::uint32_t slot = unused_.back();
    unused_.pop_back();
    kinds_[slot].shape = shape;
    kinds_[slot].nodes.insert(node);
    ++versions_[slot];
    order_.insert(at, slot);
  }
  // Requires: it is there.
  void erase(const FreeShape& shape, std::uint32_t node) {
    const auto at = find(shape);
    kinds_[*at].nodes.erase(node);
    if (!kinds_[*at].nodes.empty()) return;
    ++versions_[*at];
    unused_.push_back(*at);
    order_.erase(at);
  }

  // ---- by slot, in no order

  [[nodiscard]] std::span<const std::uint32_t> versions() const { return versions_; }
  [[nodiscard]] static bool is_empty(std::uint32_t version) { return version % 2 == 0; }
  [[nodiscard]] const Kind& at(std::uint32_t slot) const { return kinds_[slot]; }
  // Requires: some node has exactly this free.
  [[nodiscard]] const Kind& of(const FreeShape& shape) const { return kinds_[*find(shape)]; }
  [[nodiscard]] std::uint32_t slot_of(const Kind& kind) const {
    return static_cast<std::uint32_t>(&kind - kinds_.data());
  }

  friend bool operator==(const FreeKinds& a, const FreeKinds& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  [[nodiscard]] std::vector<std::uint32_t>::const_iterator find(const FreeShape& shape) const {
    return std::lower_bound(
        order_.begin(), order_.end(), shape,
        [&](std::uint32_t slot, const FreeShape& wanted) { return kinds_[slot].shape < wanted; });
  }

  std::vector<std::uint32_t> order_;  // slots of the kinds there are, by shape
  std::vector<Kind> kinds_;           // by slot
  std::vector<std::uint32_t> versions_;
  std::vector<std::uint32_t> unused_;
};

}  // namespace weir::schedule
