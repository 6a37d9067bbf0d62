#include "twin/turns.h"

#include <algorithm>

namespace weir::twin {

namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t micro = 1'000'000;

// The devices of an attempt, all together.
schedule::DeviceGroup devices_of(const engine::State& state, const engine::RunningAttempt& run) {
  schedule::DeviceGroup group{engine::Index::device_model(state, run), 0};
  for (const model::RankPlacement& rank : run.ranks) {
    group.devices += static_cast<std::uint32_t>(rank.devices.size());
  }
  return group;
}

// Millionths of steps a second.
std::int64_t rate_of(const Arrivals& arrivals, const engine::State& state,
                     const engine::JobRecord& job, const engine::JobRecord* other) {
  const schedule::DeviceGroup group = devices_of(state, job.running.front());
  const schedule::Throughputs& rates = arrivals.throughputs();
  const std::string own = arrivals.class_of(job.id);
  const model::Throughput* rate = nullptr;
  if (other != nullptr) rate = rates.find_beside(own, arrivals.class_of(other->id), group);
  if (rate == nullptr) rate = rates.find(own, group);
  return rate == nullptr ? micro : rate->rate_micro;
}

Turn turn_at(std::int64_t rate_micro, std::int64_t left_micro, base::Time from,
             base::Time rests_at) {
  const Wide time_us = std::max<std::int64_t>(base::to_us(rests_at - from), 0);
  const Wide done = time_us * rate_micro / micro;
  // Less than a step in a round is still work.
  const Wide whole = done >= micro ? done / micro * micro : done;
  Turn turn;
  turn.ends = whole >= left_micro;
  const Wide steps = std::min<Wide>(whole, left_micro);
  turn.done_micro = static_cast<std::int64_t>(steps);
  const Wide lasts_us = (steps * micro + rate_micro / 2) / rate_micro;
  turn.until = from + base::Duration(static_cast<std::int64_t>(lasts_us));
  return turn;
}

}  // namespace

Turn turn_of(const Arrivals& arrivals, const engine::Engine& engine, const model::AttemptKey& key,
             base::Time from, base::Time rests_at) {
  const engine::State& state = engine.state();
  const engine::JobRecord& job = state.jobs.at(key.job);
  const model::JobId* const partner = state.rounds.partner_of(key.job);
  const engine::JobRecord* other = partner == nullptr ? nullptr : &state.jobs.at(*partner);
  if (other != nullptr && other->running.empty()) other = nullptr;
  const auto alone = [&](const engine::JobRecord& one, const engine::JobRecord* beside) {
    return turn_at(rate_of(arrivals, state, one, beside),
                   arrivals.work_micro(one.id) - one.done_micro, from, rests_at);
  };
  Turn turn = alone(job, other);
  if (other != nullptr) turn.until = std::max(turn.until, alone(*other, &job).until);
  turn.done_micro += job.done_micro;
  return turn;
}

}  // namespace weir::twin
