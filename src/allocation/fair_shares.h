// Shares by linear programs: max-min fairness, finish-time fairness, makespan.
#pragma once

#include <map>

#include "allocation/question.h"

namespace weir::allocation {

// To each the same.
[[nodiscard]] Answer equal_shares(const Question& question);

// The least normalised throughput is as high as can be: what a job is served at, as part of the
// mean of its rates, times its devices. Jobs of a class are alike, and so share one column.
[[nodiscard]] Answer max_min(const Question& question);

// All is done as early as can be, to within the 5% to which Gavel's bisection of the time goes.
[[nodiscard]] Answer makespan(const Question& question);

// The worst ratio of a job's time from submission to end to what that were on an equal share is as
// low as can be.
class FinishTime {
 public:
  [[nodiscard]] Answer answer(const Question& question);

 private:
  struct Past {
    double on_equal_share_s = 0;  // that what it has done so far would have taken
    double left = 0;              // steps, at the last question
    double equal_rate = 0;        // then
  };
  std::map<model::JobId, Past> past_;
  double last_ratio_ = 0;  // of the last question; the next one's is mostly near
};

}  // namespace weir::allocation
