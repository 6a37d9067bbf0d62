#include "sense/pci.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sense/accelerators.h"
#include "sense/text.h"

namespace weir::sense {
namespace {

constexpr std::uint32_t processing_accelerator = 0x12;  // base class, PCI Code and ID Assignment

std::optional<PciFunction> read_function(const std::filesystem::path& folder) {
  const auto number = [&](const char* file) -> std::optional<std::uint32_t> {
    const auto text = read_text(folder / file);
    return text ? parse_hexadecimal(*text) : std::nullopt;
  };
  const auto vendor = number("vendor");
  const auto device = number("device");
  const auto class_code = number("class");
  if (!vendor || !device || !class_code) return std::nullopt;
  if (*vendor > 0xffff || *device > 0xffff || *class_code > 0xffffff) return std::nullopt;
  PciFunction function;
  function.address = folder.filename().string();
  function.vendor = *vendor;
  function.device = *device;
  function.class_code = *class_code;
  if (const auto text = read_text(folder / "numa_node")) {
    const auto node = parse_decimal(*text);
    // -1 is the kernel's word for "not known".
    if (node && *node >= 0 && *node < 1 << 20) function.numa_node = static_cast<int>(*node);
  }
  std::error_code ignored;
  const auto physical = std::filesystem::symlink_status(folder / "physfn", ignored);
  function.virtual_function = std::filesystem::exists(physical);
  return function;
}

// "0000:18:00" of "0000:18:00.0": the card the function is on.
std::string_view slot(const PciFunction& function) {
  const std::string_view address = function.address;
  return address.substr(0, address.rfind('.'));
}

}  // namespace

std::vector<PciFunction> read_pci(const std::filesystem::path& root,
                                  std::vector<std::string>& unknown) {
  std::vector<PciFunction> functions;
  const auto buses = root / "sys/bus";
  std::error_code error;
  // A kernel that lists its buses and no PCI among them has none: that is known.
  if (std::filesystem::is_directory(buses, error) && !std::filesystem::exists(buses / "pci")) {
    return functions;
  }
  std::vector<std::filesystem::path> entries;
  for (auto entry = std::filesystem::directory_iterator(buses / "pci/devices", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    entries.push_back(entry->path());
  }
  if (error) {
    unknown.push_back(
        fmt::format("PCI devices: /sys/bus/pci/devices cannot be read: {}", error.message()));
    return functions;
  }
  std::ranges::sort(entries);
  for (const auto& entry : entries) {
    if (auto function = read_function(entry)) {
      functions.push_back(*std::move(function));
    } else {
      unknown.push_back(fmt::format("PCI device {}: its vendor, device or class is not readable",
                                    entry.filename().string()));
    }
  }
  return functions;
}

std::vector<Device> recognise_devices(const std::vector<PciFunction>& functions) {
  std::set<std::string_view> known_cards;
  for (const auto& function : functions) {
    const auto* row = find_accelerator(function.vendor, function.device, function.class_code);
    if (row != nullptr && row->device_id && row->is_accelerator() && !function.virtual_function) {
      known_cards.insert(slot(function));
    }
  }
  std::vector<Device> devices;
  for (const auto& function : functions) {
    if (function.virtual_function) continue;
    const auto* row = find_accelerator(function.vendor, function.device, function.class_code);
    if (row == nullptr && function.class_code >> 16 != processing_accelerator) continue;
    if (row != nullptr && !row->is_accelerator()) continue;
    if ((row == nullptr || !row->device_id) && known_cards.contains(slot(function))) continue;
    Device device;
    device.kind = "other";
    device.source = "pci class";
    device.pci_address = function.address;
    device.pci_vendor = function.vendor;
    device.pci_device = function.device;
    device.numa_node = function.numa_node;
    if (row != nullptr) {
      device.vendor = row->vendor;
      device.kind = row->kind;
      device.source = row->source;
      device.memory_bytes = row->memory_bytes;
      device.model = row->model;
      if (row->device_id) device.name = row->name;
    }
    devices.push_back(std::move(device));
  }
  return devices;
}

}  // namespace weir::sense
