#include "cli/tenant_words.h"

#include <charconv>

#include "base/money.h"

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
  const auto refused = [&](const std::string& hint) {
    return fail(ErrorCode::invalid, "`" + text + "` is no budget", "--budget", hint);
  };
  const std::string forms =
      "device time, money or both in a period: 500h/week, '2000 CNY/month', "
      "'500h,2000 CNY/month'";
  const auto period = slash == std::string::npos
                          ? std::nullopt
                          : base::enum_from<model::Period>(text.substr(slash + 1));
  if (!period) return refused(forms);
  model::Budget budget{0, *period};
  std::string amounts = text.substr(0, slash) + ",";
  for (std::size_t comma = 0; !amounts.empty(); amounts.erase(0, comma + 1)) {
    comma = amounts.find(',');
    const std::string amount = amounts.substr(0, comma);
    if (amount.ends_with("CNY") && !budget.money_micro_cny) {
      const auto money = base::parse_money(amount);
      if (!money) return refused(money.error().message);
      budget.money_micro_cny = *money;
      continue;
    }
    const auto time = base::parse_duration(amount);
    if (!time || budget.device_seconds > 0) return refused(forms);
    budget.device_seconds = base::to_us(*time) / 1'000'000;
  }
  return budget;
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

std::string budget_in_words(const model::TenantView& tenant) {
  if (!tenant.budget) return "";
  const model::Budget& budget = *tenant.budget;
  const auto time = [](std::int64_t seconds) {
    return base::format_duration(std::chrono::seconds(seconds));
  };
  std::string text;
  if (budget.device_seconds > 0) {
    text = time(tenant.spent_device_seconds.value_or(0)) + " of " + time(budget.device_seconds);
  }
  if (budget.money_micro_cny) {
    text += (text.empty() ? "" : ", ") + base::format_amount(tenant.spent_micro_cny.value_or(0)) +
            " of " + base::format_money(*budget.money_micro_cny);
  }
  return text + "/" + std::string(base::enum_name(budget.period));
}

}  // namespace weir::cli
