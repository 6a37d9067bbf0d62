#include "schedule/rooms.h"

#include <algorithm>

#include "schedule/fragmentation.h"

namespace weir::schedule {

using model::PlacingRule;

namespace {

__extension__ using Wide = __int128;

// Of the largest nodes there are; at least 1.
struct Largest {
  std::int64_t cpus = 1;
  std::int64_t devices = 1;
};

Largest largest_of(const Capacity& capacity) {
  Largest largest;
  for (const Pool& pool : capacity.pools()) {
    largest.cpus = std::max<std::int64_t>(largest.cpus, pool.whole.cpus);
    largest.devices = std::max(largest.devices,
                               std::int64_t{pool.whole.device_total} * model::whole_device_milli);
  }
  return largest;
}

// The hundredths of a whole that are not `part` of `of`, rounded down, as their authors count.
std::int64_t hundredths_left(Wide part, Wide of) {
  return static_cast<std::int64_t>((of - part) * 100 / of);
}

// More is better. Devices are counted in thousandths.
std::int64_t best_fit(const Room& room, const Largest& largest) {
  const Wide cpus = room.free->cpus - room.demand.cpus;
  const Wide devices = room.free->devices_milli() - room.demand.devices_milli();
  return hundredths_left(cpus * largest.devices + devices * largest.cpus,
                         Wide{2} * largest.cpus * largest.devices);
}

std::int64_t dot_product(const Room& room, const Largest& largest) {
  const Wide cpus_square = Wide{largest.cpus} * largest.cpus;
  const Wide devices_square = Wide{largest.devices} * largest.devices;
  const Wide cpus = Wide{room.free->cpus} * room.demand.cpus;
  const Wide devices = Wide{room.free->devices_milli()} * room.demand.devices_milli();
  return hundredths_left(cpus * devices_square + devices * cpus_square,
                         2 * cpus_square * devices_square);
}

// The score of a demand on nodes that have this free, and what the device has left that it is best
// taken of; for whole devices none is named. More is better.
struct BestShare {
  std::int64_t score = 0;
  std::vector<std::uint32_t> left;
};

BestShare best_share(const UsualOnPool& usual, std::int64_t ranks, const FreeShape& free,
                     const RankDemand& demand) {
  const std::int64_t before = usual.unusable(free);
  const auto score_with = [&](std::uint32_t left) {
    return score_of(before - usual.unusable(without(free, demand, left)), ranks);
  };
  if (!demand.is_share()) return {score_with(0), {}};
  BestShare best;
  free.each_left(demand.share_model, [&](std::uint32_t left, std::uint32_t) {
    if (!may_share(free, demand, left)) return;
    const std::int64_t score = score_with(left);
    if (!best.left.empty() && score < best.score) return;
    if (score > best.score) best.left.clear();
    best.score = score;
    best.left.push_back(left);
  });
  return best;
}

void score_by_fragmentation(std::vector<Room>& rooms, const UsualWork* usual) {
  if (usual == nullptr || usual->ranks == 0) return;
  // The rooms of one pool stand together.
  for (auto at = rooms.begin(); at != rooms.end();) {
    const Pool* pool = at->pool;
    const UsualOnPool of_pool(*pool, *usual);
    for (; at != rooms.end() && at->pool == pool; ++at) {
      at->score = -best_share(of_pool, usual->ranks, *at->free, at->demand).score;
    }
  }
}

// The amounts that devices have left of which a share may be taken, ascending, each once.
std::vector<std::uint32_t> enough_left(const FreeShape& free, const RankDemand& demand) {
  std::vector<std::uint32_t> enough;
  free.each_left(demand.share_model, [&](std::uint32_t left, std::uint32_t) {
    if (may_share(free, demand, left)) enough.push_back(left);
  });
  std::sort(enough.begin(), enough.end());
  enough.erase(std::unique(enough.begin(), enough.end()), enough.end());
  return enough;
}

}  // namespace

std::vector<std::uint32_t> shares_from(const Pool& pool, const FreeShape& free,
                                       const RankDemand& demand, const Placing& placing) {
  std::vector<std::uint32_t> enough = enough_left(free, demand);
  switch (placing.rule) {
    case PlacingRule::first:
    case PlacingRule::random:
      return enough;
    case PlacingRule::spread:
      return {enough.back()};
    case PlacingRule::fragmentation: {
      if (placing.usual == nullptr || placing.usual->ranks == 0) break;
      const UsualOnPool usual(pool, *placing.usual);
      BestShare best = best_share(usual, placing.usual->ranks, free, demand);
      std::sort(best.left.begin(), best.left.end());
      return std::move(best.left);
    }
    default:
      break;
  }
  return {enough.front()};
}

std::vector<Room> rooms_for(const Capacity& capacity, const model::ResourceOption& option) {
  std::vector<Room> rooms;
  each_room(capacity, option, [&](const Room& room) {
    rooms.push_back(room);
    return true;
  });
  return rooms;
}

void put_in_order(std::vector<Room>& rooms, const Capacity& capacity, const Placing& placing) {
  const auto best_first = [](const Room& a, const Room& b) { return a.score < b.score; };
  switch (placing.rule) {
    case PlacingRule::fragmentation:
      score_by_fragmentation(rooms, placing.usual);
      return std::stable_sort(rooms.begin(), rooms.end(), best_first);
    case PlacingRule::best_fit:
    case PlacingRule::dot_product: {
      const Largest largest = largest_of(capacity);
      const auto score = placing.rule == PlacingRule::best_fit ? &best_fit : &dot_product;
      for (Room& room : rooms) room.score = -score(room, largest);
      return std::stable_sort(rooms.begin(), rooms.end(), best_first);
    }
    default:
      break;
  }
  const bool spread = placing.rule == PlacingRule::spread;
  for (Room& room : rooms) {
    if (!room.demand.is_share()) break;
    const std::int64_t left = shares_from(*room.pool, *room.free, room.demand, placing).front();
    room.score = spread ? -left : left;
  }
  std::stable_sort(rooms.begin(), rooms.end(), [&](const Room& a, const Room& b) {
    if (a.score != b.score) return a.score < b.score;
    return spread ? *b.free < *a.free : *a.free < *b.free;
  });
  for (std::size_t i = 0; i < rooms.size(); ++i) rooms[i].score = static_cast<std::int64_t>(i);
}

}  // namespace weir::schedule
