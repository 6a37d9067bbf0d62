// What is on this machine: processors, memory, NUMA nodes, accelerators.
//
// An inventory is a report of what could be read, and never a guess: what could not be known is an
// empty optional or an empty name, with a sentence in Machine::unknown that says why. It is not a
// measurement of speed (certify/ does that), and it does not watch: one call, one picture.
//
// The file system it reads is a parameter, so that a recorded tree of another machine gives that
// machine's inventory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace weir::sense {

// One accelerator: one PCI function (a card with two chips is two of them).
struct Device {
  std::string model;        // the name job files use: "nvidia-h100"; "" when nobody could say
  std::string name;         // as people read it: "H100 SXM5 80GB"; "" when unknown
  std::string vendor;       // "Huawei"; "" when unknown
  std::string kind;         // gpu, npu, dcu, fpga, other
  std::string pci_address;  // "0000:18:00.0"
  std::uint32_t pci_vendor = 0;
  std::uint32_t pci_device = 0;
  std::optional<std::int64_t> memory_bytes;  // measured by its library, else nominal by the table
  std::optional<int> numa_node;
  std::string uuid;    // as its own library names it; "" when unknown
  std::string source;  // what recognised it: the table row's source, "pci class" or "nvml"

  friend bool operator==(const Device&, const Device&) = default;
};

struct NumaNode {
  int index = 0;
  std::optional<std::int64_t> memory_bytes;
  std::uint32_t cpus = 0;        // usable ones
  std::vector<int> cpu_indexes;  // the system's numbers of these; hardware threads of one core and
                                 // cores of one package stand next to each other

  friend bool operator==(const NumaNode&, const NumaNode&) = default;
};

struct Machine {
  std::string host_name;
  std::string cpu_model;
  std::string architecture;            // "x86_64", "aarch64"
  std::optional<std::uint32_t> cpus;   // logical processors this process may use: allowed by cgroup
                                       // and affinity, and no more than the cgroup's quota pays for
  std::vector<int> cpu_indexes;        // the allowed ones by the system's numbers, in NUMA order
  std::optional<std::uint32_t> cores;  // with at least one allowed processor
  std::optional<std::uint32_t> packages;
  std::optional<std::int64_t> memory_bytes;  // physical, or the cgroup's limit where that is lower
  std::vector<NumaNode> numa;                // ascending by index
  std::vector<Device> devices;               // ascending by PCI address
  std::string operating_system;              // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;                        // "Linux 6.1.0-13-amd64"
  std::vector<std::string> unknown;          // what could not be known, and why

  friend bool operator==(const Machine&, const Machine&) = default;
};

struct SenseOptions {
  std::string filesystem_root = "/";
  // Whether NVIDIA's management library is asked for names and memory. It speaks of the machine it
  // runs on: for a recorded tree it is asked only where nvml_library names one.
  bool use_nvml = true;
  std::string nvml_library;  // "": libnvidia-ml.so.1 where the system finds it
};

// Looks at the machine under `options.filesystem_root`.
//
// Ensures:  the same tree gives the same answer (device order is by address).
// Fails:    not_found: the root is not a folder. Everything else that cannot be read is a sentence
//           in Machine::unknown.
// Cost:     milliseconds; a second or two where NVIDIA's driver has to wake its devices.
// Threads:  for another root than "/" the environment is changed while hwloc looks (it takes its
//           root from there); such calls exclude one another, but no other thread may read the
//           environment meanwhile.
[[nodiscard]] base::Result<Machine> sense_machine(const SenseOptions& options = {});

}  // namespace weir::sense
