// Made-up nodes and jobs of every kind, from a generator.
#pragma once

#include <vector>

#include "base/random.h"
#include "model/job.h"
#include "model/site.h"

namespace weir::world {

[[nodiscard]] std::vector<model::Node> make_nodes(base::Random& random, const std::string& site);

// Mostly one that some node can run; gangs, arrays, alternatives, and now and then one that is too
// large for any node.
[[nodiscard]] model::JobSpec make_job(base::Random& random);

}  // namespace weir::world
