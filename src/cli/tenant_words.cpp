#include "cli/tenant_words.h"

#include <charconv>

namespace weir::cli {

using base::ErrorCode;
using base::fail;

base::Result<model::Quota> read_quota(const std::vector<std::string>& parts,
                                      const std::string& flag) {
  model::Quota quota;
  for (const std::string& part : parts) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const std::string number = equals == std::string::npos ? "" : part.substr(equals + 1);
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (name.empty() || number.empty() || error != std::errc{} ||
        end != number.data() + number.size()) {
      return fail(ErrorCode::invalid, "`" + part + "` is no amount", flag,
                  "cpus=64, devices=16 or a device model as in nvidia-h100=8");
    }
    if (name == "cpus") {
      quota.cpus = count;
    } else if (name == "devices") {
      quota.devices = count;
    } else {
      quota.devices_by_model.push_back({name, count});
    }
  }
  return quota;
}

base::Result<model::Budget> read_budget(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto time = base::parse_duration(text.substr(0, slash));
  const auto period = slash == std::string::npos
                          ? std::nullopt
                          : base::enum_from<model::Period>(text.substr(slash + 1));
  if (!time || !period) {
    return fail(ErrorCode::invalid, "`" + text + "` is no budget", "--budget",
                "device time in a period: 500h/week, 24h/day, 2000h/month");
  }
  return model::Budget{base::to_us(*time) / 1'000'000, *period};
}

std::string in_words(const model::Quota& quota) {
  std::string text;
  const auto add = [&](const std::string& name, std::uint32_t count) {
    text += (text.empty() ? "" : ",") + name + "=" + std::to_string(count);
  };
  if (quota.cpus) add("cpus", *quota.cpus);
  if (quota.devices) add("devices", *quota.devices);
  for (const model::DeviceCount& count : quota.devices_by_model) add(count.model, count.count);
  return text;
}

}  // namespace weir::cli
