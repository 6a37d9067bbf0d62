// What the outside may ask of datasets, links and transfers, and what `plan` and `explain` say of a
// job's data.
#pragma once

#include <vector>

#include "engine/engine.h"
#include "model/view.h"

namespace weir::engine {

// The principal's tenant's, by name, then version.
[[nodiscard]] std::vector<model::DatasetView> list_datasets(const Engine& engine,
                                                            const model::Principal& by);
[[nodiscard]] std::vector<model::TransferView> list_transfers(const Engine& engine,
                                                              const model::Principal& by);
[[nodiscard]] std::vector<model::LinkView> list_links(const Engine& engine, base::Time now);

// That there is no such dataset, with the nearest name or version that the tenant has.
[[nodiscard]] base::Error no_dataset(const Engine& engine, const std::string& tenant,
                                     const model::DatasetVersion& which, std::string field);
// The first of a job's inputs that is not there, as a refusal; none: all are.
[[nodiscard]] std::optional<base::Error> missing_input(const Engine& engine,
                                                       const std::string& tenant,
                                                       const model::JobSpec& spec);

// Each row says what of the data would have to come there, or why the site is closed to it.
void note_data(const Engine& engine, const SiteFilter& filter, std::int64_t nodes,
               const schedule::Request& request, std::optional<base::Duration> time_limit,
               base::Time now, std::vector<model::Candidate>& rows);

void explain_staging(const Engine& engine, const JobRecord& job, base::Time now,
                     model::Explanation& out);
// Why nothing is done for its data; "": it reads nothing, or is directed somewhere.
[[nodiscard]] std::string why_undirected(const Engine& engine, const JobRecord& job);

}  // namespace weir::engine
