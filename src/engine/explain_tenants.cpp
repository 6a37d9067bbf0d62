#include "engine/explain_tenants.h"

#include <algorithm>

#include "base/money.h"
#include "engine/forecast.h"
#include "model/pack.h"

namespace weir::engine {

using namespace model;

namespace {

std::int64_t millionths(std::uint64_t share) {
  return static_cast<std::int64_t>((share * 1'000'000 + (std::uint64_t{1} << 31)) >> 32);
}

// "lab" for the work that belongs to lab itself, as for lab with all below it.
std::string name_of(const State& state, std::uint32_t tenant) {
  std::string path = state.tenants[tenant].settings.path;
  if (path.ends_with('/')) path.pop_back();
  return path;
}

// From the root down.
std::vector<std::uint32_t> chain_down(const TenantTree& tenants, std::uint32_t leaf) {
  std::vector<std::uint32_t> chain;
  for (std::uint32_t at = leaf; at != TenantTree::root; at = tenants.parent(at)) {
    chain.push_back(at);
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

std::optional<TenantTree::Bound> what_forbids(const Engine& engine, const JobRecord& job) {
  const RequestKind& kind = engine.index().asked_kind(job);
  const auto chain = engine.index().tenants().chain_of(path_of(engine, job));
  return engine.index().tenants().forbids(engine.state(), chain, kind.request.nodes,
                                          kind.request.options.front(), kind.time_limit, false);
}

// That some of the devices cost nothing; "" where all have a price.
std::string what_is_free(const State& state, const schedule::Held& held) {
  std::string models;
  const auto free = schedule::without_price(state.prices, held);
  for (const std::string& model : free) models += (models.empty() ? "" : " and ") + model;
  if (free.empty()) return "";
  return models + (free.size() == 1 ? " has no price and costs nothing."
                                    : " have no price and cost nothing.");
}

std::string stands(const Engine& engine, std::uint32_t tenant, bool itself) {
  const TenantTree& tenants = engine.index().tenants();
  const schedule::DominantShare& share = tenants.share(tenant);
  const Tenant& settings = engine.state().tenants[tenant].settings;
  std::string out = itself && settings.path.ends_with('/') ? "itself " : "";
  if (share.share == 0) {
    out += "has had nothing";
  } else {
    out += "holds " + schedule::percent(share.held) + " of " +
           tenants.resource_name(engine.state(), share.resource);
    const std::string all = schedule::percent(share.share);
    if (all != schedule::percent(share.held)) out += " (" + all + " with its past use)";
  }
  return out + " with weight " + std::to_string(settings.weight);
}

}  // namespace

std::string path_of(const Engine& engine, const JobRecord& job) {
  return name_of(engine.state(), engine.index().classes[job.request_class].leaf);
}

std::string order_in_words(const Policy& policy) {
  std::string last = "time of submission";
  if (policy.ageing > 0) last += " plus " + std::to_string(policy.ageing) + " times the time limit";
  switch (policy.order) {
    case OrderRule::fair:
      return "priority, then the tenants' shares, then deadlines, then " + last;
    case OrderRule::priority:
      return "priority, then deadlines, then " + last;
    case OrderRule::arrival:
      return "time of submission";
    case OrderRule::shortest:
      return "time limit, then time of submission";
    case OrderRule::deadline:
      return "deadlines, then time of submission";
  }
  return "";
}

std::vector<StandingView> standing_of(const Engine& engine, const JobRecord& job) {
  std::vector<StandingView> views;
  if (engine.state().policy.order != OrderRule::fair) return views;
  const TenantTree& tenants = engine.index().tenants();
  for (const std::uint32_t tenant :
       chain_down(tenants, engine.index().classes[job.request_class].leaf)) {
    const Tenant& settings = engine.state().tenants[tenant].settings;
    if (settings.path.ends_with('/')) continue;  // said with the tenant it belongs to
    const schedule::DominantShare& share = tenants.share(tenant);
    const std::string resource =
        share.share == 0 ? "" : tenants.resource_name(engine.state(), share.resource);
    views.push_back({settings.path, settings.weight, resource, millionths(share.share),
                     millionths(share.held)});
  }
  return views;
}

std::string why_others_go_first(const Engine& engine, const JobRecord& job) {
  const Index& index = engine.index();
  const auto first = waiting_in_turn(index, 1);
  if (first.empty() || first.front() == job.id) return "";
  const JobRecord& other = engine.state().jobs.at(first.front());
  const std::string name = "job " + std::to_string(other.id.value);
  const schedule::Turn mine = index.turn_of(job);
  const schedule::Turn theirs = index.turn_of(other);
  const OrderRule rule = index.queues().rule();
  if (rule == OrderRule::deadline ||
      (mine.rank == theirs.rank && path_of(engine, job) == path_of(engine, other))) {
    const auto last = other.last_start();
    if (!last || job.last_start() == last) return "";
    return "First goes " + name + ", which has to begin by " + base::format_time(*last) +
           " to be done by its deadline.";
  }
  if (mine.rank != theirs.rank) {
    if (rule == OrderRule::shortest) return "";
    return "First goes " + name + ", with priority " + std::to_string(other.priority) +
           "; this one has " + std::to_string(job.priority) + ".";
  }
  if (rule != OrderRule::fair) return "";
  const auto my_chain = chain_down(index.tenants(), index.classes[job.request_class].leaf);
  const auto their_chain = chain_down(index.tenants(), index.classes[other.request_class].leaf);
  for (std::size_t i = 0; i < std::min(my_chain.size(), their_chain.size()); ++i) {
    if (my_chain[i] == their_chain[i]) continue;
    std::string out = "First goes " + name + ": tenant " + name_of(engine.state(), their_chain[i]) +
                      " " + stands(engine, their_chain[i], true) + ", " +
                      name_of(engine.state(), my_chain[i]) + " " +
                      stands(engine, my_chain[i], true);
    const bool equal = index.tenants().standing(my_chain[i]).weighted_share ==
                       index.tenants().standing(their_chain[i]).weighted_share;
    return out + (equal ? "; of equals the one that has been served least lately goes first."
                        : "; the least for its weight goes first.");
  }
  return "";
}

std::string what_is_guaranteed(const Engine& engine, const JobRecord& job) {
  const Index& index = engine.index();
  const schedule::Request& request = index.asked_kind(job).request;
  for (std::uint32_t at = index.classes[job.request_class].leaf; at != TenantTree::root;
       at = index.tenants().parent(at)) {
    for (const ResourceOption& option : request.options) {
      if (!index.tenants().covers(engine.state(), at, schedule::held_by(request.nodes, option))) {
        continue;
      }
      return "The guarantee of tenant " + name_of(engine.state(), at) +
             " covers it: work of those who hold more than their own gives way once it has run "
             "for " +
             base::format_duration(Limits::run_before_preemption) + ".";
    }
  }
  return "";
}

std::vector<Holder> holders_below(const Engine& engine, std::uint32_t tenant, std::size_t most) {
  std::vector<Holder> holders;
  for (const JobId id : engine.index().running_jobs) {
    const JobRecord& job = engine.state().jobs.at(id);
    const std::uint32_t leaf = engine.index().classes[job.request_class].leaf;
    if (tenant != TenantTree::root && !engine.index().tenants().below(leaf, tenant)) continue;
    const std::string name = unpack_spec(job.packed_spec).name;
    for (const RunningAttempt& run : job.running) {
      Holder holder;
      holder.job = id;
      holder.task = format_task(run.key.task_key(), job.array.is_array());
      holder.name = name;
      for (const RankPlacement& rank : run.ranks) {
        holder.cpus += rank.cpus;
        holder.memory_bytes += rank.memory_bytes;
        holder.devices_milli += rank.devices_milli();
      }
      holder.until = run.end();
      holders.push_back(std::move(holder));
    }
  }
  // Who ends first is the one to look at; those without a limit last.
  std::stable_sort(holders.begin(), holders.end(), [](const Holder& a, const Holder& b) {
    if (a.until.has_value() != b.until.has_value()) return a.until.has_value();
    return a.until && *a.until < *b.until;
  });
  if (holders.size() > most) holders.resize(most);
  return holders;
}

Reason quota_reason(const Engine& engine, const JobRecord& job) {
  const auto bound = what_forbids(engine, job);
  if (!bound) return Reason::none;
  return bound->obstacle.limit == "budget" ? Reason::waits_for_budget : Reason::waits_for_quota;
}

void explain_quota(const Engine& engine, const JobRecord& job, Explanation& out) {
  const auto bound = what_forbids(engine, job);
  if (!bound) return;
  out.reason = quota_reason(engine, job);
  const TenantRecord& record = engine.state().tenants[bound->tenant];
  out.expected_start.reset();
  if (out.reason == Reason::waits_for_quota) {
    out.summary = "It waits for its tenant's quota: it " + bound->obstacle.message + ".";
    out.holders = holders_below(engine, bound->tenant, 10);
    out.advice = "it starts when work of " + record.settings.path +
                 " ends, or with a higher limit: weir tenant set " + record.settings.path;
    return;
  }
  out.summary = "It waits for its tenant's budget: it " + bound->obstacle.message + ".";
  if (record.settings.budget->money_micro_cny) {
    const schedule::Request& request = engine.index().asked_kind(job).request;
    const std::string free =
        what_is_free(engine.state(), schedule::held_by(request.nodes, request.options.front()));
    if (!free.empty()) out.details.push_back(free);
  }
  if (!job.time_limit) {
    out.advice = "weir update " + std::to_string(job.id.value) + " --time 1h";
    return;
  }
  out.details.push_back(
      "The next " + std::string(base::enum_name(record.settings.budget->period)) + " begins at " +
      base::format_time(period_end(record.settings.budget->period, record.spent_period)) + ".");
  out.advice = "a shorter time limit asks for less: weir update " + std::to_string(job.id.value) +
               " --time T";
}

std::string what_it_costs(const Engine& engine, const JobRecord& job) {
  const State& state = engine.state();
  const auto chain = engine.index().tenants().chain_of(path_of(engine, job));
  const bool counts = std::any_of(chain.begin(), chain.end(), [&](std::uint32_t tenant) {
    const auto& budget = state.tenants[tenant].settings.budget;
    return budget && budget->money_micro_cny;
  });
  if (!counts) return "";
  schedule::Charge charged;
  schedule::Held held;
  for (const RunningAttempt& run : job.running) {
    schedule::add(charged, run.charge());
    schedule::add(held, schedule::held_by(state.sites.at(run.site).nodes, run.ranks));
  }
  std::string out;
  if (charged.micro_cny > 0) {
    out = "Its tenants' budgets were charged " + base::format_money(charged.micro_cny) +
          " for its time limit; what it does not use comes back.";
  }
  const std::string free = what_is_free(state, held);
  return out + (out.empty() || free.empty() ? "" : " ") + free;
}

std::vector<std::string> models_without_price(const Engine& engine) {
  std::vector<std::string> models;
  for (const std::string& model : engine.state().resources) {
    if (schedule::price_of(engine.state().prices, model) == nullptr) models.push_back(model);
  }
  std::sort(models.begin(), models.end());
  return models;
}

// ---- the list

namespace {

HoldingsView holdings(const Engine& engine, std::uint32_t tenant) {
  const schedule::Held held = engine.index().tenants().held_in_words(engine.state(), tenant);
  HoldingsView view;
  view.cpus = static_cast<std::uint64_t>(held.cpus);
  view.devices_milli = held.devices_milli;
  for (const auto& [model, milli] : held.by_model) view.devices_by_model.push_back({model, milli});
  const schedule::Amounts& amounts = engine.index().tenants().held(tenant);
  if (amounts.size() > schedule::memory_resource) {
    view.memory_bytes = amounts[schedule::memory_resource] << 20;
  }
  return view;
}

std::uint64_t jobs_waiting(const Engine& engine, std::uint32_t tenant) {
  std::uint64_t jobs = 0;
  for (const std::uint32_t class_index : engine.index().waiting_classes(tenant)) {
    jobs += engine.index().classes[class_index].queue.size();
  }
  return jobs;
}

bool is_active(const Engine& engine, std::uint32_t tenant) {
  return engine.index().tenants().share(tenant).held > 0 ||
         !engine.index().waiting_classes(tenant).empty();
}

TenantView view_of(const Engine& engine, std::uint32_t tenant) {
  const TenantTree& tenants = engine.index().tenants();
  const TenantRecord& record = engine.state().tenants[tenant];
  const Tenant& settings = record.settings;
  TenantView view;
  view.path = settings.path;
  view.is_set = record.is_set;
  view.weight = settings.weight;
  view.held = holdings(engine, tenant);
  view.limit = settings.limit;
  view.guarantee = settings.guarantee;
  view.budget = settings.budget;
  if (settings.budget) {
    const Budget& budget = *settings.budget;
    if (budget.device_seconds > 0) view.spent_device_seconds = record.spent_device_ms / 1000;
    if (budget.money_micro_cny) view.spent_micro_cny = record.spent_micro_cny;
    view.budget_renewed = period_end(settings.budget->period, record.spent_period);
  }
  const schedule::DominantShare& share = tenants.share(tenant);
  if (share.share > 0) view.resource = tenants.resource_name(engine.state(), share.resource);
  view.share_millionths = millionths(share.share);
  view.held_millionths = millionths(share.held);
  view.waiting = jobs_waiting(engine, tenant);
  return view;
}

}  // namespace

std::vector<TenantView> list_tenants(const Engine& engine, const Principal& by) {
  const TenantTree& tenants = engine.index().tenants();
  std::map<std::uint32_t, std::int64_t> weights;  // of active siblings, by their parent
  for (std::uint32_t tenant = 0; tenant < tenants.size(); ++tenant) {
    if (!is_active(engine, tenant)) continue;
    weights[tenants.parent(tenant)] += engine.state().tenants[tenant].settings.weight;
  }
  std::map<std::string, TenantView> by_path;
  for (std::uint32_t tenant = 0; tenant < tenants.size(); ++tenant) {
    const TenantRecord& record = engine.state().tenants[tenant];
    const std::string& path = record.settings.path;
    if (path.ends_with('/')) continue;
    const bool own = path == by.tenant || path.starts_with(by.tenant + "/");
    if (by.role != Role::operator_ && !own) continue;
    TenantView view = view_of(engine, tenant);
    if (is_active(engine, tenant)) {
      view.due_millionths =
          std::int64_t{1'000'000} * view.weight / weights.at(tenants.parent(tenant));
    }
    by_path.emplace(path, std::move(view));
  }
  std::vector<TenantView> views;
  for (auto& [path, view] : by_path) views.push_back(std::move(view));
  return views;
}

}  // namespace weir::engine
