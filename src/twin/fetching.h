// What becomes of data where the engine does not look after it: each attempt, once it has its
// place, first fetches what it reads, and holds its devices meanwhile.
//
// What has come to a site stays there, and serves whoever comes later; two that want the same at
// the same time wait for the same bytes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "twin/arrivals.h"
#include "twin/wide_net.h"

namespace weir::twin {

class Fetching {
 public:
  struct Waiting {
    std::uint32_t site = 0;
    model::AttemptKey attempt;
  };

  // All outlive this. `sites` are names by number.
  Fetching(const Workload& work, const Arrivals& arrivals, std::vector<std::string> sites,
           WideNet& net);

  // An attempt has its place. True: it waits until its bytes have come.
  bool begin(std::uint32_t site, const model::AttemptKey& attempt, base::Time now);
  // A flow has arrived: who has waited for it, if it was one of these.
  [[nodiscard]] std::vector<Waiting> arrived(std::uint64_t flow, base::Time now);

  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  [[nodiscard]] std::int64_t micro_cny() const { return micro_cny_; }
  [[nodiscard]] std::uint64_t flows() const { return flows_; }
  // How long each that waited did so.
  [[nodiscard]] std::vector<base::Duration>& waits() { return waits_; }

 private:
  struct Coming {
    std::uint32_t dataset = 0;
    std::uint32_t site = 0;
    std::vector<std::pair<model::AttemptKey, base::Time>> waiting;  // since then
  };
  const Workload& work_;
  const Arrivals& arrivals_;
  std::vector<std::string> sites_;
  WideNet& net_;
  std::map<std::uint32_t, std::set<std::uint32_t>> lies_at_;                  // dataset → sites
  std::map<std::uint64_t, Coming> coming_;                                    // by flow
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> flow_of_;  // dataset and site
  std::int64_t bytes_ = 0;
  std::int64_t micro_cny_ = 0;
  std::uint64_t flows_ = 0;
  std::vector<base::Duration> waits_;
};

}  // namespace weir::twin
