#include "schedule/request.h"

#include <array>
#include <charconv>
#include <concepts>

#include "base/quantity.h"

namespace weir::schedule {

Request request_of(const model::JobSpec& spec) { return {spec.nodes, spec.options, spec.ordered}; }

namespace {

// One text that grows: of every submission a key is made.
void add_number(std::string& key, char mark, std::integral auto number) {
  std::array<char, 21> text;  // NOLINT(cppcoreguidelines-pro-type-member-init): written below
  text[0] = mark;
  const auto written = std::to_chars(text.data() + 1, text.data() + text.size(), number);
  key.append(text.data(), static_cast<std::size_t>(written.ptr - text.data()));
}

}  // namespace

std::string request_key(const Request& request) {
  std::string key;
  key.reserve(64);
  key += std::to_string(request.nodes);
  key += request.ordered ? 'o' : 'a';
  for (const model::ResourceOption& option : request.options) {
    add_number(key, '|', option.cpus);
    add_number(key, ':', option.cpus_most.value_or(0));
    add_number(key, ':', option.memory_bytes);
    add_number(key, ':', option.memory_bytes_most.value_or(0));
    for (const model::DeviceCount& device : option.devices) {
      key += ',';
      key += device.model;
      add_number(key, '*', device.count);
    }
    if (option.is_share()) add_number(key, '%', option.device_milli);
    if (option.site_filter != 0) add_number(key, '@', option.site_filter);
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
