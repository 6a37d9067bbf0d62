// Made-up inputs of every kind, from a seed: a site that reports what may happen, and people who
// submit and steer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/engine.h"

namespace weir::engine::test {

[[nodiscard]] model::JobSpec made_up_job(base::Random& random);
[[nodiscard]] model::ThroughputTable made_up_throughputs(base::Random& random);
[[nodiscard]] model::PriceTable made_up_prices(base::Random& random);

// Draws the next input for an engine in this state: mostly one that changes something.
[[nodiscard]] model::Input made_up_input(base::Random& random, const Engine& engine);

}  // namespace weir::engine::test
