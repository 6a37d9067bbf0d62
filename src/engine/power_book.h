// What each site draws by what it holds, and what it may: kept as work comes and goes.
//
// Draw is the model of model/power.h, with what the room takes on top (PUE), rounded up for each
// attempt. Only sites of which an operator told something are in here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/id_set.h"
#include "engine/energy.h"
#include "engine/state.h"
#include "flow/ceiling.h"

namespace weir::engine {

// Of the whole room, for what is held there. None: somebody's draw is not known.
[[nodiscard]] std::optional<std::int64_t> room_draw(const model::SitePower& power,
                                                    const schedule::Held& held);

// What an attempt draws, and what of it can be had back.
struct Drawn {
  std::optional<std::int64_t> milliwatts;  // none: nobody knows
  bool pauses = false;                     // it may be stopped for a while
  std::optional<std::int64_t> least;       // an elastic gang: on its least nodes; none: no less
  base::Duration lead{};                   // so long before it is told
  [[nodiscard]] bool gives_way() const { return pauses || least; }
};

class PowerBook {
 public:
  struct OfSite {
    flow::Ceiling ceiling;
    std::int64_t milliwatts = 0;  // of all whose draw is known
    std::uint32_t unknown = 0;    // attempts whose draw is not
    std::map<model::AttemptKey, Drawn> drawn;
    std::map<base::Duration, std::uint32_t> leads;  // of those who give way
  };

  // Everything anew: other things were told, a request came or went, a site joined.
  void set(const State& state, const EnergyBook& energy,
           const base::IdSet<model::JobId>& running_jobs);
  void add(const State& state, const EnergyBook& energy, const JobRecord& job,
           const RunningAttempt& run);
  void remove(const RunningAttempt& run);

  // Null: nothing was told of it.
  [[nodiscard]] const OfSite* of(model::SiteId site) const;
  [[nodiscard]] const std::map<model::SiteId, OfSite>& sites() const { return sites_; }
  // True if something binds a site from then on.
  [[nodiscard]] bool any_capped(base::Time from) const;

 private:
  std::map<model::SiteId, OfSite> sites_;
};

// Counts what a site drew up to now for its requests. Call it before that changes.
void account_power(State& state, const PowerBook& book, model::SiteId site, base::Time now);
// The same for one request, of a room that draws so much.
void account_power(PowerRecord& record, std::int64_t milliwatts, base::Time now);

}  // namespace weir::engine
