// What a backend runs: one rank of one attempt of one task of a job.
//
// These are plain values. They say nothing of how a site runs them: a process, a Slurm step and a
// pod all answer to the same order and end in the same outcome.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::backend {

// Names one run for ever: a key is never run twice. Text form "42_7.1.0": job_task.attempt.rank.
struct RankKey {
  std::uint64_t job = 0;
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;
  std::uint32_t rank = 0;

  friend auto operator<=>(const RankKey&, const RankKey&) = default;
};
[[nodiscard]] std::string to_text(const RankKey& key);
// Fails: invalid. Only the form to_text() gives is read: no signs, no leading zeros.
[[nodiscard]] base::Result<RankKey> parse_rank_key(std::string_view text);

// A rank has two stages, in this order; the first is left out where `setup` is empty.
enum class Stage : std::uint8_t { setup, program };
// What each stage writes (stdout and stderr in the order written), and the platform's own words.
enum class Stream : std::uint8_t { setup, platform, program };
[[nodiscard]] constexpr const char* name_of(Stage stage) {
  return stage == Stage::setup ? "setup" : "program";
}
[[nodiscard]] constexpr const char* name_of(Stream stream) {
  return stream == Stream::setup ? "setup" : stream == Stream::platform ? "platform" : "program";
}

// What a rank is given before TERM when it is stopped.
enum class StopAfter : std::uint8_t {
  nothing,
  notice,  // its order's notice signal, and as long as `notice_before` says
};
// Somebody waits for the place: no notice of a stop is longer.
inline constexpr base::Duration stop_notice_most = std::chrono::minutes(5);

struct RankOrder {
  RankKey key;
  std::string node;
  // Shell text, or a script with its own "#!" line.
  std::string setup;
  std::string run;
  std::map<std::string, std::string> environment;  // all of WEIR_*, made by the agent
  std::map<std::string, std::string> secrets;      // reach the program's environment, never a disk
  std::string workdir_archive;                     // path of a .tar.zst to unpack, or ""
  std::map<std::string, std::string> inputs = {};  // where in its folder → what is found there
  std::vector<int> cpus;                           // keep to these; empty: all
  std::optional<std::int64_t> memory_bytes;        // none: no limit
  std::uint32_t cpu_count = 0;                     // cpu time, in whole cpus; 0: no limit
  std::optional<base::Duration> time_limit;        // of both stages together
  int notice_signal = 0;  // sent `notice_before` the limit, or such a stop; 0: none
  base::Duration notice_before{0};
  base::Duration kill_grace{std::chrono::seconds(10)};  // between TERM and KILL
  std::int64_t log_bytes_max = std::int64_t{64} << 20;  // setup and program together
  // Model → how many; for a site that hands devices out itself.
  std::map<std::string, std::uint32_t> devices = {};
};

struct RankUsage {
  std::int64_t wall_us = 0;
  std::int64_t cpu_us = 0;
  // Of the whole tree where a cgroup measures it, else of the largest single process.
  std::optional<std::int64_t> peak_memory_bytes;

  friend bool operator==(const RankUsage&, const RankUsage&) = default;
};

struct RankOutcome {
  enum class End : std::uint8_t {
    exited,        // by itself, with exit_code
    signalled,     // by a signal that Weir did not send
    timed_out,     // by Weir, at the time limit
    stopped,       // by Weir, because stop() was called
    start_failed,  // the program (or setup) never ran
    vanished,      // nobody saw the end: the watcher itself was killed, or the machine restarted
  };
  End end = End::exited;
  Stage stage = Stage::program;  // the stage it ended in
  int exit_code = 0;             // of the stage's own process, where it exited
  int signal = 0;                // that ended the stage's own process, or 0
  bool out_of_memory = false;    // the memory limit ended a process; unknown counts as false
  RankUsage usage;
  std::int64_t started_us = 0;
  std::int64_t ended_us = 0;
  std::string message;  // one line for people; may be empty where all went well

  friend bool operator==(const RankOutcome&, const RankOutcome&) = default;
};

struct RankObservation {
  enum class State : std::uint8_t { starting, running, ended };

  RankKey key;
  State state = State::starting;
  Stage stage = Stage::program;        // meaningful from `running` on
  std::int64_t pid = 0;                // of the process that watches over it; 0 where none does
  std::int64_t started_us = 0;         // meaningful from `running` on
  std::optional<RankOutcome> outcome;  // exactly when `ended`
};

}  // namespace weir::backend
