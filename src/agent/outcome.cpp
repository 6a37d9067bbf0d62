#include "agent/outcome.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>

namespace weir::agent {
namespace {

using backend::RankOutcome;
using model::Ending;
using model::Reason;
using End = backend::RankOutcome::End;

constexpr std::size_t message_size_max = 500;

std::string exit_text(const RankOutcome& outcome) {
  std::string text = "exit code " + std::to_string(outcome.exit_code);
  return outcome.stage == backend::Stage::setup ? "setup ended with " + text : text;
}

std::string signal_text(const RankOutcome& outcome) {
  std::string text = "ended by signal " + std::to_string(outcome.signal);
  if (const char* name = ::sigabbrev_np(outcome.signal)) text += " (" + std::string(name) + ")";
  return outcome.stage == backend::Stage::setup ? "setup " + text : text;
}

std::string text_or(const std::string& message, const char* otherwise) {
  return message.empty() ? otherwise : message.substr(0, message_size_max);
}

void set_end(model::Outcome& out, Ending ending, Reason reason, std::string message) {
  out.ending = ending;
  out.reason = reason;
  out.message = std::move(message);
}

// By itself, with an exit code or a signal.
void set_own_end(model::Outcome& out, const RankOutcome& outcome) {
  const bool in_setup = outcome.stage == backend::Stage::setup;
  if (outcome.out_of_memory) {
    set_end(out, Ending::failed, Reason::memory_limit, "used more memory than it was given");
  } else if (outcome.end == End::signalled) {
    set_end(out, Ending::failed, in_setup ? Reason::setup_failed : Reason::program_signalled,
            signal_text(outcome));
  } else {
    set_end(out, Ending::failed, in_setup ? Reason::setup_failed : Reason::program_failed,
            exit_text(outcome));
  }
}

void set_stopped(model::Outcome& out, Reason stop_reason) {
  if (stop_reason == Reason::none) {
    set_end(out, Ending::lost, Reason::server_stopped, "stopped at the site, not by its owner");
  } else if (stop_reason == Reason::site_lost) {
    set_end(out, Ending::lost, stop_reason,
            "the site had no word from the control plane, and ended what may run elsewhere");
  } else if (stop_reason == Reason::not_begun_in_time) {
    set_end(out, Ending::lost, stop_reason,
            "the site had not begun all of it in the time it may hold it, and handed it back");
  } else {
    set_end(out, Ending::stopped, stop_reason, "");
  }
}

void add_usage(model::Usage& sum, const backend::RankUsage& rank) {
  sum.cpu_us += rank.cpu_us;
  sum.wall_us = std::max(sum.wall_us, rank.wall_us);
  if (rank.peak_memory_bytes) {
    sum.peak_memory_bytes = std::max(sum.peak_memory_bytes.value_or(0), *rank.peak_memory_bytes);
  }
}

// An end whose time nobody saw comes after those that have one.
auto order_of(const RankEnd& end) {
  const std::int64_t ended = end.outcome->ended_us;
  return std::tuple(ended > 0 ? ended : std::numeric_limits<std::int64_t>::max(), end.rank);
}

}  // namespace

bool succeeded(const RankOutcome& outcome) {
  return outcome.end == End::exited && outcome.exit_code == 0;
}

model::Outcome rank_outcome(const RankOutcome& outcome, Reason stop_reason) {
  model::Outcome out;
  out.exit_code = outcome.end == End::exited ? outcome.exit_code : 0;
  out.signal = outcome.end == End::exited ? 0 : outcome.signal;
  add_usage(out.usage, outcome.usage);
  switch (outcome.end) {
    case End::exited:
    case End::signalled:
      if (!succeeded(outcome)) set_own_end(out, outcome);
      break;
    case End::timed_out:
      set_end(out, Ending::timeout, Reason::time_limit, "ran for longer than its time limit");
      break;
    case End::stopped:
      set_stopped(out, stop_reason);
      break;
    case End::start_failed:
      set_end(out, Ending::failed, Reason::start_failed,
              text_or(outcome.message, "it could not be started"));
      break;
    case End::vanished:
      set_end(out, Ending::lost, Reason::runner_vanished,
              text_or(outcome.message, "what ran it is gone without a word"));
      break;
  }
  return out;
}

model::Outcome gang_outcome(std::span<const RankEnd> ranks, Reason stop_reason) {
  const RankEnd* decides = nullptr;
  bool any_stopped = false;
  model::Usage usage;
  for (const RankEnd& end : ranks) {
    if (end.outcome == nullptr || end.outcome->end == End::stopped) {
      any_stopped = true;
    } else if (!succeeded(*end.outcome) &&
               (decides == nullptr || order_of(end) < order_of(*decides))) {
      decides = &end;
    }
    if (end.outcome != nullptr) add_usage(usage, end.outcome->usage);
  }
  model::Outcome out;
  if (decides != nullptr) {
    out = rank_outcome(*decides->outcome, stop_reason);
    out.rank = decides->rank;
    if (ranks.size() > 1) out.message = "rank " + std::to_string(out.rank) + ": " + out.message;
  } else if (any_stopped || ranks.empty()) {
    set_stopped(out, stop_reason);
  }
  out.usage = usage;
  return out;
}

}  // namespace weir::agent
