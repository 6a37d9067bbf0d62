// What energy is at a site: what of it arrives at the machines, what it costs, what it emits.
//
// An operator tells it, site by site; what is not told is not known, and is shown as unknown.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "model/series.h"

namespace weir::model {

// How carbon is counted: by the grid's mix, by the plant that one more kilowatt hour comes from, or
// by what was bought (GHG Protocol, Scope 2: location-based and market-based).
enum class CarbonMethod : std::uint8_t { average, marginal, market };
WEIR_DESCRIBE_ENUM(CarbonMethod, average, marginal, market)

// What one draws while a job holds it.
struct DeviceDraw {
  static constexpr std::array<std::string_view, 2> required_fields{"device_model", "draw_mw"};
  std::string device_model;  // "nvidia-h100"
  std::int64_t draw_mw = 0;  // milliwatts

  friend bool operator==(const DeviceDraw&, const DeviceDraw&) = default;
};
WEIR_DESCRIBE(DeviceDraw, device_model, draw_mw)

struct SitePower {
  static constexpr std::array<std::string_view, 1> required_fields{"site"};
  std::string site;
  // Power usage effectiveness: what the whole room draws for each 1,000 that its machines do.
  std::uint32_t pue_milli = 1000;
  std::optional<Series> price_micro_cny_per_kwh;
  std::optional<Series> carbon_mg_per_kwh;  // milligrams of CO2 equivalents
  CarbonMethod carbon_method = CarbonMethod::average;
  std::vector<DeviceDraw> devices;  // by model, each once
  std::int64_t cpu_draw_mw = 0;     // of one logical processor

  friend bool operator==(const SitePower&, const SitePower&) = default;
};
WEIR_DESCRIBE(SitePower, site, pue_milli, price_micro_cny_per_kwh, carbon_mg_per_kwh, carbon_method,
              devices, cpu_draw_mw)

struct PowerTable {
  std::vector<SitePower> sites;  // by name, each once

  friend bool operator==(const PowerTable&, const PowerTable&) = default;
};
WEIR_DESCRIBE(PowerTable, sites)

// What work has drawn, by the model above: what was held, times how long. Parts that nobody can
// say are left out.
struct Footprint {
  std::optional<std::int64_t> energy_joules;
  std::optional<std::int64_t> carbon_mg;
  std::optional<std::int64_t> energy_micro_cny;

  friend bool operator==(const Footprint&, const Footprint&) = default;
};
WEIR_DESCRIBE(Footprint, energy_joules, carbon_mg, energy_micro_cny)

}  // namespace weir::model
