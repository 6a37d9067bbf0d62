#include "engine/data_facts.h"

#include <algorithm>

#include "engine/promise_facts.h"

namespace weir::engine {

using namespace model;

namespace {

void insert_replica(Dataset& dataset, Replica replica) {
  const auto at = std::lower_bound(dataset.replicas.begin(), dataset.replicas.end(), replica,
                                   [](const auto& a, const auto& b) { return a.site < b.site; });
  if (at != dataset.replicas.end() && at->site == replica.site) return;
  dataset.replicas.insert(at, std::move(replica));
}

}  // namespace

void put_dataset(State& state, Index& index, const Dataset& dataset, base::Time now) {
  Dataset& kept = state.datasets[dataset.id];
  const bool is_new = kept.name.empty();
  const base::Time registered = is_new ? now : kept.registered;
  kept = dataset;
  kept.registered = registered;
  state.last_dataset = std::max(state.last_dataset, dataset.id.value);
  index.name_dataset(kept);
  index.dataset_changed(state, kept);
  withdraw_where_closed(state, index);
}

void remove_dataset(State& state, Index& index, DatasetId id) {
  const auto at = state.datasets.find(id);
  if (at == state.datasets.end()) return;
  const Dataset gone = at->second;
  index.forget_dataset(gone);
  state.datasets.erase(at);
  std::erase_if(state.failed_transfers, [&](const auto& row) { return row.dataset == id; });
  index.dataset_changed(state, gone);
  withdraw_where_closed(state, index);
}

void add_replica(State& state, Index& index, const Transfer& transfer, base::Time now) {
  const auto at = state.datasets.find(transfer.dataset);
  if (at == state.datasets.end()) return;
  insert_replica(at->second, {state.sites.at(transfer.to).name, "", now, now});
  index.dataset_changed(state, at->second);
}

void note_transfer(State& state, const Transfer& transfer, bool failed, base::Time now) {
  auto& known = state.failed_transfers;
  const auto same = [&](const FailedTransfer& row) {
    return row.dataset == transfer.dataset && row.from == transfer.from && row.to == transfer.to;
  };
  const auto at = std::find_if(known.begin(), known.end(), same);
  std::uint32_t times = at == known.end() ? 0 : at->times;
  std::erase_if(known, same);
  if (!failed) return;
  constexpr std::uint32_t doublings_most = 6;
  const base::Duration pause = std::chrono::minutes(1) * (1U << std::min(times, doublings_most));
  known.push_back({transfer.dataset, transfer.from, transfer.to, ++times, now + pause});
}

void drop_replica(State& state, Index& index, DatasetId id, const std::string& site) {
  Dataset& dataset = state.datasets.at(id);
  std::erase_if(dataset.replicas, [&](const Replica& replica) { return replica.site == site; });
  index.dataset_changed(state, dataset);
  withdraw_where_closed(state, index);
}

void note_use(State& state, const JobRecord& job, SiteId site, base::Time now) {
  const std::string& name = state.sites.at(site).name;
  for (const DatasetId id : job.inputs) {
    const auto at = state.datasets.find(id);
    if (at == state.datasets.end()) continue;
    for (Replica& replica : at->second.replicas) {
      if (replica.site == name) replica.used = now;
    }
  }
}

}  // namespace weir::engine
