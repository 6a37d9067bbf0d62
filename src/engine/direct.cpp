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
  base::Duration on_links{};
};

// How long its links are taken by it.
base::Duration time_on_links(const Passage& passage, base::Time now) {
  if (passage.windows.empty()) return passage.end - now;
  base::Duration taken{};
  for (const RateWindow& window : passage.windows) taken += window.until - window.from;
  return taken;
}

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
    const base::Duration on_links = time_on_links(*passage, now);
    Transfer transfer;
    transfer.dataset = dataset.id;
    transfer.from = from;
    transfer.relay = passage->relay;
    transfer.to = to;
    transfer.transfer_class = transfer_class;
    transfer.windows = std::move(passage->windows);
    transfer.micro_cny = passage->micro_cny;
    transfer.planned = now;
    best = Source{std::move(transfer), passage->end, on_links};
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
    stage.on_links += source->on_links;
    stage.transfers.push_back(std::move(source->transfer));
  }
  if (stage.bytes > 0 && !make_room(engine, name, stage.bytes)) return std::nullopt;
  return stage;
}

namespace {

// How long work keeps all of a site busy.
base::Duration time_for(const WorkAhead& work, const SitePlaces& places,
                        const ResourceOption& option) {
  std::int64_t devices = 0;
  std::int64_t cpus = 0;
  for (const schedule::Pool& pool : places.capacity.pools()) {
    devices += std::int64_t{pool.whole.device_total} * pool.nodes;
    cpus += std::int64_t{pool.whole.cpus} * pool.nodes;
  }
  const bool by_devices = !option.devices.empty();
  const std::int64_t ahead = by_devices ? work.devices_ms : work.cpus_ms;
  return std::chrono::milliseconds(ahead / std::max<std::int64_t>(by_devices ? devices : cpus, 1));
}

// What stands before a job at a site: all that waits there, or, of a job that has been waiting,
// what came before it.
WorkAhead ahead_of(const Engine& engine, SiteId site, const JobRecord& job) {
  const Index& index = engine.index();
  if (!job.look_again) return index.sites.at(site).ahead;
  WorkAhead before;
  const auto directed = index.directed.find(site);
  if (directed == index.directed.end()) return before;
  std::size_t counted = 0;
  for (const JobId other : directed->second) {
    if (other >= job.id || ++counted > Limits::counted_before) break;
    const JobRecord& record = engine.state().jobs.at(other);
    if (record.counted_at == site) before.add(index.work_of(record));
  }
  return before;
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

// On one site; none: it cannot run there.
std::optional<SiteEstimate> estimate_on(const Engine& engine, SiteId site, const JobRecord& job,
                                        std::span<const Lying> data, base::Time now) {
  const SitePlaces& places = engine.index().sites.at(site);
  if (!places.takes_work) return std::nullopt;
  const RequestKind& kind = engine.index().asked_kind(job);
  const schedule::Request& request = kind.reach;
  std::optional<SiteEstimate> best;
  std::optional<StageIn> stage;
  std::optional<WorkAhead> ahead;
  base::Time soonest = base::Time::max();
  for (std::uint32_t i = 0; i < request.options.size(); ++i) {
    const ResourceOption& option = request.options[i];
    const auto open = free_from(places, request.nodes, option, kind.time_limit, now);
    if (!open) continue;
    if (!stage) stage = stage_in(engine, site, data, TransferClass::deadline, now);
    if (!stage) return std::nullopt;
    if (!ahead) ahead = ahead_of(engine, site, job);
    base::Time start = std::max(stage->ready, *open + time_for(*ahead, places, option));
    if (job.promise && job.promise->site == site && job.promise->option == i) {
      start = std::max(now, job.promise->start);
    }
    const base::Duration run =
        kind.runs.empty() ? kind.time_limit.value_or(base::Duration(0)) : kind.runs[i];
    if (best && start + run >= soonest) continue;
    soonest = start + run;
    best = SiteEstimate{site, i, *stage, start, {}};
    best->parts = parts_on(engine, site, kind, i, *best, run, now);
  }
  return best;
}

}  // namespace

std::optional<SiteEstimate> best_site(const Engine& engine, const JobRecord& job, base::Time now) {
  const auto data = find_data(engine, job.inputs);
  if (!data) return std::nullopt;
  std::vector<SiteEstimate> estimates;
  for (const auto& [site, places] : engine.index().sites) {
    if (auto estimate = estimate_on(engine, site, job, *data, now)) {
      estimates.push_back(*std::move(estimate));
    }
  }
  if (estimates.empty()) return std::nullopt;
  const bool comes_by_itself =
      std::any_of(estimates.begin(), estimates.end(),
                  [&](const SiteEstimate& each) { return each.stage.bytes == 0; });
  // As if it began at once: waiting is weighed by how long the work is, not by how long queues are.
  schedule::EnergyParts reference = estimates.front().parts;
  reference.finish -= estimates.front().start - now;
  const model::Objective& objective = engine.index().asked_kind(job).objective;
  using Rank = std::tuple<std::int64_t, base::Duration, std::int64_t, SiteId>;
  const auto rank_of = [&](const SiteEstimate& estimate) {
    schedule::EnergyParts weighed = estimate.parts;
    weighed.finish += estimate.stage.on_links;
    const auto score = schedule::score_of(weighed, objective, reference);
    return Rank(score.value_or(std::numeric_limits<std::int64_t>::max()), weighed.finish,
                estimate.stage.bytes, estimate.site);
  };
  const SiteEstimate* best = nullptr;
  for (const SiteEstimate& estimate : estimates) {
    const bool begins_soon = estimate.start - estimate.stage.ready <= Limits::begins_soon;
    if (comes_by_itself && estimate.stage.bytes > 0 && !begins_soon) continue;
    if (best == nullptr || rank_of(estimate) < rank_of(*best)) best = &estimate;
  }
  return *best;
}

}  // namespace weir::engine
