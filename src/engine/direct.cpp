#include "engine/direct.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "engine/promise.h"
#include "flow/data_policy.h"

namespace weir::engine {

using namespace model;

namespace {

// When it is there: by its windows, or as long after it was planned as its link takes.
base::Time end_of(const Engine& engine, const Transfer& transfer, std::int64_t bytes,
                  base::Time now) {
  if (const auto end = transfer.end()) return std::max(*end, now);
  const auto alone = engine.index().network().passage(
      engine.state().policy.flows, transfer.from, transfer.to, bytes, transfer.transfer_class,
      transfer.planned, [](SiteId) { return false; });
  return alone ? std::max(alone->end, now) : now;
}

struct Source {
  Transfer transfer;
  base::Time end;
};

std::optional<Source> best_source(const Engine& engine, const Lying& lying, SiteId to,
                                  TransferClass transfer_class, base::Time now) {
  const State& state = engine.state();
  const Dataset& dataset = *lying.dataset;
  const auto may_pass = [&](SiteId relay) {
    const SiteRecord& site = state.sites.at(relay);
    return site.in_touch &&
           !flow::may_not_lie(dataset.labels, site.name, flow::place_of(state.network, site.name));
  };
  const auto failed_from = [&](SiteId from) {
    const auto& known = state.failed_transfers;
    return std::any_of(known.begin(), known.end(), [&](const FailedTransfer& row) {
      return row.dataset == dataset.id && row.from == from && row.to == to && row.until > now;
    });
  };
  std::optional<Source> best;
  std::optional<std::tuple<base::Time, std::int64_t, SiteId>> rank;
  for (const SiteId from : lying.in_touch) {
    if (failed_from(from)) continue;
    auto passage = engine.index().network().passage(state.policy.flows, from, to, dataset.bytes,
                                                    transfer_class, now, may_pass);
    if (!passage) continue;
    const std::tuple key(passage->end, passage->micro_cny, from);
    if (rank && *rank <= key) continue;
    rank = key;
    Transfer transfer;
    transfer.dataset = dataset.id;
    transfer.from = from;
    transfer.relay = passage->relay;
    transfer.to = to;
    transfer.transfer_class = transfer_class;
    transfer.windows = std::move(passage->windows);
    transfer.micro_cny = passage->micro_cny;
    transfer.planned = now;
    best = Source{std::move(transfer), passage->end};
  }
  return best;
}

// True if a rule would not be kept without the replica.
bool a_rule_wants(const Engine& engine, const Dataset& dataset, const std::string& site,
                  base::Time now) {
  const State& state = engine.state();
  for (const ReplicaRule& rule : dataset.rules) {
    if (rule.until && *rule.until <= now) continue;
    const auto counts = [&](const std::string& name) {
      return rule.region.empty() ||
             flow::lies_in(flow::place_of(state.network, name), {rule.region});
    };
    if (!counts(site)) continue;
    const auto there = std::count_if(dataset.replicas.begin(), dataset.replicas.end(),
                                     [&](const Replica& replica) { return counts(replica.site); });
    if (there <= static_cast<std::ptrdiff_t>(rule.replicas)) return true;
  }
  return false;
}

}  // namespace

bool is_needed(const Engine& engine, const Dataset& dataset, const std::string& site) {
  const State& state = engine.state();
  if (dataset.replicas.size() < 2) return true;
  if (a_rule_wants(engine, dataset, site, state.time)) return true;
  const auto id = engine.index().site_by_name.find(site);
  if (id == engine.index().site_by_name.end()) return false;
  for (const auto& [number, transfer] : state.transfers) {
    if (transfer.dataset == dataset.id && transfer.from == id->second) return true;
  }
  const auto readers = engine.index().readers.find(dataset.id);
  if (readers == engine.index().readers.end()) return false;
  return std::any_of(readers->second.begin(), readers->second.end(), [&](JobId reader) {
    const JobRecord& job = state.jobs.at(reader);
    if (job.directed_to == id->second) return true;
    return std::any_of(job.running.begin(), job.running.end(),
                       [&](const RunningAttempt& run) { return run.site == id->second; });
  });
}

std::optional<std::vector<DatasetId>> make_room(const Engine& engine, const std::string& site,
                                                std::int64_t bytes) {
  const State& state = engine.state();
  const SitePlace* const place = flow::place_of(state.network, site);
  if (place == nullptr || !place->storage_bytes) return std::vector<DatasetId>{};
  std::int64_t left = *place->storage_bytes - bytes;
  std::vector<std::pair<base::Time, DatasetId>> oldest;
  for (const auto& [id, dataset] : state.datasets) {
    const Replica* const replica = dataset.at(site);
    if (replica == nullptr) continue;
    left -= dataset.bytes;
    // What its owner put there is not ours to delete.
    if (replica->location.empty()) oldest.emplace_back(replica->used, id);
  }
  for (const auto& [id, transfer] : state.transfers) {
    if (state.sites.at(transfer.to).name == site) left -= state.datasets.at(transfer.dataset).bytes;
  }
  std::sort(oldest.begin(), oldest.end());
  std::vector<DatasetId> go;
  for (const auto& [used, id] : oldest) {
    if (left >= 0) break;
    const Dataset& dataset = state.datasets.at(id);
    if (is_needed(engine, dataset, site)) continue;
    left += dataset.bytes;
    go.push_back(id);
  }
  if (left < 0) return std::nullopt;
  return go;
}

std::optional<std::vector<Lying>> find_data(const Engine& engine,
                                            std::span<const DatasetId> inputs) {
  const State& state = engine.state();
  std::vector<Lying> data;
  for (const DatasetId id : inputs) {
    const auto at = state.datasets.find(id);
    if (at == state.datasets.end()) return std::nullopt;
    Lying& lying = data.emplace_back();
    lying.dataset = &at->second;
    for (const Replica& replica : at->second.replicas) {
      const auto site = engine.index().site_by_name.find(replica.site);
      if (site == engine.index().site_by_name.end()) continue;
      lying.at.push_back(site->second);
      if (state.sites.at(site->second).in_touch) lying.in_touch.push_back(site->second);
    }
  }
  return data;
}

std::optional<StageIn> stage_in(const Engine& engine, SiteId site, std::span<const Lying> data,
                                TransferClass transfer_class, base::Time now) {
  const State& state = engine.state();
  const std::string& name = state.sites.at(site).name;
  StageIn stage;
  stage.ready = now;
  for (const Lying& lying : data) {
    const Dataset& dataset = *lying.dataset;
    if (std::find(lying.at.begin(), lying.at.end(), site) != lying.at.end()) continue;
    if (flow::may_not_lie(dataset.labels, name, flow::place_of(state.network, name))) {
      return std::nullopt;
    }
    if (const auto coming = engine.index().network().coming(dataset.id, site)) {
      const Transfer& transfer = state.transfers.at(*coming);
      stage.ready = std::max(stage.ready, end_of(engine, transfer, dataset.bytes, now));
      continue;
    }
    auto source = best_source(engine, lying, site, transfer_class, now);
    if (!source) return std::nullopt;
    stage.ready = std::max(stage.ready, source->end);
    stage.bytes += dataset.bytes;
    stage.micro_cny += source->transfer.micro_cny;
    stage.transfers.push_back(std::move(source->transfer));
  }
  if (stage.bytes > 0 && !make_room(engine, name, stage.bytes)) return std::nullopt;
  return stage;
}

namespace {

// How long what waits there already keeps all of the site busy.
base::Duration wait_behind(const SitePlaces& places, const ResourceOption& option) {
  std::int64_t devices = 0;
  std::int64_t cpus = 0;
  for (const schedule::Pool& pool : places.capacity.pools()) {
    devices += std::int64_t{pool.whole.device_total} * pool.nodes;
    cpus += std::int64_t{pool.whole.cpus} * pool.nodes;
  }
  const bool by_devices = !option.devices.empty();
  const std::int64_t ahead = by_devices ? places.devices_ahead_ms : places.cpus_ahead_ms;
  return std::chrono::milliseconds(ahead / std::max<std::int64_t>(by_devices ? devices : cpus, 1));
}

// When what is asked for is free there; none: never.
std::optional<base::Time> free_from(const SitePlaces& places, std::uint32_t nodes,
                                    const ResourceOption& option,
                                    std::optional<base::Duration> time_limit, base::Time now) {
  // Where nothing is promised, what is free is free to anybody: one look at the kinds of nodes.
  if (!places.timeline.has_reservations() &&
      schedule::has_room(places.capacity, {nodes, {option}, false})) {
    return now;
  }
  const auto slot = places.timeline.earliest(places.capacity, nodes, option, {time_limit}, now);
  if (!slot) return std::nullopt;
  // Work without a limit may hold it for ever: behind it nobody can say; a year is long.
  constexpr base::Duration long_time = std::chrono::hours(24 * 365);
  return slot->start == schedule::never ? now + long_time : slot->start;
}

// The money of what it holds and of its transfers, and the energy's where that is known.
schedule::EnergyParts parts_on(const Engine& engine, SiteId site, const RequestKind& kind,
                               std::uint32_t option, const SiteEstimate& estimate,
                               base::Duration run, base::Time now) {
  const bool weighs = engine.state().policy.flows.power;
  const auto way = weighs ? energy_way(engine, site, kind, option) : std::nullopt;
  if (way) {
    schedule::EnergyParts parts = schedule::parts_of(*way, now, estimate.start);
    if (parts.micro_cny) *parts.micro_cny += estimate.stage.micro_cny;
    return parts;
  }
  const auto held = schedule::held_by(kind.request.nodes, kind.request.options[option]);
  const std::int64_t hour = schedule::cost_of(engine.state().prices, held).hour_micro_cny;
  return {estimate.start + run - now,
          schedule::money_for(hour, base::to_us(run) / 1000) + estimate.stage.micro_cny,
          std::nullopt};
}

}  // namespace

std::optional<SiteEstimate> estimate_on(const Engine& engine, SiteId site, const RequestKind& kind,
                                        std::span<const Lying> data, base::Time now) {
  const SitePlaces& places = engine.index().sites.at(site);
  if (!places.in_touch) return std::nullopt;
  const schedule::Request& request = kind.reach;
  std::optional<SiteEstimate> best;
  std::optional<StageIn> stage;
  base::Time soonest = base::Time::max();
  for (std::uint32_t i = 0; i < request.options.size(); ++i) {
    const ResourceOption& option = request.options[i];
    const auto open = free_from(places, request.nodes, option, kind.time_limit, now);
    if (!open) continue;
    if (!stage) stage = stage_in(engine, site, data, TransferClass::deadline, now);
    if (!stage) return std::nullopt;
    const base::Time start = std::max(stage->ready, *open + wait_behind(places, option));
    const base::Duration run =
        kind.runs.empty() ? kind.time_limit.value_or(base::Duration(0)) : kind.runs[i];
    if (best && start + run >= soonest) continue;
    soonest = start + run;
    best = SiteEstimate{site, i, *stage, start, {}};
    best->parts = parts_on(engine, site, kind, i, *best, run, now);
  }
  return best;
}

std::optional<SiteEstimate> best_site(const Engine& engine, const RequestKind& kind,
                                      std::span<const DatasetId> inputs, base::Time now) {
  const auto data = find_data(engine, inputs);
  if (!data) return std::nullopt;
  std::optional<SiteEstimate> best;
  std::optional<schedule::EnergyParts> reference;
  using Rank = std::tuple<std::int64_t, base::Duration, std::int64_t, SiteId>;
  std::optional<Rank> least;
  for (const auto& [site, places] : engine.index().sites) {
    auto estimate = estimate_on(engine, site, kind, *data, now);
    if (!estimate) continue;
    if (!reference) reference = estimate->parts;
    const auto score = schedule::score_of(estimate->parts, kind.objective, *reference);
    const Rank rank(score.value_or(std::numeric_limits<std::int64_t>::max()),
                    estimate->parts.finish, estimate->stage.bytes, site);
    if (least && *least <= rank) continue;
    least = rank;
    best = std::move(estimate);
  }
  return best;
}

}  // namespace weir::engine
