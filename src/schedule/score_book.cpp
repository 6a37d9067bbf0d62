#include "schedule/score_book.h"

#include <algorithm>

#include "schedule/fragmentation.h"

namespace weir::schedule {

using model::PlacingRule;

namespace {

__extension__ using Wide = __int128;

// Demands of which scores are kept for one pool; where more come, it begins anew.
constexpr std::size_t demands_most = 1024;
constexpr std::int32_t fits_not = INT32_MAX;
// Under `scarcity` what is spoiled of a device stands above what is cost.
constexpr std::int32_t cost_most = (1 << 24) - 1;

// The hundredths of a whole that are not `part` of `of`, rounded down, as their authors count.
std::int32_t hundredths_left(Wide part, Wide of) {
  return static_cast<std::int32_t>((of - part) * 100 / of);
}

// From 0 to 100, more is better: nodes in use before idle ones, devices in use before idle ones,
// the fullest first, as in the simulator of Weng et al. 2023 ("GpuPacking").
std::int32_t device_packing(const Pool& pool, const FreeShape& free, const RankDemand& demand) {
  constexpr std::int32_t idle_node = 33;
  constexpr std::int32_t idle_device = 50;
  if (demand.device_total == 0) return 0;
  const auto idle = static_cast<std::int32_t>(free.device_total);
  if (free.device_total == pool.whole.device_total) return std::max(idle_node - idle, idle);
  if (!demand.is_share()) {
    return std::max(idle_device - static_cast<std::int32_t>(demand.device_total), idle_node);
  }
  std::uint32_t tightest = model::whole_device_milli;
  free.each_left(demand.share_model, [&](std::uint32_t left, std::uint32_t) {
    if (may_share(free, demand, left)) tightest = std::min(tightest, left);
  });
  if (tightest == model::whole_device_milli) return idle_device - 1;
  return std::max(100 - static_cast<std::int32_t>(tightest) / 100, idle_device);
}

bool contains(const std::vector<std::uint32_t>& amounts, std::uint32_t amount) {
  return std::find(amounts.begin(), amounts.end(), amount) != amounts.end();
}

}  // namespace

ScoreBook::OfPool& ScoreBook::of_pool(const Capacity& capacity, std::uint32_t pool) {
  if (pools_.size() != capacity.pools().size()) {
    pools_.clear();
    pools_.resize(capacity.pools().size());
    largest_ = {};
    for (const Pool& each : capacity.pools()) {
      largest_.cpus = std::max<std::int64_t>(largest_.cpus, each.whole.cpus);
      largest_.devices = std::max(
          largest_.devices, std::int64_t{each.whole.device_total} * model::whole_device_milli);
    }
  }
  return pools_[pool];
}

ScoreBook::OfDemand& ScoreBook::of_demand(OfPool& of_pool, const RankDemand& demand,
                                          std::size_t slots) {
  if (of_pool.demands.size() > demands_most) of_pool.demands.clear();
  OfDemand& known = of_pool.demands[demand];
  if (known.scores.size() < slots) known.scores.resize(slots);
  return known;
}

void ScoreBook::forget_costs() {
  for (OfPool& pool : pools_) {
    pool.scarcity.reset();
    pool.before.clear();
    for (auto& [demand, known] : pool.demands) known.costs.clear();
  }
}

std::optional<ScoreBook::Best> ScoreBook::best(const Capacity& capacity,
                                               const model::ResourceOption& option,
                                               const Placing& placing) {
  const bool by_cost = placing.rule == PlacingRule::scarcity;
  std::optional<Best> best;
  served_.clear();
  candidates_.clear();
  for (std::uint32_t p = 0; p < capacity.pools().size(); ++p) {
    const Pool& pool = capacity.pools()[p];
    auto demand = pool.demand(option);
    if (!demand || !covers(pool.whole, *demand)) continue;
    const auto versions = pool.free.versions();
    OfDemand& of_pool_and_demand = of_demand(of_pool(capacity, p), *demand, versions.size());
    std::vector<Known>& known = of_pool_and_demand.scores;
    const auto number = static_cast<std::uint32_t>(served_.size());
    served_.push_back({p, *std::move(demand), &of_pool_and_demand});
    for (std::uint32_t slot = 0; slot < versions.size(); ++slot) {
      if (FreeKinds::is_empty(versions[slot])) continue;
      if (known[slot].version != versions[slot]) {
        const FreeKinds::Kind& kind = pool.free.at(slot);
        const RankDemand& asked = served_.back().demand;
        const bool has_room = fits(kind.shape, asked);
        known[slot] = {versions[slot],
                       has_room ? find(capacity, p, kind, asked, placing) : fits_not};
      }
      const std::int32_t score = known[slot].score;
      if (score == fits_not || (best && score > best->score)) continue;
      const std::uint32_t node = pool.free.at(slot).nodes.first();
      if (by_cost && best && score < best->score) candidates_.clear();
      if (by_cost) candidates_.push_back({node, number, slot});
      if (!best || score < best->score || node < best->node) best = Best{score, node};
    }
  }
  if (!by_cost || !best) return best;
  return cheapest(capacity, best->score, placing);
}

std::optional<ScoreBook::Best> ScoreBook::cheapest(const Capacity& capacity, std::int32_t score,
                                                   const Placing& placing) {
  const auto later = [](const Candidate& a, const Candidate& b) { return a.node > b.node; };
  std::make_heap(candidates_.begin(), candidates_.end(), later);
  std::optional<Best> best;
  while (!candidates_.empty() && (!best || best->score > 0)) {
    std::pop_heap(candidates_.begin(), candidates_.end(), later);
    const Candidate next = candidates_.back();
    candidates_.pop_back();
    const std::int32_t costs = cost(capacity, served_[next.served], next.slot, placing);
    if (!best || costs < best->score) best = Best{costs, next.node};
  }
  if (best) best->score += score * (cost_most + 1);
  return best;
}

std::int32_t ScoreBook::cost(const Capacity& capacity, const Served& served, std::uint32_t slot,
                             const Placing& placing) {
  const FreeKinds& free = capacity.pools()[served.pool].free;
  const auto versions = free.versions();
  std::vector<Known>& costs = served.known->costs;
  if (costs.size() < versions.size()) costs.resize(versions.size());
  if (costs[slot].version != versions[slot]) {
    costs[slot] = {versions[slot],
                   by_scarcity(capacity, served.pool, free.at(slot), served.demand, placing).score};
  }
  return costs[slot].score;
}

std::int32_t ScoreBook::score(const Capacity& capacity, std::uint32_t pool,
                              const FreeKinds::Kind& kind, const RankDemand& demand,
                              const Placing& placing) {
  const FreeKinds& free = capacity.pools()[pool].free;
  const std::uint32_t slot = free.slot_of(kind);
  const auto versions = free.versions();
  Known& known = of_demand(of_pool(capacity, pool), demand, versions.size()).scores[slot];
  if (known.version != versions[slot]) {
    known = {versions[slot], find(capacity, pool, kind, demand, placing)};
  }
  if (placing.rule != PlacingRule::scarcity) return known.score;
  const std::int32_t score = known.score;
  const Served served{pool, demand, &of_demand(of_pool(capacity, pool), demand, versions.size())};
  return score * (cost_most + 1) + cost(capacity, served, slot, placing);
}

std::int32_t ScoreBook::find(const Capacity& capacity, std::uint32_t pool,
                             const FreeKinds::Kind& kind, const RankDemand& demand,
                             const Placing& placing) {
  const FreeShape& free = kind.shape;
  switch (placing.rule) {
    case PlacingRule::fragmentation:
      if (placing.usual == nullptr || placing.usual->ranks == 0) return 0;
      return -by_fragmentation(capacity, pool, kind, demand, placing).score;
    case PlacingRule::scarcity:
      return demand.is_share() ? least_spoiled(free, demand, placing) : 0;
    case PlacingRule::best_fit: {
      const Wide cpus = free.cpus - demand.cpus;
      const Wide devices = free.devices_milli() - demand.devices_milli();
      return -hundredths_left(cpus * largest_.devices + devices * largest_.cpus,
                              Wide{2} * largest_.cpus * largest_.devices);
    }
    case PlacingRule::dot_product: {
      const Wide cpus_square = Wide{largest_.cpus} * largest_.cpus;
      const Wide devices_square = Wide{largest_.devices} * largest_.devices;
      const Wide cpus = Wide{free.cpus} * demand.cpus;
      const Wide devices = Wide{free.devices_milli()} * demand.devices_milli();
      return -hundredths_left(cpus * devices_square + devices * cpus_square,
                              2 * cpus_square * devices_square);
    }
    case PlacingRule::device_packing:
      return -device_packing(capacity.pools()[pool], free, demand);
    default:
      return 0;
  }
}

ScoreBook::Share ScoreBook::by_fragmentation(const Capacity& capacity, std::uint32_t pool,
                                             const FreeKinds::Kind& kind, const RankDemand& demand,
                                             const Placing& placing) {
  const FreeKinds& kinds = capacity.pools()[pool].free;
  OfPool& book = of_pool(capacity, pool);
  if (!book.usual) book.usual.emplace(capacity.pools()[pool], *placing.usual);
  const std::uint32_t slot = kinds.slot_of(kind);
  const auto versions = kinds.versions();
  if (book.before.size() < versions.size()) book.before.resize(versions.size());
  KnownAmount& before = book.before[slot];
  const FreeShape& free = kind.shape;
  if (before.version != versions[slot]) before = {versions[slot], book.usual->unusable(free)};
  const auto score_with = [&](std::uint32_t left) {
    const std::int64_t after = book.usual->unusable(without(free, demand, left));
    return score_of(before.amount - after, placing.usual->ranks);
  };
  if (!demand.is_share()) return {score_with(0), {}};
  Share best;
  free.each_left(demand.share_model, [&](std::uint32_t left, std::uint32_t) {
    if (!may_share(free, demand, left) || contains(best.left, left)) return;
    const std::int32_t score = score_with(left);
    if (!best.left.empty() && score < best.score) return;
    if (score > best.score) best.left.clear();
    best.score = score;
    best.left.push_back(left);
  });
  return best;
}

std::int32_t ScoreBook::least_spoiled(const FreeShape& free, const RankDemand& demand,
                                      const Placing& placing) {
  if (placing.usual == nullptr) return 0;
  if (device_worth_.empty()) device_worth_ = device_worth(*placing.usual);
  std::int32_t least = fits_not;
  free.each_left(demand.share_model, [&](std::uint32_t left, std::uint32_t) {
    if (!may_share(free, demand, left)) return;
    least = std::min(least, spoiled(device_worth_, left, demand.device_milli));
  });
  return least;
}

ScoreBook::Share ScoreBook::by_scarcity(const Capacity& capacity, std::uint32_t pool,
                                        const FreeKinds::Kind& kind, const RankDemand& demand,
                                        const Placing& placing) {
  if (placing.usual == nullptr || placing.left == nullptr || placing.usual->ranks == 0) return {};
  const FreeKinds& kinds = capacity.pools()[pool].free;
  OfPool& book = of_pool(capacity, pool);
  if (!book.scarcity) book.scarcity.emplace(capacity.pools()[pool], *placing.usual, *placing.left);
  const std::uint32_t slot = kinds.slot_of(kind);
  const auto versions = kinds.versions();
  if (book.before.size() < versions.size()) book.before.resize(versions.size());
  KnownAmount& before = book.before[slot];
  const FreeShape& free = kind.shape;
  if (before.version != versions[slot]) before = {versions[slot], book.scarcity->worth(free)};
  const std::int64_t step = scarcity_step(*placing.left);
  const auto cost_of = [&](std::int64_t after) {
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>((before.amount - after) / step, 0, cost_most));
  };
  if (!demand.is_share()) return {cost_of(book.scarcity->worth(without(free, demand, 0))), {}};
  Share best;
  const std::int32_t least = least_spoiled(free, demand, placing);
  std::int64_t most = 0;
  free.each_left(demand.share_model, [&](std::uint32_t left, std::uint32_t) {
    if (!may_share(free, demand, left) || contains(best.left, left)) return;
    if (spoiled(device_worth_, left, demand.device_milli) > least) return;
    const std::int64_t after = book.scarcity->worth(without(free, demand, left));
    if (!best.left.empty() && after < most) return;
    if (after > most) best.left.clear();
    most = after;
    best.left.push_back(left);
  });
  best.score = cost_of(most);
  return best;
}

std::vector<std::uint32_t> ScoreBook::best_shares(const Capacity& capacity, std::uint32_t pool,
                                                  const FreeKinds::Kind& kind,
                                                  const RankDemand& demand,
                                                  const Placing& placing) {
  Share best = placing.rule == PlacingRule::scarcity
                   ? by_scarcity(capacity, pool, kind, demand, placing)
                   : by_fragmentation(capacity, pool, kind, demand, placing);
  std::sort(best.left.begin(), best.left.end());
  return std::move(best.left);
}

}  // namespace weir::schedule
