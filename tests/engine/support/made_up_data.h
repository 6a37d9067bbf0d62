// Made-up links, datasets and reports of transfers.
#pragma once

#include "base/random.h"
#include "engine/engine.h"

namespace weir::engine::test {

[[nodiscard]] model::NetworkTable made_up_network(base::Random& random);
[[nodiscard]] model::Input made_up_data_input(base::Random& random, const Engine& engine,
                                              const model::Principal& by);
// Makes it read something, mostly of what its tenant has.
void make_it_read(base::Random& random, const Engine& engine, const std::string& tenant,
                  model::JobSpec& spec);
// Of transfers to this site: under way, arrived, failed, and of some that nobody knows.
[[nodiscard]] std::vector<model::TransferReport> made_up_arrivals(base::Random& random,
                                                                  const Engine& engine,
                                                                  model::SiteId site);

}  // namespace weir::engine::test
