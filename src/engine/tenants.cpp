#include "engine/tenants.h"

#include <algorithm>

#include "base/check.h"

namespace weir::engine {

using namespace model;
using schedule::Amounts;

namespace {

// "lab/nlp/" and "lab/nlp" hang below "lab/nlp" and "lab".
std::string path_above(std::string_view path) {
  if (path.ends_with('/')) return std::string(path.substr(0, path.size() - 1));
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

// Memory in MiB, rounded up; bounded, so that no sum of them runs over.
std::int64_t mebibytes(std::int64_t bytes) {
  return std::min((bytes >> 20) + ((bytes & ((1 << 20) - 1)) != 0 ? 1 : 0), std::int64_t{1} << 40);
}

}  // namespace

// ---- who is there

std::uint32_t TenantTree::leaf_of(State& state, const std::string& tenant,
                                  const std::string& project) {
  return node_of(state, tenant_path(tenant, project) + "/");
}

std::uint32_t TenantTree::node_of(State& state, const std::string& path) {
  if (const auto known = find(path)) return *known;
  const std::string above = path_above(path);
  if (!above.empty()) (void)node_of(state, above);
  TenantRecord record;
  record.settings.path = path;
  record.accrued = record.since = state.time;
  state.tenants.push_back(std::move(record));
  return add_node(state, static_cast<std::uint32_t>(state.tenants.size() - 1));
}

std::uint32_t TenantTree::add_node(const State& state, std::uint32_t tenant) {
  const TenantRecord& record = state.tenants[tenant];
  const std::string above = path_above(record.settings.path);
  Node& node = nodes_.emplace_back();
  if (!above.empty()) node.parent = by_path_.at(above);
  node.since = record.since;
  by_path_.emplace(record.settings.path, tenant);
  settings_changed(state, tenant);
  return tenant;
}

std::optional<std::uint32_t> TenantTree::find(const std::string& path) const {
  const auto at = by_path_.find(path);
  return at == by_path_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<std::uint32_t> TenantTree::chain_of(const std::string& path) const {
  std::vector<std::uint32_t> chain;
  for (std::string at = path + "/"; !at.empty(); at = path_above(at)) {
    if (const auto tenant = find(at)) chain.push_back(*tenant);
  }
  return chain;
}

std::vector<std::uint32_t> TenantTree::chain_up(std::uint32_t tenant) const {
  std::vector<std::uint32_t> chain;
  for (; tenant != root; tenant = parent(tenant)) chain.push_back(tenant);
  return chain;
}

bool TenantTree::below(std::uint32_t tenant, std::uint32_t ancestor) const {
  while (tenant != root && tenant != ancestor) tenant = parent(tenant);
  return tenant == ancestor;
}

// ---- shares

schedule::Standing TenantTree::standing(std::uint32_t tenant) const {
  const Node& node = nodes_[tenant];
  return {node.weighted_share, node.since, tenant};
}

void TenantTree::weigh(const State& state, std::uint32_t tenant) {
  Node& node = nodes_[tenant];
  const TenantRecord& record = state.tenants[tenant];
  node.share = schedule::dominant_share(node.held, record.past, totals_);
  node.weighted_share = schedule::weighted(node.share.share, record.settings.weight);
}

void TenantTree::weigh_all(const State& state) {
  for (std::uint32_t tenant = 0; tenant < nodes_.size(); ++tenant) weigh(state, tenant);
}

void TenantTree::hold(State& state, std::uint32_t leaf, SiteId site,
                      const std::vector<RankPlacement>& ranks, int sign) {
  const Amounts amounts = amounts_of(site, ranks);
  for (std::uint32_t tenant = leaf; tenant != root; tenant = parent(tenant)) {
    Node& node = nodes_[tenant];
    TenantRecord& record = state.tenants[tenant];
    schedule::bring_forward(record.past, node.held, record.accrued, state.time);
    record.accrued = record.since = node.since = state.time;
    sign > 0 ? schedule::add(node.held, amounts) : schedule::subtract(node.held, amounts);
    weigh(state, tenant);
  }
}

void TenantTree::bring_forward(State& state, base::Time to) {
  for (std::uint32_t tenant = 0; tenant < nodes_.size(); ++tenant) {
    TenantRecord& record = state.tenants[tenant];
    schedule::bring_forward(record.past, nodes_[tenant].held, record.accrued, to);
    record.accrued = to;
    weigh(state, tenant);
  }
}

// ---- what there is

void TenantTree::set_site(State& state, const SiteRecord& site) {
  auto& devices = device_resources_[site.id];
  Amounts& here = totals_by_site_[site.id];
  devices.clear();
  here.assign(schedule::first_device_resource, 0);
  for (const model::Node& node : site.nodes) {
    here[schedule::cpus_resource] += node.cpus;
    here[schedule::memory_resource] += mebibytes(node.memory_bytes);
    std::vector<std::size_t>& of_node = devices.emplace_back();
    for (const Device& device : node.devices) {
      if (device.model.empty()) {
        of_node.push_back(0);
        continue;
      }
      const auto [at, is_new] = resource_by_model_.try_emplace(
          device.model, schedule::first_device_resource + state.resources.size());
      if (is_new) state.resources.push_back(device.model);
      of_node.push_back(at->second);
      if (here.size() <= at->second) here.resize(at->second + 1);
      here[at->second] += whole_device_milli;
    }
  }
  totals_.clear();
  for (const auto& [id, amounts] : totals_by_site_) schedule::add(totals_, amounts);
  weigh_all(state);
}

Amounts TenantTree::amounts_of(SiteId site, const std::vector<RankPlacement>& ranks) const {
  Amounts amounts(schedule::first_device_resource);
  const auto& devices = device_resources_.at(site);
  for (const RankPlacement& rank : ranks) {
    amounts[schedule::cpus_resource] += rank.cpus;
    amounts[schedule::memory_resource] += mebibytes(rank.memory_bytes);
    for (const std::uint32_t device : rank.devices) {
      const std::size_t resource = devices[rank.node][device];
      if (amounts.size() <= resource) amounts.resize(resource + 1);
      amounts[resource] += rank.device_milli;
    }
  }
  return amounts;
}

std::string TenantTree::resource_name(const State& state, std::size_t resource) const {
  if (resource == schedule::cpus_resource) return "cpus";
  if (resource == schedule::memory_resource) return "memory";
  return state.resources[resource - schedule::first_device_resource];
}

schedule::Held TenantTree::held_in_words(const State& state, std::uint32_t tenant) const {
  const Amounts& amounts = nodes_[tenant].held;
  schedule::Held held;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    if (i == schedule::cpus_resource) held.cpus = amounts[i];
    if (i < schedule::first_device_resource || amounts[i] == 0) continue;
    schedule::Held devices;
    devices.devices_milli = amounts[i];
    devices.by_model.push_back({resource_name(state, i), amounts[i]});
    schedule::add(held, devices);
  }
  return held;
}

// ---- quotas and budgets

void TenantTree::settings_changed(const State& state, std::uint32_t tenant) {
  const Tenant& settings = state.tenants[tenant].settings;
  nodes_[tenant].has_bounds = !settings.limit.empty() || settings.budget.has_value();
  const auto list = [&](std::vector<std::uint32_t>& tenants, bool belongs) {
    std::erase(tenants, tenant);
    if (belongs) {
      tenants.insert(std::lower_bound(tenants.begin(), tenants.end(), tenant), tenant);
    }
  };
  list(guaranteed_, !settings.guarantee.empty());
  list(budgeted_, settings.budget.has_value());
  weigh(state, tenant);
}

bool TenantTree::is_bounded(std::uint32_t leaf) const {
  for (std::uint32_t tenant = leaf; tenant != root; tenant = parent(tenant)) {
    if (nodes_[tenant].has_bounds) return true;
  }
  return false;
}

bool TenantTree::is_guaranteed(std::uint32_t leaf) const {
  for (std::uint32_t tenant = leaf; tenant != root; tenant = parent(tenant)) {
    if (std::binary_search(guaranteed_.begin(), guaranteed_.end(), tenant)) return true;
  }
  return false;
}

std::optional<TenantTree::Bound> TenantTree::forbids(
    const State& state, const std::vector<std::uint32_t>& chain, std::uint32_t nodes,
    const ResourceOption& option, std::optional<base::Duration> time_limit, bool alone) const {
  const schedule::Held asks = schedule::held_by(nodes, option);
  for (const std::uint32_t tenant : chain) {
    if (!nodes_[tenant].has_bounds) continue;
    const TenantRecord& record = state.tenants[tenant];
    const Tenant& settings = record.settings;
    const schedule::Held held = alone ? schedule::Held{} : held_in_words(state, tenant);
    if (auto over = schedule::over_limit(settings.path, settings.limit, held, asks)) {
      return Bound{tenant, std::move(*over)};
    }
    if (!settings.budget) continue;
    const schedule::Charge spent = alone ? schedule::Charge{} : record.spent();
    if (auto over = schedule::over_budget(settings.path, *settings.budget, spent,
                                          schedule::cost_of(state.prices, asks), time_limit)) {
      return Bound{tenant, std::move(*over)};
    }
  }
  return std::nullopt;
}

bool TenantTree::covers(const State& state, std::uint32_t tenant,
                        const schedule::Held& more) const {
  const Quota& guarantee = state.tenants[tenant].settings.guarantee;
  return schedule::speaks_of(guarantee, more) &&
         !schedule::over_limit("", guarantee, held_in_words(state, tenant), more);
}

std::optional<std::int64_t> TenantTree::cpus_left(const State& state, std::uint32_t leaf,
                                                  std::uint32_t nodes, const ResourceOption& option,
                                                  std::optional<base::Duration> time_limit) const {
  std::optional<std::int64_t> left;
  const auto at_most = [&](std::int64_t cpus) { left = left ? std::min(*left, cpus) : cpus; };
  for (std::uint32_t tenant = leaf; tenant != root; tenant = parent(tenant)) {
    if (!nodes_[tenant].has_bounds) continue;
    const TenantRecord& record = state.tenants[tenant];
    if (const auto& limit = record.settings.limit.cpus) {
      const Amounts& held = nodes_[tenant].held;
      at_most(*limit - (held.empty() ? 0 : held[schedule::cpus_resource]));
    }
    if (!record.settings.budget || !record.settings.budget->money_micro_cny || !time_limit)
      continue;
    const auto bought = schedule::cpus_within(
        state.prices, *record.settings.budget->money_micro_cny - record.spent_micro_cny,
        schedule::held_by(nodes, option), *time_limit);
    if (bought) at_most(*bought);
  }
  return left;
}

void TenantTree::charge(State& state, std::uint32_t leaf, const schedule::Charge& more) const {
  if (more.empty()) return;
  for (std::uint32_t tenant = leaf; tenant != root; tenant = parent(tenant)) {
    TenantRecord& record = state.tenants[tenant];
    if (!record.settings.budget) continue;
    const std::int64_t period = period_at(record.settings.budget->period, state.time);
    if (period > record.spent_period) {
      record.spent_period = period;
      record.set_spent({});
    }
    schedule::Charge spent = record.spent();
    schedule::add(spent, more);
    record.set_spent(spent);
  }
}

void TenantTree::give_back(State& state, std::uint32_t leaf, const schedule::Charge& less,
                           base::Time charged) const {
  for (std::uint32_t tenant = leaf; tenant != root; tenant = parent(tenant)) {
    TenantRecord& record = state.tenants[tenant];
    if (!record.settings.budget) continue;
    if (period_at(record.settings.budget->period, charged) != record.spent_period) continue;
    schedule::Charge spent = record.spent();
    schedule::subtract(spent, less);
    record.set_spent(spent);
  }
}

// ---- a state that was read back

void TenantTree::rebuild(State& state) {
  *this = TenantTree();
  for (std::size_t i = 0; i < state.resources.size(); ++i) {
    resource_by_model_.emplace(state.resources[i], schedule::first_device_resource + i);
  }
  for (std::uint32_t tenant = 0; tenant < state.tenants.size(); ++tenant) {
    (void)add_node(state, tenant);
  }
  for (const auto& [id, site] : state.sites) set_site(state, site);
}

void TenantTree::count_held(std::uint32_t leaf, SiteId site,
                            const std::vector<RankPlacement>& ranks) {
  const Amounts amounts = amounts_of(site, ranks);
  for (std::uint32_t tenant = leaf; tenant != root; tenant = parent(tenant)) {
    schedule::add(nodes_[tenant].held, amounts);
  }
}

}  // namespace weir::engine
