#include "tests/schedule/support/linear_bound.h"

#include <Clp_C_Interface.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace weir::schedule::test {

double linear_bound(const Competition& competition, std::optional<std::uint32_t> tier) {
  if (competition.alternatives.empty()) return 0.0;
  const std::unique_ptr<Clp_Simplex, decltype(&Clp_deleteModel)> model(Clp_newModel(),
                                                                       Clp_deleteModel);
  Clp_setLogLevel(model.get(), 0);
  // A row a demand, then a row a pool; a column an alternative.
  std::vector<double> most;
  for (const Demand& demand : competition.demands) {
    const bool counts = !tier || demand.tier == *tier;
    most.push_back(counts ? static_cast<double>(demand.tasks) : 0.0);
  }
  for (const auto capacity : competition.capacities) most.push_back(static_cast<double>(capacity));
  Clp_resize(model.get(), static_cast<int>(most.size()), 0);
  for (std::size_t i = 0; i < most.size(); ++i) {
    Clp_rowUpper(model.get())[i] = most[i];
    Clp_rowLower(model.get())[i] = -1e30;
  }
  std::vector<int> starts{0};
  std::vector<int> rows;
  std::vector<double> elements;
  std::vector<double> gains;
  for (const Alternative& each : competition.alternatives) {
    rows.push_back(static_cast<int>(each.demand));
    elements.push_back(1.0);
    rows.push_back(static_cast<int>(competition.demands.size() + each.pool));
    elements.push_back(static_cast<double>(each.units));
    starts.push_back(static_cast<int>(rows.size()));
    gains.push_back(static_cast<double>(each.gain));
  }
  const auto columns = static_cast<int>(gains.size());
  const std::vector<double> lower(gains.size(), 0.0);
  const std::vector<double> upper(gains.size(), 1e30);
  Clp_addColumns(model.get(), columns, lower.data(), upper.data(), gains.data(), starts.data(),
                 rows.data(), elements.data());
  Clp_setOptimizationDirection(model.get(), -1.0);
  Clp_initialSolve(model.get());
  if (Clp_status(model.get()) != 0) throw std::runtime_error("CLP found no optimum");
  return Clp_objectiveValue(model.get());
}

}  // namespace weir::schedule::test
