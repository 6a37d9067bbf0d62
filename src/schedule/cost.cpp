#include "schedule/cost.h"

#include <algorithm>

#include "base/money.h"
#include "schedule/quota.h"

namespace weir::schedule {

using base::ErrorCode;
using base::fail;

namespace {

__extension__ using Wide = __int128;

constexpr Wide ms_per_hour = 3'600'000;
// A million CNY an hour.
constexpr std::int64_t price_most = 1'000'000'000'000;

std::int64_t bounded(Wide amount) {
  return static_cast<std::int64_t>(std::clamp<Wide>(amount, 0, amount_most));
}

// Rounded up, as money is.
Wide in_whole_devices(Wide milli) {
  constexpr Wide whole = model::whole_device_milli;
  return (milli + whole - 1) / whole;
}

std::int64_t ms_of(base::Duration time) { return base::to_us(time) / 1000; }

base::Status check_price(std::int64_t price, const std::string& field) {
  if (price >= 0 && price <= price_most) return {};
  return fail(ErrorCode::invalid, base::format_money(price) + " is no price of an hour", field,
              "from 0 to a million CNY; what has no price costs nothing");
}

}  // namespace

void add(Charge& to, const Charge& more) {
  to.device_ms = bounded(Wide{to.device_ms} + more.device_ms);
  to.micro_cny = bounded(Wide{to.micro_cny} + more.micro_cny);
}

void subtract(Charge& from, const Charge& less) {
  from.device_ms = bounded(Wide{from.device_ms} - less.device_ms);
  from.micro_cny = bounded(Wide{from.micro_cny} - less.micro_cny);
}

base::Status check_prices(const model::PriceTable& table) {
  WEIR_TRY_STATUS(check_price(table.cpu_hour_micro_cny, "cpu_hour_micro_cny"));
  std::vector<std::string> models;
  for (std::size_t i = 0; i < table.device_hours.size(); ++i) {
    const model::DevicePrice& each = table.device_hours[i];
    const std::string row = "device_hours[" + std::to_string(i) + "]";
    WEIR_TRY_STATUS(check_price(each.price_micro_cny, row + ".price_micro_cny"));
    if (each.device_model.empty()) {
      return fail(ErrorCode::invalid, "names no device model", row + ".device_model",
                  "see: weir devices");
    }
    if (std::find(models.begin(), models.end(), each.device_model) != models.end()) {
      return fail(ErrorCode::invalid, "names " + each.device_model + " again", row,
                  "keep one of the two");
    }
    models.push_back(each.device_model);
  }
  return {};
}

model::PriceTable tidied(model::PriceTable table) {
  std::sort(table.device_hours.begin(), table.device_hours.end(),
            [](const auto& a, const auto& b) { return a.device_model < b.device_model; });
  return table;
}

const model::DevicePrice* price_of(const model::PriceTable& table,
                                   const std::string& device_model) {
  const auto at = std::lower_bound(
      table.device_hours.begin(), table.device_hours.end(), device_model,
      [](const auto& price, const std::string& name) { return price.device_model < name; });
  return at != table.device_hours.end() && at->device_model == device_model ? &*at : nullptr;
}

Cost cost_of(const model::PriceTable& prices, const Held& held) {
  Wide devices = 0;  // in thousandths
  for (const Held::OfModel& each : held.by_model) {
    const model::DevicePrice* const price = price_of(prices, each.model);
    if (price != nullptr) devices += Wide{each.devices_milli} * price->price_micro_cny;
  }
  const Wide cpus = Wide{held.cpus} * prices.cpu_hour_micro_cny;
  return {held.devices_milli, bounded(cpus + in_whole_devices(devices))};
}

std::vector<std::string> without_price(const model::PriceTable& prices, const Held& held) {
  std::vector<std::string> models;
  for (const Held::OfModel& each : held.by_model) {
    if (price_of(prices, each.model) == nullptr) models.push_back(each.model);
  }
  return models;
}

std::int64_t money_for(std::int64_t hour_micro_cny, std::int64_t ms) {
  return bounded((Wide{hour_micro_cny} * ms + (ms_per_hour - 1)) / ms_per_hour);
}

Charge charge_of(const Cost& cost, base::Duration time) {
  const std::int64_t ms = ms_of(time);
  return {bounded(in_whole_devices(Wide{cost.devices_milli} * ms)),
          money_for(cost.hour_micro_cny, ms)};
}

std::optional<base::Duration> longest_within(const model::Budget& budget, const Cost& cost) {
  std::optional<base::Duration> longest;
  const auto at_most = [&](Wide seconds) {
    constexpr std::int64_t seconds_most = std::int64_t{1} << 42;
    const auto time =
        std::chrono::seconds(static_cast<std::int64_t>(std::min<Wide>(seconds, seconds_most)));
    longest = longest ? std::min<base::Duration>(*longest, time) : time;
  };
  if (budget.device_seconds > 0 && cost.devices_milli > 0) {
    at_most(Wide{budget.device_seconds} * model::whole_device_milli / cost.devices_milli);
  }
  if (budget.money_micro_cny && cost.hour_micro_cny > 0) {
    at_most(Wide{*budget.money_micro_cny} * 3600 / cost.hour_micro_cny);
  }
  return longest;
}

std::optional<std::int64_t> cpus_within(const model::PriceTable& prices, std::int64_t money_left,
                                        const Held& devices, base::Duration time) {
  const Wide ms = ms_of(time);
  if (prices.cpu_hour_micro_cny == 0 || ms == 0) return std::nullopt;
  Held without_cpus = devices;
  without_cpus.cpus = 0;
  const Wide left =
      Wide{money_left} * ms_per_hour - ms * cost_of(prices, without_cpus).hour_micro_cny;
  return bounded(left / (ms * prices.cpu_hour_micro_cny));
}

}  // namespace weir::schedule
