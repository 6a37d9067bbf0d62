#include "flow/foresee.h"

#include <array>

#include "base/check.h"

namespace weir::flow {

namespace {

// Each day before the last weighs four fifths of the one after it.
constexpr std::array<std::int64_t, 7> weights{15'625, 12'500, 10'000, 8'000, 6'400, 5'120, 4'096};

// Of a difference nine tenths are left after each step.
constexpr __int128 left_of_ten = 9;

// The mean of the same step on the days before it.
std::int64_t usual_at(std::span<const std::int64_t> past, std::size_t day, std::size_t step) {
  __int128 sum = 0;
  std::int64_t weight = 0;
  for (std::size_t back = day, used = 0; used < weights.size() && back <= step; back += day) {
    if (step - back >= past.size()) continue;  // it is to come as well
    sum += static_cast<__int128>(past[step - back]) * weights[used];
    weight += weights[used];
    ++used;
  }
  return weight == 0 ? past.back() : static_cast<std::int64_t>(sum / weight);
}

}  // namespace

std::vector<std::int64_t> foreseen(std::span<const std::int64_t> past, std::size_t day,
                                   std::size_t ahead) {
  WEIR_CHECK(!past.empty() && day > 0, "there is a past, and a day");
  std::vector<std::int64_t> next;
  next.reserve(ahead);
  if (past.size() < day) {
    next.assign(ahead, past.back());
    return next;
  }
  const std::size_t present = past.size() - 1;
  __int128 different = 0;
  if (past.size() > day) {
    different = static_cast<__int128>(past.back()) - usual_at(past.first(present), day, present);
  }
  for (std::size_t step = present + 1; step <= present + ahead; ++step) {
    different = different * left_of_ten / 10;
    next.push_back(usual_at(past, day, step) + static_cast<std::int64_t>(different));
  }
  return next;
}

}  // namespace weir::flow
