// A set of ids that are given out in ascending order: used as std::set is, in the same order, with
// one bit for each id of a page.
//
// Ids far apart cost a page each, some ninety bytes. An iterator holds until anything is added or
// erased.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>

#include "base/id_pages.h"

namespace weir::base {

template <typename Id>
class IdSet {
  static constexpr std::size_t page_words = 8;
  static constexpr std::uint64_t page_ids = page_words * 64;
  struct Page;
  using Pages = detail::IdPages<Page>;

 public:
  using key_type = Id;
  using value_type = Id;
  using key_compare = std::less<Id>;

  class Cursor {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Id;
    using difference_type = std::ptrdiff_t;
    using pointer = const Id*;
    using reference = Id;

    Cursor() = default;
    Id operator*() const { return {pages_->number_at(position_) * page_ids + bit_}; }
    Cursor& operator++() {
      ++bit_;
      settle();
      return *this;
    }
    Cursor& operator--() {
      while (bit_ == 0 || !pages_->at(position_).last_before(bit_)) {
        --position_;
        bit_ = page_ids;
      }
      return *this;
    }
    Cursor operator++(int) {
      Cursor before = *this;
      ++*this;
      return before;
    }
    Cursor operator--(int) {
      Cursor before = *this;
      --*this;
      return before;
    }
    friend bool operator==(const Cursor&, const Cursor&) = default;

   private:
    friend class IdSet;
    // The first there is from this bit on.
    Cursor(const Pages* pages, std::size_t position, std::uint64_t bit)
        : pages_(pages), position_(position), bit_(bit) {
      settle();
    }
    void settle() {
      while (position_ < pages_->size() && !pages_->at(position_).first_from(bit_)) {
        ++position_;
        bit_ = 0;
      }
    }

    const Pages* pages_ = nullptr;
    std::size_t position_ = 0;
    std::uint64_t bit_ = 0;
  };
  using const_iterator = Cursor;
  using iterator = const_iterator;
  using const_reverse_iterator = std::reverse_iterator<const_iterator>;

  [[nodiscard]] const_iterator begin() const { return {&pages_, 0, 0}; }
  [[nodiscard]] const_iterator end() const { return {&pages_, pages_.size(), 0}; }
  [[nodiscard]] const_reverse_iterator rbegin() const { return const_reverse_iterator(end()); }
  [[nodiscard]] const_reverse_iterator rend() const { return const_reverse_iterator(begin()); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  // Cost of this and all below: O(1) where the pages have no gap, else O(log pages); what makes or
  // takes away a page among others also moves those behind it.
  [[nodiscard]] bool contains(Id id) const {
    const Page* page = pages_.find(id.value / page_ids);
    return page != nullptr && page->has(id.value % page_ids);
  }
  // The first that is not before `id`.
  [[nodiscard]] const_iterator lower_bound(Id id) const {
    const std::uint64_t number = id.value / page_ids;
    const std::size_t position = pages_.position_of(number);
    const bool in_it = position < pages_.size() && pages_.number_at(position) == number;
    return {&pages_, position, in_it ? id.value % page_ids : 0};
  }
  // False: it was there.
  bool insert(Id id) {
    Page& page = pages_.at(pages_.make(id.value / page_ids));
    if (page.has(id.value % page_ids)) return false;
    page.flip(id.value % page_ids);
    ++size_;
    return true;
  }
  // Returns how many there were: one or none.
  std::size_t erase(Id id) {
    const std::uint64_t number = id.value / page_ids;
    const std::size_t position = pages_.position_of(number);
    if (position == pages_.size() || pages_.number_at(position) != number) return 0;
    Page& page = pages_.at(position);
    if (!page.has(id.value % page_ids)) return 0;
    page.flip(id.value % page_ids);
    pages_.drop_if_empty(position);
    --size_;
    return 1;
  }

 private:
  struct Page {
    std::array<std::uint64_t, page_words> words{};
    std::uint64_t used = 0;  // one bit a word that has any

    [[nodiscard]] bool is_empty() const { return used == 0; }
    [[nodiscard]] bool has(std::uint64_t bit) const {
      return (words[bit / 64] >> (bit % 64) & 1U) != 0;
    }
    void flip(std::uint64_t bit) {
      std::uint64_t& word = words[bit / 64];
      word ^= std::uint64_t{1} << (bit % 64);
      const std::uint64_t mark = std::uint64_t{1} << (bit / 64);
      used = word != 0 ? used | mark : used & ~mark;
    }
    // Moves `bit` on to the first that is set from there on. False: there is none.
    bool first_from(std::uint64_t& bit) const {
      for (std::uint64_t at = bit; at < page_ids; at = (at / 64 + 1) * 64) {
        const std::uint64_t left = words[at / 64] >> (at % 64);
        if (left == 0) continue;
        bit = at + static_cast<std::uint64_t>(std::countr_zero(left));
        return true;
      }
      return false;
    }
    // Moves `bit` back to the last that is set before it. False: there is none.
    bool last_before(std::uint64_t& bit) const {
      for (std::uint64_t at = bit; at > 0; at = (at - 1) / 64 * 64) {
        const std::uint64_t left = words[(at - 1) / 64] << (63 - (at - 1) % 64);
        if (left == 0) continue;
        bit = at - 1 - static_cast<std::uint64_t>(std::countl_zero(left));
        return true;
      }
      return false;
    }
  };

  Pages pages_;
  std::size_t size_ = 0;
};

}  // namespace weir::base
