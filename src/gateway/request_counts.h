// How many requests each route has answered, how, and how long it took. Thread-safe, no locks.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "gateway/histogram.h"
#include "gateway/route.h"

namespace weir::gateway {

class RequestCounts {
 public:
  // Statuses that are counted each by itself; all others together, as the last.
  static constexpr std::array<unsigned, 19> statuses{
      200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503, 507, 0};
  using OfRoute = std::array<std::uint64_t, statuses.size()>;

  explicit RequestCounts(std::span<const Route> routes)
      : routes_(routes), counts_((routes.size() + 1) * statuses.size()) {}

  // `route` is one of the table, or null where the request found none.
  void add(const Route* route, unsigned status, base::Duration took);
  // The same for an answer that goes on: only its beginning is counted.
  void add_stream(const Route* route, unsigned status);

  [[nodiscard]] OfRoute of(const Route* route) const;
  [[nodiscard]] HistogramCounts durations() const { return durations_.counts(); }

 private:
  [[nodiscard]] std::size_t row_of(const Route* route) const;

  std::span<const Route> routes_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  Histogram durations_;
};

}  // namespace weir::gateway
