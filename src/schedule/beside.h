// How quick two kinds of work are that share the same devices, by numbers: for whoever asks for
// many pairs of a few kinds.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schedule/throughput.h"

namespace weir::schedule {

class BesideRates {
 public:
  BesideRates() = default;
  explicit BesideRates(std::vector<std::string> device_models)
      : models_(std::move(device_models)) {}

  // Work of a class on so many devices.
  [[nodiscard]] std::uint32_t kind_of(const std::string& job_class, std::uint32_t devices);
  // Of the first beside the second, on each model, in millionths of steps a second; 0: not known
  // of both of them. Requires: always the same throughputs. Cost: a look-up in the table of rates
  // the first time, then none.
  [[nodiscard]] std::span<const std::int64_t> rates(const Throughputs& throughputs,
                                                    std::uint32_t kind, std::uint32_t other);

 private:
  using Kind = std::pair<std::string, std::uint32_t>;
  std::vector<std::string> models_;
  std::map<Kind, std::uint32_t> numbers_;
  std::vector<Kind> kinds_;
  std::vector<std::vector<std::vector<std::int64_t>>> rates_;  // by kind and other
};

}  // namespace weir::schedule
