// The job file: what people write, in YAML or JSON, and how it becomes a JobSpec.
//
// One form for file, REST and software. Every field is optional but `run`, and shows its default. A
// field that Weir knows of but cannot honour yet is refused by name, never passed over.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/document.h"
#include "base/quantity.h"
#include "base/shape.h"
#include "model/job.h"

namespace weir::model {

// A field whose room is not built yet: reading anything but null fails with "not supported yet".
struct NotYet {};
base::Result<NotYet> read_value(const base::Document& document, std::type_identity<NotYet>);
std::string text_of(const NotYet& value);
std::string schema_of(std::type_identity<NotYet>);

// "4", or for an elastic gang "2..4"
struct NodesForm {
  std::uint32_t count = 1;
  std::uint32_t most = 0;  // 0: exactly `count`
};
base::Result<NodesForm> read_value(const base::Document& document, std::type_identity<NodesForm>);
std::string text_of(const NodesForm& value);
std::string schema_of(std::type_identity<NodesForm>);

// "2", "2+", "2..8"
struct CpusForm {
  base::Range range{1, 1};
};
base::Result<CpusForm> read_value(const base::Document& document, std::type_identity<CpusForm>);
std::string text_of(const CpusForm& value);
std::string schema_of(std::type_identity<CpusForm>);

// "4GiB", "4GiB+", "4GiB..16GiB"
struct MemoryForm {
  base::Range range{0, 0};
};
base::Result<MemoryForm> read_value(const base::Document& document, std::type_identity<MemoryForm>);
std::string text_of(const MemoryForm& value);
std::string schema_of(std::type_identity<MemoryForm>);

// "nvidia-h100:8", "nvidia-h100" (one), or several with commas or as a list; "nvidia-h100:0.5", a
// share of one
struct DevicesForm {
  std::vector<DeviceCount> counts;
  std::uint32_t device_milli = whole_device_milli;

  [[nodiscard]] bool is_share() const { return device_milli < whole_device_milli; }
};
base::Result<DevicesForm> read_value(const base::Document& document,
                                     std::type_identity<DevicesForm>);
std::string text_of(const DevicesForm& value);
std::string schema_of(std::type_identity<DevicesForm>);

// "0-99%10", "1,3,5-9", "0-20:5": Slurm's form
struct ArrayForm {
  ArraySpec spec;
};
base::Result<ArrayForm> read_value(const base::Document& document, std::type_identity<ArrayForm>);
std::string text_of(const ArrayForm& value);
std::string schema_of(std::type_identity<ArrayForm>);

// "SIGUSR1@60s": which signal, how long before the end
struct NoticeForm {
  std::int32_t signal = 0;
  base::Duration before{};
};
base::Result<NoticeForm> read_value(const base::Document& document, std::type_identity<NoticeForm>);
std::string text_of(const NoticeForm& value);
std::string schema_of(std::type_identity<NoticeForm>);

// "1", "0.5": a weight, in thousandths
struct WeightForm {
  std::uint32_t milli = 0;
};
base::Result<WeightForm> read_value(const base::Document& document, std::type_identity<WeightForm>);
std::string text_of(const WeightForm& value);
std::string schema_of(std::type_identity<WeightForm>);

struct WeightsForm {
  WeightForm finish;
  WeightForm cost;
  WeightForm carbon;
};
WEIR_DESCRIBE(WeightsForm, finish, cost, carbon)

// "finish", "cost", "carbon", or weights: {cost: 1, finish: 0.5, carbon: 0.2}
struct ObjectiveForm {
  Objective weights;
};
base::Result<ObjectiveForm> read_value(const base::Document& document,
                                       std::type_identity<ObjectiveForm>);
std::string text_of(const ObjectiveForm& value);
std::string schema_of(std::type_identity<ObjectiveForm>);

// What one alternative asks of each node; fields left out are taken from around it.
struct ResourceAlternative {
  std::optional<DevicesForm> devices;
  std::optional<CpusForm> cpus;
  std::optional<MemoryForm> memory;
  std::map<std::string, std::string> env;
};
WEIR_DESCRIBE(ResourceAlternative, devices, cpus, memory, env)

struct ResourcesForm {
  std::optional<DevicesForm> devices;
  std::optional<CpusForm> cpus;
  std::optional<MemoryForm> memory;
  std::map<std::string, std::string> env;
  std::vector<ResourceAlternative> any_of;   // the best plan wins
  std::vector<ResourceAlternative> ordered;  // the first that fits wins
};
WEIR_DESCRIBE(ResourcesForm, devices, cpus, memory, env, any_of, ordered)

// One, or a list of them.
struct NamesForm {
  std::vector<std::string> names;
};
base::Result<NamesForm> read_value(const base::Document& document, std::type_identity<NamesForm>);
std::string text_of(const NamesForm& value);
std::string schema_of(std::type_identity<NamesForm>);

struct InputForm {
  static constexpr std::array<std::string_view, 1> required_fields{"dataset"};
  std::string dataset;  // "corpus", or "corpus@3"
  std::string at;       // in the job's folder; left out: by its name
};
WEIR_DESCRIBE(InputForm, dataset, at)

struct OutputForm {
  static constexpr std::array<std::string_view, 2> required_fields{"path", "dataset"};
  std::string path;
  std::string dataset;
};
WEIR_DESCRIBE(OutputForm, path, dataset)

struct DataForm {
  std::vector<InputForm> inputs;
  std::vector<OutputForm> outputs;
};
WEIR_DESCRIBE(DataForm, inputs, outputs)

struct LatencyForm {
  static constexpr std::array<std::string_view, 2> required_fields{"to", "max"};
  std::string to;
  double max = 0;  // milliseconds, there and back
};
WEIR_DESCRIBE(LatencyForm, to, max)

struct WhereForm {
  NamesForm sites;
  NamesForm residency;
  std::optional<LatencyForm> latency_ms;
  std::optional<NotYet> certified;
};
WEIR_DESCRIBE(WhereForm, sites, residency, latency_ms, certified)

struct LimitsForm {
  std::optional<base::Duration> time;
  std::optional<base::Time> deadline;
  std::optional<NotYet> cost;
  std::optional<NotYet> carbon;
};
WEIR_DESCRIBE(LimitsForm, time, deadline, cost, carbon)

struct FlexibilityForm {
  base::Duration max_delay{};
  bool pausable = false;  // it may be stopped for a while for want of power
};
WEIR_DESCRIBE(FlexibilityForm, max_delay, pausable)

struct RetryForm {
  std::vector<RetryEvent> events{RetryEvent::preempted, RetryEvent::site_lost,
                                 RetryEvent::start_failed};
  std::uint32_t max = 3;
  std::optional<NoticeForm> notice;
  std::optional<base::Duration> checkpoint_every;  // "30m"
};
WEIR_DESCRIBE(RetryForm, events, max, notice, checkpoint_every)

struct JobFile {
  std::string name;
  JobKind kind = JobKind::task;
  NodesForm nodes;
  ResourcesForm resources;
  std::optional<ArrayForm> array;
  LimitsForm limits;
  RetryForm retry;
  std::int32_t priority = 50;
  std::string project;
  std::optional<std::uint64_t> steps;  // how much work it is, in steps of its class
  ObjectiveForm objective;
  std::map<std::string, std::string> env;
  std::vector<std::string> secrets;
  std::string workdir;  // a folder; on the wire "sha256:…" of what was uploaded
  std::string setup;
  std::string run;
  DataForm data;
  WhereForm where;
  FlexibilityForm flexibility;

  static constexpr std::array<std::string_view, 1> required_fields{"run"};
};
WEIR_DESCRIBE(JobFile, name, kind, nodes, resources, array, limits, retry, priority, project, steps,
              objective, env, secrets, workdir, setup, run, data, where, flexibility)

// Reads a job file in YAML. All problems of form are found at once; values are held to their limits
// by to_spec.
[[nodiscard]] base::Result<JobFile> parse_job_file(std::string_view yaml, std::string file_name);
// Every problem parse_job_file and to_spec would find, in the order of the text; none: it is good.
// A workdir that is a folder is no problem here.
[[nodiscard]] std::vector<base::Error> check_job_file(std::string_view yaml, std::string file_name);

// Checks values and brings them into base units. The error names the field, not the place.
// Fails: invalid, refused (not supported yet).
[[nodiscard]] base::Result<JobSpec> to_spec(const JobFile& file);

// Reads one job out of a document (YAML or JSON) and checks it; errors name field and place.
[[nodiscard]] base::Result<JobSpec> read_job(const base::Document& document);

// "SIGTERM" or "TERM" or "15" → 15. None: no such signal.
[[nodiscard]] std::optional<std::int32_t> signal_number(std::string_view name);
// 15 → "SIGTERM"; a number without a name stays a number.
[[nodiscard]] std::string signal_name(std::int32_t number);

}  // namespace weir::model
