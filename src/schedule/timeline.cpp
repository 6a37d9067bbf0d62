#include "schedule/timeline.h"

#include <algorithm>

#include "base/check.h"

namespace weir::schedule {
namespace {

constexpr base::Time always = base::Time::min();  // a node that nothing holds is free since then

// Work that is past its end goes at any moment, and has not gone yet.
base::Time end_of_hold(base::Time end, base::Time now) {
  return std::max(end, now + base::Duration(1));
}

bool takes_all_cpus(const Shape& demand, const Shape& whole) { return demand.cpus == whole.cpus; }
bool takes_all_devices(const Shape& demand, const Shape& whole) {
  return whole.device_total > 0 && demand.device_total == whole.device_total;
}

}  // namespace

struct Timeline::Soonest {
  Soonest(std::size_t ranks, std::size_t nodes) : wanted(ranks), seen(nodes) {}

  void offer(base::Time start, std::uint32_t node) {
    const std::pair<base::Time, std::uint32_t> found{start, node};
    if (full() && !(found < best.front())) return;
    if (full()) {
      std::pop_heap(best.begin(), best.end());
      best.back() = found;
    } else {
      best.push_back(found);
    }
    std::push_heap(best.begin(), best.end());
  }
  [[nodiscard]] bool full() const { return best.size() == wanted; }
  // True if nothing that starts at `start` or later can matter any more.
  [[nodiscard]] bool settled_at(base::Time start) const {
    return full() && start > best.front().first;
  }

  std::size_t wanted;
  std::vector<std::pair<base::Time, std::uint32_t>> best;  // a heap, the latest in front
  std::vector<bool> seen;                                  // by node
};

Timeline::Timeline(std::uint32_t nodes) : nodes_(nodes), sorted_as_(nodes), is_stale_(nodes) {
  for (std::uint32_t node = 0; node < nodes; ++node) touch(node);
}

void Timeline::touch(std::uint32_t node) {
  if (is_stale_[node]) return;
  is_stale_[node] = true;
  stale_.push_back(node);
}

void Timeline::add_to(std::uint32_t node, base::Time end, const Shape& amount) {
  auto& holds = nodes_[node].holds;
  const auto at =
      std::upper_bound(holds.begin(), holds.end(), end,
                       [](base::Time time, const Hold& hold) { return time < hold.end; });
  holds.insert(at, {end, amount});
}

void Timeline::remove_from(std::uint32_t node, base::Time end, const Shape& amount) {
  auto& holds = nodes_[node].holds;
  const auto at = std::find_if(holds.begin(), holds.end(), [&](const Hold& hold) {
    return hold.end == end && hold.amount == amount;
  });
  WEIR_CHECK(at != holds.end(), "what is taken off the timeline stood there");
  holds.erase(at);
}

void Timeline::share(const Capacity& capacity, const model::RankPlacement& rank, base::Time end) {
  auto& shared = nodes_[rank.node].shared;
  const std::uint32_t device = rank.devices.front();
  const Shape whole = capacity.shape_of_device(rank.node, device);
  auto at = std::find_if(shared.begin(), shared.end(),
                         [&](const SharedDevice& each) { return each.device == device; });
  if (at == shared.end()) {
    at = shared.insert(at, {device, {}});
  } else {
    remove_from(rank.node, at->ends.back(), whole);
  }
  at->ends.insert(std::upper_bound(at->ends.begin(), at->ends.end(), end), end);
  add_to(rank.node, at->ends.back(), whole);
}

void Timeline::unshare(const Capacity& capacity, const model::RankPlacement& rank, base::Time end) {
  auto& shared = nodes_[rank.node].shared;
  const std::uint32_t device = rank.devices.front();
  const Shape whole = capacity.shape_of_device(rank.node, device);
  const auto at = std::find_if(shared.begin(), shared.end(),
                               [&](const SharedDevice& each) { return each.device == device; });
  WEIR_CHECK(at != shared.end(), "what is taken off the timeline stood there");
  remove_from(rank.node, at->ends.back(), whole);
  const auto gone = std::lower_bound(at->ends.begin(), at->ends.end(), end);
  WEIR_CHECK(gone != at->ends.end() && *gone == end, "what is taken off the timeline stood there");
  at->ends.erase(gone);
  if (at->ends.empty()) {
    shared.erase(at);
  } else {
    add_to(rank.node, at->ends.back(), whole);
  }
}

void Timeline::add_hold(const Capacity& capacity, std::span<const model::RankPlacement> ranks,
                        base::Time end) {
  for (const model::RankPlacement& rank : ranks) {
    add_to(rank.node, end, capacity.shape_of(rank));
    if (rank.is_share()) share(capacity, rank, end);
    touch(rank.node);
  }
}

void Timeline::remove_hold(const Capacity& capacity, std::span<const model::RankPlacement> ranks,
                           base::Time end) {
  for (const model::RankPlacement& rank : ranks) {
    remove_from(rank.node, end, capacity.shape_of(rank));
    if (rank.is_share()) unshare(capacity, rank, end);
    touch(rank.node);
  }
}

void Timeline::reserve(std::span<const std::uint32_t> nodes, const Shape& demand, base::Time start,
                       base::Time end, std::uint64_t owner) {
  for (const std::uint32_t node : nodes) {
    nodes_[node].reservations.push_back({start, end, demand, owner});
    ++reservations_;
    touch(node);
  }
}

void Timeline::unreserve(std::span<const std::uint32_t> nodes, std::uint64_t owner) {
  for (const std::uint32_t node : nodes) {
    const auto gone = std::erase_if(nodes_[node].reservations,
                                    [&](const Reservation& each) { return each.owner == owner; });
    WEIR_CHECK(gone == 1, "a reservation that is taken back was there");
    --reservations_;
    touch(node);
  }
}

bool Timeline::has_room(const Capacity& capacity, std::uint32_t node, const Shape& demand,
                        const Stay& stay, base::Time at, base::Time now,
                        base::Time devices_from) const {
  Shape beside = demand;  // what it takes besides devices
  beside.device_total = 0;
  beside.devices = {};
  const NodeTimes& times = nodes_[node];
  const base::Time end = stay.end_from(at);
  const auto counts = [&](const Reservation& each) {
    if (each.owner == stay.owner) return false;
    return each.start == never ? !stay.past_unknown : each.start >= now;
  };
  const auto start_of = [&](const Reservation& each) {
    return each.start == never ? now : each.start;
  };
  const auto room_at = [&](base::Time time) {
    Shape free = capacity.free_of(node);
    for (const Hold& hold : times.holds) {
      if (hold.end == never || end_of_hold(hold.end, now) > time) break;
      free += hold.amount;
    }
    for (const Reservation& each : times.reservations) {
      if (counts(each) && start_of(each) <= time && time < each.end) free -= each.amount;
    }
    return covers(free, time < devices_from ? beside : demand);
  };
  // Between a start and the next of others what is free only grows.
  if (!room_at(at)) return false;
  if (devices_from > at && devices_from < end && !room_at(devices_from)) return false;
  return std::all_of(times.reservations.begin(), times.reservations.end(),
                     [&](const Reservation& each) {
                       const base::Time start = start_of(each);
                       return !counts(each) || start <= at || start >= end || room_at(start);
                     });
}

bool Timeline::open(const Capacity& capacity, std::uint32_t node, const RankDemand& demand,
                    const Stay& stay, base::Time now) const {
  const NodeTimes& times = nodes_[node];
  if (times.reservations.empty()) return true;
  const auto shared =
      std::find_if(times.shared.begin(), times.shared.end(),
                   [&](const SharedDevice& each) { return each.device == demand.share_of; });
  if (!demand.share_of || shared == times.shared.end()) {
    return has_room(capacity, node, demand, stay, now, now);
  }
  const base::Time last = shared->ends.back();
  const base::Time held_until = last == never ? never : end_of_hold(last, now);
  return has_room(capacity, node, demand, stay, now, now, held_until);
}

base::Time Timeline::earliest_on(const Capacity& capacity, std::uint32_t node, const Shape& demand,
                                 const Stay& stay, base::Time from, base::Time now) const {
  const NodeTimes& times = nodes_[node];
  if (times.reservations.empty()) {
    Shape free = capacity.free_of(node);
    if (covers(free, demand)) return from;
    for (const Hold& hold : times.holds) {
      free += hold.amount;
      if (!covers(free, demand)) continue;
      return hold.end == never ? never : std::max(from, end_of_hold(hold.end, now));
    }
    return never;
  }
  std::vector<base::Time> moments{from};
  for (const Hold& hold : times.holds) {
    if (hold.end != never) moments.push_back(std::max(from, end_of_hold(hold.end, now)));
  }
  for (const Reservation& each : times.reservations) {
    if (each.end != never) moments.push_back(std::max(from, each.end));
  }
  std::sort(moments.begin(), moments.end());
  for (const base::Time moment : moments) {
    if (has_room(capacity, node, demand, stay, moment, now)) return moment;
  }
  return never;
}

void Timeline::sort_in_the_stale(const Capacity& capacity) const {
  orders_.resize(capacity.pools().size());
  for (const std::uint32_t node : stale_) {
    is_stale_[node] = false;
    Order& order = orders_[capacity.pool_index(node)];
    SortedAs& as = sorted_as_[node];
    const SortedAs before = as;
    const NodeTimes& times = nodes_[node];
    as = {true, !times.reservations.empty(), true, true, always, always};
    if (!times.holds.empty()) {
      as.last_end = times.holds.back().end;
      as.first_end = times.holds.front().end;
    }
    for (const Hold& hold : times.holds) {
      as.all_with_cpus &= hold.amount.cpus > 0;
      as.all_with_devices &= hold.amount.device_total > 0;
    }
    sort_in(order.by_last_end, node, before, before.last_end, as, as.last_end);
    sort_in(order.by_first_end, node, before, before.first_end, as, as.first_end);
    if (before.reserved == as.reserved) continue;
    as.reserved ? (void)order.reserved.insert(node) : (void)order.reserved.erase(node);
  }
  stale_.clear();
}

void Timeline::sort_in(ByTime& order, std::uint32_t node, const SortedAs& before,
                       base::Time end_before, const SortedAs& now, base::Time end) {
  const bool was_there = before.sorted && !before.reserved;
  if (was_there && !now.reserved) {
    if (end_before != end) order.replace({end_before, node}, {end, node});
  } else if (was_there) {
    order.erase({end_before, node});
  } else if (!now.reserved) {
    order.insert({end, node});
  }
}

void Timeline::seek(const Capacity& capacity, std::uint32_t pool, const Shape& demand,
                    const Stay& stay, base::Time from, base::Time now, Soonest& soonest) const {
  const auto look_at = [&](std::uint32_t node) {
    if (soonest.seen[node]) return;
    soonest.seen[node] = true;
    soonest.offer(earliest_on(capacity, node, demand, stay, from, now), node);
  };
  const auto walk = [&](const ByTime& order) {
    order.for_each([&](const auto& entry) {
      if (soonest.settled_at(std::max(entry.first, from))) return false;
      look_at(entry.second);
      return true;
    });
  };
  const Order& order = orders_[pool];
  for (const std::uint32_t node : order.reserved) look_at(node);
  const Shape& whole = capacity.pools()[pool].whole;
  const bool all_cpus = takes_all_cpus(demand, whole);
  if (all_cpus || takes_all_devices(demand, whole)) {
    order.by_last_end.for_each([&](const auto& entry) {
      const auto& [end, node] = entry;
      if (soonest.settled_at(std::max(end, from))) return false;
      const SortedAs& as = sorted_as_[node];
      // Mostly it is theirs when the last that holds it ends, and nobody need look closer.
      if (end == always) {
        soonest.offer(from, node);
      } else if (all_cpus ? as.all_with_cpus : as.all_with_devices) {
        soonest.offer(end == never ? never : std::max(from, end_of_hold(end, now)), node);
      } else {
        look_at(node);
      }
      return true;
    });
    return;
  }
  // Nodes with room now; of each kind of room the first are as good as all.
  for (const auto& [free, nodes] : capacity.pools()[pool].free) {
    if (!covers(free, demand)) continue;
    std::size_t seen = 0;
    nodes.for_each([&](std::uint32_t node) {
      look_at(node);
      return nodes_[node].reservations.empty() ? ++seen < soonest.wanted : true;
    });
  }
  // Of the rest, whoever is empty soon is surely soon; who loses its first work soon may be sooner.
  walk(order.by_last_end);
  walk(order.by_first_end);
}

std::optional<Slot> Timeline::earliest(const Capacity& capacity, std::uint32_t nodes,
                                       const model::ResourceOption& option, const Stay& stay,
                                       base::Time now) const {
  sort_in_the_stale(capacity);
  // Ranks that could start one by one may not be able to stay together: try again from the time at
  // which the last of them could. Each round passes at least one reservation.
  base::Time from = now;
  for (std::uint32_t round = 0; round <= reservations_ + 1; ++round) {
    Soonest soonest(nodes, nodes_.size());
    for (std::uint32_t pool = 0; pool < capacity.pools().size(); ++pool) {
      const auto demand = capacity.pools()[pool].demand(option);
      if (!demand || !covers(capacity.pools()[pool].whole, *demand)) continue;
      seek(capacity, pool, *demand, stay, from, now, soonest);
    }
    if (!soonest.full()) return std::nullopt;
    const base::Time start = soonest.best.front().first;
    const bool together =
        start == never ||
        std::all_of(soonest.best.begin(), soonest.best.end(), [&](const auto& each) {
          const std::uint32_t node = each.second;
          return nodes_[node].reservations.empty() || each.first == start ||
                 has_room(capacity, node, *capacity.pool_of(node).demand(option), stay, start, now);
        });
    if (!together) {
      from = start;
      continue;
    }
    Slot slot{start, 0, {}};
    for (const auto& each : soonest.best) slot.nodes.push_back(each.second);
    std::sort(slot.nodes.begin(), slot.nodes.end());
    return slot;
  }
  return std::nullopt;
}

Timeline::Steps Timeline::steps(const Capacity& capacity, std::uint32_t node,
                                base::Time now) const {
  Steps steps{{now, capacity.free_of(node)}};
  for (const Hold& hold : nodes_[node].holds) {
    const base::Time end = hold.end == never ? never : end_of_hold(hold.end, now);
    Shape free = steps.back().second;
    free += hold.amount;
    if (steps.back().first == end) {
      steps.back().second = free;
    } else {
      steps.emplace_back(end, free);
    }
  }
  return steps;
}

}  // namespace weir::schedule
