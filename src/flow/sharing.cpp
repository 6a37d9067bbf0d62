#include "flow/sharing.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"

namespace weir::flow {

using base::Duration;
using base::Time;

namespace {

// What is not given away yet of a link, and the weights of those who still wait for their rates.
struct Room {
  FineRate left = 0;
  std::int64_t weight = 0;
};

// The link that is full first when all rates grow alike; of equals the first.
std::optional<std::size_t> first_full(const std::vector<Room>& rooms) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    if (rooms[i].weight == 0) continue;
    // left / weight < best's, without a division.
    if (!best || rooms[i].left * rooms[*best].weight < rooms[*best].left * rooms[i].weight)
      best = i;
  }
  return best;
}

// A fluid's run: who moves, how much each has left, and who waits for what.
class Run {
 public:
  Run(std::span<const SharedLink> links, std::span<const Transfer> transfers)
      : links_(links),
        transfers_(transfers),
        left_(transfers.size()),
        waits_for_(transfers.size()),
        next_(transfers.size()),
        ready_(transfers.size()),
        ends_(transfers.size()) {
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      // Bits in millionths of millionths: fine rates over microseconds.
      left_[i] = static_cast<__int128>(transfers[i].bytes) * 8 * fine_rates_per_bit * 1'000'000;
      ready_[i] = transfers[i].start;
      waits_for_[i] = transfers[i].after.size();
      for (const std::size_t before : transfers[i].after) {
        WEIR_CHECK(before < i, "a transfer comes after such as stand before it");
        next_[before].push_back(i);
      }
      if (waits_for_[i] == 0) start(i);
    }
  }

  std::vector<Time> ends() {
    while (!begins_.empty() || !moving_.empty()) {
      if (moving_.empty()) now_ = begins_.begin()->first;
      begin_what_is_due();
      // What had nothing to move has ended, and others may begin for it.
      if (end_what_is_done()) continue;
      go_on(fair_rates(links_, transfers_, moving_));
      end_what_is_done();
    }
    return std::move(ends_);
  }

 private:
  void start(std::size_t transfer) {
    Duration latency{};
    for (const std::size_t link : transfers_[transfer].route) latency += links_[link].latency;
    begins_.emplace(ready_[transfer] + latency, transfer);
  }

  void begin_what_is_due() {
    while (!begins_.empty() && begins_.begin()->first <= now_) {
      const std::size_t transfer = begins_.begin()->second;
      begins_.erase(begins_.begin());
      if (transfers_[transfer].route.empty()) left_[transfer] = 0;
      moving_.push_back(transfer);
    }
  }

  bool end_what_is_done() {
    std::vector<std::size_t> done;
    std::erase_if(moving_, [&](std::size_t transfer) {
      if (left_[transfer] > 0) return false;
      done.push_back(transfer);
      return true;
    });
    for (const std::size_t transfer : done) {
      ends_[transfer] = now_;
      for (const std::size_t later : next_[transfer]) {
        ready_[later] = std::max(ready_[later], now_);
        if (--waits_for_[later] == 0) start(later);
      }
    }
    return !done.empty();
  }

  // Until somebody is done or begins.
  void go_on(const std::vector<FineRate>& rates) {
    constexpr __int128 longest = std::int64_t{1} << 60;
    __int128 us = longest;
    for (std::size_t i = 0; i < moving_.size(); ++i) {
      us = std::min(us, (left_[moving_[i]] + rates[i] - 1) / rates[i]);
    }
    WEIR_CHECK(us < longest, "a transfer ends while there is time");
    if (!begins_.empty()) {
      us = std::min<__int128>(us, (begins_.begin()->first - now_).count());
    }
    for (std::size_t i = 0; i < moving_.size(); ++i) left_[moving_[i]] -= rates[i] * us;
    now_ += Duration(static_cast<std::int64_t>(us));
  }

  std::span<const SharedLink> links_;
  std::span<const Transfer> transfers_;
  std::vector<__int128> left_;
  std::vector<std::size_t> waits_for_;          // how many have not ended
  std::vector<std::vector<std::size_t>> next_;  // who waits for it
  std::vector<Time> ready_;                     // as far as those it waits for have ended
  std::vector<Time> ends_;
  std::set<std::pair<Time, std::size_t>> begins_;
  std::vector<std::size_t> moving_;
  Time now_;
};

}  // namespace

std::vector<FineRate> fair_rates(std::span<const SharedLink> links,
                                 std::span<const Transfer> transfers,
                                 std::span<const std::size_t> moving) {
  std::vector<Room> rooms(links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    rooms[i].left = static_cast<FineRate>(links[i].bits_per_second) * fine_rates_per_bit;
  }
  for (const std::size_t each : moving) {
    const Transfer& transfer = transfers[each];
    WEIR_CHECK(transfer.weight > 0 && transfer.weight <= 1'000'000, "a weight is 1 to a million");
    for (const std::size_t link : transfer.route) rooms[link].weight += transfer.weight;
  }
  std::vector<FineRate> rates(moving.size(), 0);
  while (const auto full = first_full(rooms)) {
    const Room level = rooms[*full];
    for (std::size_t i = 0; i < moving.size(); ++i) {
      const Transfer& transfer = transfers[moving[i]];
      if (rates[i] > 0 || std::ranges::count(transfer.route, *full) == 0) continue;
      rates[i] = level.left * transfer.weight / level.weight;
      WEIR_CHECK(rates[i] > 0, "a link carries something of all that cross it");
      for (const std::size_t link : transfer.route) {
        rooms[link].left -= rates[i];
        rooms[link].weight -= transfer.weight;
      }
    }
  }
  return rates;
}

std::vector<Time> ends_of(std::span<const SharedLink> links, std::span<const Transfer> transfers) {
  return Run(links, transfers).ends();
}

}  // namespace weir::flow
