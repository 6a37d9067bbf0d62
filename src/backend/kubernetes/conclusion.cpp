#include "backend/kubernetes/conclusion.h"

namespace weir::backend::kubernetes {

using End = RankOutcome::End;

RankOutcome conclusion_of(const PodView& view, const RankRecord& record, bool was_told_to_end) {
  RankOutcome outcome = *view.outcome;
  const bool is_cluster_deed =
      outcome.end == End::stopped || outcome.end == End::timed_out || outcome.end == End::vanished;
  if (record.stop_asked && was_told_to_end && (is_cluster_deed || outcome.end == End::signalled)) {
    outcome.end = End::stopped;
  } else if (record.stop_asked && !was_told_to_end && outcome.end == End::exited &&
             outcome.exit_code != 0) {
    outcome.end = End::stopped;  // it made room when it was given notice
  } else if (outcome.end == End::stopped) {
    outcome.end = End::vanished;
    outcome.message = "its pod was told to end, not by Weir";
  }
  if (outcome.end == End::stopped) {
    outcome.message = record.stop_reason;
  } else if (outcome.end == End::timed_out && record.time_limit) {
    outcome.message = "time limit of " + base::format_duration(*record.time_limit) + " reached";
  }
  return outcome;
}

RankOutcome conclusion_without_pod(const RankRecord& record, bool has_run,
                                   const std::string& words) {
  RankOutcome outcome;
  outcome.stage = record.has_setup ? Stage::setup : Stage::program;
  if (record.stop_asked) {
    outcome.end = End::stopped;
    outcome.message = record.stop_reason;
  } else {
    outcome.end = End::vanished;
    outcome.message = has_run ? "its pod is gone, and nobody saw how it ended" : words;
  }
  return outcome;
}

}  // namespace weir::backend::kubernetes
