// Energy at the sites as the engine knows it, and what it decides by it: when a job that may wait
// is best begun, which of several sites is best, and what work has used.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/state.h"
#include "schedule/energy.h"
#include "schedule/request.h"

namespace weir::engine {

class Engine;
struct RequestKind;

// What was told of each site, with its sums.
class EnergyBook {
 public:
  void set(const model::PowerTable& table);
  // Null: nothing was told.
  [[nodiscard]] const flow::SiteEnergy* of(const std::string& site) const;
  [[nodiscard]] bool empty() const { return sites_.empty(); }

 private:
  std::map<std::string, flow::SiteEnergy> sites_;
};

// What an attempt that ends at `end` has used; parts that nobody can say are none.
[[nodiscard]] model::Footprint footprint_of(const EnergyBook& book, const State& state,
                                            const RunningAttempt& run, base::Time end);

// How work of a kind would use energy under one of its options on a site, if it runs as long as it
// may; none: the draw or the time is not known.
[[nodiscard]] std::optional<schedule::EnergyWay> energy_way(const Engine& engine,
                                                            model::SiteId site,
                                                            const RequestKind& kind,
                                                            std::uint32_t option);

// A later start, and what it is worth.
struct LaterStart {
  base::Time start;
  base::Time latest;  // that the job allows
  model::SiteId site;
  schedule::EnergyParts at_once;  // there
  schedule::EnergyParts then;
};
// When and where a job of a kind that may wait is best begun, by its objective, over all sites in
// touch on which it fits; none: at once, or nobody can say. Its deadline is kept to. Cost: its
// options × sites × the changes of price and carbon until it has to begin.
[[nodiscard]] std::optional<LaterStart> later_start(const Engine& engine, const RequestKind& kind,
                                                    const model::JobSpec& spec,
                                                    base::Time submitted, base::Time now);

// The sites by what a start now comes to under the objective, the best first; those of which nobody
// knows last, in their order.
void order_by_objective(const Engine& engine, const RequestKind& kind, base::Time now,
                        std::vector<model::SiteId>& sites);

}  // namespace weir::engine
