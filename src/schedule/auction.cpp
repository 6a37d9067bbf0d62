#include "schedule/auction.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

namespace weir::schedule {
namespace {

// One auction, from first prices to an end. What nobody wants at its first price stays free.
class Hall {
 public:
  Hall(std::span<const Way> ways, std::span<const std::int64_t> demands,
       std::span<const std::int64_t> capacities, std::span<const Wide> first_prices,
       std::int64_t raise);

  void run(std::uint64_t bids_most);
  [[nodiscard]] bool good_enough() const;
  [[nodiscard]] std::uint64_t bids() const { return bids_; }
  [[nodiscard]] std::vector<Wide> prices() const;
  // What the next, finer auction should begin with: a little less than this one found.
  [[nodiscard]] std::vector<Wide> next_first_prices() const;
  // Ends it.
  [[nodiscard]] std::vector<std::int64_t> parts();

 private:
  struct Pool {
    std::int64_t free = 0;  // units × parts
    Wide first_price = 0;
    bool full = false;  // someone was turned away: from then on it has a price
    // Ways that hold some of it with what they paid, the lowest first.
    std::set<std::pair<Wide, std::uint32_t>> holders;
  };
  struct Best {
    std::uint32_t way = 0;
    Wide profit = 0;
    Wide second = 0;  // the profit of the next best; staying out has 0
  };

  [[nodiscard]] std::optional<Wide> price_of(const Pool& pool) const;
  [[nodiscard]] std::optional<Best> best_of(std::uint32_t demand);
  void bid(std::uint32_t demand, const Best& best);
  void outbid(Pool& pool, std::uint32_t way);
  void take(Pool& pool, std::uint32_t way);
  void wait(std::uint32_t demand);
  void fill();

  std::span<const Way> ways_;
  std::span<const std::int64_t> demands_;
  std::span<const std::int64_t> capacities_;
  std::int64_t raise_;                    // a bid is this part of its worth above the price
  std::vector<std::uint32_t> first_way_;  // of each demand, and one past the last
  std::vector<std::int64_t> left_;        // of each demand, in parts
  std::vector<bool> waits_;
  std::deque<std::uint32_t> turn_;
  std::vector<Pool> pools_;
  std::vector<std::int64_t> parts_;
  std::vector<Wide> paid_;
  std::uint64_t bids_ = 0;
  std::uint64_t looked_at_ = 0;
};

Hall::Hall(std::span<const Way> ways, std::span<const std::int64_t> demands,
           std::span<const std::int64_t> capacities, std::span<const Wide> first_prices,
           std::int64_t raise)
    : ways_(ways),
      demands_(demands),
      capacities_(capacities),
      raise_(raise),
      first_way_(demands.size() + 1, 0),
      left_(demands.begin(), demands.end()),
      waits_(demands.size(), false),
      pools_(capacities.size()),
      parts_(ways.size(), 0),
      paid_(ways.size(), 0) {
  for (const Way& way : ways) ++first_way_[way.demand + 1];
  std::partial_sum(first_way_.begin(), first_way_.end(), first_way_.begin());
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    pools_[i].free = capacities[i];
    pools_[i].first_price = first_prices[i];
  }
  for (std::uint32_t i = 0; i < demands.size(); ++i) wait(i);
}

void Hall::wait(std::uint32_t demand) {
  if (waits_[demand] || left_[demand] == 0) return;
  waits_[demand] = true;
  turn_.push_back(demand);
}

// None: nobody can have any of it.
std::optional<Wide> Hall::price_of(const Pool& pool) const {
  if (!pool.full) return pool.first_price;
  if (pool.holders.empty()) return std::nullopt;
  return pool.holders.begin()->first;
}

std::optional<Hall::Best> Hall::best_of(std::uint32_t demand) {
  std::optional<Best> best;
  for (std::uint32_t i = first_way_[demand]; i < first_way_[demand + 1]; ++i) {
    const Way& way = ways_[i];
    const std::optional<Wide> price = price_of(pools_[way.pool]);
    if (!price) continue;
    const Wide profit = way.worth - *price * way.units;
    if (profit <= 0) continue;
    if (!best) {
      best = Best{i, profit, 0};
    } else if (profit > best->profit) {
      best = Best{i, profit, best->profit};
    } else {
      best->second = std::max(best->second, profit);
    }
  }
  looked_at_ += first_way_[demand + 1] - first_way_[demand] + 1;
  return best;
}

void Hall::take(Pool& pool, std::uint32_t way) {
  const Way& taker = ways_[way];
  const std::int64_t amount = std::min(left_[taker.demand], pool.free / taker.units);
  parts_[way] += amount;
  left_[taker.demand] -= amount;
  pool.free -= amount * taker.units;
}

// The holders that paid less than `way` give up what it still needs, the lowest first.
void Hall::outbid(Pool& pool, std::uint32_t way) {
  std::int64_t& left = left_[ways_[way].demand];
  while (left > 0 && !pool.holders.empty() && pool.holders.begin()->first < paid_[way]) {
    const std::uint32_t loser = pool.holders.begin()->second;
    const std::int64_t units = ways_[loser].units;
    const Wide needed = static_cast<Wide>(left) * ways_[way].units - pool.free;
    const auto given =
        static_cast<std::int64_t>(std::min<Wide>(parts_[loser], (needed + units - 1) / units));
    parts_[loser] -= given;
    left_[ways_[loser].demand] += given;
    pool.free += given * units;
    if (parts_[loser] == 0) pool.holders.erase(pool.holders.begin());
    wait(ways_[loser].demand);
    take(pool, way);
  }
}

void Hall::bid(std::uint32_t demand, const Best& best) {
  const Way& way = ways_[best.way];
  Pool& pool = pools_[way.pool];
  pool.holders.erase({paid_[best.way], best.way});
  const Wide price = (way.worth - best.profit) / way.units;
  const Wide offer =
      price + (best.profit - best.second) / way.units + way.worth / way.units / raise_ + 1;
  paid_[best.way] = parts_[best.way] > 0 ? std::max(paid_[best.way], offer) : offer;
  take(pool, best.way);
  if (left_[demand] > 0) {
    pool.full = true;
    outbid(pool, best.way);
  }
  if (parts_[best.way] > 0) pool.holders.insert({paid_[best.way], best.way});
  ++bids_;
  wait(demand);
}

std::vector<Wide> Hall::prices() const {
  std::vector<Wide> prices;
  prices.reserve(pools_.size());
  for (const Pool& pool : pools_) prices.push_back(price_of(pool).value_or(-1));
  // What nobody can have costs more than anyone would pay.
  for (const Way& way : ways_) {
    Wide& price = prices[way.pool];
    if (pools_[way.pool].full && pools_[way.pool].holders.empty()) {
      price = std::max(price, way.worth / way.units + 1);
    }
  }
  return prices;
}

bool Hall::good_enough() const {
  const Wide bound = bound_of(ways_, demands_, capacities_, prices());
  return (bound - worth_of(ways_, parts_)) <= bound / gap_accepted;
}

// What stayed free, to whoever makes most of it.
void Hall::fill() {
  std::vector<std::uint32_t> order(ways_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return ways_[a].worth / ways_[a].units > ways_[b].worth / ways_[b].units;
  });
  for (const std::uint32_t way : order) {
    if (ways_[way].worth > 0) take(pools_[ways_[way].pool], way);
  }
}

void Hall::run(std::uint64_t bids_most) {
  std::uint64_t next_look = 0;
  while (!turn_.empty() && bids_ < bids_most) {
    const std::uint32_t demand = turn_.front();
    turn_.pop_front();
    waits_[demand] = false;
    // Prices only rise: a demand that no pool profits stays out for good.
    if (const std::optional<Best> best = best_of(demand)) bid(demand, *best);
    if (looked_at_ < next_look) continue;
    if (good_enough()) return;
    next_look = looked_at_ + 2 * (ways_.size() + pools_.size());
  }
}

std::vector<Wide> Hall::next_first_prices() const {
  std::vector<Wide> next = prices();
  for (std::size_t i = 0; i < next.size(); ++i) {
    // Nobody filled it at its first price: that was too high, and more than a little.
    next[i] -= pools_[i].full ? 2 * next[i] / raise_ : next[i] / 2;
  }
  return next;
}

std::vector<std::int64_t> Hall::parts() {
  fill();
  return std::move(parts_);
}

}  // namespace

Auctioned auction(std::span<const Way> ways, std::span<const std::int64_t> demands,
                  std::span<const std::int64_t> capacities) {
  const std::vector<Wide> nothing(capacities.size(), 0);
  std::vector<Wide> first_prices = nothing;
  Auctioned result;
  const auto held = [&](std::int64_t raise, std::uint64_t bids_most) {
    Hall hall(ways, demands, capacities, first_prices, raise);
    hall.run(bids_most);
    result.bids += hall.bids();
    first_prices = hall.next_first_prices();
    if (raise < raises_finest && !hall.good_enough()) return false;
    result.prices = hall.prices();
    result.parts = hall.parts();
    return true;
  };
  for (std::int64_t raise = raises_coarsest; raise < raises_finest; raise *= 4) {
    if (held(raise, 64 * static_cast<std::uint64_t>(raise) * ways.size())) return result;
  }
  first_prices = nothing;
  held(raises_finest, 64ULL * raises_finest * ways.size());
  return result;
}

Wide bound_of(std::span<const Way> ways, std::span<const std::int64_t> demands,
              std::span<const std::int64_t> capacities, std::span<const Wide> prices) {
  Wide bound = 0;
  for (std::size_t i = 0; i < capacities.size(); ++i) bound += prices[i] * capacities[i];
  std::vector<Wide> profits(demands.size(), 0);
  for (const Way& way : ways) {
    profits[way.demand] = std::max(profits[way.demand], way.worth - prices[way.pool] * way.units);
  }
  for (std::size_t i = 0; i < demands.size(); ++i) bound += profits[i] * demands[i];
  return bound;
}

Wide worth_of(std::span<const Way> ways, std::span<const std::int64_t> parts) {
  Wide worth = 0;
  for (std::size_t i = 0; i < ways.size(); ++i) worth += ways[i].worth * parts[i];
  return worth;
}

}  // namespace weir::schedule
