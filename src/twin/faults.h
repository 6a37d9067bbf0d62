// What breaks in a simulation, and for how long: sites, nodes, devices, each by chance with a mean
// time between faults.
//
// A device that fails takes its node along until it is replaced. Each kind has a generator of its
// own, so that changing one leaves the others' faults where they were.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/random.h"
#include "twin/event_queue.h"
#include "twin/site.h"

namespace weir::twin {

struct FaultRate {
  base::Duration every{};  // mean time between faults of one of them
  base::Duration lasts{};  // mean time until it is back

  static constexpr std::array<std::string_view, 2> required_fields{"every", "lasts"};
  friend bool operator==(const FaultRate&, const FaultRate&) = default;
};
WEIR_DESCRIBE(FaultRate, every, lasts)

// What a site that is lost has lost.
enum class SiteFault : std::uint8_t {
  network,  // its word alone: work goes on
  power     // its machines: work is gone
};
WEIR_DESCRIBE_ENUM(SiteFault, network, power)

struct FaultSettings {
  std::optional<FaultRate> sites;
  std::optional<FaultRate> nodes;
  std::optional<FaultRate> devices;
  SiteFault site_fault = SiteFault::network;

  friend bool operator==(const FaultSettings&, const FaultSettings&) = default;
};
WEIR_DESCRIBE(FaultSettings, sites, nodes, devices, site_fault)

class Faults {
 public:
  Faults(const FaultSettings& settings, std::span<const SiteModel> sites, base::Random random);

  // Puts the first fault of each kind into the queue.
  void begin(base::Time now, EventQueue& events);
  // A fault of this kind happens now: says where, plans its end and the next of its kind.
  // Returns the event that ends it.
  Event strike(EventKind kind, base::Time now, EventQueue& events);

 private:
  struct Source {
    EventKind kind = EventKind::site_fault;
    FaultRate rate;
    std::uint64_t many = 0;  // of what may break
    base::Random random;
  };
  void plan_next(Source& source, base::Time now, EventQueue& events);
  // Which of all that may break.
  [[nodiscard]] Event place(const Source& source, std::uint64_t which) const;

  std::vector<Source> sources_;
  std::vector<std::uint64_t> nodes_before_;    // by site
  std::vector<std::uint64_t> devices_before_;  // by node, over all sites
};

}  // namespace weir::twin
