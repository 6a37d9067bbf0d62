#include "schedule/rooms.h"

#include <algorithm>

#include "schedule/score_book.h"

namespace weir::schedule {

using model::PlacingRule;

namespace {

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

std::vector<std::uint32_t> shares_from(const Capacity& capacity, std::uint32_t node,
                                       const RankDemand& demand, const Placing& placing) {
  const FreeShape& free = capacity.free_of(node);
  const bool weighs_usual =
      placing.rule == PlacingRule::fragmentation || placing.rule == PlacingRule::scarcity;
  if (weighs_usual && placing.usual != nullptr && placing.usual->ranks > 0) {
    ScoreBook anew;
    ScoreBook& book = placing.book != nullptr ? *placing.book : anew;
    const std::uint32_t pool = capacity.pool_index(node);
    auto best =
        book.best_shares(capacity, pool, capacity.pools()[pool].free.of(free), demand, placing);
    if (!best.empty()) return best;
  }
  std::vector<std::uint32_t> enough = enough_left(free, demand);
  switch (placing.rule) {
    case PlacingRule::first:
      return enough;
    case PlacingRule::spread:
      return {enough.back()};
    default:
      return {enough.front()};
  }
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
  if (gives_scores(placing.rule)) {
    ScoreBook anew;
    ScoreBook& book = placing.book != nullptr ? *placing.book : anew;
    for (Room& room : rooms) {
      room.score = book.score(capacity, room.pool, *room.kind, room.demand, placing);
    }
    return std::stable_sort(rooms.begin(), rooms.end(),
                            [](const Room& a, const Room& b) { return a.score < b.score; });
  }
  const bool spread = placing.rule == PlacingRule::spread;
  for (Room& room : rooms) {
    if (!room.demand.is_share()) break;
    const auto enough = enough_left(room.kind->shape, room.demand);
    room.score = spread ? -std::int64_t{enough.back()} : enough.front();
  }
  std::stable_sort(rooms.begin(), rooms.end(), [&](const Room& a, const Room& b) {
    if (a.score != b.score) return a.score < b.score;
    return spread ? b.kind->shape < a.kind->shape : a.kind->shape < b.kind->shape;
  });
  for (std::size_t i = 0; i < rooms.size(); ++i) rooms[i].score = static_cast<std::int64_t>(i);
}

}  // namespace weir::schedule
