// What work costs: prices an hour, as an operator sets them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"

namespace weir::model {

struct DevicePrice {
  static constexpr std::array<std::string_view, 2> required_fields{"device_model",
                                                                   "price_micro_cny"};
  std::string device_model;          // "nvidia-h100"
  std::int64_t price_micro_cny = 0;  // of one for an hour

  friend bool operator==(const DevicePrice&, const DevicePrice&) = default;
};
WEIR_DESCRIBE(DevicePrice, device_model, price_micro_cny)

// What has no price costs nothing: no price is guessed from another model's.
struct PriceTable {
  std::vector<DevicePrice> device_hours;  // sorted by model, each once
  std::int64_t cpu_hour_micro_cny = 0;    // of one logical processor

  [[nodiscard]] bool empty() const { return device_hours.empty() && cpu_hour_micro_cny == 0; }
  friend bool operator==(const PriceTable&, const PriceTable&) = default;
};
WEIR_DESCRIBE(PriceTable, device_hours, cpu_hour_micro_cny)

}  // namespace weir::model
