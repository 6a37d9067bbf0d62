// A double of NVIDIA's management library: the C functions sense/ uses, answering what the test
// wrote into FAKE_NVML: lines "bus id|device and vendor in hexadecimal|name|uuid|bytes", or one
// line "init fails" or "count fails". An empty uuid or size answers "not supported"; a line "lost"
// is a device whose handle cannot be had.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int success = 0;
constexpr int not_supported = 3;
constexpr int driver_not_loaded = 9;
constexpr int gpu_is_lost = 15;

struct Answer {
  std::string bus_id;
  unsigned int ids = 0;
  std::string name;
  std::string uuid;
  std::string bytes;
};

int sessions = 0;
std::string script;
std::vector<Answer> answers;

void read_script() {
  const char* text = std::getenv("FAKE_NVML");  // NOLINT(concurrency-mt-unsafe): one thread
  script = text != nullptr ? text : "";
  answers.clear();
  std::istringstream lines(script);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    Answer answer;
    std::string ids;
    std::getline(fields, answer.bus_id, '|');
    std::getline(fields, ids, '|');
    std::getline(fields, answer.name, '|');
    std::getline(fields, answer.uuid, '|');
    std::getline(fields, answer.bytes, '|');
    answer.ids = static_cast<unsigned int>(std::strtoul(ids.c_str(), nullptr, 16));
    answers.push_back(answer);
  }
}

int copy_text(const std::string& from, char* to, unsigned int size) {
  if (from.empty()) return not_supported;
  std::snprintf(to, size, "%s", from.c_str());
  return success;
}

}  // namespace

struct PciInfo {
  char bus_id_legacy[16];
  unsigned int domain;
  unsigned int bus;
  unsigned int device;
  unsigned int pci_device_id;
  unsigned int pci_subsystem_id;
  char bus_id[32];
};
struct MemoryInfo {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

extern "C" {
// NOLINTBEGIN(readability-identifier-naming): names of NVIDIA's interface

int nvmlInit_v2() {
  read_script();
  if (script == "init fails") return driver_not_loaded;
  ++sessions;
  return success;
}
int nvmlShutdown() {
  --sessions;
  return success;
}
// Not part of the library: how many sessions are still open.
int fake_nvml_sessions() { return sessions; }

const char* nvmlErrorString(int code) {
  return code == driver_not_loaded ? "Driver Not Loaded" : "Unknown Error";
}
int nvmlDeviceGetCount_v2(unsigned int* count) {
  if (script == "count fails") return not_supported;
  *count = static_cast<unsigned int>(answers.size());
  return success;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void** handle) {
  if (answers.at(index).bus_id == "lost") return gpu_is_lost;
  *handle = &answers.at(index);
  return success;
}
int nvmlDeviceGetPciInfo_v3(void* handle, PciInfo* pci) {
  const auto& answer = *static_cast<Answer*>(handle);
  std::memset(pci, 0, sizeof *pci);
  std::snprintf(pci->bus_id, sizeof pci->bus_id, "%s", answer.bus_id.c_str());
  pci->pci_device_id = answer.ids;
  return success;
}
int nvmlDeviceGetName(void* handle, char* name, unsigned int size) {
  return copy_text(static_cast<Answer*>(handle)->name, name, size);
}
int nvmlDeviceGetUUID(void* handle, char* uuid, unsigned int size) {
  return copy_text(static_cast<Answer*>(handle)->uuid, uuid, size);
}
int nvmlDeviceGetMemoryInfo(void* handle, MemoryInfo* memory) {
  const auto& answer = *static_cast<Answer*>(handle);
  if (answer.bytes.empty()) return not_supported;
  memory->total = std::strtoull(answer.bytes.c_str(), nullptr, 10);
  memory->free = memory->total;
  memory->used = 0;
  return success;
}

// NOLINTEND(readability-identifier-naming)
}  // extern "C"
