// What work draws where it is placed, and the best time for work that may wait.
//
// Draw is a model: so much for each device and processor that is held, as the operator told it
// (model/power.h). A device model whose draw was not told makes the whole unknown.
//
// Source: choosing a start by carbon and waiting: Hanafy et al., ASPLOS 2024 (GAIA), whose rules
//         choose by the carbon of a slot or of a window alone; here every start is weighed, exactly
//         (flow/shift.h).
#pragma once

#include <cstdint>
#include <optional>

#include "flow/energy.h"
#include "model/job.h"
#include "schedule/quota.h"

namespace weir::schedule {

// In milliwatts, without what the room takes on top. None: somebody's draw is not known.
[[nodiscard]] std::optional<std::int64_t> draw_of(const model::SitePower& power, const Held& held);

// One way to run: so long, at a site, with such a draw.
struct EnergyWay {
  const flow::SiteEnergy* site = nullptr;
  std::int64_t draw_mw = 0;
  base::Duration run{};
  std::int64_t hour_micro_cny = 0;  // of what it holds, beside its energy
};

// What one start of it comes to: the time from `earliest` to its end, and what it uses.
struct EnergyParts {
  base::Duration finish{};
  std::optional<std::int64_t> micro_cny;  // of what it holds, and of energy
  std::optional<std::int64_t> carbon_mg;
};
// Requires: earliest <= start, the run takes time.
[[nodiscard]] EnergyParts parts_of(const EnergyWay& way, base::Time earliest, base::Time start);

// The parts that the objective weighs, each in millionths of the reference's. None: one of them is
// not known.
[[nodiscard]] std::optional<std::int64_t> score_of(const EnergyParts& parts,
                                                   const model::Objective& objective,
                                                   const EnergyParts& reference);

struct EnergyStart {
  base::Time start;
  std::int64_t score = 0;
};
// The start from `earliest` to `latest` whose score is lowest, of equals the earliest. None: what
// the objective weighs is not known here, as far as the latest run reaches.
// Requires: earliest <= latest, the run takes time.
// Cost:     the changes of price and carbon up to the end of the latest run.
[[nodiscard]] std::optional<EnergyStart> best_start(const EnergyWay& way,
                                                    const model::Objective& objective,
                                                    base::Time earliest, base::Time latest,
                                                    const EnergyParts& reference);

}  // namespace weir::schedule
