#include "tests/schedule/support/cutting_stock.h"

#include <Clp_C_Interface.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

namespace weir::schedule::test {

double fewest_devices(const std::map<std::uint32_t, std::int64_t>& shares) {
  const std::vector<std::pair<std::uint32_t, std::int64_t>> wanted(shares.begin(), shares.end());
  const std::unique_ptr<Clp_Simplex, decltype(&Clp_deleteModel)> model(Clp_newModel(),
                                                                       Clp_deleteModel);
  Clp_setLogLevel(model.get(), 0);
  Clp_resize(model.get(), static_cast<int>(wanted.size()), 0);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    Clp_rowLower(model.get())[i] = static_cast<double>(wanted[i].second);
    Clp_rowUpper(model.get())[i] = 1e30;
  }
  std::vector<int> starts{0};
  std::vector<int> rows;
  std::vector<double> elements;
  std::vector<double> costs;
  std::vector<std::uint32_t> cut(wanted.size(), 0);
  const std::function<void(std::size_t, std::uint32_t)> extend = [&](std::size_t size,
                                                                     std::uint32_t left) {
    if (size < wanted.size()) {
      for (cut[size] = 0; cut[size] * wanted[size].first <= left; ++cut[size]) {
        extend(size + 1, left - cut[size] * wanted[size].first);
      }
      return;
    }
    for (std::size_t i = 0; i < cut.size(); ++i) {
      if (cut[i] == 0) continue;
      rows.push_back(static_cast<int>(i));
      elements.push_back(cut[i]);
    }
    starts.push_back(static_cast<int>(rows.size()));
    costs.push_back(1.0);
  };
  extend(0, 1000);
  const std::vector<double> lower(costs.size(), 0.0);
  const std::vector<double> upper(costs.size(), 1e30);
  Clp_addColumns(model.get(), static_cast<int>(costs.size()), lower.data(), upper.data(),
                 costs.data(), starts.data(), rows.data(), elements.data());
  Clp_initialSolve(model.get());
  if (Clp_status(model.get()) != 0) throw std::runtime_error("CLP found no optimum");
  return Clp_objectiveValue(model.get());
}

}  // namespace weir::schedule::test
