#include "sense/inventory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sense/host.h"
#include "sense/limits.h"
#include "sense/nvml.h"
#include "sense/pci.h"
#include "sense/processors.h"

namespace weir::sense {
namespace {

constexpr std::uint32_t nvidia = 0x10de;

void apply_limits(const GroupLimits& limits, Machine& machine) {
  if (limits.memory_bytes &&
      (!machine.memory_bytes || *limits.memory_bytes < *machine.memory_bytes)) {
    machine.memory_bytes = limits.memory_bytes;
  }
  if (limits.cpus && machine.cpus) machine.cpus = std::min(*machine.cpus, *limits.cpus);
}

void add_nvml(const SenseOptions& options, Machine& machine) {
  const bool recorded = options.filesystem_root != "/";
  if (!options.use_nvml || (recorded && options.nvml_library.empty())) return;
  const std::string library =
      options.nvml_library.empty() ? "libnvidia-ml.so.1" : options.nvml_library;
  const auto answers = ask_nvml(library);
  if (answers) {
    join_nvml(machine.devices, *answers);
    return;
  }
  // Without a device of its maker on the bus nobody misses the library.
  if (std::ranges::find(machine.devices, nvidia, &Device::pci_vendor) == machine.devices.end()) {
    return;
  }
  machine.unknown.push_back(fmt::format(
      "NVIDIA devices: their memory and identity were not measured: {}", answers.error().message));
}

void name_unknown_devices(Machine& machine) {
  for (const auto& device : machine.devices) {
    if (!device.model.empty()) continue;
    const std::string maker = device.vendor.empty() ? "an unknown vendor" : device.vendor;
    const std::string why =
        device.name.empty() ? "it is not in the table" : "it is shared by models: " + device.name;
    std::string sentence =
        fmt::format("device {}: an accelerator of {}", device.pci_address, maker);
    sentence += fmt::format(", PCI id {:04x}:{:04x}", device.pci_vendor, device.pci_device);
    sentence += ": ";
    machine.unknown.push_back(sentence + why);
  }
}

}  // namespace

base::Result<Machine> sense_machine(const SenseOptions& options) {
  std::error_code ignored;
  const std::filesystem::path root(options.filesystem_root);
  if (!std::filesystem::is_directory(root, ignored)) {
    return base::fail(
        base::ErrorCode::not_found,
        fmt::format("\"{}\" is not a folder to look for a machine in", options.filesystem_root));
  }
  Machine machine;
  read_host(root, machine);
  read_processors(root, machine);
  apply_limits(read_group_limits(root), machine);
  machine.devices = recognise_devices(read_pci(root, machine.unknown));
  add_nvml(options, machine);
  name_unknown_devices(machine);
  return machine;
}

}  // namespace weir::sense
