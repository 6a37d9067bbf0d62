// The modelled links between sites: what really becomes of bytes under way.
//
// A transfer with windows of its own goes by these. One without shares each link evenly with all
// others that are on it at the moment (processor sharing), and pays the way there and back once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/network.h"

namespace weir::twin {

class WideNet {
 public:
  // Told when a flow has arrived.
  using Arrived = std::function<void(std::uint64_t flow)>;

  explicit WideNet(model::NetworkTable table);

  // False: there is no link between the two.
  [[nodiscard]] bool connects(const std::string& from, const std::string& to) const;
  // Of 10⁹ bytes on the link. Requires: there is one.
  [[nodiscard]] std::int64_t micro_cny_per_gb(const std::string& from, const std::string& to) const;
  // Of the sites, the one with the widest link to `to`; none: none has one.
  [[nodiscard]] std::optional<std::string> widest(const std::vector<std::string>& from,
                                                  const std::string& to) const;

  // Bytes begin to move on the link. Requires: there is one.
  std::uint64_t begin(const std::string& from, const std::string& to, std::int64_t bytes,
                      base::Time now);
  // Whoever wanted them wants them no more.
  void drop(std::uint64_t flow, base::Time now);
  // When the next one arrives; none: nothing moves.
  [[nodiscard]] std::optional<base::Time> next() const;
  // Those that have arrived by `now`, in the order in which they did.
  [[nodiscard]] std::vector<std::uint64_t> arrived(base::Time now);

 private:
  using Ends = std::pair<std::string, std::string>;
  struct Shared {
    model::Link link;
    // In processor sharing all flows are served alike: a flow is done when each has been served as
    // much as it asked for when it came, on top of what each had been served then.
    double served_bits = 0;
    base::Time at;
    std::set<std::pair<double, std::uint64_t>> flows;  // by the service at which they are done
  };
  void pass(Shared& shared, base::Time now);
  [[nodiscard]] static std::optional<base::Time> next_of(const Shared& shared);

  std::map<Ends, Shared> links_;
  std::map<std::uint64_t, std::pair<Ends, double>> flows_;  // where, and done at which service
  std::set<std::pair<base::Time, Ends>> due_;               // by when the first of a link arrives
  std::map<Ends, base::Time> due_of_;
  std::uint64_t last_ = 0;
  void note_due(const Ends& ends, const Shared& shared);
};

}  // namespace weir::twin
