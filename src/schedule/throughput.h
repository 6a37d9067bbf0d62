// How long a run takes on other devices than those it is known for.
//
// Run time there = run time here × rate here ÷ rate there, by the rates of its class of work. Only
// what the table says is known: no rate is guessed from another count of devices, another model or
// the printed speed of a chip. Pure, integers only.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/throughput.h"
#include "schedule/request.h"

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

  // The same while work of another class shares these devices.
  [[nodiscard]] const model::Throughput* find_beside(std::string_view job_class,
                                                     std::string_view other,
                                                     const DeviceGroup& on) const;

  // Whether anything is known of the class.
  [[nodiscard]] bool knows(std::string_view job_class) const {
    return rates_.find(job_class) != rates_.end();
  }

  // How long what takes `run` on `known` takes on `other`; none where a rate is missing. On the
  // same devices it takes the same, whether or not their rate is known.
  [[nodiscard]] std::optional<base::Duration> run_time_on(std::string_view job_class,
                                                          base::Duration run,
                                                          const DeviceGroup& known,
                                                          const DeviceGroup& other) const;

 private:
  using ByDevices = std::map<DeviceGroup, model::Throughput>;
  std::map<std::string, ByDevices, std::less<>> rates_;
  // By the class and the one beside it.
  std::map<std::pair<std::string, std::string>, ByDevices, std::less<>> beside_;
};

// run × rate_known ÷ rate_other, rounded up to a microsecond, so that rounding never plans too
// short a time; the longest duration where it would be longer. Requires: run >= 0, rates above 0.
[[nodiscard]] base::Duration scaled_run(base::Duration run, std::int64_t rate_known,
                                        std::int64_t rate_other);

// The rate of a task of this class under each option of its request, in millionths of steps a
// second: that of all its devices together, where they are of one model; 0: not known. Empty: none
// is known, or there is nothing to choose (one option, or the user's own order).
[[nodiscard]] std::vector<std::int64_t> option_rates(const Request& request,
                                                     std::string_view job_class,
                                                     const Throughputs& throughputs);

// How long a task takes at most under each option, whose time limit is meant for the slowest of
// them; under an option without a rate all of it. Empty where no rate is known.
[[nodiscard]] std::vector<base::Duration> option_runs(base::Duration limit,
                                                      std::span<const std::int64_t> rates);

}  // namespace weir::schedule
