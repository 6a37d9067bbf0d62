#include "schedule/quota.h"

#include <algorithm>

#include "base/check.h"
#include "base/money.h"

namespace weir::schedule {

using model::Obstacle;

namespace {

std::int64_t of_model(const Held& held, const std::string& model) {
  for (const Held::OfModel& each : held.by_model) {
    if (each.model == model) return each.devices_milli;
  }
  return 0;
}

std::int64_t milli(std::uint32_t devices) {
  return std::int64_t{devices} * model::whole_device_milli;
}

std::string amount(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun;
}

std::string plural(std::int64_t count, const std::string& noun) {
  return amount(count, noun) + (count == 1 ? "" : "s");
}

Obstacle broken(const std::string& tenant, const char* limit, const std::string& asks,
                std::int64_t most, const std::string& holds) {
  return {limit,
          "asks for " + asks + "; tenant " + tenant + " may hold " + std::to_string(most) +
              " and holds " + holds,
          false};
}

Obstacle too_many_devices(const std::string& tenant, const std::string& noun, std::int64_t asks,
                          std::uint32_t most, std::int64_t holds) {
  return broken(tenant, "devices", model::devices_text(asks) + " " + noun, most,
                model::devices_text(holds));
}

std::string device_time(std::int64_t ms) {
  return base::format_duration(std::chrono::seconds(ms / 1000));
}

std::string name_of(model::Period period) { return std::string(base::enum_name(period)); }

Obstacle needs_a_limit(const std::string& tenant, bool counts_time, const Cost& cost) {
  const std::string asks =
      counts_time ? "devices"
                  : "what costs " + base::format_money(cost.hour_micro_cny) + " an hour,";
  return {"budget",
          "asks for " + asks + " without a time limit; tenant " + tenant + " has a budget of " +
              (counts_time ? "device time" : "money") + ", so it must say for how long",
          false};
}

}  // namespace

Held held_by(std::uint32_t nodes, const model::ResourceOption& option) {
  Held held;
  held.cpus = std::int64_t{nodes} * option.cpus;
  for (const model::DeviceCount& device : option.devices) {
    const std::int64_t each = option.is_share() ? option.device_milli : model::whole_device_milli;
    const std::int64_t all = each * device.count * nodes;
    held.by_model.push_back({device.model, all});
    held.devices_milli += all;
  }
  return held;
}

Held held_by(std::span<const model::Node> nodes, std::span<const model::RankPlacement> ranks) {
  Held held;
  for (const model::RankPlacement& rank : ranks) {
    held.cpus += rank.cpus;
    for (const std::uint32_t device : rank.devices) {
      const std::int64_t held_of_it = rank.device_milli;
      add(held, {0, held_of_it, {{nodes[rank.node].devices[device].model, held_of_it}}});
    }
  }
  return held;
}

std::optional<Obstacle> over_limit(const std::string& tenant, const model::Quota& limit,
                                   const Held& held, const Held& more) {
  for (const model::DeviceCount& most : limit.devices_by_model) {
    const std::int64_t asks = of_model(more, most.model);
    const std::int64_t holds = of_model(held, most.model);
    if (asks > 0 && holds + asks > milli(most.count)) {
      return too_many_devices(tenant, most.model, asks, most.count, holds);
    }
  }
  const bool over = limit.devices && more.devices_milli > 0 &&
                    held.devices_milli + more.devices_milli > milli(*limit.devices);
  if (over) {
    const bool one = more.devices_milli == model::whole_device_milli;
    return too_many_devices(tenant, one ? "device" : "devices", more.devices_milli, *limit.devices,
                            held.devices_milli);
  }
  if (limit.cpus && more.cpus > 0 && held.cpus + more.cpus > *limit.cpus) {
    return broken(tenant, "cpus", plural(more.cpus, "cpu"), *limit.cpus, std::to_string(held.cpus));
  }
  return std::nullopt;
}

std::optional<Obstacle> over_budget(const std::string& tenant, const model::Budget& budget,
                                    const Charge& spent, const Cost& cost,
                                    std::optional<base::Duration> time_limit) {
  const bool counts_time = budget.device_seconds > 0 && cost.devices_milli > 0;
  const bool counts_money = budget.money_micro_cny && cost.hour_micro_cny > 0;
  if (!counts_time && !counts_money) return std::nullopt;
  if (!time_limit) return needs_a_limit(tenant, counts_time, cost);
  const Charge asks = charge_of(cost, *time_limit);
  const std::int64_t all_ms = budget.device_seconds * 1000;
  if (counts_time && spent.device_ms + asks.device_ms > all_ms) {
    return Obstacle{"budget",
                    "asks for " + device_time(asks.device_ms) + " of device time; tenant " +
                        tenant + " may spend " + device_time(all_ms) + " a " +
                        name_of(budget.period) + " and has " +
                        device_time(std::max<std::int64_t>(0, all_ms - spent.device_ms)) + " left",
                    false};
  }
  if (!counts_money || spent.micro_cny + asks.micro_cny <= *budget.money_micro_cny) {
    return std::nullopt;
  }
  std::string may = base::format_money(*budget.money_micro_cny);
  may += spent.micro_cny == 0 ? " a " + name_of(budget.period)
                              : " this " + name_of(budget.period) + " and has spent " +
                                    base::format_amount(spent.micro_cny);
  return Obstacle{
      "budget",
      "asks for " + base::format_money(asks.micro_cny) + "; tenant " + tenant + " may spend " + may,
      false};
}

std::string nearest_within(const model::Quota& limit, std::uint32_t nodes,
                           const model::ResourceOption& option) {
  // Fewer nodes of the same size first; where not even one fits, less on that one.
  const auto fits = [&](std::uint32_t count, const model::ResourceOption& of) {
    return !over_limit("", limit, {}, held_by(count, of));
  };
  for (std::uint32_t fewer = nodes; fewer-- > 1;) {
    if (fits(fewer, option)) return "`nodes: " + std::to_string(fewer) + "` would fit";
  }
  model::ResourceOption less = option;
  std::string changes;
  const auto change = [&](const std::string& text) {
    changes += (changes.empty() ? "" : " and ") + text;
  };
  if (nodes > 1) change("`nodes: 1`");
  for (model::DeviceCount& device : less.devices) {
    const std::uint32_t before = device.count;
    while (device.count > 0 && !fits(1, {{device}, 0, {}, 0, {}, {}, less.device_milli}))
      --device.count;
    if (device.count == 0) return "";
    if (device.count < before) {
      change("`devices: " + device.model + ":" + std::to_string(device.count) + "`");
    }
  }
  if (limit.cpus && less.cpus > *limit.cpus) {
    if (*limit.cpus == 0) return "";
    less.cpus = *limit.cpus;
    change("`cpus: " + std::to_string(less.cpus) + "`");
  }
  return fits(1, less) && !changes.empty() ? changes + " would fit" : "";
}

bool speaks_of(const model::Quota& quota, const Held& held) {
  if (quota.cpus && held.cpus > 0) return true;
  if (quota.devices && held.devices_milli > 0) return true;
  return std::any_of(
      quota.devices_by_model.begin(), quota.devices_by_model.end(),
      [&](const model::DeviceCount& count) { return of_model(held, count.model) > 0; });
}

bool still_covers(const model::Quota& quota, const Held& left, const Held& taken) {
  if (quota.cpus && taken.cpus > 0 && left.cpus < *quota.cpus) return false;
  const bool fewer =
      quota.devices && taken.devices_milli > 0 && left.devices_milli < milli(*quota.devices);
  if (fewer) return false;
  return std::all_of(quota.devices_by_model.begin(), quota.devices_by_model.end(),
                     [&](const model::DeviceCount& own) {
                       return of_model(taken, own.model) == 0 ||
                              of_model(left, own.model) >= milli(own.count);
                     });
}

void add(Held& to, const Held& more) {
  to.cpus += more.cpus;
  to.devices_milli += more.devices_milli;
  for (const Held::OfModel& each : more.by_model) {
    const auto at = std::lower_bound(
        to.by_model.begin(), to.by_model.end(), each.model,
        [](const Held::OfModel& have, const std::string& name) { return have.model < name; });
    if (at != to.by_model.end() && at->model == each.model) {
      at->devices_milli += each.devices_milli;
    } else {
      to.by_model.insert(at, each);
    }
  }
}

void subtract(Held& from, const Held& less) {
  from.cpus -= less.cpus;
  from.devices_milli -= less.devices_milli;
  for (const Held::OfModel& each : less.by_model) {
    const auto at =
        std::find_if(from.by_model.begin(), from.by_model.end(),
                     [&](const Held::OfModel& have) { return have.model == each.model; });
    WEIR_CHECK(at != from.by_model.end() && at->devices_milli >= each.devices_milli,
               "what is given back was held");
    at->devices_milli -= each.devices_milli;
    if (at->devices_milli == 0) from.by_model.erase(at);
  }
}

void trim_cpus(std::vector<model::RankPlacement>& ranks, std::uint32_t cpus_least,
               std::int64_t cpus_most) {
  std::int64_t all = 0;
  for (const model::RankPlacement& rank : ranks) all += rank.cpus;
  for (auto rank = ranks.rbegin(); rank != ranks.rend() && all > cpus_most; ++rank) {
    const std::int64_t cut = std::min<std::int64_t>(rank->cpus - cpus_least, all - cpus_most);
    rank->cpus -= static_cast<std::uint32_t>(cut);
    all -= cut;
  }
}

}  // namespace weir::schedule
