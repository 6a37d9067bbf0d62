#include "flow/load.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace weir::flow {

namespace {

constexpr std::int64_t unreached = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();

// One path after the other, each the cheapest that is left: from what is not placed yet, by way of
// what may move elsewhere for it, to a place with room.
class Paths {
 public:
  explicit Paths(const LoadProblem& problem)
      : problem_(problem),
        origins_(problem.loads.size()),
        vertices_(origins_ + problem.room.size()),
        left_(problem.loads),
        room_(problem.room),
        potential_(vertices_, 0) {
    plan_.amounts.assign(origins_, std::vector<std::int64_t>(room_.size(), 0));
  }

  LoadPlan run() {
    while (const auto place = nearest_room()) send_to(*place);
    for (const std::int64_t load : left_) plan_.left += load;
    for (std::size_t i = 0; i < origins_; ++i) {
      for (std::size_t j = 0; j < room_.size(); ++j) {
        if (plan_.amounts[i][j] == 0) continue;
        plan_.cost += static_cast<__int128>(plan_.amounts[i][j]) * *problem_.cost[i][j];
      }
    }
    return std::move(plan_);
  }

 private:
  // Dijkstra over costs that potentials keep from being below zero. The place with room that is
  // cheapest to reach; none: no room can be reached any more.
  std::optional<std::size_t> nearest_room() {
    distance_.assign(vertices_, unreached);
    before_.assign(vertices_, nobody);
    for (std::size_t i = 0; i < origins_; ++i) {
      if (left_[i] > 0) distance_[i] = source_potential_ - potential_[i];
    }
    std::vector<bool> done(vertices_, false);
    std::size_t nearest = nobody;
    std::int64_t least = unreached;
    for (std::size_t at = closest(done); at != nobody; at = closest(done)) {
      done[at] = true;
      if (at < origins_) {
        for (std::size_t j = 0; j < room_.size(); ++j) {
          if (problem_.cost[at][j]) relax(at, origins_ + j, *problem_.cost[at][j]);
        }
        continue;
      }
      const std::size_t place = at - origins_;
      const std::int64_t to_end = distance_[at] + potential_[at] - end_potential_;
      if (room_[place] > 0 && to_end < least) {
        least = to_end;
        nearest = place;
      }
      for (std::size_t i = 0; i < origins_; ++i) {
        if (plan_.amounts[i][place] > 0) relax(at, i, -*problem_.cost[i][place]);
      }
    }
    if (nearest == nobody) return std::nullopt;
    for (std::size_t v = 0; v < vertices_; ++v) potential_[v] += std::min(distance_[v], least);
    end_potential_ += least;
    return nearest;
  }

  [[nodiscard]] std::size_t closest(const std::vector<bool>& done) const {
    std::size_t at = nobody;
    for (std::size_t v = 0; v < vertices_; ++v) {
      if (done[v] || distance_[v] == unreached) continue;
      if (at == nobody || distance_[v] < distance_[at]) at = v;
    }
    return at;
  }

  void relax(std::size_t from, std::size_t to, std::int64_t cost) {
    const std::int64_t reduced = cost + potential_[from] - potential_[to];
    WEIR_CHECK(reduced >= 0, "potentials keep costs from being below zero");
    if (distance_[from] + reduced >= distance_[to]) return;
    distance_[to] = distance_[from] + reduced;
    before_[to] = from;
  }

  void send_to(std::size_t place) {
    std::int64_t amount = room_[place];
    std::size_t first = origins_ + place;
    for (; before_[first] != nobody; first = before_[first]) {
      const std::size_t from = before_[first];
      if (from >= origins_) amount = std::min(amount, plan_.amounts[first][from - origins_]);
    }
    amount = std::min(amount, left_[first]);
    left_[first] -= amount;
    room_[place] -= amount;
    for (std::size_t at = origins_ + place; before_[at] != nobody; at = before_[at]) {
      const std::size_t from = before_[at];
      if (from < origins_) {
        plan_.amounts[from][at - origins_] += amount;
      } else {
        plan_.amounts[at][from - origins_] -= amount;
      }
    }
  }

  const LoadProblem& problem_;
  std::size_t origins_, vertices_;  // origins, then places
  std::vector<std::int64_t> left_, room_;
  std::vector<std::int64_t> potential_;
  std::int64_t source_potential_ = 0;  // of where all load comes from: always the lowest
  std::int64_t end_potential_ = 0;
  std::vector<std::int64_t> distance_;
  std::vector<std::size_t> before_;
  LoadPlan plan_;
};

}  // namespace

LoadPlan place_load(const LoadProblem& problem) {
  WEIR_CHECK(problem.cost.size() == problem.loads.size(), "each origin has its costs");
  return Paths(problem).run();
}

}  // namespace weir::flow
