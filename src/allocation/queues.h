// Shares by queues and lots: first come, first served; AlloX; Gandiva.
#pragma once

#include <map>
#include <optional>

#include "allocation/question.h"
#include "base/random.h"

namespace weir::allocation {

// Whoever came first has all of what it asks for, of one model. Where unlike devices are looked at,
// everybody is placed anew each time, on the quickest that has room. Else whoever has a place keeps
// it, and the model is drawn by lot; but then the last model that is left is taken whatever was
// drawn, and the drawn one counts as full: so it stands in Gavel's program, whose figures these
// are.
class Arrival {
 public:
  explicit Arrival(std::uint64_t seed) : random_{seed} {}
  [[nodiscard]] Answer answer(const Question& question);

 private:
  void keep_those_before(const Question& question, std::vector<double>& left,
                         std::vector<std::size_t>& queue);
  std::map<model::JobId, std::size_t> model_of_;
  base::Random random_;
};

// Jobs are assigned to places in the devices' queues, the last place counting its time once, the
// one before it twice, and so on, so that the sum of all completion times is least; whoever comes
// first on a device has it until it ends. For jobs of one device.
class AlloX {
 public:
  [[nodiscard]] Answer answer(const Question& question);

 private:
  std::map<model::JobId, std::size_t> model_of_;
};

// To each the same; where more is asked for than there is, jobs are put together two by two, by
// lot, and stay so if that serves them better than one after the other.
class Gandiva {
 public:
  explicit Gandiva(std::uint64_t seed) : random_{seed} {}
  [[nodiscard]] Answer answer(const Question& question);

 private:
  void put_together(const Question& question);
  std::map<model::JobId, std::optional<model::JobId>> partners_;
  base::Random random_;
};

// For each row a column of its own, at the least cost together. Shortest augmenting paths (Crouse,
// "On implementing 2D rectangular assignment algorithms", 2016). Cost: rows² × columns.
// Requires: rows <= columns; `cost` row by row.
[[nodiscard]] std::vector<std::size_t> assign(std::size_t rows, std::size_t columns,
                                              const std::vector<double>& cost);

}  // namespace weir::allocation
