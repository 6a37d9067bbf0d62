#include "schedule/energy.h"

#include <algorithm>

#include "base/check.h"
#include "flow/shift.h"

namespace weir::schedule {

using base::Duration;
using base::Time;

namespace {

__extension__ using Wide = __int128;

constexpr Wide millionths = 1'000'000;

Wide part_of(Wide amount, Wide whole) { return amount * millionths / std::max<Wide>(whole, 1); }

}  // namespace

std::optional<std::int64_t> draw_of(const model::SitePower& power, const Held& held) {
  Wide draw = Wide{held.cpus} * power.cpu_draw_mw;
  for (const Held::OfModel& each : held.by_model) {
    const auto at = std::lower_bound(
        power.devices.begin(), power.devices.end(), each.model,
        [](const auto& device, const std::string& name) { return device.device_model < name; });
    if (at == power.devices.end() || at->device_model != each.model) return std::nullopt;
    draw += Wide{each.devices_milli} * at->draw_mw / model::whole_device_milli;
  }
  constexpr Wide most = Wide{1} << 43U;  // some terawatts, in milliwatts
  return static_cast<std::int64_t>(std::min(draw, most));
}

EnergyParts parts_of(const EnergyWay& way, Time earliest, Time start) {
  WEIR_CHECK(earliest <= start && way.run > Duration(0), "a start that is to come");
  const model::Footprint used = way.site->footprint(way.draw_mw, start, start + way.run);
  EnergyParts parts{start + way.run - earliest, std::nullopt, used.carbon_mg};
  if (used.energy_micro_cny) {
    parts.micro_cny =
        *used.energy_micro_cny + money_for(way.hour_micro_cny, base::to_us(way.run) / 1000);
  }
  return parts;
}

std::optional<std::int64_t> score_of(const EnergyParts& parts, const model::Objective& objective,
                                     const EnergyParts& reference) {
  Wide score =
      Wide{objective.finish_milli} * part_of(parts.finish.count(), reference.finish.count());
  const auto add = [&](std::uint32_t weight, const auto& amount, const auto& whole) {
    if (weight == 0) return true;
    if (!amount || !whole) return false;
    score += Wide{weight} * part_of(*amount, *whole);
    return true;
  };
  if (!add(objective.cost_milli, parts.micro_cny, reference.micro_cny) ||
      !add(objective.carbon_milli, parts.carbon_mg, reference.carbon_mg)) {
    return std::nullopt;
  }
  constexpr Wide most = Wide{1} << 62U;
  return static_cast<std::int64_t>(
      std::clamp<Wide>(score / model::whole_weight_milli, -most, most));
}

std::optional<EnergyStart> best_start(const EnergyWay& way, const model::Objective& objective,
                                      Time earliest, Time latest, const EnergyParts& reference) {
  std::optional<EnergyStart> best;
  const auto look_at = [&](Time start) {
    const auto score = score_of(parts_of(way, earliest, start), objective, reference);
    if (score && (!best || *score < best->score)) best = EnergyStart{start, *score};
    return score.has_value();
  };
  if (!look_at(earliest) || !look_at(latest)) return std::nullopt;
  std::vector<Time> starts{earliest, latest};
  const auto add = [&](const flow::Steps* steps) {
    if (steps == nullptr) return;
    const flow::Outlook outlook(*steps);
    flow::add_turning_points(outlook, {earliest, latest}, way.run, starts);
  };
  if (objective.cost_milli > 0) add(way.site->price());
  if (objective.carbon_milli > 0) add(way.site->carbon());
  std::sort(starts.begin(), starts.end());
  best.reset();
  for (const Time start : starts) (void)look_at(start);
  return best;
}

}  // namespace weir::schedule
