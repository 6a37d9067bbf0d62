#include "flow/contention.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "base/check.h"

namespace weir::flow {

using base::Duration;

namespace {

constexpr std::int64_t million = 1'000'000;

// Of the link, while nobody else is there. Rounded down.
std::int64_t most_of_link(const Iteration& job) {
  WEIR_CHECK(job.compute.count() >= 0 && job.on_link.count() > 0, "a job sends something");
  return static_cast<std::int64_t>(static_cast<__int128>(job.on_link.count()) * million /
                                   (job.compute + job.on_link).count());
}

// Jobs on a link, from one change to the next: who computes ends, and who sends has sent.
class Phases {
 public:
  // `order` none: the link is shared alike.
  Phases(std::span<const Iteration> jobs, std::optional<std::span<const std::size_t>> order)
      : jobs_(jobs), order_(order), sends_(jobs.size(), false), done_(jobs.size(), 0) {
    for (const Iteration& job : jobs) {
      left_.push_back(fine(job.compute));
      WEIR_CHECK(job.compute.count() >= 0 && job.on_link.count() > 0, "a job sends something");
    }
  }

  std::vector<std::int64_t> after(Duration span) {
    std::int64_t now = 0;
    while (true) {
      turn();
      const std::vector<std::int64_t> speeds = speeds_now();
      __int128 us = span.count() - now;
      for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (speeds[i] > 0) us = std::min(us, (left_[i] + speeds[i] - 1) / speeds[i]);
      }
      for (std::size_t i = 0; i < jobs_.size(); ++i) left_[i] -= speeds[i] * us;
      now += static_cast<std::int64_t>(us);
      if (now == span.count()) break;
    }
    turn();
    return done_;
  }

 private:
  // In millionths of a microsecond.
  static __int128 fine(Duration span) { return static_cast<__int128>(span.count()) * million; }

  // Whoever is through with what he did goes on with what comes next.
  void turn() {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      while (left_[i] <= 0) {
        if (sends_[i]) ++done_[i];
        sends_[i] = !sends_[i];
        left_[i] = fine(sends_[i] ? jobs_[i].on_link : jobs_[i].compute);
      }
    }
  }

  [[nodiscard]] std::vector<std::int64_t> speeds_now() const {
    std::vector<std::int64_t> speeds(jobs_.size(), 0);
    const auto senders = std::ranges::count(sends_, true);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (!sends_[i]) speeds[i] = million;
      if (sends_[i] && !order_) speeds[i] = million / senders;
    }
    if (!order_) return speeds;
    const auto first = std::ranges::find_if(*order_, [&](std::size_t i) { return sends_[i]; });
    if (first != order_->end()) speeds[*first] = million;
    return speeds;
  }

  std::span<const Iteration> jobs_;
  std::optional<std::span<const std::size_t>> order_;
  std::vector<bool> sends_;  // or computes
  std::vector<__int128> left_;
  std::vector<std::int64_t> done_;
};

}  // namespace

std::vector<std::size_t> by_intensity(std::span<const Iteration> jobs) {
  std::vector<std::size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const __int128 mine = static_cast<__int128>(jobs[a].work) * jobs[b].on_link.count();
    const __int128 other = static_cast<__int128>(jobs[b].work) * jobs[a].on_link.count();
    return mine != other ? mine > other : a < b;
  });
  return order;
}

std::vector<std::int64_t> link_shares(std::span<const Iteration> jobs,
                                      std::span<const std::size_t> order) {
  WEIR_CHECK(order.size() == jobs.size(), "each job has its turn");
  std::vector<std::int64_t> shares(jobs.size(), 0);
  std::int64_t left = million;
  for (const std::size_t each : order) {
    shares[each] = std::min(left, most_of_link(jobs[each]));
    left -= shares[each];
  }
  return shares;
}

std::vector<std::int64_t> fair_link_shares(std::span<const Iteration> jobs) {
  // Who wants least is served first, and never wants more than his part of what is left.
  std::vector<std::size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(most_of_link(jobs[i]), i); });
  std::vector<std::int64_t> shares(jobs.size(), 0);
  std::int64_t left = million;
  auto others = static_cast<std::int64_t>(jobs.size());
  for (const std::size_t each : order) {
    shares[each] = std::min(left / others--, most_of_link(jobs[each]));
    left -= shares[each];
  }
  return shares;
}

__int128 work_with(std::span<const Iteration> jobs, std::span<const std::int64_t> link_millionths) {
  __int128 sum = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    // A share of so many millionths is so many microseconds of a million.
    sum += static_cast<__int128>(jobs[i].work) * link_millionths[i] / jobs[i].on_link.count();
  }
  return sum;
}

std::vector<std::int64_t> iterations_by_order(std::span<const Iteration> jobs,
                                              std::span<const std::size_t> order, Duration span) {
  WEIR_CHECK(order.size() == jobs.size(), "each job has its turn");
  return Phases(jobs, order).after(span);
}

std::vector<std::int64_t> iterations_alike(std::span<const Iteration> jobs, Duration span) {
  return Phases(jobs, std::nullopt).after(span);
}

}  // namespace weir::flow
