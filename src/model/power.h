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
#include "base/time.h"
#include "model/ids.h"
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
  // What the whole room may draw; after the last value its last holds on. None: no cap.
  std::optional<Series> cap_watts;

  friend bool operator==(const SitePower&, const SitePower&) = default;
};
WEIR_DESCRIBE(SitePower, site, pue_milli, price_micro_cny_per_kwh, carbon_mg_per_kwh, carbon_method,
              devices, cpu_draw_mw, cap_watts)

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

// ---- requests to draw less for a while

// What a whole room draws at most from then on, until the next of these.
struct PowerStep {
  base::Time from;
  std::int64_t milliwatts = 0;

  friend bool operator==(const PowerStep&, const PowerStep&) = default;
};
WEIR_DESCRIBE(PowerStep, from, milliwatts)

// What is done to work so that a site draws less, the cheapest first.
enum class PowerAction : std::uint8_t { delay, shrink, pause };
WEIR_DESCRIBE_ENUM(PowerAction, delay, shrink, pause)

struct PowerTouch {
  JobId job;
  PowerAction action = PowerAction::pause;
  std::int64_t milliwatts = 0;  // that the site draws less by it

  friend bool operator==(const PowerTouch&, const PowerTouch&) = default;
};
WEIR_DESCRIBE(PowerTouch, job, action, milliwatts)

// A request as it was answered: what it asked for, and what is committed to.
struct PowerRequest {
  PowerRequestId id;
  std::string by;
  std::string site;
  base::Time asked;
  base::Time from;
  base::Time until;
  std::int64_t draw_milliwatts = 0;    // of the room when it was asked, by the model
  std::int64_t target_milliwatts = 0;  // that it asks the room to stay below
  std::uint32_t unknown = 0;           // attempts then whose draw nobody knows, and which go on
  std::vector<PowerStep> committed;    // from `from` on; the last holds until `until`
  base::Time settled;                  // who gives way has done so by then
  // Who is shrunk and paused for it, as the site was when it was asked; more may come later.
  std::vector<PowerTouch> planned;
  // Jobs that waited then and could run there: they may begin later than they would have.
  std::uint32_t delayed = 0;

  friend bool operator==(const PowerRequest&, const PowerRequest&) = default;
};
WEIR_DESCRIBE(PowerRequest, id, by, site, asked, from, until, draw_milliwatts, target_milliwatts,
              unknown, committed, settled, planned, delayed)

}  // namespace weir::model
