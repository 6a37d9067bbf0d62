// What a placement counts for budgets: device time, and money at the prices of the moment.
//
// Whole numbers alone. Money is rounded once, up, to a millionth of a CNY, so that nothing is used
// that is not paid for; what would be too large a number is the largest one instead. Who pays is
// not known here: engine/tenants.h keeps the accounts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/price.h"
#include "model/tenant.h"

namespace weir::schedule {

struct Held;

// Above every budget, and far enough from the end of the numbers to add two.
constexpr std::int64_t amount_most = std::int64_t{1} << 60;

struct Charge {
  std::int64_t device_ms = 0;
  std::int64_t micro_cny = 0;

  [[nodiscard]] bool empty() const { return device_ms == 0 && micro_cny == 0; }
  friend bool operator==(const Charge&, const Charge&) = default;
};
// Ensures: nothing above amount_most.
void add(Charge& to, const Charge& more);
// Ensures: nothing below 0.
void subtract(Charge& from, const Charge& less);

// What is wrong with a table, if anything: a price below 0 or above a million CNY, no model, one
// twice. The error's field is the row: "device_hours[3].price_micro_cny". Fails: invalid.
[[nodiscard]] base::Status check_prices(const model::PriceTable& table);
// With its rows in order.
[[nodiscard]] model::PriceTable tidied(model::PriceTable table);
// Null: the model has no price. Requires: the table is tidy.
[[nodiscard]] const model::DevicePrice* price_of(const model::PriceTable& table,
                                                 const std::string& device_model);

// What something counts for as long as it is held.
struct Cost {
  std::int64_t devices_milli = 0;
  std::int64_t hour_micro_cny = 0;
};
// Requires: the table is tidy.
[[nodiscard]] Cost cost_of(const model::PriceTable& prices, const Held& held);
// The device models in it that have no price, and so cost nothing.
[[nodiscard]] std::vector<std::string> without_price(const model::PriceTable& prices,
                                                     const Held& held);

// hour × time, rounded up. Requires: neither is below 0.
[[nodiscard]] std::int64_t money_for(std::int64_t hour_micro_cny, std::int64_t ms);
// All that is counted of so long a time.
[[nodiscard]] Charge charge_of(const Cost& cost, base::Duration time);
// The longest time, in whole seconds, that is within the whole of a budget; none: any.
[[nodiscard]] std::optional<base::Duration> longest_within(const model::Budget& budget,
                                                           const Cost& cost);
// How many cpus what has these devices may have at most for so long, with so much money left; none:
// cpus cost nothing. Requires: the time is above 0, and the money bears the devices.
[[nodiscard]] std::optional<std::int64_t> cpus_within(const model::PriceTable& prices,
                                                      std::int64_t money_left, const Held& devices,
                                                      base::Duration time);

}  // namespace weir::schedule
