// What energy costs and emits over a span of time, at one site.
//
// Draw is what the machines take, in milliwatts; what the room takes on top (PUE) is counted here.
// Everything in whole numbers, rounded to the nearest; what was not told is none, and never zero.
#pragma once

#include <cstdint>
#include <optional>

#include "flow/outlook.h"
#include "model/power.h"

namespace weir::flow {

// What is wrong with what was told of a site, if anything. The error's field is below the site:
// "carbon_mg_per_kwh.values". Fails: invalid.
[[nodiscard]] base::Status check_site_power(const model::SitePower& power);
// Of all sites; the field is "sites[2].pue_milli". Fails: invalid.
[[nodiscard]] base::Status check_power(const model::PowerTable& table);
// With its sites and their devices in order.
[[nodiscard]] model::PowerTable tidied(model::PowerTable table);

// A site's energy with the sums of its series.
class SiteEnergy {
 public:
  // Requires: check_site_power.
  explicit SiteEnergy(const model::SitePower& power);

  [[nodiscard]] const model::SitePower& power() const { return power_; }
  // Null: it was not told.
  [[nodiscard]] const Steps* price() const { return price_ ? &*price_ : nullptr; }
  [[nodiscard]] const Steps* carbon() const { return carbon_ ? &*carbon_ : nullptr; }

  // What so much draw comes to. Parts that reach beyond what is known are none.
  // Requires: draw_mw >= 0, from <= until.
  [[nodiscard]] model::Footprint footprint(std::int64_t draw_mw, base::Time from,
                                           base::Time until) const;

 private:
  model::SitePower power_;
  std::optional<Steps> price_;
  std::optional<Steps> carbon_;
};

// Both together; a part that one of them lacks is none.
[[nodiscard]] model::Footprint sum_of(const model::Footprint& a, const model::Footprint& b);

}  // namespace weir::flow
