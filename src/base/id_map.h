// A map by ids that are given out in ascending order: used as std::map is, with the same order and
// the same wire form, and what is looked up is found in two steps however much there is.
//
// Ids far apart cost a page each, half a kilobyte; whatever they are, it holds them all. A value
// stays where it is in memory until it is erased; an iterator holds until anything is added or
// erased.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/id_pages.h"

namespace weir::base {

template <typename Id, typename T>
class IdMap {
  static constexpr std::uint64_t page_ids = 64;
  struct Page;
  using Pages = detail::IdPages<Page>;

 public:
  using key_type = Id;
  using mapped_type = T;
  using value_type = std::pair<const Id, T>;
  using key_compare = std::less<Id>;

  template <bool IsConst>
  class Cursor {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = IdMap::value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = std::conditional_t<IsConst, const value_type*, value_type*>;
    using reference = std::conditional_t<IsConst, const value_type&, value_type&>;

    Cursor() = default;
    // One that may change the value is also one that may not.
    template <bool OtherConst>
      requires(IsConst && !OtherConst)
    Cursor(const Cursor<OtherConst>& other)  // NOLINT(google-explicit-constructor): as std::map
        : pages_(other.pages_), position_(other.position_), slot_(other.slot_) {}

    reference operator*() const { return *pages_->at(position_).slots[slot_]; }
    pointer operator->() const { return &**this; }
    Cursor& operator++() {
      const std::uint64_t behind = pages_->at(position_).taken >> slot_ >> 1U;
      if (behind != 0) {
        slot_ += 1U + static_cast<unsigned>(std::countr_zero(behind));
      } else {
        ++position_;
        slot_ = first_slot(*pages_, position_);
      }
      return *this;
    }
    Cursor& operator--() {
      const std::uint64_t before = position_ == pages_->size() || slot_ == 0
                                       ? 0
                                       : pages_->at(position_).taken << (page_ids - slot_);
      if (before != 0) {
        slot_ -= 1U + static_cast<unsigned>(std::countl_zero(before));
      } else {
        --position_;
        slot_ = 63U - static_cast<unsigned>(std::countl_zero(pages_->at(position_).taken));
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
    friend class IdMap;
    friend class Cursor<true>;
    Cursor(const Pages* pages, std::size_t position)
        : pages_(pages), position_(position), slot_(first_slot(*pages, position)) {}
    Cursor(const Pages* pages, std::size_t position, unsigned slot)
        : pages_(pages), position_(position), slot_(slot) {}
    static unsigned first_slot(const Pages& pages, std::size_t position) {
      if (position == pages.size()) return 0;
      return static_cast<unsigned>(std::countr_zero(pages.at(position).taken));
    }

    const Pages* pages_ = nullptr;
    std::size_t position_ = 0;
    unsigned slot_ = 0;
  };
  using iterator = Cursor<false>;
  using const_iterator = Cursor<true>;

  [[nodiscard]] iterator begin() { return {&pages_, 0}; }
  [[nodiscard]] iterator end() { return {&pages_, pages_.size()}; }
  [[nodiscard]] const_iterator begin() const { return {&pages_, 0}; }
  [[nodiscard]] const_iterator end() const { return {&pages_, pages_.size()}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] key_compare key_comp() const { return {}; }

  // Cost: O(1) where the pages have no gap, else O(log pages).
  [[nodiscard]] iterator find(Id id) { return cursor_of<iterator>(id); }
  [[nodiscard]] const_iterator find(Id id) const { return cursor_of<const_iterator>(id); }
  [[nodiscard]] bool contains(Id id) const { return value_of(id) != nullptr; }
  // Requires: it is there.
  [[nodiscard]] T& at(Id id) { return there(value_of(id))->second; }
  [[nodiscard]] const T& at(Id id) const { return there(value_of(id))->second; }
  // Made if it is new.
  T& operator[](Id id) { return emplace(id).first->second; }

  // Does nothing where there is one already. Cost: as find; a new page among others also moves
  // those behind it.
  template <typename... Arguments>
  std::pair<iterator, bool> emplace(Id id, Arguments&&... arguments) {
    const std::size_t position = pages_.make(id.value / page_ids);
    const auto slot = static_cast<unsigned>(id.value % page_ids);
    Page& page = pages_.at(position);
    const iterator at{&pages_, position, slot};
    if (page.slots[slot]) return {at, false};
    page.slots[slot] =
        std::make_unique<value_type>(std::piecewise_construct, std::forward_as_tuple(id),
                                     std::forward_as_tuple(std::forward<Arguments>(arguments)...));
    page.taken |= std::uint64_t{1} << slot;
    ++size_;
    return {at, true};
  }
  // No hint is needed; this is for what is written for any map.
  template <typename... Arguments>
  iterator emplace_hint(const_iterator, Id id, Arguments&&... arguments) {
    return emplace(id, std::forward<Arguments>(arguments)...).first;
  }
  // Requires: it holds and is not the end.
  void erase(const_iterator at) {
    Page& page = pages_.at(at.position_);
    page.slots[at.slot_].reset();
    page.taken &= ~(std::uint64_t{1} << at.slot_);
    pages_.drop_if_empty(at.position_);
    --size_;
  }
  // Returns how many there were: one or none.
  std::size_t erase(Id id) {
    const const_iterator at = find(id);
    if (at == end()) return 0;
    erase(at);
    return 1;
  }
  void clear() {
    pages_.clear();
    size_ = 0;
  }

  friend bool operator==(const IdMap& a, const IdMap& b) {
    return a.size_ == b.size_ && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  struct Page {
    std::uint64_t taken = 0;  // one bit a slot
    std::array<std::unique_ptr<value_type>, page_ids> slots;

    Page() = default;
    Page(const Page& other) : taken(other.taken) {
      for (std::size_t i = 0; i < page_ids; ++i) {
        if (other.slots[i]) slots[i] = std::make_unique<value_type>(*other.slots[i]);
      }
    }
    Page(Page&&) = delete;
    Page& operator=(const Page&) = delete;
    Page& operator=(Page&&) = delete;
    ~Page() = default;
    [[nodiscard]] bool is_empty() const { return taken == 0; }
  };

  [[nodiscard]] value_type* value_of(Id id) const {
    const Page* page = pages_.find(id.value / page_ids);
    return page == nullptr ? nullptr : page->slots[id.value % page_ids].get();
  }
  [[nodiscard]] static value_type* there(value_type* value) {
    WEIR_CHECK(value != nullptr, "an id that is looked up is there");
    return value;
  }
  template <typename Found>
  [[nodiscard]] Found cursor_of(Id id) const {
    const std::uint64_t number = id.value / page_ids;
    const std::size_t position = pages_.position_of(number);
    const auto slot = static_cast<unsigned>(id.value % page_ids);
    if (position == pages_.size() || pages_.number_at(position) != number ||
        !pages_.at(position).slots[slot]) {
      return {&pages_, pages_.size()};
    }
    return {&pages_, position, slot};
  }

  Pages pages_;
  std::size_t size_ = 0;
};

}  // namespace weir::base
