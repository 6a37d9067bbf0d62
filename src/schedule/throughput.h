// How long a run takes on other devices than those it is known for.
//
// Run time there = run time here × rate here ÷ rate there, by the rates of its class of work. Only
// what the table says is known: no rate is guessed from another count of devices, another model or
// the printed speed of a chip. Pure, integers only.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/throughput.h"

namespace weir::schedule {

// What is wrong with a table, if anything: a rate that is not above zero, no devices, the same
// thing said twice. The error's field is the row: "rates[3].rate_micro". Fails: invalid.
[[nodiscard]] base::Status check_throughputs(const model::ThroughputTable& table);

// So many devices of a model.
struct DeviceGroup {
  std::string model;
  std::uint32_t devices = 1;

  friend auto operator<=>(const DeviceGroup&, const DeviceGroup&) = default;
};

class Throughputs {
 public:
  Throughputs() = default;
  // Requires: check_throughputs found nothing.
  explicit Throughputs(const model::ThroughputTable& table);

  // The rate and where it comes from: the measured one where there is one. Null: nobody knows.
  // Cost: O(log rows).
  [[nodiscard]] const model::Throughput* find(std::string_view job_class,
                                              const DeviceGroup& on) const;

  // How long what takes `run` on `known` takes on `other`; none where a rate is missing. On the
  // same devices it takes the same, whether or not their rate is known.
  [[nodiscard]] std::optional<base::Duration> run_time_on(std::string_view job_class,
                                                          base::Duration run,
                                                          const DeviceGroup& known,
                                                          const DeviceGroup& other) const;

 private:
  using ByDevices = std::map<DeviceGroup, model::Throughput>;
  std::map<std::string, ByDevices, std::less<>> rates_;
};

// run × rate_known ÷ rate_other, rounded up to a microsecond, so that rounding never plans too
// short a time; the longest duration where it would be longer. Requires: run >= 0, rates above 0.
[[nodiscard]] base::Duration scaled_run(base::Duration run, std::int64_t rate_known,
                                        std::int64_t rate_other);

// Shorter first; what is unknown after all that is known. Of use with a stable sort.
[[nodiscard]] constexpr bool runs_sooner(const std::optional<base::Duration>& a,
                                         const std::optional<base::Duration>& b) {
  return a && (!b || *a < *b);
}

}  // namespace weir::schedule
