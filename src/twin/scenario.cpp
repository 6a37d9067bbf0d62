#include "twin/scenario.h"

#include <algorithm>
#include <set>

#include "base/random.h"
#include "base/read.h"
#include "schedule/throughput.h"
#include "twin/traces/text_file.h"

namespace weir::twin {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr std::uint32_t nodes_max = 1'000'000;
constexpr base::Duration longest = std::chrono::hours(24LL * 365 * 1000);

std::string count(std::uint64_t value) { return std::to_string(value); }

std::vector<model::DeviceCount> devices_of(const PoolForm& pool) {
  return pool.devices ? pool.devices->counts : std::vector<model::DeviceCount>{};
}

Status check_pool(const PoolForm& pool, const std::string& at) {
  if (pool.count < 1 || pool.count > nodes_max) {
    return fail(ErrorCode::invalid, count(pool.count) + " is not between 1 and 1000000",
                at + "count");
  }
  constexpr std::uint32_t cpus_max = 100'000;
  if (pool.cpus < 1 || pool.cpus > cpus_max) {
    return fail(ErrorCode::invalid, count(pool.cpus) + " is not between 1 and 100000", at + "cpus");
  }
  const auto& memory = pool.memory.range;
  if (!memory.most || *memory.most != memory.least) {
    return fail(ErrorCode::invalid, "a node has as much as it has", at + "memory",
                "write one size, like 512GiB");
  }
  if (pool.devices && pool.devices->is_share()) {
    return fail(ErrorCode::invalid, "a node has whole devices", at + "devices",
                "write how many, like nvidia-a100:8; jobs ask for shares of one");
  }
  std::uint64_t devices = 0;
  for (const model::DeviceCount& device : devices_of(pool)) devices += device.count;
  constexpr std::uint64_t devices_max = 1024;
  if (devices > devices_max) {
    return fail(ErrorCode::invalid, count(devices) + " devices on one node are more than 1024",
                at + "devices");
  }
  if (pool.topology) {
    if (pool.topology->nodes_per_leaf < 1) {
      return fail(ErrorCode::invalid, "0 is not above 0", at + "topology.nodes_per_leaf");
    }
    if (pool.topology->leaves_per_pod && *pool.topology->leaves_per_pod < 1) {
      return fail(ErrorCode::invalid, "0 is not above 0", at + "topology.leaves_per_pod",
                  "leave it out where there are leaf switches alone");
    }
  }
  return {};
}

// The switches that the `nth` node of a pool hangs from.
std::vector<std::string> path_of(const PoolForm& pool, std::uint32_t nth) {
  if (!pool.topology) return {};
  const std::uint32_t leaf = nth / pool.topology->nodes_per_leaf;
  std::vector<std::string> path;
  if (const auto leaves = pool.topology->leaves_per_pod) {
    path.push_back(pool.name + "-pod-" + count(leaf / *leaves));
  }
  path.push_back(pool.name + "-leaf-" + count(leaf));
  return path;
}

model::Node node_of(const traces::TraceNode& listed, CpuUnit unit) {
  constexpr std::uint32_t milli = 1000;
  model::Node node;
  node.name = listed.name;
  node.cpus = unit == CpuUnit::whole ? listed.cpus_milli / milli : listed.cpus_milli;
  node.memory_bytes = listed.memory_bytes;
  for (std::uint32_t i = 0; i < listed.devices; ++i) {
    model::Device& made = node.devices.emplace_back();
    made.model = listed.device_model;
    made.address = count(i);
  }
  return node;
}

Status check_sites(const Scenario& scenario) {
  if (scenario.sites.empty()) {
    return fail(ErrorCode::invalid, "is empty: there is nowhere to run", "sites",
                "write a site: {name: north, pools: [{count: 4, cpus: 64}]}");
  }
  std::set<std::string> names;
  std::uint64_t nodes = 0;
  for (std::size_t i = 0; i < scenario.sites.size(); ++i) {
    const SiteForm& site = scenario.sites[i];
    const std::string at = "sites[" + count(i) + "].";
    if (site.name.empty()) return fail(ErrorCode::invalid, "is empty", at + "name");
    const auto good = [](base::Duration latency) {
      return latency >= base::Duration(0) && latency <= std::chrono::hours(24);
    };
    for (const auto& [field, latency] : {std::pair("start_latency", site.start_latency),
                                         std::pair("restart_latency", site.restart_latency),
                                         std::pair("stop_latency", site.stop_latency)}) {
      if (good(latency)) continue;
      return fail(ErrorCode::invalid, "is not from 0 to a day", at + field, "write it like 5s");
    }
    if (!names.insert(site.name).second) {
      return fail(ErrorCode::invalid, "another site is called `" + site.name + "` too",
                  at + "name");
    }
    if (site.node_list && !site.pools.empty()) {
      return fail(ErrorCode::invalid, "cannot stand beside `pools`", at + "node_list",
                  "keep one of the two");
    }
    if (site.node_list && site.node_list->file.empty()) {
      return fail(ErrorCode::invalid, "is empty", at + "node_list.file");
    }
    if (site.pools.empty() && !site.node_list) {
      return fail(ErrorCode::invalid, "is empty: the site has no node", at + "pools",
                  "write a pool: {count: 4, cpus: 64, memory: 256GiB, devices: nvidia-a100:8}");
    }
    std::set<std::string> pools;
    for (std::size_t k = 0; k < site.pools.size(); ++k) {
      const std::string of_pool = at + "pools[" + count(k) + "].";
      WEIR_TRY_STATUS(check_pool(site.pools[k], of_pool));
      if (!pools.insert(site.pools[k].name).second) {
        return fail(ErrorCode::invalid,
                    "another pool of this site is called `" + site.pools[k].name + "` too",
                    of_pool + "name", "give each a name of its own");
      }
      nodes += site.pools[k].count;
    }
  }
  if (nodes > nodes_max) {
    return fail(ErrorCode::invalid, "have " + count(nodes) + " nodes, at most 1000000 are taken",
                "sites");
  }
  return {};
}

Status check_rate(const std::optional<FaultRate>& rate, const std::string& at) {
  if (!rate) return {};
  if (rate->every < base::Duration(1'000'000) || rate->every > longest) {
    return fail(ErrorCode::invalid, "is not from a second to 1000 years", at + ".every",
                "write it like 90d");
  }
  if (rate->lasts < base::Duration(1) || rate->lasts > longest) {
    return fail(ErrorCode::invalid, "is not from 1us to 1000 years", at + ".lasts",
                "write it like 4h");
  }
  return {};
}

Status check_trace(const TraceForm& trace) {
  if (trace.file.empty()) return fail(ErrorCode::invalid, "is empty", "workload.trace.file");
  if (trace.units_per_node < 1) {
    return fail(ErrorCode::invalid, "0 is not above 0", "workload.trace.units_per_node");
  }
  if (!(trace.jobs_per_hour > 0)) {
    return fail(ErrorCode::invalid, "is not above 0", "workload.trace.jobs_per_hour");
  }
  if (trace.fill && !(*trace.fill > 0 && *trace.fill <= 100)) {
    return fail(ErrorCode::invalid, "is not above 0 and at most 100", "workload.trace.fill",
                "write 1.3 to ask for 1.3 times as many devices as there are");
  }
  return {};
}

Status check_work(const Scenario& scenario) {
  const WorkloadForm& work = scenario.workload;
  if (work.trace && work.synthetic) {
    return fail(ErrorCode::invalid, "cannot stand beside `trace`", "workload.synthetic",
                "keep one of the two");
  }
  if (work.checkpoint_percent > 100) {
    return fail(ErrorCode::invalid, "is not from 0 to 100", "workload.checkpoint_percent",
                "write 50 for every other job");
  }
  if (work.pausable && !work.checkpoint_every) {
    return fail(ErrorCode::invalid, "needs checkpoints, from which what is paused goes on",
                "workload.pausable", "add checkpoint_every: 30m");
  }
  if (work.deadline_times && !(*work.deadline_times >= 1 && *work.deadline_times <= 1e6)) {
    return fail(ErrorCode::invalid, "is not from 1 to a million", "workload.deadline_times",
                "write 2 for a deadline at twice the time limit");
  }
  if (work.patience && (*work.patience < base::Duration(0) || *work.patience > longest)) {
    return fail(ErrorCode::invalid, "is not from 0 to 1000 years", "workload.patience",
                "write it like 6h");
  }
  if (work.max_delay < base::Duration(0) || work.max_delay > longest) {
    return fail(ErrorCode::invalid, "is not from 0 to 1000 years", "workload.max_delay",
                "write it like 6h");
  }
  if (work.datasets) {
    std::vector<std::string> sites;
    for (const SiteForm& site : scenario.sites) sites.push_back(site.name);
    if (auto good = check_datasets(*work.datasets, sites); !good) {
      base::Error error = std::move(good).error();
      error.field = "workload.datasets." + error.field;
      return fail(std::move(error));
    }
  }
  if (work.stays_home && !work.datasets) {
    return fail(ErrorCode::invalid, "needs `datasets`: a job's home is where its data lies",
                "workload.stays_home", "write `datasets: {count: 1, readers_percent: 0}` at least");
  }
  if (work.trace) return check_trace(*work.trace);
  if (!work.synthetic) {
    return fail(ErrorCode::invalid, "names no work", "workload",
                "write `trace: {file: FILE}` or `synthetic: {jobs: 1000, every: 1m}`");
  }
  auto status = check(*work.synthetic);
  if (!status) {
    base::Error error = std::move(status).error();
    error.field = "workload.synthetic." + error.field;
    return fail(std::move(error));
  }
  return {};
}

Status check_throughput(const ThroughputForm& form) {
  if (form.file.empty() == form.rates.empty()) {
    return fail(ErrorCode::invalid,
                form.file.empty() ? "names no rate" : "cannot stand beside `file`",
                form.file.empty() ? "throughput" : "throughput.rates",
                "write `file: FILE` or `rates: [{job_class: train, device_model: nvidia-a100, "
                "rate_micro: 2000000}]`");
  }
  auto status = schedule::check_throughputs({form.rates});
  if (status) return status;
  base::Error error = std::move(status).error();
  error.field = "throughput." + error.field;
  return fail(std::move(error));
}

Status check_values(const Scenario& scenario) {
  WEIR_TRY_STATUS(check_sites(scenario));
  WEIR_TRY_STATUS(check_work(scenario));
  if (scenario.throughput) WEIR_TRY_STATUS(check_throughput(*scenario.throughput));
  if (scenario.horizon && (*scenario.horizon < base::Duration(1) || *scenario.horizon > longest)) {
    return fail(ErrorCode::invalid, "is not from 1us to 1000 years", "horizon",
                "write it like 30d");
  }
  WEIR_TRY_STATUS(check_rate(scenario.faults.sites, "faults.sites"));
  WEIR_TRY_STATUS(check_rate(scenario.faults.nodes, "faults.nodes"));
  return check_rate(scenario.faults.devices, "faults.devices");
}

Result<Scenario> read_form(const base::Document& document) {
  if (document.is(base::DocumentKind::null)) {
    base::Error error{ErrorCode::invalid,
                      "is empty",
                      {},
                      "a scenario has `sites` and `workload`",
                      document.place()};
    return fail(std::move(error));
  }
  return base::read_document<Scenario>(document);
}

Status check_located(const Scenario& scenario, const base::Document& document) {
  auto status = check_values(scenario);
  if (status) return status;
  base::Error error = std::move(status).error();
  error.place = base::at_path(document, error.field).place();
  return fail(std::move(error));
}

}  // namespace

std::vector<base::Error> check_scenario(std::string_view yaml, std::string file_name) {
  const auto document = base::parse_yaml(yaml, std::move(file_name));
  if (!document) return {document.error()};
  std::vector<base::Error> errors = base::check_document<Scenario>(*document);
  if (!errors.empty()) return errors;
  const auto scenario = read_form(*document);
  if (!scenario) return {scenario.error()};
  auto status = check_located(*scenario, *document);
  if (!status) errors.push_back(std::move(status).error());
  return errors;
}

Result<Scenario> parse_scenario(std::string_view yaml, std::string file_name) {
  const base::Document document = WEIR_TRY(base::parse_yaml(yaml, std::move(file_name)));
  Scenario scenario = WEIR_TRY(read_form(document));
  WEIR_TRY_STATUS(check_located(scenario, document));
  return scenario;
}

namespace {

Status read_node_lists(Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.sites.size(); ++i) {
    SiteForm& site = scenario.sites[i];
    if (!site.node_list) continue;
    auto reading = traces::read_text_file(site.node_list->file).and_then([](const auto& text) {
      return traces::read_openb_nodes(text);
    });
    if (!reading) {
      base::Error error = std::move(reading).error();
      error.field = "sites[" + count(i) + "].node_list.file";
      error.hint = "name an openb_node_list_*.csv, from the scenario's folder or from the root";
      return fail(std::move(error));
    }
    if (reading->report.malformed_rows > 0) {
      const traces::MalformedRow& first = reading->report.malformed.front();
      return fail(ErrorCode::invalid, first.field + " " + first.why,
                  site.node_list->file + ":" + count(first.line));
    }
    site.node_list->nodes = std::move(reading->nodes);
  }
  return {};
}

}  // namespace

Status read_files(Scenario& scenario) {
  WEIR_TRY_STATUS(read_node_lists(scenario));
  if (scenario.network) {
    auto read = read_network(*scenario.network);
    if (!read) {
      base::Error error = std::move(read).error();
      error.field = error.field.empty() ? "network.file" : "network.told." + error.field;
      return fail(std::move(error));
    }
  }
  if (!scenario.power) return {};
  auto read = read_power_files(*scenario.power, scenario.start);
  if (read) read = check_requests(*scenario.power);
  if (read) return read;
  base::Error error = std::move(read).error();
  error.field = "power." + error.field;
  return fail(std::move(error));
}

std::vector<SiteModel> site_models(const Scenario& scenario) {
  std::vector<SiteModel> models;
  base::Random random{scenario.seed};
  for (const SiteForm& site : scenario.sites) {
    SiteModel& model = models.emplace_back();
    model.name = site.name;
    model.start_latency = site.start_latency;
    model.restart_latency = site.restart_latency;
    model.stop_latency = site.stop_latency;
    if (site.node_list) {
      for (const traces::TraceNode& listed : site.node_list->nodes) {
        model.nodes.push_back(node_of(listed, scenario.cpu_unit));
      }
      if (site.node_list->shuffled) random.shuffle(std::span(model.nodes));
    }
    for (const PoolForm& pool : site.pools) {
      model::Node node;
      node.cpus = pool.cpus;
      node.memory_bytes = pool.memory.range.least;
      for (const model::DeviceCount& device : devices_of(pool)) {
        for (std::uint32_t i = 0; i < device.count; ++i) {
          model::Device& made = node.devices.emplace_back();
          made.model = device.model;
          made.address = count(node.devices.size() - 1);
        }
      }
      for (std::uint32_t i = 0; i < pool.count; ++i) {
        node.name = pool.name + "-" + count(i);
        node.topology = path_of(pool, i);
        model.nodes.push_back(node);
        if (pool.topology) model.crossings.resize(model.nodes.size());
        if (pool.topology) {
          model.crossings.back() = {pool.topology->leaf_crossing_percent,
                                    pool.topology->pod_crossing_percent};
        }
      }
    }
  }
  return models;
}

}  // namespace weir::twin
