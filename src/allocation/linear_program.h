// A linear program, solved by CLP's interior point method.
//
// Of all best answers the one in the middle is wanted, not a corner: shares then go to all that are
// alike, and none is left with nothing for no reason. So there is no crossover to a corner.
//
// Cost: a column that is in many rows makes the equations of the method dense, and their number
// counts to the third power. Such a column is kept as many that have to be equal, one for each of
// its rows: then they stay sparse (Vanderbei 1991, "Splitting dense columns in sparse linear
// systems").
#pragma once

#include <utility>
#include <vector>

namespace weir::allocation {

class LinearProgram {
 public:
  // A row whose sum is at least `least` and at most `most`.
  int add_row(double least, double most);
  // A column of at least 0 that is worth `worth` each, with its elements by row.
  int add_column(double worth, const std::vector<std::pair<int, double>>& elements);

  // The columns' values, where their worth together is most; empty: there is no answer.
  [[nodiscard]] std::vector<double> most_worth() const;

  static constexpr double no_bound = 1e30;

 private:
  void append(double worth, const std::vector<std::pair<int, double>>& elements);

  std::vector<double> least_, most_, worth_, elements_;
  std::vector<int> starts_{0}, rows_;
  std::vector<std::size_t> columns_;  // where each is in the four above; the first of equal ones
};

}  // namespace weir::allocation
