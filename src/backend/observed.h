// What a backend tells of the ranks it keeps: all of them, or those that changed since.
//
// `ranks` is a map from RankKey to a struct with the observation in `seen`; `changed` the keys of
// those that changed, which are told by either.
#pragma once

#include <set>
#include <vector>

#include "backend/rank.h"

namespace weir::backend {

template <typename Ranks>
[[nodiscard]] std::vector<RankObservation> tell_all(const Ranks& ranks,
                                                    std::set<RankKey>& changed) {
  changed.clear();
  std::vector<RankObservation> all;
  all.reserve(ranks.size());
  for (const auto& [key, rank] : ranks) all.push_back(rank.seen);
  return all;
}

template <typename Ranks>
[[nodiscard]] std::vector<RankObservation> tell_changed(const Ranks& ranks,
                                                        std::set<RankKey>& changed) {
  std::vector<RankObservation> told;
  told.reserve(changed.size());
  for (const RankKey& key : changed) {
    const auto found = ranks.find(key);
    if (found != ranks.end()) told.push_back(found->second.seen);
  }
  changed.clear();
  return told;
}

}  // namespace weir::backend
