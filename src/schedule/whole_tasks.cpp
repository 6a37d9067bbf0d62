#include "schedule/whole_tasks.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace weir::schedule {
namespace {

constexpr int improvements_most = 8;  // rounds

class Cutter {
 public:
  Cutter(std::span<const Way> ways, std::span<std::int64_t> tasks,
         std::span<std::int64_t> capacities);
  std::vector<std::int64_t> run(std::span<const std::int64_t> parts);

 private:
  using Moves =
      std::vector<std::pair<std::uint32_t, std::int64_t>>;  // a way, and tasks more or less

  [[nodiscard]] std::int64_t room_for(std::uint32_t way) const;
  void change(std::uint32_t way, std::int64_t by);
  void fill();
  bool improve();
  [[nodiscard]] Wide give_way(std::uint32_t from, std::int64_t count, Moves& moves);
  [[nodiscard]] bool admit(std::uint32_t way);
  [[nodiscard]] bool commit_if_worth(std::uint32_t way, std::span<const std::uint32_t> victims);

  std::span<const Way> ways_;
  std::span<std::int64_t> tasks_;
  std::span<std::int64_t> capacities_;
  std::vector<std::int64_t> whole_;
  std::vector<std::uint32_t> best_first_;              // ways, by worth for units
  std::vector<std::vector<std::uint32_t>> of_pool_;    // ways of each pool, the worst first
  std::vector<std::vector<std::uint32_t>> of_demand_;  // ways of each demand, the best first
};

Cutter::Cutter(std::span<const Way> ways, std::span<std::int64_t> tasks,
               std::span<std::int64_t> capacities)
    : ways_(ways),
      tasks_(tasks),
      capacities_(capacities),
      whole_(ways.size(), 0),
      best_first_(ways.size()),
      of_pool_(capacities.size()),
      of_demand_(tasks.size()) {
  std::iota(best_first_.begin(), best_first_.end(), 0U);
  std::stable_sort(best_first_.begin(), best_first_.end(), [this](auto a, auto b) {
    return ways_[a].worth / ways_[a].units > ways_[b].worth / ways_[b].units;
  });
  for (const std::uint32_t way : best_first_) of_pool_[ways_[way].pool].push_back(way);
  for (auto& members : of_pool_) std::reverse(members.begin(), members.end());
  for (std::uint32_t way = 0; way < ways_.size(); ++way) {
    of_demand_[ways_[way].demand].push_back(way);
  }
  for (auto& members : of_demand_) {
    std::stable_sort(members.begin(), members.end(),
                     [this](auto a, auto b) { return ways_[a].worth > ways_[b].worth; });
  }
}

// How many tasks its pool has room for, whether or not there are as many.
std::int64_t Cutter::room_for(std::uint32_t way) const {
  return capacities_[ways_[way].pool] / ways_[way].units;
}

void Cutter::change(std::uint32_t way, std::int64_t by) {
  whole_[way] += by;
  tasks_[ways_[way].demand] -= by;
  capacities_[ways_[way].pool] -= by * ways_[way].units;
}

void Cutter::fill() {
  for (const std::uint32_t way : best_first_) {
    if (ways_[way].worth > 0) change(way, std::min(tasks_[ways_[way].demand], room_for(way)));
  }
}

// Takes `count` tasks off a way and puts them where there is room, the best way first. What that
// costs. Does it at once; `moves` knows how to undo it.
Wide Cutter::give_way(std::uint32_t from, std::int64_t count, Moves& moves) {
  change(from, -count);
  moves.emplace_back(from, -count);
  Wide loss = ways_[from].worth * count;
  for (const std::uint32_t other : of_demand_[ways_[from].demand]) {
    if (count == 0) break;
    if (ways_[other].pool == ways_[from].pool) continue;
    const std::int64_t placed = std::min(count, room_for(other));
    if (placed <= 0) continue;
    change(other, placed);
    moves.emplace_back(other, placed);
    loss -= ways_[other].worth * placed;
    count -= placed;
  }
  return loss;
}

// Makes room for one task more on `way` at the victims' cost, if that gains.
bool Cutter::commit_if_worth(std::uint32_t way, std::span<const std::uint32_t> victims) {
  const Way& wanted = ways_[way];
  Moves moves;
  Wide loss = 0;
  if (tasks_[wanted.demand] == 0) {
    // It has no task left: one of its own gives up a worse way.
    const auto& own = of_demand_[wanted.demand];
    const auto worse = std::find_if(own.rbegin(), own.rend(), [&](std::uint32_t other) {
      return other != way && whole_[other] > 0;
    });
    if (worse == own.rend() || ways_[*worse].worth >= wanted.worth) return false;
    change(*worse, -1);
    moves.emplace_back(*worse, -1);
    loss += ways_[*worse].worth;
  }
  for (const std::uint32_t victim : victims) {
    const std::int64_t short_by = wanted.units - capacities_[wanted.pool];
    if (short_by <= 0 || loss >= wanted.worth) break;
    if (ways_[victim].demand == wanted.demand || whole_[victim] == 0) continue;
    const std::int64_t units = ways_[victim].units;
    loss += give_way(victim, std::min(whole_[victim], (short_by + units - 1) / units), moves);
  }
  if (loss < wanted.worth && tasks_[wanted.demand] > 0 && room_for(way) > 0) {
    change(way, 1);
    return true;
  }
  for (const auto& [moved, by] : moves) change(moved, -by);
  return false;
}

bool Cutter::admit(std::uint32_t way) {
  const std::vector<std::uint32_t>& pool = of_pool_[ways_[way].pool];
  if (commit_if_worth(way, pool)) return true;
  for (const std::uint32_t& victim : pool) {
    if (whole_[victim] > 0 && commit_if_worth(way, {&victim, 1})) return true;
  }
  return false;
}

bool Cutter::improve() {
  bool better = false;
  for (const std::uint32_t way : best_first_) {
    if (ways_[way].worth > 0) better = admit(way) || better;
  }
  return better;
}

std::vector<std::int64_t> Cutter::run(std::span<const std::int64_t> parts) {
  for (std::uint32_t way = 0; way < ways_.size(); ++way) {
    change(way, std::min({parts[way] / parts_per_task, tasks_[ways_[way].demand], room_for(way)}));
  }
  fill();
  const Wide divided = worth_of(ways_, parts) / parts_per_task;
  for (int round = 0; round < improvements_most; ++round) {
    if (divided - worth_of(ways_, whole_) <= divided / gap_accepted || !improve()) break;
    fill();
  }
  return std::move(whole_);
}

}  // namespace

std::vector<std::int64_t> whole_tasks(std::span<const Way> ways,
                                      std::span<const std::int64_t> parts,
                                      std::span<std::int64_t> tasks,
                                      std::span<std::int64_t> capacities) {
  return Cutter(ways, tasks, capacities).run(parts);
}

}  // namespace weir::schedule
