// Slurm's states of a job and its reasons for waiting, as Weir sees them: two tables, read both
// ways.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "backend/rank.h"
#include "model/reason.h"

namespace weir::backend::slurm {

enum class JobState : std::uint8_t {
  unknown,  // a word of a newer Slurm
  pending,
  configuring,
  requeued,
  requeue_held,
  special_exit,
  running,
  suspended,
  stopped,
  resizing,
  signaling,
  stage_out,
  completing,
  completed,
  failed,
  timeout,
  deadline,
  cancelled,
  preempted,
  out_of_memory,
  node_fail,
  boot_fail,
  launch_failed,
  revoked,
};

// Where a job in that state is on its way.
enum class Progress : std::uint8_t {
  waits,   // nothing of it has begun
  runs,    // it may have begun; whether it has, the rank's record says
  ending,  // its processes may still be there
  ended,
};

struct StateRow {
  std::string_view slurm;  // "OUT_OF_MEMORY"
  JobState state = JobState::unknown;
  Progress progress = Progress::runs;
  // How a rank ended of which nobody else saw the end; only of those that ended.
  RankOutcome::End end = RankOutcome::End::vanished;
  std::string_view words;  // "Slurm ended it: ..."
};

// Every state, each once, in the order of JobState.
[[nodiscard]] std::span<const StateRow> state_table();
[[nodiscard]] const StateRow& row_of(JobState state);
// The long form (`%T` of squeue), with or without what follows a "+" or a blank.
[[nodiscard]] JobState job_state_of(std::string_view slurm);

struct ReasonRow {
  std::string_view slurm;  // "QOSMaxCpuPerUserLimit"
  model::Reason reason = model::Reason::none;
  std::string_view words;  // one sentence
};

// Every reason known here, each of Slurm's words once; the first row with a reason of Weir's is the
// word that stands for it.
[[nodiscard]] std::span<const ReasonRow> reason_table();
// Words that are not in the table: a limit of an association or QoS is a quota; anything else waits
// for capacity.
[[nodiscard]] model::Reason reason_of(std::string_view slurm);
// "None" where Slurm has no word for it.
[[nodiscard]] std::string_view slurm_reason_of(model::Reason reason);

}  // namespace weir::backend::slurm
