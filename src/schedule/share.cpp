#include "schedule/share.h"

#include <algorithm>

#include "base/check.h"

namespace weir::schedule {

namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t step_ms = base::to_us(share_step) / 1000;
// What is left of past use after one step: 2^32 · 2^(−1/168), rounded.
constexpr std::int64_t one_q32 = std::int64_t{1} << 32;
constexpr std::int64_t left_after_step_q32 = 4'277'283'299;
static_assert(share_half_life == 168 * share_step);
// Half-life over ln 2: what is held for ever makes this many milliseconds of past use.
constexpr std::int64_t memory_ms = 872'541'961;
constexpr std::int64_t past_most = std::int64_t{1} << 62;
constexpr std::uint64_t share_most = std::uint64_t{1} << 43;

// Memory is held in MiB; its past is kept in GiB milliseconds, so that it fits.
constexpr int shift_of(std::size_t resource) { return resource == memory_resource ? 10 : 0; }

std::int64_t ms(base::Time time) { return base::to_us(time) / 1000; }

Wide used(std::int64_t held, std::int64_t span_ms, std::size_t resource) {
  return (static_cast<Wide>(held) * span_ms) >> shift_of(resource);
}

std::int64_t bounded(Wide past) {
  return static_cast<std::int64_t>(std::clamp<Wide>(past, 0, past_most));
}

// left_after_step^steps, in 2^-32.
std::int64_t left_after(std::int64_t steps) {
  Wide left = one_q32;
  Wide factor = left_after_step_q32;
  for (; steps > 0 && left > 0; steps >>= 1) {
    if ((steps & 1) != 0) left = (left * factor) >> 32;
    factor = (factor * factor) >> 32;
  }
  return static_cast<std::int64_t>(left);
}

void use(Amounts& past, const Amounts& held, std::int64_t span_ms) {
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (held[i] != 0) past[i] = bounded(past[i] + used(held[i], span_ms, i));
  }
}

// As if each step's use came at its beginning: a geometric row.
void pass_whole_steps(Amounts& past, const Amounts& held, std::int64_t steps) {
  const std::int64_t left = left_after(steps);
  for (std::size_t i = 0; i < past.size(); ++i) {
    Wide sum = (static_cast<Wide>(past[i]) * left) >> 32;
    if (i < held.size() && held[i] != 0) {
      const Wide factor = static_cast<Wide>(left_after_step_q32) * (one_q32 - left) /
                          (one_q32 - left_after_step_q32);
      sum += (used(held[i], step_ms, i) * factor) >> 32;
    }
    past[i] = bounded(sum);
  }
}

}  // namespace

std::int64_t share_step_at(base::Time time) {
  const std::int64_t at = ms(time);
  return at >= 0 ? at / step_ms : -((-at + step_ms - 1) / step_ms);
}

void bring_forward(Amounts& past, const Amounts& held, base::Time from, base::Time to) {
  WEIR_CHECK(from <= to, "use is brought forward, not back");
  if (past.size() < held.size()) past.resize(held.size());
  if (from == to) return;
  const std::int64_t first = share_step_at(from);
  const std::int64_t last = share_step_at(to);
  if (first == last) return use(past, held, ms(to) - ms(from));
  use(past, held, (first + 1) * step_ms - ms(from));
  for (std::int64_t& amount : past) {
    amount = bounded((static_cast<Wide>(amount) * left_after_step_q32) >> 32);
  }
  if (last - first > 1) pass_whole_steps(past, held, last - first - 1);
  use(past, held, ms(to) - last * step_ms);
}

DominantShare dominant_share(const Amounts& held, const Amounts& past, const Amounts& totals) {
  DominantShare most;
  Wide held_of_most = 0;
  Wide all_of_most = 1;
  const auto part = [](Wide amount, Wide all) {
    return static_cast<std::uint64_t>(std::min<Wide>((amount << 32) / all, share_most));
  };
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const Wide now = i < held.size() ? used(held[i], memory_ms, i) : 0;
    const Wide before = i < past.size() ? past[i] : 0;
    if (now + before == 0) continue;
    const Wide all = used(totals[i], memory_ms, i);
    if (all <= 0) continue;
    const std::uint64_t share = part(now + before, all);
    if (share <= most.share) continue;
    most = {share, 0, i};
    held_of_most = now;
    all_of_most = all;
  }
  if (held_of_most > 0) most.held = part(held_of_most, all_of_most);
  return most;
}

std::uint64_t weighted(std::uint64_t share, std::uint32_t weight) { return (share << 20) / weight; }

std::string percent(std::uint64_t share) {
  const std::uint64_t tenths = (share * 1000 + (std::uint64_t{1} << 31)) >> 32;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + "%";
}

void add(Amounts& to, const Amounts& amounts) {
  if (to.size() < amounts.size()) to.resize(amounts.size());
  for (std::size_t i = 0; i < amounts.size(); ++i) to[i] += amounts[i];
}

void subtract(Amounts& from, const Amounts& amounts) {
  if (from.size() < amounts.size()) from.resize(amounts.size());
  for (std::size_t i = 0; i < amounts.size(); ++i) from[i] -= amounts[i];
}

}  // namespace weir::schedule
