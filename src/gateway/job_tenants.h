// Whose each job is, for those who hear of facts that name only the job.
//
// Jobs come in rows of one tenant, so runs of numbers are kept, not numbers. Thread-safe. Jobs that
// have left the engine are forgotten here: the archive knows their tenant.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>

#include "model/ids.h"

namespace weir::gateway {

class JobTenants {
 public:
  void add(model::JobId job, const std::string& tenant);
  void remove(model::JobId job);
  [[nodiscard]] std::optional<std::string> of(model::JobId job) const;
  [[nodiscard]] std::size_t runs() const;

 private:
  struct Run {
    std::uint64_t last;
    const std::string* tenant;  // in names_
  };
  using Runs = std::map<std::uint64_t, Run>;  // by the first number
  [[nodiscard]] Runs::const_iterator run_of(model::JobId job) const;

  mutable std::shared_mutex mutex_;
  std::set<std::string> names_;
  Runs runs_;
};

}  // namespace weir::gateway
