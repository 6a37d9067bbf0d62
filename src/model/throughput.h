// How fast a kind of work goes on a kind of device: what is known, from whom.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"

namespace weir::model {

// Where a rate comes from. Both may stand for one kind of work and device; what was measured
// counts.
enum class RateBasis : std::uint8_t {
  declared,  // somebody says so: its maker, its owner, a paper
  measured   // it was run
};
WEIR_DESCRIBE_ENUM(RateBasis, declared, measured)

struct Throughput {
  static constexpr std::array<std::string_view, 3> required_fields{"job_class", "device_model",
                                                                   "rate_micro"};
  std::string job_class;        // whose steps are alike: the jobs' name, "resnet-50 batch 64"
  std::string device_model;     // "nvidia-v100"
  std::uint32_t devices = 1;    // that work together: rates seldom grow in proportion
  std::int64_t rate_micro = 0;  // millionths of steps a second; any step, the same for the class
  RateBasis basis = RateBasis::declared;
  std::string source;  // who measured or declared it, and when
  std::string beside;  // while work of this class shares the same devices; "": alone

  friend bool operator==(const Throughput&, const Throughput&) = default;
};
WEIR_DESCRIBE(Throughput, job_class, device_model, devices, rate_micro, basis, source, beside)

// By job class, device model and number of devices: no rate is guessed from another.
struct ThroughputTable {
  std::vector<Throughput> rates;

  friend bool operator==(const ThroughputTable&, const ThroughputTable&) = default;
};
WEIR_DESCRIBE(ThroughputTable, rates)

}  // namespace weir::model
