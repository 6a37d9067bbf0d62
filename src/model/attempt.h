// What becomes of work: wishes to a site, reports from it, and how an attempt ended.
//
// A site is kept by level, not by edge: the control plane states what the site should be running
// (its wanted state), the agent makes it true and says what it sees. Any message may be lost,
// doubled or late; `revision` and `epoch` say which word is the newer one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "base/time.h"
#include "model/data.h"
#include "model/ids.h"
#include "model/reason.h"
#include "model/site.h"

namespace weir::model {

// Whole numbers as measured; none where nobody measured.
struct Usage {
  std::int64_t wall_us = 0;
  std::int64_t cpu_us = 0;
  std::optional<std::int64_t> peak_memory_bytes;

  friend bool operator==(const Usage&, const Usage&) = default;
};
WEIR_DESCRIBE(Usage, wall_us, cpu_us, peak_memory_bytes)

enum class Ending : std::uint8_t { succeeded, failed, timeout, stopped, lost };
WEIR_DESCRIBE_ENUM(Ending, succeeded, failed, timeout, stopped, lost)

// How an attempt ended. Exactly one of exit_code and signal says how the program itself ended; both
// are 0 where it never ran.
struct Outcome {
  Ending ending = Ending::succeeded;
  Reason reason = Reason::none;
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::uint32_t rank = 0;  // the rank that decided it
  std::string message;
  // All ranks together: cpu time is their sum, wall time and peak memory are those of the rank with
  // the most (memory is asked for by the rank).
  Usage usage;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};
WEIR_DESCRIBE(Outcome, ending, reason, exit_code, signal, rank, message, usage)

// The life of one attempt as the site is to see it; a later value overrules an earlier one.
enum class Want : std::uint8_t { run, stop, forget };
WEIR_DESCRIBE_ENUM(Want, run, stop, forget)

// One rank of an order, ready to run.
struct RankWish {
  std::string node;
  std::uint32_t node_index = 0;
  std::uint32_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::vector<std::uint32_t> devices;
  std::uint32_t device_milli = whole_device_milli;  // below 1000: so much of its one device

  friend bool operator==(const RankWish&, const RankWish&) = default;
};
WEIR_DESCRIBE(RankWish, node, node_index, cpus, memory_bytes, devices, device_milli)

// A dataset that an attempt reads, and where it finds it.
struct InputWish {
  std::string at;  // in the job's folder
  DatasetVersion dataset;
  std::string manifest;
  std::string location;  // of the replica there; "": where the site keeps what is brought to it

  friend bool operator==(const InputWish&, const InputWish&) = default;
};
WEIR_DESCRIBE(InputWish, at, dataset, manifest, location)

// What a site is to do about one attempt. Everything it needs to run it stands here; secrets are
// sealed (only the agent's process opens them).
struct AttemptWish {
  AttemptKey key;
  Want want = Want::run;
  Reason stop_reason = Reason::none;
  std::string tenant;
  std::string job_name;
  bool is_array = false;
  std::vector<RankWish> ranks;
  std::map<std::string, std::string> env;
  std::map<std::string, std::string> sealed_secrets;
  std::string workdir;
  std::string setup;
  std::string run;
  std::optional<base::Duration> time_limit;
  std::int32_t notice_signal = 0;
  base::Duration notice_before{};
  bool takes_turns = false;  // it rests when the round is over (WantedState::rests_at)
  std::vector<InputWish> inputs;
  std::vector<DataOutput> outputs;
  std::int64_t hour_micro_cny = 0;  // what an hour of it brings in

  friend bool operator==(const AttemptWish&, const AttemptWish&) = default;
};
WEIR_DESCRIBE(AttemptWish, key, want, stop_reason, tenant, job_name, is_array, ranks, env,
              sealed_secrets, workdir, setup, run, time_limit, notice_signal, notice_before,
              takes_turns, inputs, outputs, hour_micro_cny)

// A replica that a site holds in its own store.
struct ReplicaWish {
  std::string tenant;
  DatasetVersion dataset;
  std::string manifest;

  friend bool operator==(const ReplicaWish&, const ReplicaWish&) = default;
};
WEIR_DESCRIBE(ReplicaWish, tenant, dataset, manifest)

// Everything a site should be doing. An attempt that is not listed is to be forgotten.
struct WantedState {
  std::string site;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;        // grows with each change
  std::vector<AttemptWish> wishes;  // by key
  // What takes turns goes on until then, and rests; none: it rests now.
  std::optional<base::Time> rests_at;
  std::vector<TransferWish> transfers = {};  // to this site, by id
  std::vector<ReplicaWish> replicas = {};    // others in its store may go
};
WEIR_DESCRIBE(WantedState, site, epoch, version, wishes, rests_at, transfers, replicas)

enum class AttemptPhase : std::uint8_t { starting, running, ended };
WEIR_DESCRIBE_ENUM(AttemptPhase, starting, running, ended)

// A folder that an attempt has left as a dataset: published, whole, in the site's store.
struct OutputReport {
  std::string dataset;
  std::string manifest;
  std::int64_t bytes = 0;

  friend bool operator==(const OutputReport&, const OutputReport&) = default;
};
WEIR_DESCRIBE(OutputReport, dataset, manifest, bytes)

// What the agent sees of one attempt. `ended` is said again until the wish becomes `forget`.
struct AttemptReport {
  AttemptKey key;
  AttemptPhase phase = AttemptPhase::starting;
  std::optional<base::Time> started;       // when its program began, by the site's clock
  std::optional<Outcome> outcome;          // set exactly where the phase is `ended`
  std::optional<base::Time> rests;         // since then, as the round is over for it
  std::int64_t done_micro = 0;             // of its job's work in all, where it rests
  std::vector<OutputReport> outputs = {};  // where it succeeded

  friend bool operator==(const AttemptReport&, const AttemptReport&) = default;
};
WEIR_DESCRIBE(AttemptReport, key, phase, started, outcome, rests, done_micro, outputs)

}  // namespace weir::model
