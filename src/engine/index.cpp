#include "engine/index.h"

#include <algorithm>

#include "base/check.h"
#include "model/pack.h"

namespace weir::engine {

// ---- kinds, classes and their queues

std::uint32_t Index::room_of(const schedule::Request& request) {
  const auto [at, is_new] = room_by_key_.try_emplace(schedule::request_key(request),
                                                     static_cast<std::uint32_t>(rooms.size()));
  if (is_new) rooms.push_back({request});
  return at->second;
}

void Index::set_speeds(RequestKind& kind, std::vector<std::int64_t> rates) const {
  const std::size_t options = kind.request.options.size();
  kind.rates = std::move(rates);
  kind.turns = choice_ == model::ChoiceRule::first ? schedule::as_written(options)
                                                   : schedule::fastest_first(options, kind.rates);
  const bool by_finish = kind.time_limit && choice_ != model::ChoiceRule::first;
  kind.runs = by_finish ? schedule::option_runs(*kind.time_limit, kind.rates)
                        : std::vector<base::Duration>();
}

RequestKind Index::kind_of_new(const schedule::Request& request, const model::JobSpec& spec) const {
  RequestKind kind{request,        0,  spec.time_limit, engine::takes_turns(spec),
                   spec.objective, {}, request};
  set_speeds(kind, schedule::option_rates(request, spec.name, throughputs_));
  return kind;
}

std::uint32_t Index::kind_of(schedule::Request request, std::uint32_t reach_filter,
                             const model::JobSpec& spec, std::vector<std::int64_t> rates) {
  const std::uint32_t asks = room_of(request);
  const bool turns = engine::takes_turns(spec);
  const auto [at, is_new] =
      kind_by_key_.try_emplace(KindKey{asks, spec.time_limit, turns, spec.objective, rates},
                               static_cast<std::uint32_t>(kinds.size()));
  if (is_new) {
    schedule::Request reach = request;
    for (model::ResourceOption& option : reach.options) option.site_filter = reach_filter;
    kinds.push_back(
        {std::move(request), asks, spec.time_limit, turns, spec.objective, {}, std::move(reach)});
    set_speeds(kinds.back(), std::move(rates));
  }
  return at->second;
}

std::uint32_t Index::kind_of_part(std::uint32_t asked, std::vector<std::uint32_t> option_of) {
  const auto [at, is_new] = kind_by_part_.try_emplace(std::pair(asked, option_of),
                                                      static_cast<std::uint32_t>(kinds.size()));
  if (is_new) {
    const RequestKind& whole = kinds[asked];
    schedule::Request part{whole.request.nodes, {}, whole.request.ordered};
    for (const std::uint32_t option : option_of) {
      part.options.push_back(whole.request.options[option]);
    }
    std::vector<std::int64_t> rates;
    if (!whole.rates.empty()) {
      for (const std::uint32_t option : option_of) rates.push_back(whole.rates[option]);
    }
    const std::uint32_t asks = room_of(part);
    schedule::Request reach{whole.reach.nodes, {}, whole.reach.ordered};
    for (const std::uint32_t option : option_of) {
      reach.options.push_back(whole.reach.options[option]);
    }
    kinds.push_back({std::move(part), asks, whole.time_limit, whole.takes_turns, whole.objective,
                     std::move(option_of), std::move(reach)});
    set_speeds(kinds.back(), std::move(rates));
  }
  return at->second;
}

std::uint32_t Index::class_of(State& state, const std::string& tenant, const model::JobSpec& spec) {
  const std::uint32_t leaf = tenants_.leaf_of(state, tenant, spec.project);
  schedule::Request request = schedule::request_of(spec);
  auto rates = schedule::option_rates(request, spec.name, throughputs_);
  const std::uint32_t reach = filter_of(state, filter_for(tenant, spec, false));
  const std::uint32_t there =
      spec.inputs.empty() ? reach : filter_of(state, filter_for(tenant, spec, true));
  for (model::ResourceOption& option : request.options) option.site_filter = there;
  const std::uint32_t kind = kind_of(std::move(request), reach, spec, std::move(rates));
  const auto [at, is_new] =
      class_by_leaf_and_kind_.try_emplace({leaf, kind}, static_cast<std::uint32_t>(classes.size()));
  if (is_new) {
    classes.push_back({leaf, kind, std::nullopt, {}});
    open_up(state, at->second);
  }
  return at->second;
}

const RequestKind& Index::waiting_kind(const JobRecord& job) const {
  const RequestClass& of_job = classes[job.request_class];
  return kinds[of_job.open.value_or(of_job.asked)];
}

schedule::Turn Index::turn_of(const JobRecord& job) const {
  return schedule::turn_of(queues_.order(), ordered(job));
}

schedule::Position Index::position_of(const JobRecord& job) const {
  return queues_.position(tenants_, classes[job.request_class].leaf, turn_of(job));
}

schedule::Position Index::position_of_new(const std::string& tenant, const model::JobSpec& spec,
                                          model::JobId job, base::Time now) const {
  const schedule::Ordered wanted{spec.priority, spec.time_limit,
                                 model::last_start(spec.deadline, spec.time_limit), now, job};
  const schedule::Turn turn = schedule::turn_of(queues_.order(), wanted);
  const std::string path = model::tenant_path(tenant, spec.project);
  if (const auto leaf = tenants_.find(path + "/")) return queues_.position(tenants_, *leaf, turn);
  schedule::Position position{turn.rank, {}, turn.last_start, turn.due, turn.job};
  if (queues_.rule() != model::OrderRule::fair) return position;
  // Whoever is not known yet has had nothing.
  std::size_t level = 0;
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const auto known = tenants_.find(path.substr(0, end));
    position.standings[level++] =
        known ? tenants_.standing(*known) : schedule::Standing{0, now, tenants_.size()};
    if (end == std::string::npos) break;
  }
  position.standings[level] = schedule::Standing{0, now, tenants_.size()};
  return position;
}

const std::set<std::uint32_t>& Index::waiting_classes(std::uint32_t tenant) const {
  static const std::set<std::uint32_t> none;
  return tenant < waiting_classes_.size() ? waiting_classes_[tenant] : none;
}

void Index::note_waiting(std::uint32_t class_index, bool waits) {
  if (waiting_classes_.size() < tenants_.size()) waiting_classes_.resize(tenants_.size());
  for (std::uint32_t tenant = classes[class_index].leaf; tenant != TenantTree::root;
       tenant = tenants_.parent(tenant)) {
    auto& of_tenant = waiting_classes_[tenant];
    waits ? (void)of_tenant.insert(class_index) : (void)of_tenant.erase(class_index);
  }
}

void Index::enter(std::uint32_t class_index) {
  const RequestClass& of_job = classes[class_index];
  if (!of_job.open || of_job.queue.empty()) return queues_.leave(tenants_, class_index);
  const RequestKind& open = kinds[*of_job.open];
  queues_.enter(tenants_, class_index, of_job.leaf, {*of_job.open, open.asks, stay_of(open)},
                *of_job.queue.begin());
}

void Index::open_up(const State& state, std::uint32_t class_index) {
  RequestClass& of_job = classes[class_index];
  const auto before = of_job.open;
  of_job.open = of_job.asked;
  if (tenants_.is_bounded(of_job.leaf)) {
    const RequestKind& asked = kinds[of_job.asked];
    const auto chain = tenants_.chain_up(of_job.leaf);
    std::vector<std::uint32_t> option_of;
    for (std::uint32_t i = 0; i < asked.request.options.size(); ++i) {
      const model::ResourceOption& option = asked.request.options[i];
      if (tenants_.forbids(state, chain, asked.request.nodes, option, asked.time_limit, false)) {
        continue;
      }
      option_of.push_back(i);
    }
    if (option_of.empty()) {
      of_job.open.reset();
    } else if (option_of.size() < asked.request.options.size()) {
      of_job.open = kind_of_part(of_job.asked, std::move(option_of));
    }
  }
  if (before == of_job.open) return;
  ++openings_;
  for (auto& [promise, holder] : rooms[kinds[of_job.asked].asks].promised) holder = {};
  if (!of_job.queue.empty()) enter(class_index);
}

bool Index::is_open(const JobRecord& job, std::uint32_t option) const {
  const auto& open = classes[job.request_class].open;
  if (!open) return false;
  const std::vector<std::uint32_t>& allowed = kinds[*open].option_of;
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), option) != allowed.end();
}

void Index::open_up_below(const State& state, std::uint32_t leaf) {
  // What one of them holds may bind everybody below the highest that has bounds.
  std::optional<std::uint32_t> highest;
  for (std::uint32_t tenant = leaf; tenant != TenantTree::root; tenant = tenants_.parent(tenant)) {
    if (tenants_.has_bounds(tenant)) highest = tenant;
  }
  if (!highest) return;
  for (const std::uint32_t class_index : waiting_classes(*highest)) open_up(state, class_index);
}

// ---- jobs

void Index::add(const State& state, JobRecord& job) {
  by_tenant[job.tenant].insert(job.id);
  if (!model::is_terminal(job.state)) {
    active_by_tenant[job.tenant].insert(job.id);
  } else {
    finished(job);
  }
  if (!model::is_terminal(job.state)) {
    for (const model::DatasetId dataset : job.inputs) readers[dataset].insert(job.id);
  }
  refresh(state, job);
}

void Index::refresh(const State& state, JobRecord& job) {
  const bool wants_place = job.wants_place();
  if (wants_place && !job.queued) {
    RequestClass& of_job = classes[job.request_class];
    const schedule::Turn turn = turn_of(job);
    const bool alone = of_job.queue.empty();
    job.queued = true;
    of_job.queue.insert(turn);
    if (const auto last = job.last_start()) last_starts.insert({*last, job.id});
    const bool first = *of_job.queue.begin() == turn;
    if (alone) {
      note_waiting(job.request_class, true);
      // Nobody looked after it while nothing waited.
      open_up(state, job.request_class);
    }
    if (first) enter(job.request_class);
  } else if (!wants_place && job.queued) {
    take_out(job);
  }
  if (!job.inputs.empty()) count_directed(job);
  if (job.running.empty()) {
    running_jobs.erase(job.id);
    if (job.nodes_most > 0) elastic.erase(job.id);
    if (job.checkpoint_every) movable.erase(job.id);
  } else {
    running_jobs.insert(job.id);
    if (job.nodes_most > 0) {
      elastic.insert(job.id);
    } else if (job.checkpoint_every) {
      movable.insert(job.id);
    }
  }
}

void Index::take_out(JobRecord& job) {
  stop_counting(job);
  if (!job.queued) return;
  job.queued = false;
  RequestClass& of_job = classes[job.request_class];
  const schedule::Turn turn = turn_of(job);
  const bool first = !of_job.queue.empty() && *of_job.queue.begin() == turn;
  of_job.queue.erase(turn);
  if (const auto last = job.last_start()) last_starts.erase({*last, job.id});
  if (first) enter(job.request_class);
  if (of_job.queue.empty()) note_waiting(job.request_class, false);
}

std::string Index::device_model(const State& state, const RunningAttempt& run) {
  for (const model::RankPlacement& rank : run.ranks) {
    if (rank.devices.empty()) continue;
    return state.sites.at(run.site).nodes[rank.node].devices[rank.devices.front()].model;
  }
  return "";
}

void Index::finished(const JobRecord& job) {
  WEIR_CHECK(job.end.has_value(), "a finished job has its end");
  active_by_tenant[job.tenant].erase(job.id);
  turn_book_.forget(job.id);
  for (const model::DatasetId dataset : job.inputs) {
    const auto at = readers.find(dataset);
    if (at == readers.end()) continue;
    at->second.erase(job.id);
    if (at->second.empty()) readers.erase(at);
  }
  finished_jobs.insert(finished_jobs.end(), {*job.end, job.id});
}

void Index::remove(const JobRecord& job) {
  by_tenant[job.tenant].erase(job.id);
  if (!job.end) {
    active_by_tenant[job.tenant].erase(job.id);
    return;
  }
  const std::pair finished(*job.end, job.id);
  // Mostly the first of them goes: no search for it.
  if (!finished_jobs.empty() && *finished_jobs.begin() == finished) {
    finished_jobs.erase(finished_jobs.begin());
  } else {
    finished_jobs.erase(finished);
  }
}

// ---- policy, throughputs, tenants

void Index::set_throughputs(State& state) {
  throughputs_ = schedule::Throughputs(state.throughputs);
  turn_book_.clear();
  const auto active = active_by_tenant;
  for (const auto& [tenant, jobs] : active) {
    for (const model::JobId id : jobs) {
      JobRecord& job = state.jobs.at(id);
      if (asked_kind(job).request.options.size() < 2) continue;
      take_out(job);
      job.request_class = class_of(state, job.tenant, model::unpack_spec(job.packed_spec));
      refresh(state, job);
    }
  }
}

void Index::set_policy(const State& state) {
  if (choice_ != state.policy.choice) {
    choice_ = state.policy.choice;
    for (RequestKind& kind : kinds) set_speeds(kind, kind.rates);
  }
  const model::Policy order = queues_.order();
  if (order.order == state.policy.order && order.ageing == state.policy.ageing) return;
  queues_ = Queues();
  queues_.set_policy(state.policy);
  for (RequestClass& of_job : classes) {
    base::SortedBlocks<schedule::Turn> queue;
    for (const schedule::Turn& turn : of_job.queue) {
      queue.insert(turn_of(state.jobs.at(turn.job)));
    }
    of_job.queue = std::move(queue);
  }
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    if (!classes[i].queue.empty()) enter(i);
  }
}

void Index::set_tenant(const State& state, std::uint32_t tenant) {
  tenants_.settings_changed(state, tenant);
  queues_.rekey(tenants_, tenant);
  const std::set<std::uint32_t> below = waiting_classes(tenant);
  for (const std::uint32_t class_index : below) open_up(state, class_index);
}

void Index::set_prices(const State& state) {
  for (const std::uint32_t tenant : tenants_.budgeted()) {
    if (!state.tenants[tenant].settings.budget->money_micro_cny) continue;
    for (const std::uint32_t class_index : waiting_classes(tenant)) open_up(state, class_index);
  }
}

// ---- a state that was read back

base::Result<Index> Index::of(State& state) {
  Index index;
  index.tenants_.rebuild(state);
  index.queues_.set_policy(state.policy);
  index.choice_ = state.policy.choice;
  index.throughputs_ = schedule::Throughputs(state.throughputs);
  index.energy_.set(state.power);
  index.turn_book_.set_models(state);
  for (const auto& [id, dataset] : state.datasets) index.name_dataset(dataset);
  for (const auto& [id, site] : state.sites) index.set_places(state, site);
  index.network_.set(state);
  for (const auto& [key, repeat] : state.repeats) index.repeats_by_age.insert({repeat.when, key});
  for (auto& [id, job] : state.jobs) {
    job.request_class =
        index.class_of(state, job.tenant, WEIR_TRY(model::try_unpack_spec(job.packed_spec)));
    index.add(state, job);
    if (job.deferred_until) index.deferred.insert({*job.deferred_until, id});
  }
  for (const auto& [id, job] : state.jobs) {
    const std::uint32_t leaf = index.classes[job.request_class].leaf;
    for (const RunningAttempt& run : job.running) {
      index.hold(run);
      index.tenants_.count_held(leaf, run.site, run.ranks);
    }
    if (job.promise) index.reserve(job);
  }
  index.power_.set(state, index.energy_, index.running_jobs);
  for (const ReclaimRecord& reclaim : state.reclaims) {
    const JobRecord& job = state.jobs.at(reclaim.attempt.job);
    index.tenants_.count_held(index.classes[job.request_class].leaf, reclaim.site, reclaim.ranks);
    index.begin_keeping(state, reclaim);
  }
  index.tenants_.weigh_all(state);
  index.queues_.rekey_all(index.tenants_);
  for (std::uint32_t i = 0; i < index.classes.size(); ++i) index.open_up(state, i);
  return index;
}

}  // namespace weir::engine
