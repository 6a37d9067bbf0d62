#include "backend/slurm/states.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace weir::backend::slurm {
namespace {

using End = RankOutcome::End;
using model::Reason;

constexpr std::array state_rows = {
    StateRow{"UNKNOWN", JobState::unknown, Progress::runs, End::vanished,
             "in a state unknown here"},
    StateRow{"PENDING", JobState::pending, Progress::waits, End::vanished,
             "waits in Slurm's queue"},
    StateRow{"CONFIGURING", JobState::configuring, Progress::waits, End::vanished,
             "has its node, which is being made ready"},
    StateRow{"REQUEUED", JobState::requeued, Progress::waits, End::vanished, "is queued again"},
    StateRow{"REQUEUE_HOLD", JobState::requeue_held, Progress::waits, End::vanished,
             "is queued again, and held"},
    StateRow{"SPECIAL_EXIT", JobState::special_exit, Progress::waits, End::vanished,
             "is queued again after a special exit code, and held"},
    StateRow{"RUNNING", JobState::running, Progress::runs, End::vanished, "runs"},
    StateRow{"SUSPENDED", JobState::suspended, Progress::runs, End::vanished, "is suspended"},
    StateRow{"STOPPED", JobState::stopped, Progress::runs, End::vanished,
             "is stopped, and keeps its processors"},
    StateRow{"RESIZING", JobState::resizing, Progress::runs, End::vanished, "changes its size"},
    StateRow{"SIGNALING", JobState::signaling, Progress::runs, End::vanished,
             "is being sent a signal"},
    StateRow{"STAGE_OUT", JobState::stage_out, Progress::ending, End::vanished,
             "brings its files out"},
    StateRow{"COMPLETING", JobState::completing, Progress::ending, End::vanished,
             "has ended, and its processes are on their way out"},
    StateRow{"COMPLETED", JobState::completed, Progress::ended, End::vanished, "ended with code 0"},
    StateRow{"FAILED", JobState::failed, Progress::ended, End::vanished, "failed"},
    StateRow{"TIMEOUT", JobState::timeout, Progress::ended, End::timed_out,
             "reached its time limit in Slurm"},
    StateRow{"DEADLINE", JobState::deadline, Progress::ended, End::timed_out,
             "reached its deadline in Slurm"},
    StateRow{"CANCELLED", JobState::cancelled, Progress::ended, End::vanished,
             "was cancelled in Slurm"},
    StateRow{"PREEMPTED", JobState::preempted, Progress::ended, End::vanished,
             "was preempted by other work in Slurm"},
    StateRow{"OUT_OF_MEMORY", JobState::out_of_memory, Progress::ended, End::signalled,
             "ran out of memory"},
    StateRow{"NODE_FAIL", JobState::node_fail, Progress::ended, End::vanished, "lost its node"},
    StateRow{"BOOT_FAIL", JobState::boot_fail, Progress::ended, End::vanished,
             "had a node that did not start"},
    StateRow{"LAUNCH_FAILED", JobState::launch_failed, Progress::ended, End::vanished,
             "could not be launched"},
    StateRow{"REVOKED", JobState::revoked, Progress::ended, End::vanished,
             "was started by a sibling cluster instead"},
};

constexpr std::array reason_rows = {
    ReasonRow{"None", Reason::none, "nothing is in its way"},
    ReasonRow{"Resources", Reason::waits_for_capacity, "what it needs is held by other work"},
    ReasonRow{"ReqNodeNotAvail", Reason::waits_for_capacity, "its node is not available"},
    ReasonRow{"NodeDown", Reason::waits_for_capacity, "its node is down"},
    ReasonRow{"PartitionDown", Reason::waits_for_capacity, "its partition is down"},
    ReasonRow{"PartitionInactive", Reason::waits_for_capacity, "its partition takes no jobs now"},
    ReasonRow{"Reservation", Reason::waits_for_capacity, "it waits for its reservation"},
    ReasonRow{"Licenses", Reason::waits_for_capacity, "it waits for a licence"},
    ReasonRow{"BurstBufferResources", Reason::waits_for_capacity, "the burst buffer is full"},
    ReasonRow{"Cleaning", Reason::waits_for_capacity, "its earlier run is still being cleaned up"},
    ReasonRow{"Priority", Reason::waits_for_its_turn, "other jobs in Slurm go first"},
    ReasonRow{"BeginTime", Reason::waits_for_its_turn, "its earliest time has not come"},
    ReasonRow{"Dependency", Reason::waits_for_its_turn, "it waits for another job"},
    ReasonRow{"JobArrayTaskLimit", Reason::waits_for_array_slot,
              "its array has as many tasks running as it may"},
    ReasonRow{"JobHeldUser", Reason::held_by_user, "it is held in Slurm by its user"},
    ReasonRow{"JobHeldAdmin", Reason::held_by_user, "it is held in Slurm by an administrator"},
    ReasonRow{"AssociationJobLimit", Reason::waits_for_quota, "its account has its limit of jobs"},
    ReasonRow{"AssocMaxJobsLimit", Reason::waits_for_quota, "its account has its limit of jobs"},
    ReasonRow{"AssocGrpCpuLimit", Reason::waits_for_quota,
              "its account has its limit of processors"},
    ReasonRow{"QOSJobLimit", Reason::waits_for_quota, "its QoS has its limit of jobs"},
    ReasonRow{"QOSMaxCpuPerUserLimit", Reason::waits_for_quota,
              "its QoS gives one user no more processors"},
    ReasonRow{"BadConstraints", Reason::never_fits_now, "nothing in Slurm can serve it"},
    ReasonRow{"PartitionNodeLimit", Reason::never_fits_now, "its partition is too small for it"},
    ReasonRow{"PartitionTimeLimit", Reason::never_fits_now,
              "its time limit is over its partition's"},
    ReasonRow{"AccountNotAllowed", Reason::never_fits_now, "its account may not use its partition"},
    ReasonRow{"QOSNotAllowed", Reason::never_fits_now, "its QoS may not use its partition"},
    ReasonRow{"InvalidAccount", Reason::never_fits_now, "its account is not known in Slurm"},
    ReasonRow{"InvalidQOS", Reason::never_fits_now, "its QoS is not known in Slurm"},
    ReasonRow{"PowerNotAvail", Reason::waits_for_power, "there is no power for it in Slurm"},
    ReasonRow{"PowerReserved", Reason::waits_for_power, "power is reserved for other work"},
};

bool is_limit(std::string_view word) {
  return (word.starts_with("QOS") || word.starts_with("Assoc") || word.starts_with("MaxSubmit")) &&
         word.ends_with("Limit");
}

}  // namespace

std::span<const StateRow> state_table() { return state_rows; }

const StateRow& row_of(JobState state) {
  const StateRow& row = state_rows.at(static_cast<std::size_t>(state));
  WEIR_CHECK(row.state == state, "the table of states is in their order");
  return row;
}

JobState job_state_of(std::string_view slurm) {
  const std::string_view word = slurm.substr(0, slurm.find_first_of("+ "));
  const auto found = std::find_if(state_rows.begin(), state_rows.end(),
                                  [&](const StateRow& row) { return row.slurm == word; });
  return found == state_rows.end() ? JobState::unknown : found->state;
}

std::span<const ReasonRow> reason_table() { return reason_rows; }

model::Reason reason_of(std::string_view slurm) {
  // "ReqNodeNotAvail, UnavailableNodes:n7"
  const std::string_view word = slurm.substr(0, slurm.find_first_of(",( "));
  const auto found = std::find_if(reason_rows.begin(), reason_rows.end(),
                                  [&](const ReasonRow& row) { return row.slurm == word; });
  if (found != reason_rows.end()) return found->reason;
  return is_limit(word) ? Reason::waits_for_quota : Reason::waits_for_capacity;
}

std::string_view slurm_reason_of(model::Reason reason) {
  const auto found = std::find_if(reason_rows.begin(), reason_rows.end(),
                                  [&](const ReasonRow& row) { return row.reason == reason; });
  return found == reason_rows.end() ? "None" : found->slurm;
}

}  // namespace weir::backend::slurm
