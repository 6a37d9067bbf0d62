// Jobs that have left the engine, as if they had not: the pages and views of finished jobs go on
// into the journal's archive. Blocks on the disk.
#pragma once

#include <optional>
#include <string>

#include "engine/questions.h"
#include "gateway/core.h"

namespace weir::gateway {

// The JSON of a JobView, as it was when the job left; none: there is no such job for `by`.
[[nodiscard]] base::Result<std::optional<std::string>> archived_job(Core& core,
                                                                    const model::Principal& by,
                                                                    model::JobId id);

// The same, read. Fails: input_output, invalid (a text that is none).
[[nodiscard]] base::Result<std::optional<model::JobView>> archived_view(Core& core,
                                                                        const model::Principal& by,
                                                                        model::JobId id);

// Fills up a page of the engine with archived jobs, by number, and sets its `next`. The engine was
// asked first, so a job that left meanwhile is found once, not never.
[[nodiscard]] base::Status add_archived_jobs(Core& core, const model::Principal& by,
                                             const engine::JobFilter& filter, model::JobPage& page);

}  // namespace weir::gateway
