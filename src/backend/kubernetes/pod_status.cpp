#include "backend/kubernetes/pod_status.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <csignal>

#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/names.h"
#include "backend/kubernetes/rank_script.h"

namespace weir::backend::kubernetes {
namespace {

namespace json = boost::json;
using End = RankOutcome::End;

constexpr std::size_t words_size_max = 400;

std::string joined(const std::string& reason, const std::string& message) {
  if (reason.empty() || message.empty()) return one_line(reason + message);
  return one_line(reason + ": " + message);
}

// Waiting reasons after which the cluster only tries the same again.
bool is_hopeless(const std::string& reason) {
  constexpr std::array<std::string_view, 6> hopeless = {
      "ImagePullBackOff",           "InvalidImageName",     "ErrImageNeverPull",
      "CreateContainerConfigError", "CreateContainerError", "RunContainerError"};
  return std::ranges::find(hopeless, reason) != hopeless.end();
}

// Reasons of a pod whose container was ended for the node's sake.
bool is_taken_away(const std::string& reason) {
  constexpr std::array<std::string_view, 7> taken = {"Evicted",  "Preempting", "NodeShutdown",
                                                     "Shutdown", "Terminated", "NodeAffinity",
                                                     "NodeLost"};
  return std::ranges::find(taken, reason) != taken.end();
}

const json::value* status_of_container(const json::value& pod) {
  const json::array& statuses = list_at(pod, {"status", "containerStatuses"});
  for (const json::value& status : statuses) {
    if (text_at(status, {"name"}) == container_name) return &status;
  }
  return statuses.empty() ? nullptr : &statuses.front();
}

std::string why_unscheduled(const json::value& pod) {
  for (const json::value& condition : list_at(pod, {"status", "conditions"})) {
    if (text_at(condition, {"type"}) == "PodScheduled" &&
        text_at(condition, {"status"}) == "False") {
      return joined(text_at(condition, {"reason"}), text_at(condition, {"message"}));
    }
  }
  return "";
}

void set_code(RankOutcome& outcome, std::int64_t code, std::int64_t signal) {
  constexpr int signals = 64;
  if (signal > 0 && signal <= signals) {
    outcome.signal = static_cast<int>(signal);
  } else if (code > 128 && code <= 128 + signals) {
    outcome.signal = static_cast<int>(code - 128);
  }
  if (outcome.signal == 0) {
    outcome.exit_code = static_cast<int>(std::clamp<std::int64_t>(code, 0, 255));
  }
}

RankOutcome outcome_of_container(const json::value& pod, const json::value& terminated) {
  RankOutcome outcome;
  const std::string reason = text_at(terminated, {"reason"});
  const std::string message = text_at(terminated, {"message"});
  const std::string pod_reason = text_at(pod, {"status", "reason"});
  const std::optional<LastWords> words = parse_last_words(message);
  outcome.stage = words ? words->stage : Stage::program;
  outcome.started_us = std::max<std::int64_t>(time_at(terminated, {"startedAt"}), 0);
  outcome.ended_us = std::max(time_at(terminated, {"finishedAt"}), outcome.started_us);
  outcome.usage.wall_us = outcome.ended_us - outcome.started_us;
  outcome.out_of_memory = reason == "OOMKilled";
  set_code(outcome, number_at(terminated, {"exitCode"}).value_or(0),
           number_at(terminated, {"signal"}).value_or(0));
  if (reason == "StartError" || reason == "ContainerCannotRun") {
    outcome.end = End::start_failed;
    outcome.message = joined(reason, message);
  } else if (reason == "ContainerStatusUnknown") {
    outcome.end = End::vanished;
    outcome.message = joined(reason, message);
  } else if (is_taken_away(pod_reason)) {
    outcome.end = End::vanished;
    outcome.message = joined(pod_reason, text_at(pod, {"status", "message"}));
  } else if (words && words->end == LastWords::End::stopped) {
    outcome.end = End::stopped;
  } else if (pod_reason == "DeadlineExceeded" ||
             (words && words->end == LastWords::End::timed_out)) {
    outcome.end = End::timed_out;
  } else if (words && words->end == LastWords::End::running && outcome.signal == SIGKILL &&
             !outcome.out_of_memory) {
    // Nothing in the container can do that to its first process.
    outcome.end = End::vanished;
    outcome.message = "its container was killed from outside, and nobody saw how it ended";
  } else {
    outcome.end = outcome.signal != 0 ? End::signalled : End::exited;
  }
  return outcome;
}

// Of a pod that failed without a container that ran.
RankOutcome outcome_of_failed_pod(const json::value& pod) {
  RankOutcome outcome;
  const std::string reason = text_at(pod, {"status", "reason"});
  outcome.end = reason == "DeadlineExceeded" ? End::timed_out : End::start_failed;
  outcome.message = joined(reason, text_at(pod, {"status", "message"}));
  if (outcome.message.empty()) outcome.message = "the pod failed without a word";
  return outcome;
}

void set_outcome(PodView& view, RankOutcome outcome) {
  view.state = RankObservation::State::ended;
  view.stage = outcome.stage;
  view.started_us = outcome.started_us;
  view.outcome = std::move(outcome);
}

void look_at_container(PodView& view, const json::value& pod, const json::value& status) {
  if (const json::value* const ended = find_at(status, {"state", "terminated"})) {
    return set_outcome(view, outcome_of_container(pod, *ended));
  }
  if (const json::value* const running = find_at(status, {"state", "running"})) {
    view.state = RankObservation::State::running;
    view.started_us = std::max<std::int64_t>(time_at(*running, {"startedAt"}), 0);
    return;
  }
  const std::string reason = text_at(status, {"state", "waiting", "reason"});
  const std::string message = text_at(status, {"state", "waiting", "message"});
  if (reason != "ContainerCreating" && reason != "PodInitializing") {
    view.waits_for = joined(reason, message);
  }
  if (!is_hopeless(reason)) return;
  RankOutcome outcome;
  outcome.end = End::start_failed;
  outcome.message = view.waits_for;
  set_outcome(view, std::move(outcome));
}

}  // namespace

std::string one_line(std::string words) {
  if (words.size() > words_size_max) words.resize(words_size_max);
  for (char& c : words) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return words;
}

PodView view_of_pod(const json::value& pod) {
  PodView view;
  view.name = text_at(pod, {"metadata", "name"});
  view.job = text_at(pod, {"metadata", "labels", "job-name"});
  if (view.job.empty())
    view.job = text_at(pod, {"metadata", "labels", "batch.kubernetes.io/job-name"});
  view.is_bound = !text_at(pod, {"spec", "nodeName"}).empty();
  view.is_leaving = find_at(pod, {"metadata", "deletionTimestamp"}) != nullptr;
  const std::string phase = text_at(pod, {"status", "phase"});
  const json::value* const container = status_of_container(pod);
  if (container != nullptr) look_at_container(view, pod, *container);
  // While its container is being ended, a pod is failed already: that is no end yet.
  if (view.state != RankObservation::State::starting) return view;
  if (phase == "Failed") {
    set_outcome(view, outcome_of_failed_pod(pod));
  } else if (phase == "Succeeded") {
    set_outcome(view, RankOutcome());
  } else if (!view.is_bound) {
    view.waits_for = why_unscheduled(pod);
  }
  return view;
}

}  // namespace weir::backend::kubernetes
