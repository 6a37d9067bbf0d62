#include "schedule/beside.h"

namespace weir::schedule {

std::uint32_t BesideRates::kind_of(const std::string& job_class, std::uint32_t devices) {
  const auto next = static_cast<std::uint32_t>(numbers_.size());
  const auto [at, fresh] = numbers_.try_emplace({job_class, devices}, next);
  if (fresh) {
    kinds_.push_back(at->first);
    for (auto& of_kind : rates_) of_kind.resize(kinds_.size());
    rates_.emplace_back(kinds_.size());
  }
  return at->second;
}

std::span<const std::int64_t> BesideRates::rates(const Throughputs& throughputs, std::uint32_t kind,
                                                 std::uint32_t other) {
  std::vector<std::int64_t>& rates = rates_[kind][other];
  if (rates.size() == models_.size()) return rates;
  const Kind& one = kinds_[kind];
  const Kind& two = kinds_[other];
  for (const std::string& model : models_) {
    const DeviceGroup group{model, one.second};
    const model::Throughput* const of_one = throughputs.find_beside(one.first, two.first, group);
    const model::Throughput* const of_two = throughputs.find_beside(two.first, one.first, group);
    const bool known = one.second == two.second && of_one != nullptr && of_two != nullptr;
    rates.push_back(known ? of_one->rate_micro : 0);
  }
  return rates;
}

}  // namespace weir::schedule
