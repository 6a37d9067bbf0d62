// Who runs, by shares: on each model of device those that are furthest behind their share of it.
//
// Gavel's round-based mechanism (OSDI 2020, section 5): the priority of a job, or of two together,
// is its share divided by its part of the time so far; ties go by the time it is owed from before,
// then by the share. What has no share yet does not run; what has one of 0 fills what is left,
// except where shares go by `arrival`.
#include <algorithm>
#include <array>
#include <numeric>

#include "base/random.h"
#include "engine/round_plan.h"

namespace weir::engine {

using namespace model;

namespace {

__extension__ using Wide = __int128;

struct Entry {
  Wide priority = 0;
  std::int64_t owed_us = 0;
  std::int64_t parts = 0;
  std::pair<JobId, JobId> order;  // among equals: by the later job, alone before with others
  std::uint32_t first = 0;        // candidates
  std::optional<std::uint32_t> second;

  friend bool operator<(const Entry& a, const Entry& b) {
    return std::tie(b.priority, b.owed_us, b.parts, a.order) <
           std::tie(a.priority, a.owed_us, a.parts, b.order);
  }
};

class ByShares {
 public:
  ByShares(const Engine& engine, const std::vector<TurnCandidate>& candidates,
           std::vector<std::int64_t> devices)
      : engine_(engine),
        rounds_(engine.state().rounds),
        candidates_(candidates),
        devices_(std::move(devices)),
        scheduled_(candidates.size(), false) {}

  std::vector<ChosenTurn> choose() {
    find_candidates();
    for (const std::uint32_t model : order_of_models()) {
      if (rounds_.models == engine_.index().device_models()) fill(model);
    }
    return std::move(chosen_);
  }

 private:
  // Unlike devices: the model with the last name first, as Gavel's own program has it; else any.
  [[nodiscard]] std::vector<std::uint32_t> order_of_models() const {
    std::vector<std::uint32_t> order(devices_.size());
    std::iota(order.rbegin(), order.rend(), 0);
    const Rounds& rules = *engine_.state().policy.rounds;
    if (!rules.unlike && !rules.pairs) {
      base::Random random{rounds_.number};
      random.shuffle(std::span(order));
    }
    return order;
  }

  void find_candidates() {
    for (const ShareTurn& turn : rounds_.turns) {
      const auto first = candidate_of(turn.job);
      const auto second = turn.with.value == 0 ? std::nullopt : candidate_of(turn.with);
      if (!first || (turn.with.value != 0 && !second)) continue;
      Entry entry;
      entry.first = *first;
      entry.second = second;
      entry.order =
          turn.with.value == 0 ? std::pair(turn.job, JobId{}) : std::pair(turn.with, turn.job);
      entries_.emplace_back(entry, &turn);
    }
  }
  [[nodiscard]] std::optional<std::uint32_t> candidate_of(JobId job) const {
    const auto at = std::lower_bound(
        candidates_.begin(), candidates_.end(), job,
        [](const TurnCandidate& candidate, JobId id) { return candidate.job->id < id; });
    if (at == candidates_.end() || at->job->id != job) return std::nullopt;
    return static_cast<std::uint32_t>(at - candidates_.begin());
  }

  // True if it can run there, and a pair both.
  [[nodiscard]] bool runs_on(const Entry& entry, std::uint32_t model) const {
    const TurnWork& first = *candidates_[entry.first].work;
    if (first.on[model].rate_micro == 0) return false;
    if (!entry.second) return true;
    return engine_.index().rates_beside(first, *candidates_[*entry.second].work)[model] > 0;
  }

  [[nodiscard]] Wide priority_of(const ShareTime& time, std::uint32_t model) const {
    constexpr std::int64_t never_ran = 1'000'000'000;
    if (time.parts == 0) return 0;
    if (time.run_us == 0) return static_cast<Wide>(time.parts) * never_ran;
    return static_cast<Wide>(time.parts) * rounds_.run_us[model] / time.run_us;
  }

  void fill(std::uint32_t model) {
    const Rounds& rules = *engine_.state().policy.rounds;
    std::vector<Entry> entries;
    entries.reserve(entries_.size());
    for (const auto& [entry, turn] : entries_) {
      if (scheduled_[entry.first] || (entry.second && scheduled_[*entry.second])) continue;
      const ShareTime& time = turn->on[model];
      const Wide priority = priority_of(time, model);
      if (priority == 0 && rules.shares == ShareRule::arrival) continue;
      if (!runs_on(entry, model)) continue;
      entries.push_back(entry);
      entries.back().priority = priority;
      entries.back().owed_us = time.owed_us;
      entries.back().parts = time.parts;
    }
    // Mostly a few of many get devices.
    std::size_t sorted = 0;
    for (std::size_t i = 0; i < entries.size() && devices_[model] > 0; ++i) {
      if (i == sorted) {
        sorted = std::min(entries.size(), sorted + sorted + 128);
        const auto until = entries.begin() + static_cast<std::ptrdiff_t>(sorted);
        std::partial_sort(entries.begin() + static_cast<std::ptrdiff_t>(i), until, entries.end());
      }
      give(entries[i], model);
    }
  }
  void give(const Entry& entry, std::uint32_t model) {
    const std::uint32_t wanted = candidates_[entry.first].work->devices;
    if (wanted > devices_[model] || scheduled_[entry.first]) return;
    if (entry.second && scheduled_[*entry.second]) return;
    devices_[model] -= wanted;
    scheduled_[entry.first] = true;
    if (entry.second) scheduled_[*entry.second] = true;
    chosen_.push_back({entry.first, model, entry.second});
  }

  const Engine& engine_;
  const RoundsRecord& rounds_;
  const std::vector<TurnCandidate>& candidates_;
  std::vector<std::int64_t> devices_;
  std::vector<bool> scheduled_;
  std::vector<std::pair<Entry, const ShareTurn*>> entries_;
  std::vector<ChosenTurn> chosen_;
};

}  // namespace

std::vector<ChosenTurn> choose_by_shares(const Engine& engine,
                                         const std::vector<TurnCandidate>& candidates,
                                         std::vector<std::int64_t> devices) {
  return ByShares(engine, candidates, std::move(devices)).choose();
}

}  // namespace weir::engine
