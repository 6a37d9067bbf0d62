// Load led to places: all of it that can be, at no higher cost than any other plan.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "base/random.h"
#include "flow/load.h"

namespace weir::flow::test {
namespace {

LoadProblem any_problem(std::uint64_t seed) {
  base::Random random{seed};
  LoadProblem problem;
  const auto places = 1 + random.below(6);
  for (std::uint64_t i = 0, origins = 1 + random.below(6); i < origins; ++i) {
    problem.loads.push_back(random.between(0, 9));
    auto& row = problem.cost.emplace_back(places);
    for (auto& cost : row) {
      if (random.chance(3, 4)) cost = random.between(0, 20);
    }
  }
  for (std::uint64_t j = 0; j < places; ++j) problem.room.push_back(random.between(0, 12));
  return problem;
}

// What could still be moved: from an origin to a place at its cost, and back where something went.
struct Residual {
  std::size_t origins;
  std::vector<std::vector<std::optional<std::int64_t>>> cost;  // origins, then places
};

Residual residual_of(const LoadProblem& problem, const LoadPlan& plan) {
  const std::size_t origins = problem.loads.size();
  const std::size_t all = origins + problem.room.size();
  Residual out{origins, {}};
  out.cost.assign(all, std::vector<std::optional<std::int64_t>>(all));
  for (std::size_t i = 0; i < origins; ++i) {
    for (std::size_t j = 0; j < problem.room.size(); ++j) {
      if (!problem.cost[i][j]) continue;
      out.cost[i][origins + j] = problem.cost[i][j];
      if (plan.amounts[i][j] > 0) out.cost[origins + j][i] = -*problem.cost[i][j];
    }
  }
  return out;
}

// The cheapest way from everywhere to everywhere (Floyd, Warshall): below zero on the diagonal is a
// round trip that would save something.
std::vector<std::vector<std::optional<std::int64_t>>> cheapest_ways(const Residual& residual) {
  auto ways = residual.cost;
  for (std::size_t by = 0; by < ways.size(); ++by) {
    for (std::size_t from = 0; from < ways.size(); ++from) {
      for (std::size_t to = 0; to < ways.size(); ++to) {
        if (!ways[from][by] || !ways[by][to]) continue;
        const std::int64_t cost = *ways[from][by] + *ways[by][to];
        if (!ways[from][to] || cost < *ways[from][to]) ways[from][to] = cost;
      }
    }
  }
  return ways;
}

// A flow is of least cost if and only if no round trip of its residual is below zero, and as large
// as can be if nothing that is left reaches a place with room (Ahuja, Magnanti & Orlin 1993). Two
// more round trips run by way of the ends: whoever is placed may give way to whoever is not, and a
// full place to one with room.
RC_GTEST_PROP(Load, no_plan_places_more_or_costs_less, (std::uint64_t seed)) {
  const LoadProblem problem = any_problem(seed);
  const LoadPlan plan = place_load(problem);
  const std::size_t origins = problem.loads.size();
  std::vector<std::int64_t> left = problem.loads;
  std::vector<std::int64_t> room = problem.room;
  __int128 cost = 0;
  for (std::size_t i = 0; i < origins; ++i) {
    for (std::size_t j = 0; j < room.size(); ++j) {
      const std::int64_t amount = plan.amounts[i][j];
      RC_ASSERT(amount >= 0);
      if (amount == 0) continue;
      RC_ASSERT(problem.cost[i][j].has_value());
      left[i] -= amount;
      room[j] -= amount;
      cost += static_cast<__int128>(amount) * *problem.cost[i][j];
    }
  }
  for (const std::int64_t load : left) RC_ASSERT(load >= 0);
  for (const std::int64_t free : room) RC_ASSERT(free >= 0);
  RC_ASSERT(cost == plan.cost);
  RC_ASSERT(std::accumulate(left.begin(), left.end(), std::int64_t{0}) == plan.left);

  const auto ways = cheapest_ways(residual_of(problem, plan));
  for (std::size_t i = 0; i < origins; ++i) {
    RC_ASSERT(ways[i][i].value_or(0) >= 0);
    for (std::size_t j = 0; j < room.size(); ++j) {
      if (left[i] > 0 && room[j] > 0) RC_ASSERT(!ways[i][origins + j].has_value());
    }
    for (std::size_t other = 0; other < origins; ++other) {
      const bool other_placed = left[other] < problem.loads[other];
      if (left[i] > 0 && other_placed) RC_ASSERT(ways[i][other].value_or(0) >= 0);
    }
  }
  for (std::size_t j = 0; j < room.size(); ++j) {
    for (std::size_t free = 0; free < room.size(); ++free) {
      const bool used = room[j] < problem.room[j];
      if (used && room[free] > 0) RC_ASSERT(ways[origins + j][origins + free].value_or(0) >= 0);
    }
  }
}

TEST(Load, gives_way_where_that_is_cheaper_for_all) {
  // The first origin likes the first place best, but the second can go nowhere else.
  const LoadProblem problem{{5, 5}, {5, 5}, {{1, 2}, {1, std::nullopt}}};
  const LoadPlan plan = place_load(problem);
  EXPECT_EQ(plan.left, 0);
  EXPECT_EQ(static_cast<int>(plan.cost), 15);
  EXPECT_EQ(plan.amounts, (std::vector<std::vector<std::int64_t>>{{0, 5}, {5, 0}}));
}

}  // namespace
}  // namespace weir::flow::test
