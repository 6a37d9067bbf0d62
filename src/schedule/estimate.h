// How long a job will really run, from what its user asked for and what his last jobs did.
//
// Time limits are asked for with room to spare: work ends long before. What is planned with the
// limit leaves gaps and says starts that are much too late. An estimate is for planning and for
// forecasts alone; a job is never ended because of it, only at its limit, and a promise to others
// is made with limits.
// Pure, integers only, a few records a user (model/run_history.h).
//
// Source: the last runs of the same user: Tsafrir, Etsion & Feitelson 2007, "Backfilling Using
//         System-Generated Predictions Rather Than User Runtime Estimates". They take the average
//         of two runs; a quantile of a few more, as parts of the limits asked for, errs less.
#pragma once

#include <optional>

#include "model/run_history.h"

namespace weir::schedule {

struct RunAsk {
  std::optional<base::Duration> limit;
  std::uint64_t request_class = 0;
};

// Adds a run; the oldest goes where there are too many.
void remember(model::RunHistory& history, const model::PastRun& run);

// A past run was this long or shorter in `part` of `whole` cases.
struct Quantile {
  std::int64_t part = 2;
  std::int64_t whole = 3;
};
// The expected run time; none where there is neither a past run nor a limit.
//
// With a limit: the weighted quantile of the parts that past runs used of theirs, times this limit;
// the limit itself where no past run had one. Without: the weighted quantile of past run times. A
// run counts twice for having had the same limit, and twice for having asked for the same. The mean
// error is least near the middle; a higher quantile is exceeded by fewer.
//
// Ensures: above 0, unless the limit is 0; never above the limit.
// Cost:    the runs kept.
[[nodiscard]] std::optional<base::Duration> expected_run(const model::RunHistory& history,
                                                         const RunAsk& ask, Quantile quantile = {});

// What is expected of a job that has run for `elapsed`: the expected time as long as that holds,
// and when it has outlived it 1 minute more; then 5 more, 15, 30, 1 h, 2 h, 5 h, 10 h, 20 h, 50 h
// and 100 h, the last again and again (the growth of Tsafrir, Etsion & Feitelson 2007). Never above
// the limit; past its limit a job is about to end.
[[nodiscard]] base::Duration expected_after(base::Duration expected, base::Duration elapsed,
                                            std::optional<base::Duration> limit);

}  // namespace weir::schedule
