#include "backend/weir/conclusion.h"

#include "model/reason.h"

namespace weir::backend::inner {
namespace {

using End = RankOutcome::End;
using model::Ending;
using model::Reason;

const std::string fenced_words = "its agent was not heard any more, and another site may run it";

std::string words(const std::string& message, Reason reason) {
  std::string text = "at the inner Weir: ";
  return text + (message.empty() ? std::string(model::note_of(reason).sentence) : message);
}

// It never ran: nobody placed it, or its site could not start it.
RankOutcome unplaced(const model::JobView& job, const Circumstances& known) {
  RankOutcome outcome;
  outcome.stage = known.has_setup ? Stage::setup : Stage::program;
  outcome.ended_us = base::to_us(job.summary.ended.value_or(job.summary.submitted));
  outcome.started_us = outcome.ended_us;
  outcome.end = known.stop_reason || known.fenced ? End::stopped : End::start_failed;
  outcome.message = known.stop_reason.value_or(
      known.fenced ? fenced_words : words(job.summary.message, job.summary.reason));
  return outcome;
}

// With a code or by a signal, which the inner Weir did not send.
void set_own_end(RankOutcome& outcome, const model::Outcome& seen) {
  outcome.end = seen.signal != 0 ? End::signalled : End::exited;
  outcome.exit_code = seen.exit_code;
  outcome.signal = seen.signal;
  if (seen.reason == Reason::setup_failed) outcome.stage = Stage::setup;
  outcome.out_of_memory = seen.reason == Reason::memory_limit;
}

void set_failed(RankOutcome& outcome, const model::Outcome& seen) {
  switch (seen.reason) {
    case Reason::program_failed:
    case Reason::program_signalled:
    case Reason::setup_failed:
    case Reason::memory_limit:
      return set_own_end(outcome, seen);
    case Reason::start_failed:
      outcome.end = End::start_failed;
      outcome.message = words(seen.message, seen.reason);
      return;
    default:
      outcome.end = End::vanished;
      outcome.message = words(seen.message, seen.reason);
  }
}

void set_end(RankOutcome& outcome, const model::Outcome& seen, const Circumstances& known) {
  switch (seen.ending) {
    case Ending::succeeded:
      outcome.end = End::exited;
      return;
    case Ending::failed:
      return set_failed(outcome, seen);
    case Ending::timeout:
      outcome.end = End::timed_out;
      return;
    case Ending::stopped:
    case Ending::lost:
      break;
  }
  const bool was_asked = seen.ending == Ending::stopped && known.stop_reason.has_value();
  outcome.end = was_asked ? End::stopped : End::vanished;
  outcome.exit_code = seen.exit_code;
  outcome.signal = seen.signal;
  // Somebody at the inner Weir ended it, or lost it: the outer one may try again.
  outcome.message = was_asked ? *known.stop_reason : words(seen.message, seen.reason);
}

// What we know better than the inner Weir can.
void correct(RankOutcome& outcome, const Circumstances& known) {
  const bool ended_itself = outcome.end == End::exited || outcome.end == End::signalled;
  if (ended_itself && !known.trouble.empty()) {
    outcome.end = End::start_failed;
    outcome.message = known.trouble;
  } else if (known.fenced && !ended_itself && outcome.end != End::timed_out) {
    outcome.end = End::stopped;
    outcome.message = fenced_words;
  } else if (ended_itself && known.had_notice && outcome.exit_code + outcome.signal != 0) {
    // Given notice, only code 0 says that it is done.
    outcome.end = End::stopped;
    outcome.message = known.stop_reason.value_or("");
  }
}

std::int64_t us_or(const std::optional<base::Time>& time, std::int64_t otherwise) {
  return time ? base::to_us(*time) : otherwise;
}

}  // namespace

std::optional<RankOutcome> conclusion(const model::JobView& job, const Circumstances& known) {
  if (!model::is_terminal(job.summary.state)) return std::nullopt;
  if (job.attempts.empty() || !job.attempts.back().outcome) return unplaced(job, known);
  const model::AttemptView& attempt = job.attempts.back();
  const model::Outcome& seen = *attempt.outcome;
  RankOutcome outcome;
  outcome.stage = known.has_setup && !known.program_began ? Stage::setup : Stage::program;
  outcome.usage = {seen.usage.wall_us, seen.usage.cpu_us, seen.usage.peak_memory_bytes};
  outcome.ended_us = us_or(attempt.ended, us_or(job.summary.ended, 0));
  outcome.started_us = us_or(attempt.started, outcome.ended_us);
  set_end(outcome, seen, known);
  correct(outcome, known);
  return outcome;
}

std::optional<std::int64_t> running_since(const model::JobView& job) {
  if (job.attempts.empty()) return std::nullopt;
  const model::AttemptView& attempt = job.attempts.back();
  if (!attempt.started || attempt.outcome) return std::nullopt;
  return base::to_us(*attempt.started);
}

}  // namespace weir::backend::inner
