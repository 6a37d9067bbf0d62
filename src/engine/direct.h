// Where a job that reads data is best served: by when its data can be there, when it could begin,
// and what all of it costs and emits.
//
// One estimate serves the choice of the site, the plan that people see, and the explanation.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "schedule/energy.h"

namespace weir::engine {

// A dataset that a job reads, and where it lies.
struct Lying {
  const model::Dataset* dataset = nullptr;
  std::vector<model::SiteId> at;
  std::vector<model::SiteId> in_touch;  // those of them
};
// None: one of them is not there any more.
[[nodiscard]] std::optional<std::vector<Lying>> find_data(const Engine& engine,
                                                          std::span<const model::DatasetId> inputs);

// What of a job's data has to come to a site.
struct StageIn {
  std::vector<model::Transfer> transfers;  // to be planned; they have no numbers yet
  base::Time ready;                        // all of it is there, what is on its way included
  std::int64_t bytes = 0;                  // of those to be planned
  std::int64_t micro_cny = 0;
  base::Duration on_links{};  // that those to be planned take of them
};
// The quickest, each from the replica from which it is there soonest. None: something lies nowhere
// from where it could come, or may not lie here, or has no room.
// Cost: the datasets × their replicas × the changes of links.
[[nodiscard]] std::optional<StageIn> stage_in(const Engine& engine, model::SiteId site,
                                              std::span<const Lying> data,
                                              model::TransferClass transfer_class, base::Time now);

// Replicas at a site that may go, so that so many bytes have room: none: that cannot be.
[[nodiscard]] std::optional<std::vector<model::DatasetId>> make_room(const Engine& engine,
                                                                     const std::string& site,
                                                                     std::int64_t bytes);
// True if a replica is needed where it is: it is the last, a rule wants it, or somebody reads it.
[[nodiscard]] bool is_needed(const Engine& engine, const model::Dataset& dataset,
                             const std::string& site);

struct SiteEstimate {
  model::SiteId site;
  std::uint32_t option = 0;
  StageIn stage;
  base::Time start;
  schedule::EnergyParts parts;  // from now on; its money has the transfers' in it
};
// By the objective; where that weighs what nobody knows, by the end; of equals the one with the
// fewest bytes. How long a queue takes nobody knows well, so bytes are not moved on the strength of
// it: while the data lies at some site, or is on its way there, another is a choice only if the job
// begins soon after its data has come, and gains more time than it takes from others on the links
// ("delay scheduling", Zaharia et al., EuroSys 2010, with the time of the transfer for the delay).
// None: no site in touch can have it.
[[nodiscard]] std::optional<SiteEstimate> best_site(const Engine& engine, const JobRecord& job,
                                                    base::Time now);

}  // namespace weir::engine
