// How a rank ended, out of what the cluster saw and what Weir had asked for. Pure.
#pragma once

#include "backend/kubernetes/log_text.h"
#include "backend/kubernetes/pod_status.h"
#include "backend/kubernetes/rank_record.h"

namespace weir::backend::kubernetes {

// Of a pod that ended. `was_told_to_end`: the stop asked for had come to telling it so; before, in
// the time of its notice, it ends by itself.
// Requires: view.outcome.
[[nodiscard]] RankOutcome conclusion_of(const PodView& view, const RankRecord& record,
                                        bool was_told_to_end);

// The cluster tells times in whole seconds; within them, the script's own marks in the log say
// more.
void sharpen(RankOutcome& outcome, const LogCursor& cursor);

// Of a rank whose pod went, or never came, and whose end nobody saw.
[[nodiscard]] RankOutcome conclusion_without_pod(const RankRecord& record, bool has_run,
                                                 const std::string& words);

}  // namespace weir::backend::kubernetes
