#include "tests/engine/support/laws.h"

#include <algorithm>

#include "model/pack.h"

namespace weir::engine::test {

using namespace model;

namespace {

std::string name(JobId job) { return "job " + std::to_string(job.value); }

// By definition, from the state alone: rank, then the standings from the root down, then by when it
// has to begin, then the id.
struct Place {
  std::int64_t rank = 0;
  std::vector<std::tuple<std::uint64_t, base::Time, std::uint32_t>> standings;
  base::Time last_start;
  base::Time due;
  JobId job;
  friend auto operator<=>(const Place&, const Place&) = default;
};

Place place_of(const Engine& engine, const JobRecord& job) {
  const TenantTree& tenants = engine.index().tenants();
  const OrderRule rule = engine.state().policy.order;
  const schedule::Turn turn = schedule::turn_of(engine.state().policy, ordered(job));
  Place place{turn.rank, {}, turn.last_start, turn.due, job.id};
  if (rule != OrderRule::fair) return place;
  const std::string path = tenant_path(job.tenant, unpack_spec(job.packed_spec).project) + "/";
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const bool leaf = end + 1 == path.size();
    for (const std::string& at :
         leaf ? std::vector{path.substr(0, end), path} : std::vector{path.substr(0, end)}) {
      const std::uint32_t tenant = tenants.find(at).value();
      const std::uint32_t weight = engine.state().tenants[tenant].settings.weight;
      place.standings.emplace_back(schedule::weighted(tenants.share(tenant).share, weight),
                                   engine.state().tenants[tenant].since, tenant);
    }
    if (leaf) break;
  }
  return place;
}

// What runs at or below a path, and what is on its way back to it, counted one by one.
schedule::Held held_below(const Engine& engine, const std::string& path) {
  schedule::Held held;
  const auto count = [&](const JobRecord& job, SiteId site,
                         const std::vector<RankPlacement>& ranks) {
    const std::string of_job = tenant_path(job.tenant, unpack_spec(job.packed_spec).project) + "/";
    const bool below = path.ends_with('/') ? of_job == path : of_job.starts_with(path + "/");
    if (!below) return;
    schedule::add(held, schedule::held_by(engine.state().sites.at(site).nodes, ranks));
  };
  for (const auto& [id, job] : engine.state().jobs) {
    for (const RunningAttempt& run : job.running) count(job, run.site, run.ranks);
  }
  for (const ReclaimRecord& reclaim : engine.state().reclaims) {
    count(engine.state().jobs.at(reclaim.attempt.job), reclaim.site, reclaim.ranks);
  }
  return held;
}

// What is charged for it, as far as that was in a period of the tenant's budget.
schedule::Charge charged_below(const Engine& engine, const TenantRecord& tenant) {
  schedule::Charge charged;
  const Tenant& settings = tenant.settings;
  const auto count = [&](const JobRecord& job, base::Time when, const schedule::Charge& more) {
    const std::string of_job = tenant_path(job.tenant, unpack_spec(job.packed_spec).project);
    const bool below = (of_job + "/").starts_with(settings.path + "/");
    if (below && period_at(settings.budget->period, when) == tenant.spent_period) {
      schedule::add(charged, more);
    }
  };
  for (const auto& [id, job] : engine.state().jobs) {
    for (const RunningAttempt& run : job.running) count(job, *run.charged, run.charge());
  }
  for (const ReclaimRecord& reclaim : engine.state().reclaims) {
    count(engine.state().jobs.at(reclaim.attempt.job), reclaim.since, reclaim.charge());
  }
  return charged;
}

// True if this attempt is still to be placed. Another task of the job may wait for a further
// attempt by now, and go before it.
bool waits(const JobRecord& job, AttemptKey key) {
  if (key.attempt > 1) {
    return std::any_of(job.again.begin(), job.again.end(), [&](const TaskAgain& again) {
      return again.task == key.task && again.attempt == key.attempt;
    });
  }
  JobRecord fresh = job;
  fresh.again.clear();
  return fresh.waiting() > 0 && fresh.next_attempt() == key;
}

// Who asks for one of some requests stands among themselves as among all.
std::string wrong_order_of_some(const Engine& engine,
                                const std::vector<std::pair<Place, std::uint32_t>>& all) {
  const Index& index = engine.index();
  const auto asks = [&](std::uint32_t request_class) {
    return index.kinds[*index.classes[request_class].open].asks;
  };
  Queues::Wanted some;
  for (const auto& [request, classes] : index.queues().requests()) {
    if (request % 2 == engine.state().sequence % 2) some.emplace(request, base::Duration::max());
  }
  auto entry = index.queues().next(nullptr, &some);
  for (const auto& [place, request_class] : all) {
    if (!some.contains(asks(request_class))) continue;
    if (!entry || entry->position.job != place.job) return name(place.job) + " is not found";
    entry = index.queues().next(&entry->position, &some);
  }
  return entry ? name(entry->position.job) + " was not asked for" : "";
}

}  // namespace

std::string wrong_order(const Engine& engine) {
  const Index& index = engine.index();
  std::map<std::uint32_t, Place> first;
  for (const auto& [id, job] : engine.state().jobs) {
    if (!job.wants_place()) continue;
    const RequestClass& of_job = index.classes[job.request_class];
    const RequestKind& asked = index.kinds[of_job.asked];
    const auto chain =
        index.tenants().chain_of(tenant_path(job.tenant, unpack_spec(job.packed_spec).project));
    std::vector<std::uint32_t> allowed;
    for (std::uint32_t i = 0; i < asked.request.options.size(); ++i) {
      if (!index.tenants().forbids(engine.state(), chain, asked.request.nodes,
                                   asked.request.options[i], asked.time_limit, false)) {
        allowed.push_back(i);
      }
    }
    if (of_job.open.has_value() == allowed.empty()) return name(id) + " is open by mistake";
    if (!of_job.open) continue;
    const RequestKind& open = index.kinds[*of_job.open];
    if (open.request.options.size() != allowed.size()) return name(id) + " has other options";
    for (std::uint32_t i = 0; i < allowed.size(); ++i) {
      if (open.asked_option(i) != allowed[i]) return name(id) + " has options out of place";
    }
    const Place place = place_of(engine, job);
    const auto [at, is_new] = first.try_emplace(job.request_class, place);
    if (!is_new) at->second = std::min(at->second, place);
  }
  std::vector<std::pair<Place, std::uint32_t>> wanted;
  for (const auto& [request_class, place] : first) wanted.emplace_back(place, request_class);
  std::sort(wanted.begin(), wanted.end());
  const Queues& queues = index.queues();
  auto entry = queues.next(nullptr, nullptr);
  for (const auto& [place, request_class] : wanted) {
    if (!entry) return name(place.job) + " is missing";
    if (entry->position.job != place.job || entry->request_class != request_class) {
      return name(entry->position.job) + " stands where " + name(place.job) + " belongs";
    }
    entry = queues.next(&entry->position, nullptr);
  }
  if (entry) return name(entry->position.job) + " does not wait";
  return wrong_order_of_some(engine, wanted);
}

std::string over_committed(const Engine& engine, const std::set<AttemptKey>& came_back,
                           const Step& step) {
  std::map<std::string, schedule::Held> grown;
  const auto grow = [&](AttemptKey key, SiteId site, const std::vector<RankPlacement>& ranks) {
    const JobRecord& job = engine.state().jobs.at(key.job);
    std::string path = tenant_path(job.tenant, unpack_spec(job.packed_spec).project);
    while (true) {
      schedule::add(grown[path], schedule::held_by(engine.state().sites.at(site).nodes, ranks));
      const std::size_t slash = path.rfind('/');
      if (slash == std::string::npos) break;
      path.resize(slash);
    }
  };
  for (const Fact& fact : step.facts) {
    if (const auto* placed = std::get_if<TaskPlaced>(&fact)) {
      if (!came_back.contains(placed->attempt)) grow(placed->attempt, placed->site, placed->ranks);
    } else if (const auto* reclaimed = std::get_if<PlaceReclaimed>(&fact)) {
      grow(reclaimed->attempt, reclaimed->site, reclaimed->ranks);
    }
  }
  for (const TenantRecord& tenant : engine.state().tenants) {
    const Tenant& settings = tenant.settings;
    schedule::Held held = held_below(engine, settings.path);
    const auto at = engine.index().tenants().find(settings.path);
    if (engine.index().tenants().held_in_words(engine.state(), *at) != held) {
      return "tenant " + settings.path + " holds something else than is counted for it";
    }
    if (settings.budget) {
      const schedule::Charge charged = charged_below(engine, tenant);
      if (tenant.spent_device_ms < charged.device_ms ||
          tenant.spent_micro_cny < charged.micro_cny) {
        return "tenant " + settings.path + " has spent less than what runs was charged";
      }
    }
    const auto more = grown.find(settings.path);
    if (more == grown.end()) continue;
    schedule::subtract(held, more->second);
    if (schedule::over_limit("", settings.limit, held, more->second)) {
      return "tenant " + settings.path + " is above its limit";
    }
    if (settings.budget && settings.budget->device_seconds > 0 && more->second.devices_milli > 0 &&
        tenant.spent_device_ms > settings.budget->device_seconds * 1000) {
      return "tenant " + settings.path + " has overdrawn its budget";
    }
    const schedule::Cost cost = schedule::cost_of(engine.state().prices, more->second);
    if (settings.budget && settings.budget->money_micro_cny && cost.hour_micro_cny > 0 &&
        tenant.spent_micro_cny > *settings.budget->money_micro_cny) {
      return "tenant " + settings.path + " has overdrawn its budget of money";
    }
  }
  return "";
}

std::string other_index(const Engine& engine) {
  const auto restored = Engine::restore(engine.snapshot());
  if (!restored) return "the snapshot does not come back: " + restored.error().text();
  const Index& mine = engine.index();
  const Index& theirs = restored->index();
  if (mine.tenants().size() != theirs.tenants().size()) return "other tenants";
  for (std::uint32_t tenant = 0; tenant < mine.tenants().size(); ++tenant) {
    const std::string& path = engine.state().tenants[tenant].settings.path;
    if (mine.tenants().standing(tenant) != theirs.tenants().standing(tenant)) {
      return "tenant " + path + " stands elsewhere";
    }
    if (mine.tenants().held_in_words(engine.state(), tenant) !=
        theirs.tenants().held_in_words(restored->state(), tenant)) {
      return "tenant " + path + " holds something else";
    }
  }
  const auto positions = [](const Index& index) {
    std::vector<schedule::Position> all;
    auto entry = index.queues().next(nullptr, nullptr);
    for (; entry; entry = index.queues().next(&entry->position, nullptr)) {
      all.push_back(entry->position);
    }
    return all;
  };
  if (positions(mine) != positions(theirs)) return "other heads";
  for (const auto& [site, places] : mine.sites) {
    for (std::uint32_t node = 0; node < places.capacity.nodes(); ++node) {
      const schedule::Capacity& other = theirs.sites.at(site).capacity;
      if (places.capacity.free_of(node) != other.free_of(node)) return "other capacity is free";
    }
  }
  return "";
}

std::string stopped_in_vain(const Engine& engine) {
  // What is freed on a node goes to the oldest that waits there, whoever's it was to be: so all of
  // a site's reclaims are whole once all that was told to give way there has ended.
  std::set<SiteId> some_left;
  for (const JobId id : engine.index().running_jobs) {
    for (const RunningAttempt& run : engine.state().jobs.at(id).running) {
      const bool gives_way = run.stopping == Reason::preempted || run.stopping == Reason::moved;
      if (gives_way) some_left.insert(run.site);
    }
  }
  for (const ReclaimRecord& reclaim : engine.state().reclaims) {
    const JobRecord& job = engine.state().jobs.at(reclaim.attempt.job);
    if (!job.reclaims || !waits(job, reclaim.attempt)) {
      return name(job.id) + " does not wait for what comes back to it";
    }
    if (!some_left.contains(reclaim.site)) {
      return name(job.id) + " waits though everything has come back";
    }
  }
  return "";
}

}  // namespace weir::engine::test
