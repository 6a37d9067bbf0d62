#include "flow/energy.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace weir::flow {

using base::ErrorCode;
using base::fail;

namespace {

constexpr Sum us_per_second = 1'000'000;
constexpr Sum mw_per_watt = 1'000;
constexpr Sum us_per_hour = 3'600 * us_per_second;
constexpr Sum mw_per_kilowatt = 1'000'000;
constexpr Sum whole_pue = 1'000;

constexpr std::uint32_t pue_milli_most = 10'000;
constexpr std::int64_t draw_mw_most = 1'000'000'000'000;    // a gigawatt
constexpr std::int64_t cap_watts_most = 1'000'000'000'000;  // a terawatt
constexpr std::int64_t kwh_most = 1'000'000'000;            // of price or carbon
constexpr std::size_t values_most = std::size_t{1} << 17U;  // 14 years of hours

std::int64_t nearest(Sum amount, Sum unit) {
  const Sum rounded = (amount + (amount < 0 ? -unit / 2 : unit / 2)) / unit;
  constexpr Sum most = std::int64_t{1} << 60;
  return static_cast<std::int64_t>(std::clamp<Sum>(rounded, -most, most));
}

base::Status check_part(const std::optional<model::Series>& series, const std::string& field) {
  if (!series) return {};
  if (auto good = check_series(*series); !good) {
    base::Error error = std::move(good).error();
    error.field = field + "." + error.field;
    return fail(std::move(error));
  }
  if (series->values.size() > values_most) {
    return fail(ErrorCode::too_large, "has more than 131072 values", field + ".values",
                "tell only what is to come, and the last weeks");
  }
  for (const std::int64_t value : series->values) {
    if (value > -kwh_most && value < kwh_most) continue;
    return fail(ErrorCode::invalid, std::to_string(value) + " is impossible for a kWh",
                field + ".values");
  }
  return {};
}

}  // namespace

base::Status check_site_power(const model::SitePower& power) {
  if (power.site.empty())
    return fail(ErrorCode::invalid, "names no site", "site", "see: weir sites");
  if (power.pue_milli < whole_pue || power.pue_milli > pue_milli_most) {
    return fail(ErrorCode::invalid,
                std::to_string(power.pue_milli) +
                    " is not from 1000 to 10000: what the whole room draws for each 1000 that its "
                    "machines do",
                "pue_milli", "1200 for a PUE of 1.2");
  }
  WEIR_TRY_STATUS(check_part(power.price_micro_cny_per_kwh, "price_micro_cny_per_kwh"));
  WEIR_TRY_STATUS(check_part(power.carbon_mg_per_kwh, "carbon_mg_per_kwh"));
  if (power.cap_watts) {
    if (auto good = check_series(*power.cap_watts); !good) {
      base::Error error = std::move(good).error();
      error.field = "cap_watts." + error.field;
      return fail(std::move(error));
    }
    if (power.cap_watts->values.size() > values_most) {
      return fail(ErrorCode::too_large, "has more than 131072 values", "cap_watts.values",
                  "tell only what is to come");
    }
    for (const std::int64_t value : power.cap_watts->values) {
      if (value >= 0 && value <= cap_watts_most) continue;
      return fail(ErrorCode::invalid, std::to_string(value) + " W is no cap", "cap_watts.values",
                  "in watts, from 0 on");
    }
  }
  const auto is_draw = [](std::int64_t draw) { return draw >= 0 && draw <= draw_mw_most; };
  if (!is_draw(power.cpu_draw_mw)) {
    return fail(ErrorCode::invalid, std::to_string(power.cpu_draw_mw) + " mW is no draw",
                "cpu_draw_mw", "in milliwatts, from 0 on");
  }
  for (std::size_t i = 0; i < power.devices.size(); ++i) {
    const model::DeviceDraw& device = power.devices[i];
    const std::string field = "devices[" + std::to_string(i) + "]";
    if (device.device_model.empty()) {
      return fail(ErrorCode::invalid, "names no device model", field + ".device_model",
                  "see: weir devices");
    }
    if (!is_draw(device.draw_mw)) {
      return fail(ErrorCode::invalid, std::to_string(device.draw_mw) + " mW is no draw",
                  field + ".draw_mw", "in milliwatts, from 0 on");
    }
    const auto again = [&](const auto& other) { return other.device_model == device.device_model; };
    if (std::count_if(power.devices.begin(), power.devices.end(), again) > 1) {
      return fail(ErrorCode::invalid, "names " + device.device_model + " again", field,
                  "keep one of the two");
    }
  }
  return {};
}

base::Status check_power(const model::PowerTable& table) {
  for (std::size_t i = 0; i < table.sites.size(); ++i) {
    const std::string field = "sites[" + std::to_string(i) + "]";
    if (auto good = check_site_power(table.sites[i]); !good) {
      base::Error error = std::move(good).error();
      error.field = field + "." + error.field;
      return fail(std::move(error));
    }
    const auto again = [&](const auto& other) { return other.site == table.sites[i].site; };
    if (std::count_if(table.sites.begin(), table.sites.end(), again) > 1) {
      return fail(ErrorCode::invalid, "names " + table.sites[i].site + " again", field + ".site",
                  "keep one of the two");
    }
  }
  return {};
}

model::PowerTable tidied(model::PowerTable table) {
  for (model::SitePower& power : table.sites) {
    std::sort(power.devices.begin(), power.devices.end(),
              [](const auto& a, const auto& b) { return a.device_model < b.device_model; });
  }
  std::sort(table.sites.begin(), table.sites.end(),
            [](const auto& a, const auto& b) { return a.site < b.site; });
  return table;
}

SiteEnergy::SiteEnergy(const model::SitePower& power) : power_(power) {
  if (power.price_micro_cny_per_kwh) price_.emplace(*power.price_micro_cny_per_kwh);
  if (power.carbon_mg_per_kwh) carbon_.emplace(*power.carbon_mg_per_kwh);
  // The steps hold the values; here they would lie twice.
  power_.price_micro_cny_per_kwh.reset();
  power_.carbon_mg_per_kwh.reset();
}

model::Footprint SiteEnergy::footprint(std::int64_t draw_mw, base::Time from,
                                       base::Time until) const {
  WEIR_CHECK(draw_mw >= 0 && from <= until, "a draw over a span of time");
  // In milliwatts × PUE thousandths.
  const Sum draw = static_cast<Sum>(draw_mw) * power_.pue_milli;
  model::Footprint out;
  out.energy_joules =
      nearest(draw * (until - from).count(), mw_per_watt * us_per_second * whole_pue);
  const auto part = [&](const std::optional<Steps>& steps) -> std::optional<std::int64_t> {
    if (!steps) return std::nullopt;
    const Outlook outlook(*steps);
    if (const auto ends = outlook.ends(); ends && until > *ends) return std::nullopt;
    return nearest(Outlook(*steps).sum(from, until) * (draw / whole_pue),
                   us_per_hour * mw_per_kilowatt);
  };
  out.carbon_mg = part(carbon_);
  out.energy_micro_cny = part(price_);
  return out;
}

model::Footprint sum_of(const model::Footprint& a, const model::Footprint& b) {
  const auto both = [](std::optional<std::int64_t> one, std::optional<std::int64_t> other) {
    constexpr Sum most = std::int64_t{1} << 60;
    return one && other ? std::optional(static_cast<std::int64_t>(
                              std::clamp<Sum>(Sum{*one} + *other, -most, most)))
                        : std::nullopt;
  };
  return {both(a.energy_joules, b.energy_joules), both(a.carbon_mg, b.carbon_mg),
          both(a.energy_micro_cny, b.energy_micro_cny)};
}

}  // namespace weir::flow
