// In which order things were touched last, so that it costs as many steps to know what was touched
// since some moment as there are such things, not as there are things at all.
#pragma once

#include <cstdint>
#include <vector>

#include "base/id_map.h"

namespace weir::base {

template <typename Id>
class LastTouched {
 public:
  // Returns the number of this touch; they count up from 1.
  std::uint64_t touch(Id id) {
    const auto [at, is_new] = place_of_.emplace(id, static_cast<std::uint32_t>(links_.size()));
    const std::uint32_t place = at->second;
    if (is_new) links_.push_back({id});
    if (newest_ != place) {
      Link& link = links_[place];
      if (link.newer != none) links_[link.newer].older = link.older;
      if (link.older != none) links_[link.older].newer = link.newer;
      if (newest_ != none) links_[newest_].newer = place;
      link.older = newest_;
      link.newer = none;
      newest_ = place;
    }
    return links_[place].when = ++touches_;
  }
  // Calls visit(id) for each whose last touch has a greater number, the last first, until it
  // returns false. Returns false if it did.
  template <typename Visit>
  bool each_after(std::uint64_t touch, const Visit& visit) const {
    for (std::uint32_t place = newest_; place != none; place = links_[place].older) {
      if (links_[place].when <= touch) break;
      if (!visit(links_[place].id)) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Link {
    Id id;
    std::uint64_t when = 0;
    std::uint32_t newer = none;  // places in links_
    std::uint32_t older = none;
  };
  IdMap<Id, std::uint32_t> place_of_;
  std::vector<Link> links_;  // as they came first
  std::uint32_t newest_ = none;
  std::uint64_t touches_ = 0;
};

}  // namespace weir::base
