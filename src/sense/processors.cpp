#include "sense/processors.h"

#include <fmt/format.h>
#include <hwloc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string_view>

#include "sense/text.h"

namespace weir::sense {
namespace {

struct DestroyTopology {
  void operator()(hwloc_topology* topology) const { hwloc_topology_destroy(topology); }
};
using Topology = std::unique_ptr<hwloc_topology, DestroyTopology>;

struct FreeBitmap {
  void operator()(hwloc_bitmap_s* bitmap) const { hwloc_bitmap_free(bitmap); }
};
using Bitmap = std::unique_ptr<hwloc_bitmap_s, FreeBitmap>;

// Sets a variable of the environment and puts back what was there. Not thread safe, as the contract
// of sense_machine says.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_(name) {
    // NOLINTBEGIN(concurrency-mt-unsafe): see above
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
    // NOLINTEND(concurrency-mt-unsafe)
  }
  ~EnvironmentVariable() {
    // NOLINTBEGIN(concurrency-mt-unsafe): see above
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
    // NOLINTEND(concurrency-mt-unsafe)
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

bool is_this_machine(const std::filesystem::path& root) { return root == "/"; }

// Whether hwloc's Linux back end will find processors in a recorded tree. Without them it ends with
// no topology at all, or falls back on the processor it runs on.
bool has_processor_folders(const std::filesystem::path& root) {
  for (const char* folder : {"sys/bus/cpu/devices", "sys/devices/system/cpu"}) {
    for (const char* file : {"package_cpus", "core_cpus", "core_siblings", "thread_siblings"}) {
      if (read_text(root / folder / "cpu0/topology" / file)) return true;
    }
  }
  return false;
}

Topology load_topology(const std::filesystem::path& root) {
  static std::mutex one_at_a_time;  // HWLOC_FSROOT belongs to the whole process
  const std::scoped_lock lock(one_at_a_time);
  std::optional<EnvironmentVariable> recorded_root;
  if (!is_this_machine(root)) recorded_root.emplace("HWLOC_FSROOT", root.string());

  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return nullptr;
  Topology topology(raw);
  hwloc_topology_set_all_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_NONE);
  hwloc_topology_set_type_filter(raw, HWLOC_OBJ_PACKAGE, HWLOC_TYPE_FILTER_KEEP_ALL);
  hwloc_topology_set_type_filter(raw, HWLOC_OBJ_CORE, HWLOC_TYPE_FILTER_KEEP_ALL);
  if (!is_this_machine(root)) {
    // The x86 back end asks the processor it runs on, which is not the recorded one.
    hwloc_topology_set_components(raw, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
  }
  if (hwloc_topology_load(raw) != 0) return nullptr;
  return topology;
}

// The processors this process may use: what its cgroup allows and its affinity mask leaves.
Bitmap usable_processors(hwloc_topology_t topology) {
  Bitmap usable(hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(topology)));
  if (hwloc_topology_is_thissystem(topology) == 0) return usable;
  const Bitmap bound(hwloc_bitmap_alloc());
  if (hwloc_get_cpubind(topology, bound.get(), HWLOC_CPUBIND_PROCESS) == 0) {
    hwloc_bitmap_and(usable.get(), usable.get(), bound.get());
  }
  return usable;
}

std::optional<std::uint32_t> count_usable(hwloc_topology_t topology, hwloc_obj_type_t type,
                                          hwloc_const_bitmap_t usable) {
  std::uint32_t count = 0;
  for (hwloc_obj_t object = nullptr;
       (object = hwloc_get_next_obj_by_type(topology, type, object)) != nullptr;) {
    if (hwloc_bitmap_intersects(object->cpuset, usable) != 0) ++count;
  }
  return count > 0 ? std::optional(count) : std::nullopt;
}

// The usable processors within `within`, in hwloc's order: threads of a core, cores of a package.
std::vector<int> indexes_of(hwloc_topology_t topology, hwloc_const_bitmap_t within,
                            hwloc_const_bitmap_t usable) {
  std::vector<int> indexes;
  for (hwloc_obj_t unit = nullptr;
       (unit = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, unit)) != nullptr;) {
    if (hwloc_bitmap_isset(within, unit->os_index) == 0) continue;
    if (hwloc_bitmap_isset(usable, unit->os_index) == 0) continue;
    indexes.push_back(static_cast<int>(unit->os_index));
  }
  return indexes;
}

std::string processor_model(hwloc_topology_t topology) {
  const auto named = [&](const char* name) -> std::string {
    for (hwloc_obj_t object :
         {hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0), hwloc_get_root_obj(topology)}) {
      const char* value = object != nullptr ? hwloc_obj_get_info_by_name(object, name) : nullptr;
      if (value != nullptr) return value;
    }
    return {};
  };
  if (auto model = named("CPUModel"); !model.empty()) return model;
  // Arm processors name themselves by numbers only.
  const auto implementer = named("CPUImplementer");
  const auto part = named("CPUPart");
  if (implementer.empty() || part.empty()) return {};
  return fmt::format("implementer {} part {}", implementer, part);
}

void read_numa(hwloc_topology_t topology, hwloc_const_bitmap_t usable, Machine& machine) {
  const bool memory_known = hwloc_get_root_obj(topology)->total_memory > 0;
  for (hwloc_obj_t object = nullptr;
       (object = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, object)) != nullptr;) {
    if (hwloc_bitmap_isset(hwloc_topology_get_allowed_nodeset(topology), object->os_index) == 0) {
      continue;
    }
    NumaNode node;
    node.index = static_cast<int>(object->os_index);
    node.cpu_indexes = indexes_of(topology, object->cpuset, usable);
    node.cpus = static_cast<std::uint32_t>(node.cpu_indexes.size());
    if (memory_known) {
      node.memory_bytes = static_cast<std::int64_t>(object->attr->numanode.local_memory);
    }
    machine.numa.push_back(std::move(node));
  }
  std::ranges::sort(machine.numa, {}, &NumaNode::index);
}

// "MemTotal:  24682416 kB"
std::optional<std::int64_t> read_total_memory(const std::filesystem::path& root) {
  const auto text = read_text(root / "proc/meminfo");
  if (!text) return std::nullopt;
  for (const auto line : split(*text, '\n')) {
    const auto words = split_words(line);
    if (words.size() != 3 || words[0] != "MemTotal:" || words[2] != "kB") continue;
    const auto kibibytes = parse_decimal(words[1]);
    if (kibibytes && *kibibytes > 0 && *kibibytes < std::int64_t{1} << 50) return *kibibytes * 1024;
  }
  return std::nullopt;
}

// The machine's whole memory, or that of the NUMA nodes this process is confined to.
void read_memory(const std::filesystem::path& root, hwloc_topology_t topology, Machine& machine) {
  const bool confined = topology != nullptr &&
                        hwloc_bitmap_isequal(hwloc_topology_get_allowed_nodeset(topology),
                                             hwloc_topology_get_complete_nodeset(topology)) == 0;
  std::int64_t of_nodes = 0;
  for (const auto& node : machine.numa) of_nodes += node.memory_bytes.value_or(0);
  if (!confined) machine.memory_bytes = read_total_memory(root);
  if (!machine.memory_bytes && of_nodes > 0) machine.memory_bytes = of_nodes;
  if (!machine.memory_bytes) {
    machine.unknown.emplace_back("memory: neither /proc/meminfo nor NUMA nodes tell its size");
  }
}

}  // namespace

void read_processors(const std::filesystem::path& root, Machine& machine) {
  Topology topology;
  if (is_this_machine(root) || has_processor_folders(root)) topology = load_topology(root);
  if (topology == nullptr) {
    machine.unknown.emplace_back(
        "processors: hwloc finds no description of them under /sys/devices/system/cpu");
  } else {
    const auto usable = usable_processors(topology.get());
    machine.cores = count_usable(topology.get(), HWLOC_OBJ_CORE, usable.get());
    machine.packages = count_usable(topology.get(), HWLOC_OBJ_PACKAGE, usable.get());
    read_numa(topology.get(), usable.get(), machine);
    for (const auto& node : machine.numa) {
      machine.cpu_indexes.insert(machine.cpu_indexes.end(), node.cpu_indexes.begin(),
                                 node.cpu_indexes.end());
    }
    // Processors of a NUMA node whose memory is not allowed may still be used.
    for (const int index : indexes_of(
             topology.get(), hwloc_topology_get_complete_cpuset(topology.get()), usable.get())) {
      if (std::ranges::find(machine.cpu_indexes, index) == machine.cpu_indexes.end()) {
        machine.cpu_indexes.push_back(index);
      }
    }
    if (!machine.cpu_indexes.empty()) {
      machine.cpus = static_cast<std::uint32_t>(machine.cpu_indexes.size());
    }
    machine.cpu_model = processor_model(topology.get());
    if (machine.cpu_model.empty()) {
      machine.unknown.emplace_back("processor model: /proc/cpuinfo does not name it");
    }
  }
  read_memory(root, topology.get(), machine);
}

}  // namespace weir::sense
