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
    largest.devices = std::max<std::int64_t>(largest.devices, pool.whole.device_total);
  }
  return largest;
}

// The hundredths of a whole that are not `part` of `of`, rounded down, as their authors count.
std::int64_t hundredths_left(Wide part, Wide of) {
  return static_cast<std::int64_t>((of - part) * 100 / of);
}

// More is better.
std::int64_t best_fit(const Room& room, const Largest& largest) {
  const Wide cpus = room.free->cpus - room.demand.cpus;
  const Wide devices = room.free->device_total - room.demand.device_total;
  return hundredths_left(cpus * largest.devices + devices * largest.cpus,
                         Wide{2} * largest.cpus * largest.devices);
}

std::int64_t dot_product(const Room& room, const Largest& largest) {
  const Wide cpus_square = Wide{largest.cpus} * largest.cpus;
  const Wide devices_square = Wide{largest.devices} * largest.devices;
  const Wide cpus = Wide{room.free->cpus} * room.demand.cpus;
  const Wide devices = Wide{room.free->device_total} * room.demand.device_total;
  return hundredths_left(cpus * devices_square + devices * cpus_square,
                         2 * cpus_square * devices_square);
}

void score_by_fragmentation(std::vector<Room>& rooms, const UsualWork* usual) {
  if (usual == nullptr || usual->ranks == 0) return;
  // The rooms of one pool stand together.
  for (auto at = rooms.begin(); at != rooms.end();) {
    const Pool* pool = at->pool;
    const UsualOnPool of_pool(*pool, *usual);
    for (; at != rooms.end() && at->pool == pool; ++at) {
      Shape after = *at->free;
      after -= at->demand;
      const std::int64_t change = of_pool.unusable(*at->free) - of_pool.unusable(after);
      at->score = -score_of(change * whole_device_milli, usual->ranks);
    }
  }
}

}  // namespace

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
  std::stable_sort(rooms.begin(), rooms.end(), [&](const Room& a, const Room& b) {
    return spread ? *b.free < *a.free : *a.free < *b.free;
  });
  for (std::size_t i = 0; i < rooms.size(); ++i) rooms[i].score = static_cast<std::int64_t>(i);
}

}  // namespace weir::schedule
