#include "agent/site_policy.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/read.h"
#include "flow/data_policy.h"

namespace weir::agent {

namespace {

using base::ErrorCode;

constexpr int minutes_of_hour = 60;
constexpr int minutes_of_day = 24 * minutes_of_hour;
constexpr double micro = 1e6;

struct Span {
  int from = 0;  // minutes after midnight
  int to = 0;
};

// "HH:MM"
std::optional<int> read_clock(std::string_view text) {
  const auto number = [&](std::string_view digits, int limit) -> std::optional<int> {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool is_good = digits.size() == 2 && error == std::errc() &&
                         end == digits.data() + digits.size() && value >= 0 && value < limit;
    return is_good ? std::optional(value) : std::nullopt;
  };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = number(text.substr(0, 2), 25);
  const auto minute = number(text.substr(3), minutes_of_hour);
  if (!hour || !minute || *hour * minutes_of_hour + *minute > minutes_of_day) return std::nullopt;
  return *hour * minutes_of_hour + *minute;
}

std::optional<Span> read_span(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = read_clock(text.substr(0, dash));
  const auto to = read_clock(text.substr(dash + 1));
  return from && to ? std::optional(Span{*from, *to}) : std::nullopt;
}

bool any_matches(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return flow::matches(pattern, name); });
}

std::optional<base::Error> fault_of(const SitePolicy& policy) {
  for (std::size_t i = 0; i < policy.hours.size(); ++i) {
    if (read_span(policy.hours[i])) continue;
    return base::Error{ErrorCode::invalid,
                       "`" + policy.hours[i] + "` is no span of a day",
                       "hours[" + std::to_string(i) + "]",
                       "write it like 20:00-08:00",
                       {}};
  }
  for (const auto& [model, price] : policy.price_least) {
    if (std::isfinite(price) && price >= 0) continue;
    return base::Error{ErrorCode::invalid,
                       "a price is no less than 0",
                       "price_least." + model,
                       "in CNY for one device and hour",
                       {}};
  }
  return std::nullopt;
}

// How many whole devices of each model it takes.
std::map<std::string, double> devices_of(const model::AttemptWish& wish,
                                         const std::vector<model::Node>& nodes) {
  std::map<std::string, double> devices;
  for (const model::RankWish& rank : wish.ranks) {
    if (rank.node_index >= nodes.size()) continue;
    const auto& there = nodes[rank.node_index].devices;
    for (const std::uint32_t device : rank.devices) {
      if (device < there.size()) {
        devices[there[device].model] +=
            static_cast<double>(rank.device_milli) / model::whole_device_milli;
      }
    }
  }
  return devices;
}

std::optional<std::string> refusal_of_devices(const SitePolicy& policy,
                                              const model::AttemptWish& wish,
                                              const std::vector<model::Node>& nodes) {
  double least = 0;
  for (const auto& [model, count] : devices_of(wish, nodes)) {
    if (!policy.devices.admits(model)) return "its owner gives no " + model + " away";
    const auto price = policy.price_least.find(model);
    if (price != policy.price_least.end()) least += price->second * count;
  }
  if (static_cast<double>(wish.hour_micro_cny) >= least * micro) return std::nullopt;
  std::ostringstream text;
  text << "its owner wants at least " << least << " CNY an hour for it, and it brings in "
       << static_cast<double>(wish.hour_micro_cny) / micro;
  return text.str();
}

std::optional<std::string> refusal_of_data(const SitePolicy& policy,
                                           const model::AttemptWish& wish) {
  if (!policy.folders && !wish.workdir.empty()) return "its owner lets no folders in";
  for (const model::InputWish& input : wish.inputs) {
    if (!policy.inputs.admits(input.dataset.name)) {
      return "its owner does not let dataset " + input.dataset.name + " in";
    }
  }
  for (const model::DataOutput& output : wish.outputs) {
    if (!policy.outputs.admits(output.dataset)) {
      return "its owner does not let dataset " + output.dataset + " be made there";
    }
  }
  return std::nullopt;
}

std::optional<std::string> lasting_refusal(const SitePolicy& policy, const model::AttemptWish& wish,
                                           const std::vector<model::Node>& nodes) {
  if (!policy.tenants.admits(wish.tenant)) {
    return "its owner does not let tenant " + wish.tenant + " in";
  }
  const auto most = policy.time_limit_most;
  if (most && (!wish.time_limit || *wish.time_limit > *most)) {
    return "its owner lets nothing run for longer than " + base::format_duration(*most);
  }
  if (auto why = refusal_of_devices(policy, wish, nodes)) return why;
  return refusal_of_data(policy, wish);
}

}  // namespace

bool AllowList::admits(const std::string& name) const {
  return (!allow || any_matches(*allow, name)) && !any_matches(deny, name);
}

base::Result<SitePolicy> parse_site_policy(std::string_view yaml, std::string file_name) {
  const base::Document document = WEIR_TRY(base::parse_yaml(yaml, std::move(file_name)));
  auto policy = WEIR_TRY(base::read_document<SitePolicy>(document));
  if (auto fault = fault_of(policy)) {
    fault->place = base::at_path(document, fault->field).place();
    return base::fail(*std::move(fault));
  }
  return policy;
}

base::Result<SitePolicy> read_site_policy(const std::string& path) {
  std::ifstream file(path);
  if (!file) return base::fail_errno("open " + path, errno);
  std::ostringstream text;
  text << file.rdbuf();
  return parse_site_policy(text.str(), path);
}

std::optional<Refusal> refusal(const SitePolicy& policy, const model::AttemptWish& wish,
                               const std::vector<model::Node>& nodes, int minute_of_day) {
  if (auto why = lasting_refusal(policy, wish, nodes)) return Refusal{*std::move(why)};
  if (is_open_at(policy, minute_of_day)) return std::nullopt;
  return Refusal{"its owner lets nothing begin at this hour", true};
}

bool is_open_at(const SitePolicy& policy, int minute_of_day) {
  if (policy.hours.empty()) return true;
  return std::any_of(policy.hours.begin(), policy.hours.end(), [&](const std::string& text) {
    const Span span = read_span(text).value_or(Span{});
    if (span.from <= span.to) return span.from <= minute_of_day && minute_of_day < span.to;
    return minute_of_day >= span.from || minute_of_day < span.to;
  });
}

}  // namespace weir::agent
