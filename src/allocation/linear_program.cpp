#include "allocation/linear_program.h"

#include <Clp_C_Interface.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace weir::allocation {

int LinearProgram::add_row(double least, double most) {
  least_.push_back(least);
  most_.push_back(most);
  return static_cast<int>(least_.size()) - 1;
}

int LinearProgram::add_column(double worth, const std::vector<std::pair<int, double>>& elements) {
  columns_.push_back(worth_.size());
  constexpr std::size_t many_rows = 32;
  if (elements.size() <= many_rows) {
    append(worth, elements);
  } else {
    int equal_to_the_last = -1;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      std::vector<std::pair<int, double>> one{elements[i]};
      if (i > 0) one.emplace_back(equal_to_the_last, -1);
      if (i + 1 < elements.size()) one.emplace_back(equal_to_the_last = add_row(0, 0), 1);
      append(i == 0 ? worth : 0, one);
    }
  }
  return static_cast<int>(columns_.size()) - 1;
}

void LinearProgram::append(double worth, const std::vector<std::pair<int, double>>& elements) {
  for (const auto& [row, element] : elements) {
    if (element == 0) continue;
    rows_.push_back(row);
    elements_.push_back(element);
  }
  starts_.push_back(static_cast<int>(rows_.size()));
  worth_.push_back(worth);
}

std::vector<double> LinearProgram::most_worth() const {
  const std::unique_ptr<Clp_Simplex, decltype(&Clp_deleteModel)> model(Clp_newModel(),
                                                                       Clp_deleteModel);
  Clp_setLogLevel(model.get(), 0);
  Clp_setOptimizationDirection(model.get(), -1);
  const std::vector<double> lower(worth_.size(), 0.0);
  const std::vector<double> upper(worth_.size(), no_bound);
  // Rows that nothing is in are left out: the method may run off along them, and CLP then aborts.
  std::vector<int> number(least_.size(), -1);
  std::vector<double> least;
  std::vector<double> most;
  std::vector<int> rows;
  for (const int row : rows_) {
    int& of_row = number[static_cast<std::size_t>(row)];
    if (of_row < 0) {
      of_row = static_cast<int>(least.size());
      least.push_back(least_[static_cast<std::size_t>(row)]);
      most.push_back(most_[static_cast<std::size_t>(row)]);
    }
    rows.push_back(of_row);
  }
  Clp_loadProblem(model.get(), static_cast<int>(worth_.size()), static_cast<int>(least.size()),
                  starts_.data(), rows.data(), elements_.data(), lower.data(), upper.data(),
                  worth_.data(), least.data(), most.data());
  const std::unique_ptr<Clp_Solve, decltype(&ClpSolve_delete)> how(ClpSolve_new(), ClpSolve_delete);
  constexpr int barrier_without_crossover = 4;
  constexpr int no_presolve = 1;
  ClpSolve_setSolveType(how.get(), barrier_without_crossover, -1);
  ClpSolve_setPresolveType(how.get(), no_presolve, -1);
  Clp_initialSolveWithOptions(model.get(), how.get());
  const double* const values = Clp_primalColumnSolution(model.get());
  std::vector<double> answer;
  for (const std::size_t column : columns_) answer.push_back(values[column]);
  const bool good =
      std::all_of(answer.begin(), answer.end(), [](double value) { return std::isfinite(value); });
  if (!good || Clp_isProvenPrimalInfeasible(model.get()) != 0) return {};
  for (double& value : answer) value = std::max(value, 0.0);
  return answer;
}

}  // namespace weir::allocation
