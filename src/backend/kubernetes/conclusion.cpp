#include "backend/kubernetes/conclusion.h"

#include <algorithm>

namespace weir::backend::kubernetes {

using End = RankOutcome::End;

namespace {

// Of a line of a log, to the nanosecond; -1 where there is none.
std::int64_t us_of(std::string text) {
  constexpr std::size_t dot = 19;
  constexpr std::size_t to_microsecond = dot + 7;
  const std::size_t zone = text.find_first_not_of("0123456789", dot + 1);
  if (text.size() > dot && text[dot] == '.' && zone != std::string::npos && zone > to_microsecond) {
    text.erase(to_microsecond, zone - to_microsecond);
  }
  const base::Result<base::Time> time = base::parse_time(text);
  return time ? base::to_us(*time) : -1;
}

}  // namespace

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

void sharpen(RankOutcome& outcome, const LogCursor& cursor) {
  constexpr std::int64_t second = 1'000'000;
  const std::int64_t began = us_of(cursor.began);
  const std::int64_t ended = us_of(cursor.ended);
  const std::int64_t latest = outcome.ended_us + second;
  // A program can write such marks as well: what does not fit the cluster's times counts for
  // nothing.
  if (began >= outcome.started_us && began < latest) outcome.started_us = began;
  if (ended >= outcome.started_us && ended < latest) outcome.ended_us = ended;
  outcome.ended_us = std::max(outcome.ended_us, outcome.started_us);
  outcome.usage.wall_us = outcome.ended_us - outcome.started_us;
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
