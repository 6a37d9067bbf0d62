#include "schedule/request.h"

#include "base/quantity.h"

namespace weir::schedule {

Request request_of(const model::JobSpec& spec) { return {spec.nodes, spec.options, spec.ordered}; }

std::string request_key(const Request& request) {
  std::string key = std::to_string(request.nodes) + (request.ordered ? "o" : "a");
  for (const model::ResourceOption& option : request.options) {
    key += "|" + std::to_string(option.cpus) + ":" + std::to_string(option.cpus_most.value_or(0)) +
           ":" + std::to_string(option.memory_bytes) + ":" +
           std::to_string(option.memory_bytes_most.value_or(0));
    for (const model::DeviceCount& device : option.devices) {
      key += "," + device.model + "*" + model::device_amount(device.count, option.device_milli);
    }
    // What an option sets in the environment does not change where it fits.
  }
  return key;
}

std::string describe(std::uint32_t nodes, const model::ResourceOption& option) {
  std::string out;
  if (nodes > 1) out += std::to_string(nodes) + " nodes, each ";
  for (const model::DeviceCount& device : option.devices) {
    out += model::device_amount(device.count, option.device_milli) + " " + device.model + ", ";
  }
  out += std::to_string(option.cpus) + (option.cpus == 1 ? " cpu" : " cpus");
  if (option.memory_bytes > 0) out += ", " + base::format_bytes(option.memory_bytes);
  return out;
}

}  // namespace weir::schedule
