#include "schedule/estimate.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace weir::schedule {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s
using base::Duration;
__extension__ using Wide = __int128;

constexpr std::int64_t all_of_limit = 1'000'000;

// A number that a past run gives, and how much it counts.
struct Said {
  std::int64_t value = 0;
  std::int64_t weight = 0;
};

std::int64_t weighted_quantile(std::vector<Said>& all, Quantile quantile) {
  WEIR_CHECK(quantile.part > 0 && quantile.part <= quantile.whole, "a part of the whole");
  std::sort(all.begin(), all.end(), [](const Said& a, const Said& b) { return a.value < b.value; });
  std::int64_t total = 0;
  for (const Said& each : all) total += each.weight;
  std::int64_t passed = 0;
  for (const Said& each : all) {
    passed += each.weight;
    if (passed * quantile.whole >= total * quantile.part) return each.value;
  }
  return all.back().value;
}

std::int64_t weight_of(const model::PastRun& run, const RunAsk& ask) {
  const std::int64_t same_limit = run.limit == ask.limit ? 2 : 1;
  const std::int64_t same_class = run.request_class == ask.request_class ? 2 : 1;
  return same_limit * same_class;
}

}  // namespace

void remember(model::RunHistory& history, const model::PastRun& run) {
  if (history.runs.size() >= model::RunHistory::runs_most) {
    history.runs.erase(history.runs.begin());
  }
  history.runs.push_back(run);
}

std::optional<Duration> expected_run(const model::RunHistory& history, const RunAsk& ask,
                                     Quantile quantile) {
  std::vector<Said> said;
  for (const model::PastRun& run : history.runs) {
    if (!ask.limit) {
      said.push_back({base::to_us(run.ran), weight_of(run, ask)});
    } else if (run.limit && *run.limit > Duration{0}) {
      const Wide used = static_cast<Wide>(base::to_us(run.ran)) * all_of_limit;
      const Wide part = used / base::to_us(*run.limit);
      said.push_back({static_cast<std::int64_t>(std::clamp<Wide>(part, 0, all_of_limit)),
                      weight_of(run, ask)});
    }
  }
  if (said.empty()) return ask.limit;
  const std::int64_t value = weighted_quantile(said, quantile);
  if (!ask.limit) return Duration{std::max<std::int64_t>(value, 1)};
  const Wide scaled = static_cast<Wide>(base::to_us(*ask.limit)) * value;
  const Duration expected{static_cast<std::int64_t>((scaled + all_of_limit - 1) / all_of_limit)};
  return std::min(*ask.limit, std::max(expected, Duration{1}));
}

Duration expected_after(Duration expected, Duration elapsed, std::optional<Duration> limit) {
  constexpr std::array<Duration, 11> growth{1min, 5min, 15min, 30min, 1h,  2h,
                                            5h,   10h,  20h,   50h,   100h};
  for (std::size_t times = 0; expected <= elapsed; ++times) {
    if (limit && expected >= *limit) break;
    expected += growth.at(std::min(times, growth.size() - 1));
  }
  return limit ? std::min(expected, *limit) : expected;
}

}  // namespace weir::schedule
