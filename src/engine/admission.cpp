#include "engine/admission.h"

#include "engine/power.h"
#include "schedule/filter.h"

namespace weir::engine {

using namespace model;

namespace {

// Sites are closed to it by its data or by its own word.
NeverStarts by_closed(Obstacle closed) {
  const std::string& limit = closed.limit;
  const std::string field = limit == "where"  ? "where"
                            : limit == "data" ? "data.inputs"
                                              : "data.outputs";
  return {std::move(closed), field,
          field == "where" ? "sites: weir sites; what lies between them: weir links"
                           : "sites, where they lie and what they are cleared for: weir links"};
}

std::optional<NeverStarts> never_fits(const Engine& engine, const std::string& tenant,
                                      const JobSpec& spec, const ResourceOption& option) {
  std::optional<NeverStarts> first;
  const SiteFilter filter = engine.index().filter_for(tenant, spec, /*there=*/false);
  std::optional<Obstacle> closed;         // of a site on which it would fit
  std::optional<Obstacle> small_as_well;  // of one on which it would not
  // A site that is out of touch may come back as it was: its nodes count.
  for (const auto& [site, places] : engine.index().sites) {
    auto barred =
        engine.index().closed_by(engine.state(), filter, engine.state().sites.at(site).name);
    auto obstacle = schedule::never_fits(places.capacity, spec.nodes, option);
    if (!barred && !obstacle) {
      auto powerless = power_never(engine, site, spec.nodes, option);
      if (!powerless) return std::nullopt;
      if (!first) first = NeverStarts{{"power", *std::move(powerless), true}, "resources", ""};
      continue;
    }
    if (barred) {
      auto& kept = obstacle ? small_as_well : closed;
      // Where it says itself that it is to run elsewhere, that is not news to whoever asks.
      if (!kept || (kept->limit == "where" && barred->limit != "where")) kept = std::move(barred);
      continue;
    }
    std::string nearest = schedule::nearest_that_fits(places.capacity, spec.nodes, option);
    if (!first) {
      const std::string& limit = obstacle->limit;
      first = NeverStarts{*obstacle, limit == "nodes" ? limit : "resources." + limit, nearest};
    }
    if (first->nearest.empty()) first->nearest = std::move(nearest);
  }
  if (!closed && !first) closed = std::move(small_as_well);
  return closed ? by_closed(*std::move(closed)) : first;
}

std::optional<NeverStarts> never_allowed(const Engine& engine,
                                         const std::vector<std::uint32_t>& chain,
                                         const JobSpec& spec, const ResourceOption& option) {
  const TenantTree& tenants = engine.index().tenants();
  auto bound =
      tenants.forbids(engine.state(), chain, spec.nodes, option, spec.time_limit, /*alone=*/true);
  if (!bound) return std::nullopt;
  bound->obstacle.for_ever = true;
  const Tenant& settings = engine.state().tenants[bound->tenant].settings;
  if (bound->obstacle.limit != "budget") {
    return NeverStarts{bound->obstacle, "resources." + bound->obstacle.limit,
                       schedule::nearest_within(settings.limit, spec.nodes, option)};
  }
  const auto cost = schedule::cost_of(engine.state().prices, schedule::held_by(spec.nodes, option));
  const auto longest = schedule::longest_within(*settings.budget, cost);
  std::string nearest;
  if (longest && *longest > base::Duration(0)) {
    nearest = "`limits: {time: " + base::format_duration_exact(*longest) + "}` would fit";
  }
  return NeverStarts{bound->obstacle, "limits.time", std::move(nearest)};
}

}  // namespace

std::optional<NeverStarts> never_starts(const Engine& engine, const std::string& tenant,
                                        const JobSpec& spec) {
  const auto chain = engine.index().tenants().chain_of(tenant_path(tenant, spec.project));
  std::optional<NeverStarts> first;
  for (const ResourceOption& option : spec.options) {
    auto never = never_fits(engine, tenant, spec, option);
    if (!never) never = never_allowed(engine, chain, spec, option);
    if (!never) return std::nullopt;
    if (!first) {
      first = std::move(never);
    } else if (first->nearest.empty()) {
      first->nearest = std::move(never->nearest);
    }
  }
  return first;
}

std::optional<NeverStarts> too_late_to_begin(std::optional<base::Time> deadline,
                                             std::optional<base::Duration> time_limit,
                                             base::Time now) {
  const auto last = last_start(deadline, time_limit);
  if (!last || now <= *last) return std::nullopt;
  NeverStarts late{{"deadline", "", true}, "limits.deadline", ""};
  if (*deadline <= now) {
    late.obstacle.message = "was to be done by " + base::format_time(*deadline) + ", which is over";
    return late;
  }
  const auto left = std::chrono::floor<std::chrono::seconds>(*deadline - now);
  late.obstacle.message = "may run for " + base::format_duration(*time_limit) +
                          ", and its deadline is in " + base::format_duration(left);
  if (left.count() > 0) {
    late.nearest = "`limits: {time: " + base::format_duration_exact(left) + "}` would fit";
  }
  return late;
}

std::string deadline_in_words(std::optional<base::Time> deadline,
                              std::optional<base::Duration> time_limit,
                              std::optional<base::Time> promised,
                              std::optional<base::Time> expected) {
  const auto last = last_start(deadline, time_limit);
  if (!last) return "";
  const std::string text = "To be done by its deadline, " + base::format_time(*deadline) +
                           ", it has to begin by " + base::format_time(*last);
  if (promised && *promised <= *last) return text + ", and it will.";
  if (!expected) return text + "; later it is not begun any more.";
  if (*expected <= *last) return text + ", and that is to be expected.";
  const auto late = std::chrono::ceil<std::chrono::minutes>(*expected - *last);
  return text + ", and that is not to be expected: with a deadline " + base::format_duration(late) +
         " later it would do.";
}

std::vector<std::uint32_t> allowed_options(const Engine& engine, const std::string& path,
                                           const schedule::Request& request,
                                           std::optional<base::Duration> time_limit) {
  const TenantTree& tenants = engine.index().tenants();
  const auto chain = tenants.chain_of(path);
  std::vector<std::uint32_t> allowed;
  for (std::uint32_t i = 0; i < request.options.size(); ++i) {
    const bool forbidden = tenants
                               .forbids(engine.state(), chain, request.nodes, request.options[i],
                                        time_limit, /*alone=*/false)
                               .has_value();
    if (!forbidden) allowed.push_back(i);
  }
  return allowed;
}

}  // namespace weir::engine
