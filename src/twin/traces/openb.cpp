#include "twin/traces/openb.h"

#include <algorithm>
#include <array>
#include <limits>

#include "twin/traces/read_table.h"
#include "twin/traces/readers.h"

namespace weir::twin::traces {
namespace {

constexpr std::int64_t mebi = 1'048'576;
constexpr std::int64_t most_memory_mib = std::int64_t{1} << 40;
constexpr std::int64_t most_cpus_milli = most_units * 1000;

constexpr std::array<std::string_view, 5> node_columns{"sn", "cpu_milli", "memory_mib", "gpu",
                                                       "model"};

struct NodeColumns {
  TableColumn name, cpus, memory, devices, model;
};

base::Result<TraceNode> node_of(const Row& row, const NodeColumns& at) {
  TraceNode node;
  node.name = row[at.name].text;
  if (node.name.empty()) return bad_field(row[at.name], "is no name");
  node.cpus_milli =
      static_cast<std::uint32_t>(WEIR_TRY(whole_number(row[at.cpus], 0, most_cpus_milli)));
  node.memory_bytes = WEIR_TRY(whole_number(row[at.memory], 0, most_memory_mib)) * mebi;
  node.devices = static_cast<std::uint32_t>(WEIR_TRY(whole_number(row[at.devices], 0, most_units)));
  node.device_model = row[at.model].text;
  if (node.device_model.empty() != (node.devices == 0)) {
    return bad_field(row[at.model], "is the model of " + std::to_string(node.devices) + " devices");
  }
  return node;
}

struct PodColumns {
  TableColumn name, cpus, memory, devices, share;
  std::optional<TableColumn> models, quality, created, deleted, scheduled;

  [[nodiscard]] bool with_times() const { return created && deleted && scheduled; }
};

// devices_milli of one rank.
base::Result<std::uint32_t> devices_of(const Row& row, const PodColumns& at) {
  const std::int64_t count = WEIR_TRY(whole_number(row[at.devices], 0, most_units));
  const std::int64_t share = WEIR_TRY(whole_number(row[at.share], 0, 1000));
  if (count > 1 && share != 1000) {
    return bad_field(row[at.share], "of each of several devices: only one can be shared");
  }
  if ((count == 0) != (share == 0)) {
    return bad_field(row[at.share], "of " + std::to_string(count) + " devices");
  }
  return static_cast<std::uint32_t>(count * share);
}

// "A|B|B" as places in the list of models, each once.
base::Result<std::vector<std::uint16_t>> models_of(const Field& field, TraceBuilder& builder) {
  std::vector<std::string_view> names;
  std::string_view rest = field.text;
  while (!rest.empty()) {
    const std::size_t bar = rest.find('|');
    const std::string_view name = rest.substr(0, bar);
    rest.remove_prefix(bar == std::string_view::npos ? rest.size() : bar + 1);
    if (name.empty()) return bad_field(field, "names an empty model");
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  if (builder.device_models.size() + names.size() > std::numeric_limits<std::uint16_t>::max()) {
    return bad_field(field, "comes after 65,535 other device models");
  }
  std::vector<std::uint16_t> models;
  models.reserve(names.size());
  for (const std::string_view name : names) {
    models.push_back(static_cast<std::uint16_t>(builder.device_models.index_of(name)));
  }
  return models;
}

base::Status read_times(const Row& row, const PodColumns& at, TraceJob& job) {
  job.submit = WEIR_TRY(duration_of(row[at.created]));
  const base::Duration deleted = WEIR_TRY(duration_of(row[at.deleted]));
  if (deleted < job.submit) return bad_field(row[at.deleted], "is before it was created");
  job.run_time_known = !row[at.scheduled].text.empty();
  if (!job.run_time_known) return {};
  const base::Duration scheduled = WEIR_TRY(duration_of(row[at.scheduled]));
  if (scheduled < job.submit) return bad_field(row[at.scheduled], "is before it was created");
  if (scheduled > deleted) return bad_field(row[at.scheduled], "is after it was deleted");
  job.recorded_wait = scheduled - job.submit;
  job.run_time = deleted - scheduled;
  return {};
}

base::Result<TraceJob> job_of(const Row& row, const PodColumns& at, TraceBuilder& builder) {
  TraceJob job;
  job.number = builder.number_of(row[at.name].text);
  job.cpus_milli =
      static_cast<std::uint32_t>(WEIR_TRY(whole_number(row[at.cpus], 0, most_cpus_milli)));
  job.memory_bytes = WEIR_TRY(whole_number(row[at.memory], 0, most_memory_mib)) * mebi;
  job.devices_milli = WEIR_TRY(devices_of(row, at));
  job.run_time_known = false;
  if (at.with_times()) WEIR_TRY_STATUS(read_times(row, at, job));
  job.device_models = WEIR_TRY(models_of(row[at.models], builder));
  job.tenant = builder.tenants.index_of("");
  job.user = builder.users.index_of("");
  job.job_class = builder.job_classes.index_of(row[at.quality].text);
  return job;
}

}  // namespace

bool is_openb_nodes(std::string_view text) {
  const auto table = Table::open(text);
  return table && table->has_all(node_columns);
}

base::Result<NodeReading> read_openb_nodes(std::string_view text, std::uint32_t malformed_shown) {
  Table table = WEIR_TRY(Table::open(text));
  const NodeColumns at{
      .name = WEIR_TRY(table.column("sn")),
      .cpus = WEIR_TRY(table.column("cpu_milli")),
      .memory = WEIR_TRY(table.column("memory_mib")),
      .devices = WEIR_TRY(table.column("gpu")),
      .model = WEIR_TRY(table.column("model")),
  };
  NodeReading reading;
  while (table.next()) {
    ++reading.report.rows;
    auto node = table.row().and_then([&](const Row& row) { return node_of(row, at); });
    if (node) {
      reading.nodes.push_back(*std::move(node));
    } else {
      reading.report.add_malformed(table.line(), node.error(), malformed_shown);
    }
  }
  reading.report.blank_lines = table.blank_lines();
  return reading;
}

base::Result<TraceReading> read_openb_pods(std::string_view text, const TraceOptions& options) {
  Table table = WEIR_TRY(Table::open(text));
  const PodColumns at{
      .name = WEIR_TRY(table.column("name")),
      .cpus = WEIR_TRY(table.column("cpu_milli")),
      .memory = WEIR_TRY(table.column("memory_mib")),
      .devices = WEIR_TRY(table.column("num_gpu")),
      .share = WEIR_TRY(table.column("gpu_milli")),
      .models = table.find("gpu_spec"),
      .quality = table.find("qos"),
      .created = table.find("creation_time"),
      .deleted = table.find("deletion_time"),
      .scheduled = table.find("scheduled_time"),
  };
  return read_table(
      TraceKind::openb_pods, table, options,
      [&](const Row& row, TraceBuilder& builder) { return job_of(row, at, builder); });
}

}  // namespace weir::twin::traces
