#include "sense/nvml.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <string_view>

#include "sense/text.h"

namespace weir::sense {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

// The part of NVML's C interface used here, stable since its version 4 (2012; the third form of the
// PCI structure since 2018). Each returns 0 on success.
using Handle = void*;
struct PciInfo {
  char bus_id_legacy[16];
  unsigned int domain;
  unsigned int bus;
  unsigned int device;
  unsigned int pci_device_id;  // device << 16 | vendor
  unsigned int pci_subsystem_id;
  char bus_id[32];
};
struct Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};
using Init = int (*)();
using Shutdown = int (*)();
using ErrorString = const char* (*)(int);
using GetCount = int (*)(unsigned int*);
using GetHandle = int (*)(unsigned int, Handle*);
using GetText = int (*)(Handle, char*, unsigned int);
using GetMemory = int (*)(Handle, Memory*);
using GetPci = int (*)(Handle, PciInfo*);

struct CloseLibrary {
  void operator()(void* library) const { ::dlclose(library); }
};
using Library = std::unique_ptr<void, CloseLibrary>;

template <typename Function>
Function find_function(const Library& library, const char* name) {
  return reinterpret_cast<Function>(::dlsym(library.get(), name));
}

// Ends what Init began, on every way out.
class Session {
 public:
  explicit Session(Shutdown shutdown) : shutdown_(shutdown) {}
  ~Session() {
    if (shutdown_ != nullptr) shutdown_();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  Shutdown shutdown_;
};

template <std::size_t Size>
std::string_view text_of(const std::array<char, Size>& buffer) {
  return {buffer.data(), std::ranges::find(buffer, '\0')};
}

std::optional<NvmlDevice> ask_device(const Library& library, Handle handle, GetPci get_pci) {
  PciInfo pci{};
  if (get_pci(handle, &pci) != 0) return std::nullopt;
  NvmlDevice device;
  pci.bus_id[sizeof pci.bus_id - 1] = '\0';
  device.pci_address = normal_pci_address(pci.bus_id);
  device.pci_vendor = pci.pci_device_id & 0xffffU;
  device.pci_device = pci.pci_device_id >> 16U;
  if (device.pci_address.empty()) return std::nullopt;
  std::array<char, 128> text{};
  const auto get_name = find_function<GetText>(library, "nvmlDeviceGetName");
  if (get_name != nullptr && get_name(handle, text.data(), text.size()) == 0) {
    device.name = text_of(text);
  }
  text.fill('\0');
  const auto get_uuid = find_function<GetText>(library, "nvmlDeviceGetUUID");
  if (get_uuid != nullptr && get_uuid(handle, text.data(), text.size()) == 0) {
    device.uuid = text_of(text);
  }
  Memory memory{};
  const auto get_memory = find_function<GetMemory>(library, "nvmlDeviceGetMemoryInfo");
  if (get_memory != nullptr && get_memory(handle, &memory) == 0 && memory.total > 0 &&
      memory.total < 1ULL << 62U) {
    device.memory_bytes = static_cast<std::int64_t>(memory.total);
  }
  return device;
}

// Words of a product name that say a form, a size or a line, not a model.
bool is_model_word(std::string_view word) {
  static constexpr std::array<std::string_view, 13> left_out = {
      "nvidia", "tesla", "geforce",  "pcie",    "sxm",       "nvl",       "cnx",
      "gpu",    "hgx",   "graphics", "edition", "blackwell", "generation"};
  if (word.empty() || std::ranges::find(left_out, word) != left_out.end()) return false;
  const auto digits = word.find_first_not_of("0123456789");
  const auto rest = digits == std::string_view::npos ? "" : word.substr(digits);
  if (digits != 0 && (rest == "gb" || rest == "g")) return false;        // "80gb"
  if (word.starts_with("sxm") || word.starts_with("hbm")) return false;  // "sxm4", "hbm3e"
  return true;
}

}  // namespace

std::string nvml_model(const std::string& name) {
  std::string words(name);
  std::ranges::transform(words, words.begin(), [](unsigned char c) {
    return std::isalnum(c) != 0 ? static_cast<char>(std::tolower(c)) : ' ';
  });
  std::string model;
  for (const auto word : split_words(words)) {
    if (is_model_word(word)) model += fmt::format("-{}", word);
  }
  return model.empty() ? "" : "nvidia" + model;
}

std::string normal_pci_address(const std::string& address) {
  const auto parts = split(address, ':');
  if (parts.size() != 3) return {};
  const auto last = split(parts[2], '.');
  if (last.size() != 2) return {};
  const auto domain = parse_hexadecimal(parts[0]);
  const auto bus = parse_hexadecimal(parts[1]);
  const auto device = parse_hexadecimal(last[0]);
  const auto function = parse_hexadecimal(last[1]);
  if (!domain || !bus || !device || !function) return {};
  if (*bus > 0xff || *device > 0x1f || *function > 7) return {};
  return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", *domain, *bus, *device, *function);
}

Result<std::vector<NvmlDevice>> ask_nvml(const std::string& path) {
  const Library library(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (library == nullptr) {
    const char* why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
    return fail(ErrorCode::not_found, why != nullptr ? why : path + " cannot be loaded");
  }
  const auto init = find_function<Init>(library, "nvmlInit_v2");
  const auto shutdown = find_function<Shutdown>(library, "nvmlShutdown");
  const auto get_count = find_function<GetCount>(library, "nvmlDeviceGetCount_v2");
  const auto get_handle = find_function<GetHandle>(library, "nvmlDeviceGetHandleByIndex_v2");
  const auto get_pci = find_function<GetPci>(library, "nvmlDeviceGetPciInfo_v3");
  if (init == nullptr || shutdown == nullptr || get_count == nullptr || get_handle == nullptr ||
      get_pci == nullptr) {
    return fail(ErrorCode::unavailable, path + " lacks functions of NVML");
  }
  const auto refused = [&](const char* what, int code) {
    const auto in_words = find_function<ErrorString>(library, "nvmlErrorString");
    const char* why = in_words != nullptr ? in_words(code) : nullptr;
    return fail(ErrorCode::unavailable, std::string(what) + " of " + path + ": " +
                                            (why != nullptr ? why : "no reason given") + " (code " +
                                            std::to_string(code) + ")");
  };
  if (const int code = init(); code != 0) return refused("nvmlInit_v2", code);
  const Session session(shutdown);
  unsigned int count = 0;
  if (const int code = get_count(&count); code != 0) return refused("nvmlDeviceGetCount_v2", code);
  std::vector<NvmlDevice> devices;
  for (unsigned int index = 0; index < std::min(count, 1024U); ++index) {
    Handle handle = nullptr;
    // A device that was lost does not hide the others.
    if (get_handle(index, &handle) != 0) continue;
    if (auto device = ask_device(library, handle, get_pci)) devices.push_back(*std::move(device));
  }
  return devices;
}

void join_nvml(std::vector<Device>& devices, const std::vector<NvmlDevice>& answers) {
  for (const auto& answer : answers) {
    auto device = std::ranges::find(devices, answer.pci_address, &Device::pci_address);
    if (device == devices.end()) {
      Device added;
      added.vendor = "NVIDIA";
      added.kind = "gpu";
      added.pci_address = answer.pci_address;
      added.pci_vendor = answer.pci_vendor;
      added.pci_device = answer.pci_device;
      added.source = "nvml";
      device = devices.insert(devices.end(), std::move(added));
    }
    if (answer.memory_bytes) device->memory_bytes = answer.memory_bytes;
    if (!answer.uuid.empty()) device->uuid = answer.uuid;
    if (device->model.empty() && !answer.name.empty()) {
      device->model = nvml_model(answer.name);
      device->name = answer.name;
      device->source = "nvml";
    }
  }
  std::ranges::sort(devices, {}, &Device::pci_address);
}

}  // namespace weir::sense
