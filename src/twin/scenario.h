// A scenario: sites, policy, work, faults and a seed; all that a run of the twin depends on.
//
//   name: two-sites
//   seed: 7
//   sites:
//     - name: north
//       pools: [{count: 16, cpus: 64, memory: 512GiB, devices: nvidia-a100:8}]
//   policy: {order: fair, backfill: easy}
//   workload:
//     trace: {file: kth_sp2.swf, units_per_node: 100}      # or `synthetic: {jobs: 10000, …}`
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/document.h"
#include "model/job_file.h"
#include "model/policy.h"
#include "model/throughput.h"
#include "twin/data.h"
#include "twin/faults.h"
#include "twin/power.h"
#include "twin/site.h"
#include "twin/synthetic.h"
#include "twin/traces/openb.h"
#include "twin/traces/reading.h"

namespace weir::twin {

// How a pool's nodes hang together, in their order: so many to a leaf switch, so many of these to a
// pod. Switches of different pools are different.
struct TopologyForm {
  std::uint32_t nodes_per_leaf = 1;
  std::optional<std::uint32_t> leaves_per_pod;  // left out: there are leaf switches alone
  // How much longer a gang across leaf switches, or across pods, takes, in percent of what it takes
  // under one: its communication waits for links that have less room.
  std::uint32_t leaf_crossing_percent = 0;
  std::uint32_t pod_crossing_percent = 0;

  static constexpr std::array<std::string_view, 1> required_fields{"nodes_per_leaf"};
};
WEIR_DESCRIBE(TopologyForm, nodes_per_leaf, leaves_per_pod, leaf_crossing_percent,
              pod_crossing_percent)

// Nodes that are alike.
struct PoolForm {
  std::string name = "node";  // nodes are called by it and a number
  std::uint32_t count = 1;
  std::uint32_t cpus = 1;
  model::MemoryForm memory;
  std::optional<model::DevicesForm> devices;
  std::optional<TopologyForm> topology;  // left out: nothing is known
};
WEIR_DESCRIBE(PoolForm, name, count, cpus, memory, devices, topology)

// The nodes of a recorded cluster: Alibaba's openb_node_list_*.csv.
struct NodeListForm {
  std::string file;       // beside the scenario, or from the root
  bool shuffled = false;  // by the seed; where nodes are equals, the first is taken

  // Of the file; read_files puts them here.
  std::vector<traces::TraceNode> nodes = {};

  static constexpr std::array<std::string_view, 1> required_fields{"file"};
};
WEIR_DESCRIBE(NodeListForm, file, shuffled)

// Its nodes are written as pools, or stand in a list.
struct SiteForm {
  std::string name;
  base::Duration start_latency{};
  base::Duration restart_latency{};  // more, for work that goes on from its checkpoint
  base::Duration stop_latency{};     // to write a checkpoint, before its place is free
  std::vector<PoolForm> pools;
  std::optional<NodeListForm> node_list;

  static constexpr std::array<std::string_view, 1> required_fields{"name"};
};
WEIR_DESCRIBE(SiteForm, name, start_latency, restart_latency, stop_latency, pools, node_list)

enum class Estimates : std::uint8_t {
  recorded,  // what the trace says they said
  exact,     // how long it runs
  noisy      // that, times a factor from 1/3 to 3, drawn by the seed, evenly by its logarithm
};
WEIR_DESCRIBE_ENUM(Estimates, recorded, exact, noisy)

// A recorded trace; what its fields mean: twin/traces/reading.h.
struct TraceForm {
  std::string file;                       // beside the scenario, or from the root
  std::optional<traces::TraceKind> kind;  // left out: found out from its first lines
  traces::SwfColumn processors = traces::SwfColumn::used;
  traces::SwfColumn run_time = traces::SwfColumn::used;
  std::uint32_t units_per_node = 1;
  double jobs_per_hour = 1.0;
  std::optional<std::uint64_t> jobs;  // only the first so many
  bool one_tenant = false;            // its tenants are taken for users of one
  // What users say of the length of their jobs, for traces that do not tell, or instead of it.
  Estimates estimates = Estimates::recorded;
  // Fills all devices so many times, rather than keep to the trace's times (twin/filling.h).
  std::optional<double> fill;

  static constexpr std::array<std::string_view, 1> required_fields{"file"};
};
WEIR_DESCRIBE(TraceForm, file, kind, processors, run_time, units_per_node, jobs_per_hour, jobs,
              one_tenant, estimates, fill)

// Exactly one of trace and synthetic.
struct WorkloadForm {
  std::optional<TraceForm> trace;
  std::optional<SyntheticForm> synthetic;
  // A job that has not started within it is cancelled by its user; left out: nobody gives up.
  std::optional<base::Duration> patience;
  // Jobs write checkpoints so often, and so may take turns; left out: none does.
  std::optional<base::Duration> checkpoint_every;
  std::uint32_t checkpoint_percent = 100;  // of the jobs, drawn by their numbers
  model::ObjectiveForm objective;          // of all jobs
  base::Duration max_delay{};              // likewise: they may wait so long for their energy
  std::optional<DatasetsForm> datasets;    // left out: no job reads any
  bool stays_home = false;                 // each job runs at the site that is its home
  bool pausable = false;                   // those that write checkpoints may be paused for power
  // Each is to be done within so many times its time limit; left out: none has a deadline.
  std::optional<double> deadline_times;
};
WEIR_DESCRIBE(WorkloadForm, trace, synthetic, patience, checkpoint_every, checkpoint_percent,
              objective, max_delay, datasets, stays_home, pausable, deadline_times)

// Exactly one of them. A file is Gavel's simulation_throughputs.json, or a table as `rates` is.
struct ThroughputForm {
  std::string file;  // beside the scenario, or from the root
  std::vector<model::Throughput> rates;
};
WEIR_DESCRIBE(ThroughputForm, file, rates)

enum class TimeLimits : std::uint8_t {
  enforced,  // a job ends at its time limit, as under an agent
  advisory   // the scheduler plans by it; work runs as long as the workload says
};
WEIR_DESCRIBE_ENUM(TimeLimits, enforced, advisory)

// What the engine's processors are, of traces and lists of nodes that count in thousandths.
enum class CpuUnit : std::uint8_t {
  whole,      // processors; what is asked for is rounded up
  thousandth  // thousandths of one, so that nothing is rounded
};
WEIR_DESCRIBE_ENUM(CpuUnit, whole, thousandth)

// How the engine knows what is usually asked for (`placing: fragmentation`).
enum class UsualSource : std::uint8_t {
  counted,  // from what waits and runs
  told      // from the whole workload, in advance
};
WEIR_DESCRIBE_ENUM(UsualSource, counted, told)

struct Scenario {
  std::string name;
  std::uint64_t seed = 1;
  base::Time start = base::time_from_us(1'767'225'600'000'000);  // 2026-01-01
  std::optional<base::Duration> horizon;  // after the start; what has not ended then goes on
  std::vector<SiteForm> sites;
  model::Policy policy;
  WorkloadForm workload;
  std::optional<ThroughputForm> throughput;  // how fast which work goes on which devices
  // Left out: advisory for traces, which hold run times above limits; enforced for made-up work.
  std::optional<TimeLimits> time_limits;
  FaultSettings faults;
  CpuUnit cpu_unit = CpuUnit::whole;
  UsualSource usual_work = UsualSource::counted;
  std::optional<PowerForm> power;      // left out: nothing is known of energy
  std::optional<NetworkForm> network;  // left out: there are no links

  static constexpr std::array<std::string_view, 2> required_fields{"sites", "workload"};
};
WEIR_DESCRIBE(Scenario, name, seed, start, horizon, sites, policy, workload, throughput,
              time_limits, faults, cpu_unit, usual_work, power, network)

// All problems of a scenario's text, in its order; none: parse_scenario reads it.
[[nodiscard]] std::vector<base::Error> check_scenario(std::string_view yaml, std::string file_name);
// Fails: invalid, the first problem, with line, column, field, and what would work.
[[nodiscard]] base::Result<Scenario> parse_scenario(std::string_view yaml, std::string file_name);

// Reads the files that a scenario names beside its trace: lists of nodes, series of energy.
// Fails: as twin/traces/openb.h and twin/power.h; input_output.
[[nodiscard]] base::Status read_files(Scenario& scenario);

// The sites with their nodes listed. Requires: read_files.
[[nodiscard]] std::vector<SiteModel> site_models(const Scenario& scenario);

}  // namespace weir::twin
