// What a tenant's job may ever or now be given: limits of nodes, quotas and its deadline together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace weir::engine {

// Why a job can never start, and the nearest that could.
struct NeverStarts {
  model::Obstacle obstacle;
  std::string field;    // of the job file
  std::string nearest;  // "" where nothing near does
};
// None: one of its options fits on empty nodes and within its tenants' quotas, were nothing held.
// While no site is known only quotas say no.
[[nodiscard]] std::optional<NeverStarts> never_starts(const Engine& engine,
                                                      const std::string& tenant,
                                                      const model::JobSpec& spec);

// Why work that may run so long (none: any time) cannot be done by its deadline any more.
[[nodiscard]] std::optional<NeverStarts> too_late_to_begin(std::optional<base::Time> deadline,
                                                           std::optional<base::Duration> time_limit,
                                                           base::Time now);

// By when such work has to begin, and whether it will: it was promised to at the latest, or is
// expected to. "" where it has no deadline.
[[nodiscard]] std::string deadline_in_words(std::optional<base::Time> deadline,
                                            std::optional<base::Duration> time_limit,
                                            std::optional<base::Time> promised,
                                            std::optional<base::Time> expected);

// The options that quotas and budgets allow at this moment, by their numbers.
[[nodiscard]] std::vector<std::uint32_t> allowed_options(const Engine& engine,
                                                         const std::string& path,
                                                         const schedule::Request& request,
                                                         std::optional<base::Duration> time_limit);

}  // namespace weir::engine
