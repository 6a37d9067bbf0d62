// What NVIDIA's management library says of its devices, where it is installed.
//
// The library is loaded at run time and its few functions are declared here, so that the program
// neither needs it nor its headers. It answers for the machine it runs on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sense/inventory.h"

namespace weir::sense {

struct NvmlDevice {
  std::string pci_address;  // "0000:18:00.0", as sysfs writes it
  std::uint32_t pci_vendor = 0;
  std::uint32_t pci_device = 0;
  std::string name;  // "NVIDIA H100 80GB HBM3"
  std::string uuid;
  std::optional<std::int64_t> memory_bytes;
};

// Asks the library at `path` (a name without "/" is searched for by the loader).
// Fails: not_found: there is no such library; unavailable: it cannot start, or does not tell its
//        devices, with its own words.
[[nodiscard]] base::Result<std::vector<NvmlDevice>> ask_nvml(const std::string& path);

// Puts what the library said beside what the bus showed: memory, uuid, and a model where the table
// has none. Devices the bus did not show are added with source "nvml". Keeps the order by address.
void join_nvml(std::vector<Device>& devices, const std::vector<NvmlDevice>& answers);

// The name job files use, from the library's: "NVIDIA A100-SXM4-80GB" → "nvidia-a100". Form, memory
// and the names of product lines are left out. "" for a name with nothing left.
[[nodiscard]] std::string nvml_model(const std::string& name);

// "00000000:3B:00.0" → "0000:3b:00.0"; "" for what is not an address.
[[nodiscard]] std::string normal_pci_address(const std::string& address);

}  // namespace weir::sense
