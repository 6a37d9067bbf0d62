// Energy in a scenario: what is told to the engine of each site, and when.
//
// Series stand in the scenario or in a CSV beside it. Either all of them is told at the beginning,
// or, as time goes by, what has been so far, with a forecast of what comes. What work has used is
// counted by what came true.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "base/time.h"
#include "model/power.h"

namespace weir::twin {

// A column of a CSV with a head, a value for each step from the scenario's start on.
struct SeriesFile {
  static constexpr std::array<std::string_view, 2> required_fields{"file", "column"};
  std::string file;  // beside the scenario, or from the root
  std::string column;
  double unit = 1000;  // what 1 in the file is, in milligrams or millionths of a CNY for a kWh
  base::Duration step = std::chrono::hours(1);
  std::uint64_t skip = 0;  // so many rows first
};
WEIR_DESCRIBE(SeriesFile, file, column, unit, step, skip)

struct SitePowerForm {
  static constexpr std::array<std::string_view, 1> required_fields{"told"};
  model::SitePower told;  // as `weir power set` takes it, of one site
  std::optional<SeriesFile> carbon;
  std::optional<SeriesFile> price;
};
WEIR_DESCRIBE(SitePowerForm, told, carbon, price)

enum class Foresight : std::uint8_t {
  whole,  // all of each series is known from the beginning
  day,    // what was a day before is taken for what comes (flow/outlook.h)
  week    // three days are foreseen by the last week, of which the last then repeats (foresee.h)
};
WEIR_DESCRIBE_ENUM(Foresight, whole, day, week)

// A request that a site draw less for a while: so many kilowatts, or so many parts of 100 of what
// it draws when this is asked.
struct PowerRequestForm {
  static constexpr std::array<std::string_view, 3> required_fields{"site", "from", "lasts"};
  std::string site;
  std::optional<double> kw;
  std::optional<double> percent;
  base::Duration from{};  // after the scenario's start
  base::Duration lasts{};
  base::Duration ahead{};  // so long before it begins it is asked
};
WEIR_DESCRIBE(PowerRequestForm, site, kw, percent, from, lasts, ahead)

struct PowerForm {
  Foresight foresight = Foresight::whole;
  std::vector<SitePowerForm> sites;
  std::vector<PowerRequestForm> requests;
};
WEIR_DESCRIBE(PowerForm, foresight, sites, requests)

// What is wrong with a request, if anything; the field is below "power".
[[nodiscard]] base::Status check_requests(const PowerForm& form);

// Reads the files that the form names; a series without a start begins at `start`.
// Fails: input_output; invalid: a file without that column, a value that is no number, and what
// flow/energy.h refuses. The error's field is below the form.
[[nodiscard]] base::Status read_power_files(PowerForm& form, base::Time start);

// What is to be told, and when.
class PowerFeed {
 public:
  // Requires: read_power_files.
  PowerFeed(const PowerForm& form, base::Time start);

  // None: all has been told.
  [[nodiscard]] std::optional<base::Time> next() const { return next_; }
  // What is known at `now`. Requires: next() <= now.
  [[nodiscard]] model::PowerTable take(base::Time now);

 private:
  Foresight foresight_;
  model::PowerTable truth_;
  std::optional<base::Time> next_;
};

}  // namespace weir::twin
