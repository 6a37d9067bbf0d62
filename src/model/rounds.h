// Work that takes turns: every round the engine decides anew who runs in it, and where.
//
// Only jobs that say they write checkpoints and ask for notice take turns; all others keep their
// place until they end.
// Under `worth` and `longest` rounds stand beside the ordinary pass: whatever is free goes to those
// who wait at once, in their order, and rounds decide anew about the places of those that take
// turns. Under the others, which are other people's, work gets its places in rounds alone.
// A round is over when its time is, or when all that takes turns has come to a rest before. Source:
// the rounds of Narayanan et al., "Heterogeneity-Aware Cluster Scheduling Policies for Deep
// Learning Workloads" (OSDI 2020).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/site.h"

namespace weir::model {

// Who gets a turn.
enum class TurnRule : std::uint8_t {
  worth,      // so that urgency times speed is the most, all together (engine/turns_by_worth.cpp)
  longest,    // the same, where the longest is the most urgent: all is done early
  remaining,  // whoever has least left to do (SRTF)
  service,    // whoever has had least device-time, by levels (Tiresias: 2D-LAS, Gu et al. 2019)
  shares      // whoever is furthest behind its share of each kind of device (Gavel)
};
WEIR_DESCRIBE_ENUM(TurnRule, worth, longest, remaining, service, shares)

// What shares of devices are worked out for, outside the engine (allocation/).
enum class ShareRule : std::uint8_t {
  equal,        // to each the same
  arrival,      // whoever came first has all it asks for
  max_min,      // the least throughput, as part of that on an equal share, is as high as can be
  finish_time,  // the worst ratio of the time taken to that on an equal share is as low as can be
  makespan,     // all is done as early as can be
  allox,        // the least mean completion time, by an assignment of jobs to places in queues
  gandiva       // to each the same; where there are too many, two by two on the same devices
};
WEIR_DESCRIBE_ENUM(ShareRule, equal, arrival, max_min, finish_time, makespan, allox, gandiva)

struct Rounds {
  base::Duration length = std::chrono::minutes(6);
  TurnRule turns = TurnRule::worth;
  bool pairs = false;  // two jobs may share the same devices, where their rates beside are known
  // Under `worth` and `longest`: what a change of place is taken to cost a job.
  base::Duration restart = std::chrono::seconds(30);
  // Under `shares`:
  ShareRule shares = ShareRule::max_min;
  bool unlike = true;  // rates on unlike devices are looked at; false: as if all were alike
  base::Duration shares_every = std::chrono::seconds(1920);  // at most

  // Free places are given away between rounds as well.
  [[nodiscard]] bool beside_the_pass() const {
    return turns == TurnRule::worth || turns == TurnRule::longest;
  }

  friend bool operator==(const Rounds&, const Rounds&) = default;
};
WEIR_DESCRIBE(Rounds, length, turns, pairs, restart, shares, unlike, shares_every)

// Parts of a share: a whole one is so many.
inline constexpr std::int64_t whole_share = 1'000'000'000'000'000;

// A job's part of all time on one model of device: of its own, or of it and another together.
struct Share {
  JobId job;
  JobId with;  // 0: alone; else above `job`
  std::string device_model;
  std::int64_t parts = 0;  // of whole_share

  friend bool operator==(const Share&, const Share&) = default;
};
WEIR_DESCRIBE(Share, job, with, device_model, parts)

// What it takes to work out shares: all that takes turns, and what there is.
struct SharesQuestion {
  struct Models {
    std::string device_model;
    std::uint32_t devices = 0;
    friend bool operator==(const Models&, const Models&) = default;
  };
  struct Job {
    JobId job;
    std::string job_class;
    std::uint32_t devices = 1;
    base::Time submitted;
    std::int64_t left_micro = 0;            // millionths of steps
    std::vector<std::int64_t> rates_micro;  // by `models`, a second; 0: does not run there
    friend bool operator==(const Job&, const Job&) = default;
  };
  std::uint64_t number = 0;  // to be named in the answer
  base::Time now;
  Rounds rules;
  std::vector<Models> models;  // by name
  std::vector<Job> jobs;       // by id
};

// Where a job is placed for the round.
struct PlannedTurn {
  AttemptKey attempt;
  SiteId site;
  std::uint32_t option = 0;
  std::vector<RankPlacement> ranks;

  friend bool operator==(const PlannedTurn&, const PlannedTurn&) = default;
};
WEIR_DESCRIBE(PlannedTurn, attempt, site, option, ranks)

// Two that share their devices for a round.
struct Pair {
  JobId first;
  JobId second;

  friend auto operator<=>(const Pair&, const Pair&) = default;
};
WEIR_DESCRIBE(Pair, first, second)

// How far an attempt has come, and since when it rests.
struct Rest {
  AttemptKey attempt;
  base::Time since;
  std::int64_t done_micro = 0;  // of its job's work, in all

  friend bool operator==(const Rest&, const Rest&) = default;
};
WEIR_DESCRIBE(Rest, attempt, since, done_micro)

}  // namespace weir::model
