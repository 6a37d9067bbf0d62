// A job as the house keeps it: checked, in base units, with nothing left to guess.
//
// What a person writes is the job file (model/job_file.h); this is what becomes of it. A job is
// one or more tasks (an array), each task a gang of `nodes` ranks that start together or not at
// all, each rank on a node of its own.
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

namespace weir::model {

enum class JobKind : std::uint8_t { task, service };
WEIR_DESCRIBE_ENUM(JobKind, task, service)

// The small state. Everything finer is in the reason and the message.
enum class JobState : std::uint8_t {
  queued,
  held,
  staging,
  starting,
  running,
  suspended,
  recovering,
  completing,
  succeeded,
  failed,
  cancelled,
  timeout,
  preempted,
  rejected,
  lost,
};
WEIR_DESCRIBE_ENUM(JobState, queued, held, staging, starting, running, suspended, recovering,
                   completing, succeeded, failed, cancelled, timeout, preempted, rejected, lost)
[[nodiscard]] constexpr bool is_terminal(JobState state) { return state >= JobState::succeeded; }

struct DeviceCount {
  std::string model;  // "nvidia-h100"; see `weir devices`
  std::uint32_t count = 1;

  friend auto operator<=>(const DeviceCount&, const DeviceCount&) = default;
};
WEIR_DESCRIBE(DeviceCount, model, count)

// Devices are shared in thousandths: this is a whole one.
inline constexpr std::uint32_t whole_device_milli = 1000;

// One way to serve one rank. Amounts are what the rank is given; where `most` is set, it gets as
// much as its node has free, up to that.
struct ResourceOption {
  std::vector<DeviceCount> devices;  // sorted by model, each once
  std::uint32_t cpus = 1;
  std::optional<std::uint32_t> cpus_most;
  std::int64_t memory_bytes = 0;  // 0: no claim and no limit
  std::optional<std::int64_t> memory_bytes_most;
  std::map<std::string, std::string> env;  // added where this option is the one taken
  // Below 1000: a share of one device, the only one of `devices`.
  std::uint32_t device_milli = whole_device_milli;
  // Nodes are asked only at sites that this filter of the engine's admits (schedule/capacity.h); 0:
  // at all. Found again, not described.
  std::uint32_t site_filter = 0;

  [[nodiscard]] bool is_share() const {
    return device_milli < whole_device_milli && devices.size() == 1 && devices[0].count == 1;
  }
  friend bool operator==(const ResourceOption&, const ResourceOption&) = default;
};
WEIR_DESCRIBE(ResourceOption, devices, cpus, cpus_most, memory_bytes, memory_bytes_most, env,
              device_milli)

// "8", or "0.5" of one.
[[nodiscard]] std::string device_amount(std::uint64_t count, std::uint32_t device_milli);
// Thousandths of devices: "8", "0.5", "12.25".
[[nodiscard]] std::string devices_text(std::int64_t milli);

// Array indices `first`, `first+step` … up to `last`.
struct IndexRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t step = 1;

  friend bool operator==(const IndexRange&, const IndexRange&) = default;
};
WEIR_DESCRIBE(IndexRange, first, last, step)

struct ArraySpec {
  std::vector<IndexRange> indices;  // ascending, disjoint; empty: no array, one task with index 0
  std::uint32_t at_once = 0;        // most tasks that run at once; 0: no limit

  [[nodiscard]] bool is_array() const { return !indices.empty(); }
  [[nodiscard]] std::uint32_t size() const;
  // The index of the `ordinal`-th task. Requires ordinal < size(). Cost: the number of ranges.
  [[nodiscard]] std::uint32_t index_at(std::uint32_t ordinal) const;
  [[nodiscard]] bool contains(std::uint32_t index) const;

  friend bool operator==(const ArraySpec&, const ArraySpec&) = default;
};
WEIR_DESCRIBE(ArraySpec, indices, at_once)

enum class RetryEvent : std::uint8_t { failed, timeout, preempted, site_lost, start_failed };
WEIR_DESCRIBE_ENUM(RetryEvent, failed, timeout, preempted, site_lost, start_failed)

struct RetryPolicy {
  std::vector<RetryEvent> events{RetryEvent::preempted, RetryEvent::site_lost,
                                 RetryEvent::start_failed};
  std::uint32_t max = 3;           // further attempts after the first
  std::int32_t notice_signal = 0;  // sent before the time limit or a preemption; 0: none
  base::Duration notice_before{};

  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};
WEIR_DESCRIBE(RetryPolicy, events, max, notice_signal, notice_before)

// What its place and its start are chosen by, in weights of what each part is at once: how soon it
// ends, what it costs, what it emits.
inline constexpr std::uint32_t whole_weight_milli = 1000;
struct Objective {
  std::uint32_t finish_milli = whole_weight_milli;
  std::uint32_t cost_milli = 0;
  std::uint32_t carbon_milli = 0;

  [[nodiscard]] bool weighs_energy() const { return cost_milli > 0 || carbon_milli > 0; }
  friend auto operator<=>(const Objective&, const Objective&) = default;
};
WEIR_DESCRIBE(Objective, finish_milli, cost_milli, carbon_milli)

// When work that may run so long (none: any time) has to begin at the latest, to be done by then.
[[nodiscard]] std::optional<base::Time> last_start(std::optional<base::Time> deadline,
                                                   std::optional<base::Duration> time_limit);

struct JobSpec {
  std::string name;
  JobKind kind = JobKind::task;
  std::string project;
  std::int32_t priority = 50;                             // 0..100, more goes first
  std::uint32_t nodes = 1;                                // ranks of a gang
  std::vector<ResourceOption> options{ResourceOption{}};  // at least one
  bool ordered = false;  // true: the first option that fits; false: the best plan
  ArraySpec array;
  std::optional<base::Duration> time_limit;
  RetryPolicy retry;
  std::map<std::string, std::string> env;
  std::vector<std::string> secrets;  // names; their values never enter a job
  std::string workdir;               // SHA-256 of the packed folder, in hexadecimal; or ""
  std::string setup;
  std::string run;
  std::optional<base::Time> deadline;  // done by then; what cannot be any more is not begun
  std::uint32_t nodes_most = 0;        // an elastic gang, of `nodes` up to so many; 0: it is none
  // It says that it writes a checkpoint that often, and goes on from it when it is started again.
  std::optional<base::Duration> checkpoint_every;
  // How much work it is, by its own word, in millionths of the steps of its class.
  std::optional<std::int64_t> steps_micro;
  Objective objective;
  // It may start so much later than it could, where that serves its objective; 0: at once.
  base::Duration max_delay{};
  std::vector<DataInput> inputs;
  std::vector<DataOutput> outputs;
  WhereSpec where;
  // It may be stopped for a while where its site is to draw less, and goes on from its checkpoint.
  bool pausable = false;

  friend bool operator==(const JobSpec&, const JobSpec&) = default;
};
WEIR_DESCRIBE(JobSpec, name, kind, project, priority, nodes, options, ordered, array, time_limit,
              retry, env, secrets, workdir, setup, run, deadline, nodes_most, checkpoint_every,
              steps_micro, objective, max_delay, inputs, outputs, where, pausable)

}  // namespace weir::model
