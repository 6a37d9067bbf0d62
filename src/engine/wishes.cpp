#include "engine/wishes.h"

#include <algorithm>

#include "model/pack.h"

namespace weir::engine {

using namespace model;

namespace {

std::vector<RankWish> rank_wishes(const State& state, const RunningAttempt& run) {
  const SiteRecord& site = state.sites.at(run.site);
  std::vector<RankWish> ranks;
  ranks.reserve(run.ranks.size());
  for (const RankPlacement& rank : run.ranks) {
    ranks.push_back({site.nodes[rank.node].name, rank.node, rank.cpus, rank.memory_bytes,
                     rank.devices, rank.device_milli});
  }
  return ranks;
}

}  // namespace

AttemptWish run_wish(const State& state, const JobRecord& job, const RunningAttempt& run) {
  JobSpec spec = unpack_spec(job.packed_spec);
  AttemptWish wish;
  wish.key = run.key;
  wish.want = Want::run;
  wish.tenant = job.tenant;
  wish.job_name = spec.name;
  wish.is_array = job.array.is_array();
  wish.ranks = rank_wishes(state, run);
  wish.env = std::move(spec.env);
  for (const auto& [name, value] : spec.options[run.option].env) wish.env[name] = value;
  if (!spec.secrets.empty()) {
    const auto of_tenant = state.secrets.find(job.tenant);
    for (const std::string& name : spec.secrets) {
      if (of_tenant == state.secrets.end()) break;
      const auto sealed = of_tenant->second.find(name);
      if (sealed != of_tenant->second.end()) wish.sealed_secrets[name] = sealed->second;
    }
  }
  wish.workdir = std::move(spec.workdir);
  wish.setup = std::move(spec.setup);
  wish.run = std::move(spec.run);
  wish.time_limit = run.time_limit;
  wish.notice_signal = spec.retry.notice_signal;
  wish.notice_before = spec.retry.notice_before;
  wish.takes_turns = state.policy.rounds && job.takes_turns;
  const std::string& site = state.sites.at(run.site).name;
  for (const DataInput& input : spec.inputs) {
    for (const DatasetId id : job.inputs) {
      const auto at = state.datasets.find(id);
      if (at == state.datasets.end()) continue;
      const Dataset& dataset = at->second;
      if (dataset.name != input.dataset || dataset.version != input.version) continue;
      const Replica* const replica = dataset.at(site);
      wish.inputs.push_back({input.at,
                             {dataset.name, dataset.version},
                             dataset.manifest,
                             replica == nullptr ? "" : replica->location});
    }
  }
  wish.outputs = std::move(spec.outputs);
  wish.hour_micro_cny = run.hour_micro_cny;
  return wish;
}

TransferWish transfer_wish(const State& state, const Transfer& transfer) {
  const Dataset& dataset = state.datasets.at(transfer.dataset);
  TransferWish wish;
  wish.id = transfer.id;
  wish.tenant = dataset.tenant;
  wish.dataset = {dataset.name, dataset.version};
  wish.bytes = dataset.bytes;
  wish.manifest = dataset.manifest;
  wish.labels = dataset.labels;
  wish.from = state.sites.at(transfer.from).name;
  if (const Replica* const replica = dataset.at(wish.from)) wish.location = replica->location;
  wish.windows = transfer.windows;
  return wish;
}

AttemptWish stop_wish(const State& state, const RunningAttempt& run) {
  AttemptWish wish;
  wish.key = run.key;
  wish.want = Want::stop;
  wish.stop_reason = run.stopping;
  wish.ranks = rank_wishes(state, run);
  return wish;
}

WantedState wanted_state(const State& state, SiteId id) {
  const SiteRecord& site = state.sites.at(id);
  WantedState wanted{site.name, site.epoch, site.wanted_version, {}, {}, {}, {}};
  if (state.rounds.phase == RoundPhase::running) wanted.rests_at = state.rounds.until;
  for (const auto& [job_id, job] : state.jobs) {
    for (const RunningAttempt& run : job.running) {
      if (run.site != id) continue;
      wanted.wishes.push_back(run.stopping == Reason::none ? run_wish(state, job, run)
                                                           : stop_wish(state, run));
    }
  }
  for (const auto& [number, transfer] : state.transfers) {
    if (transfer.to == id) wanted.transfers.push_back(transfer_wish(state, transfer));
  }
  for (const auto& [number, dataset] : state.datasets) {
    const Replica* const replica = dataset.at(site.name);
    if (replica == nullptr || !replica->location.empty()) continue;
    wanted.replicas.push_back({dataset.tenant, {dataset.name, dataset.version}, dataset.manifest});
  }
  return wanted;
}

}  // namespace weir::engine
