#include "schedule/assign.h"

#include <limits>
#include <map>
#include <numeric>

#include "base/check.h"
#include "schedule/auction.h"
#include "schedule/whole_tasks.h"

namespace weir::schedule {
namespace {

// What a pool is worth to the others counts this little against a way of an earlier tier: enough to
// decide between equals, too little to cost anyone his place.
constexpr int courtesy_divisor = 64;

constexpr std::int64_t small_most = std::int64_t{1} << 29;
constexpr std::int64_t large_most = std::int64_t{1} << 39;

void check_limits(const Competition& competition) {
  for (const Demand& demand : competition.demands) {
    WEIR_CHECK(demand.tasks >= 0 && demand.tasks <= small_most, "tasks within limits");
  }
  for (const std::int64_t capacity : competition.capacities) {
    WEIR_CHECK(capacity >= 0 && capacity <= large_most, "a capacity within limits");
  }
  std::uint32_t demand = 0;
  for (const Alternative& each : competition.alternatives) {
    WEIR_CHECK(each.demand >= demand && each.demand < competition.demands.size(),
               "alternatives grouped by demand");
    demand = each.demand;
    WEIR_CHECK(each.pool < competition.capacities.size(), "a pool that exists");
    WEIR_CHECK(each.units > 0 && each.units <= large_most, "units within limits");
    WEIR_CHECK(each.gain >= 0 && each.gain <= small_most, "a gain within limits");
  }
}

std::int64_t saturated(Wide value) {
  return static_cast<std::int64_t>(std::min<Wide>(value, std::numeric_limits<std::int64_t>::max()));
}
// A worth of load in parts as a gain of tasks.
std::int64_t gain_of(Wide worth) { return saturated((worth / parts_per_task) >> worth_bits); }

class Assigner {
 public:
  explicit Assigner(const Competition& competition);
  [[nodiscard]] Assignment run();

 private:
  [[nodiscard]] std::vector<std::uint32_t> ways_of(std::uint32_t tier) const;
  void serve(std::uint32_t tier, const std::vector<std::uint32_t>& members, const Auctioned& done);
  void serve_politely(std::uint32_t tier, const std::vector<Wide>& courtesy);

  const Competition& competition_;
  std::vector<Way> ways_;
  std::vector<std::int64_t> demands_;     // in parts
  std::vector<std::int64_t> capacities_;  // in parts; what is left of them
  std::vector<std::int64_t> whole_left_;  // of each pool, in units, and of each demand, in tasks
  std::vector<std::int64_t> tasks_left_;
  Assignment result_;
};

Assigner::Assigner(const Competition& competition) : competition_(competition) {
  check_limits(competition);
  for (const Alternative& each : competition.alternatives) {
    ways_.push_back(
        {each.demand, each.pool, each.units, static_cast<Wide>(each.gain) << worth_bits});
  }
  for (const Demand& demand : competition.demands) {
    demands_.push_back(demand.tasks * parts_per_task);
    tasks_left_.push_back(demand.tasks);
  }
  for (const std::int64_t capacity : competition.capacities) {
    capacities_.push_back(capacity * parts_per_task);
    whole_left_.push_back(capacity);
  }
  result_.tasks_milli.assign(ways_.size(), 0);
  result_.tasks.assign(ways_.size(), 0);
}

std::vector<std::uint32_t> Assigner::ways_of(std::uint32_t tier) const {
  std::vector<std::uint32_t> members;
  for (std::uint32_t i = 0; i < ways_.size(); ++i) {
    if (competition_.demands[ways_[i].demand].tier == tier) members.push_back(i);
  }
  return members;
}

// Writes down what the tier's ways got, and takes it from what is left.
void Assigner::serve(std::uint32_t tier, const std::vector<std::uint32_t>& members,
                     const Auctioned& done) {
  std::vector<Way> ways;
  ways.reserve(members.size());
  for (const std::uint32_t member : members) ways.push_back(ways_[member]);
  const Wide bound = bound_of(ways, demands_, capacities_, done.prices);
  result_.tiers.push_back({tier, gain_of(worth_of(ways, done.parts)), gain_of(bound)});
  for (std::size_t i = 0; i < members.size(); ++i) {
    capacities_[ways[i].pool] -= done.parts[i] * ways[i].units;
    result_.tasks_milli[members[i]] = done.parts[i] * 1000 / parts_per_task;
  }
  const std::vector<std::int64_t> whole = whole_tasks(ways, done.parts, tasks_left_, whole_left_);
  for (std::size_t i = 0; i < members.size(); ++i) result_.tasks[members[i]] = whole[i];
}

// The tier takes its best of what is left, less a little where others need it.
void Assigner::serve_politely(std::uint32_t tier, const std::vector<Wide>& courtesy) {
  const std::vector<std::uint32_t> members = ways_of(tier);
  std::vector<Way> ways;
  for (const std::uint32_t member : members) {
    Way way = ways_[member];
    way.worth -= std::min(way.worth, courtesy[way.pool] * way.units) / courtesy_divisor;
    ways.push_back(way);
  }
  serve(tier, members, auction(ways, demands_, capacities_));
}

Assignment Assigner::run() {
  const Auctioned all = auction(ways_, demands_, capacities_);
  for (const Wide price : all.prices) {
    result_.prices_micro.push_back(saturated((price * 1'000'000) >> worth_bits));
  }
  std::map<std::uint32_t, std::uint32_t> tiers;
  for (const Demand& demand : competition_.demands) ++tiers[demand.tier];
  for (const auto& [tier, size] : tiers) {
    if (tiers.size() == 1) {
      serve(tier, ways_of(tier), all);
    } else {
      serve_politely(tier, all.prices);
    }
  }
  return std::move(result_);
}

}  // namespace

Assignment assign(const Competition& competition) { return Assigner(competition).run(); }

}  // namespace weir::schedule
