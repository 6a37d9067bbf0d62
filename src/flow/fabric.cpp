#include "flow/fabric.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace weir::flow {

using base::Duration;

Fabric::Fabric(std::span<const Path> paths, std::int64_t card_bits_per_second,
               std::span<const std::uint32_t> oversubscription_millionths, Duration hop)
    : card_(card_bits_per_second) {
  constexpr std::int64_t million = 1'000'000;
  const std::size_t levels = oversubscription_millionths.size();
  WEIR_CHECK(levels > 0 && card_ > 0, "there are switches, and cards that carry something");
  constexpr std::size_t top = std::numeric_limits<std::size_t>::max();
  std::map<std::pair<std::size_t, std::string>, std::size_t> known;
  for (const Path& path : paths) {
    WEIR_CHECK(path.size() == levels, "every node hangs from a switch of each level");
    std::size_t at = top;
    for (std::size_t level = 0; level < levels; ++level) {
      const auto [entry, fresh] = known.try_emplace({at, path[level]}, switches_.size());
      if (fresh) switches_.push_back({at, level, 0, 0});
      at = entry->second;
    }
    leaf_.push_back(at);
  }
  std::vector<std::int64_t> below(switches_.size(), 0);
  for (const std::size_t leaf : leaf_) below[leaf] += card_;
  for (std::size_t i = switches_.size(); i-- > 0;) {
    Switch& each = switches_[i];
    const std::uint32_t over = oversubscription_millionths[each.level];
    WEIR_CHECK(over >= million, "uplinks are no wider than what comes from below");
    each.upward = static_cast<std::int64_t>(static_cast<__int128>(below[i]) * million / over);
    if (each.level > 0) below[each.parent] += each.upward;
  }
  for (std::size_t i = 0; i < 2 * leaf_.size(); ++i) links_.push_back({card_, hop});
  for (const Switch& each : switches_) {
    for (int direction = 0; direction < 2; ++direction) links_.push_back({each.upward, hop});
  }
  // From a leaf on upwards each level takes its part of what a card gets.
  std::vector<__int128> over_by_level(levels);
  for (std::size_t level = levels; level-- > 0;) {
    const __int128 from = level + 1 < levels ? over_by_level[level + 1] : card_;
    over_by_level[level] = from * million / oversubscription_millionths[level];
  }
  for (Switch& each : switches_) {
    each.least_part = static_cast<std::int64_t>(over_by_level[each.level]);
  }
}

std::vector<std::size_t> Fabric::upwards(std::size_t node) const {
  std::vector<std::size_t> way{leaf_[node]};
  while (switches_[way.back()].level > 0) way.push_back(switches_[way.back()].parent);
  return way;
}

std::vector<std::size_t> Fabric::route(std::size_t from, std::size_t to) const {
  if (from == to) return {};
  const std::vector<std::size_t> here = upwards(from);
  const std::vector<std::size_t> there = upwards(to);
  std::vector<std::size_t> route{out_of(from)};
  std::vector<std::size_t> down;
  // Both are as many levels below the top.
  for (std::size_t i = 0; i < here.size() && here[i] != there[i]; ++i) {
    // At the top they reach one another without a limit.
    if (switches_[here[i]].level == 0) break;
    route.push_back(up_from(here[i]));
    down.push_back(up_from(there[i]) + 1);
  }
  route.insert(route.end(), down.rbegin(), down.rend());
  route.push_back(out_of(to) + 1);
  return route;
}

std::int64_t Fabric::least_bits_per_second(std::size_t from, std::size_t to) const {
  const std::vector<std::size_t> here = upwards(from);
  const std::vector<std::size_t> there = upwards(to);
  std::int64_t least = card_;
  for (std::size_t i = 0; i < here.size() && here[i] != there[i]; ++i) {
    if (switches_[here[i]].level > 0) least = switches_[here[i]].least_part;
  }
  return least;
}

std::vector<std::int64_t> ring_slow_downs(const Fabric& fabric,
                                          std::span<const std::vector<std::uint32_t>> gangs) {
  std::vector<Transfer> transfers;
  std::vector<std::size_t> gang_of;
  for (std::size_t gang = 0; gang < gangs.size(); ++gang) {
    const auto& nodes = gangs[gang];
    for (std::size_t i = 0; nodes.size() > 1 && i < nodes.size(); ++i) {
      Transfer& transfer = transfers.emplace_back();
      transfer.route = fabric.route(nodes[i], nodes[(i + 1) % nodes.size()]);
      gang_of.push_back(gang);
    }
  }
  std::vector<std::size_t> moving(transfers.size());
  std::iota(moving.begin(), moving.end(), std::size_t{0});
  const std::vector<FineRate> rates = fair_rates(fabric.links(), transfers, moving);
  const FineRate card = static_cast<FineRate>(fabric.card_bits_per_second()) * fine_rates_per_bit;
  std::vector<std::int64_t> slow(gangs.size(), 1'000'000);
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto times = static_cast<std::int64_t>((card * 1'000'000 + rates[i] / 2) / rates[i]);
    slow[gang_of[i]] = std::max(slow[gang_of[i]], times);
  }
  return slow;
}

}  // namespace weir::flow
