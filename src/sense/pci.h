// The PCI functions of a machine, as sysfs lists them, and the accelerators among them.
//
// Read straight from sysfs rather than through hwloc: hwloc shows neither which functions are
// virtual ones of a card that stands beside them, nor which entries were malformed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sense/inventory.h"

namespace weir::sense {

struct PciFunction {
  std::string address;  // "0000:18:00.0"
  std::uint32_t vendor = 0;
  std::uint32_t device = 0;
  std::uint32_t class_code = 0;
  std::optional<int> numa_node;
  bool virtual_function = false;  // of a physical function on the same bus (SR-IOV)
};

// Every function under `root`/sys/bus/pci/devices, ascending by address. What is malformed is left
// out and named in `unknown`; so is a folder that cannot be read. A machine whose kernel lists its
// buses and no PCI among them has no functions, and that is known.
[[nodiscard]] std::vector<PciFunction> read_pci(const std::filesystem::path& root,
                                                std::vector<std::string>& unknown);

// The accelerators among `functions`, one Device each, in their order.
//
// Virtual functions do not count beside their physical one: they are slices of it. A function that
// only its vendor's row knows does not count where another function of the same card was recognised
// by its id: cards show management functions beside themselves. A processing accelerator (PCI class
// 0x12) of a vendor the table does not know is a device without vendor and model.
[[nodiscard]] std::vector<Device> recognise_devices(const std::vector<PciFunction>& functions);

}  // namespace weir::sense
