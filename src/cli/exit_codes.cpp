#include "cli/exit_codes.h"

#include <cstdio>

namespace weir::cli {

using base::ErrorCode;
using model::JobState;
using model::Reason;

int exit_code_of(const model::JobSummary& job) {
  switch (job.state) {
    case JobState::succeeded:
      return 0;
    case JobState::cancelled:
      return exit_cancelled;
    case JobState::timeout:
      return exit_timeout;
    case JobState::rejected:
      return exit_refused;
    case JobState::lost:
    case JobState::preempted:
      return exit_lost;
    case JobState::failed:
      break;
    default:
      return exit_not_finished;
  }
  if (job.reason == Reason::start_failed || job.reason == Reason::setup_failed) {
    return exit_failed_before_it_ran;
  }
  constexpr int signal_base = 128;  // as shells have it
  if (job.signal.value_or(0) != 0) return signal_base + *job.signal;
  const int code = job.exit_code.value_or(0);
  return code == 0 ? exit_error : code;
}

int complain(const base::Error& error) {
  std::fprintf(stderr, "weir: %s\n", error.text().c_str());
  switch (error.code) {
    case ErrorCode::invalid:
      return exit_usage;
    case ErrorCode::not_found:
      return exit_no_such_thing;
    case ErrorCode::refused:
    case ErrorCode::forbidden:
    case ErrorCode::unauthenticated:
    case ErrorCode::too_large:
      return exit_refused;
    default:
      return exit_error;
  }
}

}  // namespace weir::cli
