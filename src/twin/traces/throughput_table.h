// How quick a kind of job is on each device model, alone and beside another: as measured, in steps
// a second.
//
// A kind is a class of program at a scale factor (how many devices it runs on at once). A rate of 0
// says that it was tried and does not run there; no rate, that nobody measured it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/describe.h"
#include "base/result.h"
#include "model/throughput.h"

namespace weir::twin::traces {

struct ThroughputTable {
  struct Kind {
    std::string job_class;  // "ResNet-18 (batch size 64)"
    std::uint32_t scale_factor = 1;

    friend auto operator<=>(const Kind&, const Kind&) = default;
    friend bool operator==(const Kind&, const Kind&) = default;
  };
  // Where it was measured.
  struct Place {
    std::string device_model;  // "v100"
    bool consolidated = true;  // its devices were on as few machines as can be

    friend auto operator<=>(const Place&, const Place&) = default;
    friend bool operator==(const Place&, const Place&) = default;
  };
  // Two jobs that share the same devices: steps a second of each.
  struct PairRate {
    double first = 0;
    double second = 0;

    friend bool operator==(const PairRate&, const PairRate&) = default;
  };
  struct PairKey {
    std::uint32_t place = 0;
    std::uint32_t first = 0;  // not above `second`
    std::uint32_t second = 0;

    friend auto operator<=>(const PairKey&, const PairKey&) = default;
  };

  std::vector<Kind> kinds;                      // sorted
  std::vector<Place> places;                    // sorted
  std::vector<std::optional<double>> isolated;  // of kind k at place p: k * places.size() + p
  std::map<PairKey, PairRate> pairs;            // by indices in `places` and `kinds`

  [[nodiscard]] std::optional<std::uint32_t> find_kind(std::string_view job_class,
                                                       std::uint32_t scale_factor) const;
  [[nodiscard]] std::optional<std::uint32_t> find_place(std::string_view device_model,
                                                        bool consolidated = true) const;
  // Alone. Requires: indices of `kinds` and `places`.
  [[nodiscard]] std::optional<double> rate(std::uint32_t kind, std::uint32_t place) const;
  // `kind` beside `other`: the rates of both, `kind` first.
  [[nodiscard]] std::optional<PairRate> pair_rate(std::uint32_t kind, std::uint32_t other,
                                                  std::uint32_t place) const;
};

// Gavel's simulation_throughputs.json: device model, then kind ("('LM (batch size 10)', 2)"), then
// "null" (alone: one number) or another kind (two numbers). "v100_unconsolidated" is a place where
// the devices are spread.
//
// Fails: invalid, with line and column: another shape, a kind in another form, a rate that is below
//        0, the same pair told twice with different rates.
[[nodiscard]] base::Result<ThroughputTable> read_gavel_throughputs(std::string_view text);

// The rates of kinds on devices that are near one another, alone and beside others, as the engine
// takes them; those that do not run (0) are left out. `source`: where they come from.
[[nodiscard]] model::ThroughputTable rates_near(const ThroughputTable& table,
                                                const std::string& source);

}  // namespace weir::twin::traces
