// Datasets, links and transfers: what operators and users set, what sites say, and where jobs that
// read data are directed.
#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "engine/direct.h"
#include "engine/questions_data.h"
#include "engine/stepper.h"
#include "flow/data_policy.h"
#include "model/pack.h"

namespace weir::engine {

using namespace model;
using base::ErrorCode;

namespace {

// What is made of data is as sensitive as the most sensitive of it, and stays where all of it has
// to; a new version keeps to the labels of the one before it, too.
DatasetLabels labels_of_output(const State& state, const JobRecord& job, const Dataset* before,
                               const std::string& site) {
  DatasetLabels labels;
  if (before != nullptr) labels = before->labels;
  for (const DatasetId id : job.inputs) {
    const auto input = state.datasets.find(id);
    if (input == state.datasets.end()) continue;
    labels = flow::joined(labels, input->second.labels, flow::place_of(state.network, site));
  }
  return labels;
}

}  // namespace

// ---- what is set

void Stepper::take(const SetNetwork& input) {
  if (auto good = flow::check_network(input.table); !good) return refuse(std::move(good).error());
  NetworkTable table = flow::tidied(input.table);
  if (table == state().network) return;
  // Their windows are of links that may not be there any more.
  std::vector<TransferId> under_way;
  for (const auto& [id, transfer] : state().transfers) under_way.push_back(id);
  for (const TransferId id : under_way) cancel_transfer(id, "the network was told anew");
  emit(NetworkSet{std::move(table)});
  data_changed_ = capacity_or_queue_changed_ = true;
}

void Stepper::take(const PutDataset& input) {
  if (auto good = flow::check_dataset(input.dataset); !good) return refuse(std::move(good).error());
  Dataset dataset = input.dataset;
  dataset.tenant = input.by.tenant;
  const auto newest = index().find_dataset(dataset.tenant, dataset.name, 0);
  if (dataset.version == 0) {
    dataset.version = newest ? state().datasets.at(*newest).version + 1 : 1;
  }
  const auto known = index().find_dataset(dataset.tenant, dataset.name, dataset.version);
  if (known) {
    const Dataset& before = state().datasets.at(*known);
    if (before.bytes != dataset.bytes || before.manifest != dataset.manifest) {
      return refuse({ErrorCode::conflict,
                     "version " + std::to_string(dataset.version) + " of " + dataset.name +
                         " is there with other bytes, and a version never changes",
                     "version",
                     "leave the version out: it becomes the next one",
                     {}});
    }
    dataset.made_by = before.made_by;
    dataset.made_from = before.made_from;
    if (dataset.replicas.empty()) dataset.replicas = before.replicas;
  }
  if (!may_say_where(input.by, dataset, known)) return;
  dataset.id = known.value_or(DatasetId{state().last_dataset + 1});
  std::sort(dataset.replicas.begin(), dataset.replicas.end(),
            [](const auto& a, const auto& b) { return a.site < b.site; });
  for (Replica& replica : dataset.replicas) {
    if (replica.made == base::Time{}) replica.made = replica.used = now_;
  }
  step_.reply.dataset = {dataset.name, dataset.version};
  if (known && state().datasets.at(*known) == dataset) return;
  if (known && state().datasets.at(*known).labels != dataset.labels) {
    cancel_transfers_of(*known, "its labels have changed");
  }
  emit(DatasetPut{std::move(dataset)});
  data_changed_ = capacity_or_queue_changed_ = true;
}

// Whose word about places counts, and whether its data may lie there. False: refused.
bool Stepper::may_say_where(const Principal& by, const Dataset& dataset,
                            std::optional<DatasetId> known) {
  const bool same = known && state().datasets.at(*known).replicas == dataset.replicas;
  if (!same && !dataset.replicas.empty() && by.role != Role::operator_) {
    refuse({ErrorCode::refused,
            "only an operator may say where bytes lie",
            "replicas",
            "let a job leave it (data.outputs), or ask an operator",
            {}});
    return false;
  }
  for (std::size_t i = 0; i < dataset.replicas.size(); ++i) {
    const std::string& site = dataset.replicas[i].site;
    const auto barred =
        flow::may_not_lie(dataset.labels, site, flow::place_of(state().network, site));
    if (!barred) continue;
    refuse({ErrorCode::refused,
            dataset.name + " " + *barred,
            "replicas[" + std::to_string(i) + "].site",
            "sites, where they lie and what they are cleared for: weir links",
            {}});
    return false;
  }
  return true;
}

void Stepper::take(const RemoveDataset& input) {
  const auto known =
      index().find_dataset(input.by.tenant, input.dataset.name, input.dataset.version);
  if (!known) return refuse(no_dataset(engine_, input.by.tenant, input.dataset, "dataset"));
  const auto readers = index().readers.find(*known);
  if (readers != index().readers.end()) {
    return refuse({ErrorCode::conflict,
                   "job " + std::to_string((*readers->second.begin()).value) + " reads it",
                   "dataset",
                   "wait until it has ended, or cancel it",
                   {}});
  }
  cancel_transfers_of(*known, "the dataset was removed");
  const std::vector<Replica> replicas = state().datasets.at(*known).replicas;
  for (const Replica& replica : replicas) emit(ReplicaDropped{*known, replica.site});
  emit(DatasetRemoved{*known});
}

// ---- transfers

void Stepper::plan_transfer(Transfer transfer) {
  transfer.id = TransferId{state().last_transfer + 1};
  const SiteId to = transfer.to;
  emit(TransferPlanned{transfer});
  wishes_[to];
  transfer_wishes_[to].push_back(transfer_wish(state(), transfer));
}

void Stepper::cancel_transfer(TransferId id, std::string why) {
  end_transfer({id, false, false, std::move(why)});
}

void Stepper::cancel_transfers_of(DatasetId dataset, const std::string& why) {
  std::vector<TransferId> under_way;
  for (const auto& [id, transfer] : state().transfers) {
    if (transfer.dataset == dataset) under_way.push_back(id);
  }
  for (const TransferId id : under_way) cancel_transfer(id, why);
}

void Stepper::end_transfer(TransferEnded ended) {
  const TransferId id = ended.transfer;
  const bool done = ended.done;
  const Transfer transfer = state().transfers.at(id);
  emit(std::move(ended));
  wishes_[transfer.to];
  TransferWish forgotten;
  forgotten.id = id;
  forgotten.forget = true;
  transfer_wishes_[transfer.to].push_back(std::move(forgotten));
  data_changed_ = capacity_or_queue_changed_ = true;
  const auto readers = index().readers.find(transfer.dataset);
  if (readers == index().readers.end()) return;
  std::vector<JobId> waiting;
  for (const JobId reader : readers->second) {
    const JobRecord& job = state().jobs.at(reader);
    if (job.staging && job.directed_to == transfer.to) waiting.push_back(reader);
  }
  for (const JobId job : waiting) go_on_staging(job, done);
}

// Its data may all be there now; what failed is looked for elsewhere.
void Stepper::go_on_staging(JobId id, bool done) {
  const JobRecord& job = state().jobs.at(id);
  if (!done) return emit(JobDirected{id, std::nullopt, false});
  const std::string& site = state().sites.at(*job.directed_to).name;
  const bool all = std::all_of(job.inputs.begin(), job.inputs.end(), [&](DatasetId input) {
    const auto dataset = state().datasets.find(input);
    return dataset != state().datasets.end() && dataset->second.at(site) != nullptr;
  });
  if (!all) return;
  emit(JobDirected{id, job.directed_to, false, now_ + Limits::look_again});
  defer_if_better(id, unpack_spec(job.packed_spec));
}

void Stepper::take_transfer_report(const SiteRecord& site, const TransferReport& report) {
  const auto at = state().transfers.find(report.id);
  if (at == state().transfers.end() || at->second.to != site.id) {
    wishes_[site.id];
    TransferWish forgotten;
    forgotten.id = report.id;
    forgotten.forget = true;
    transfer_wishes_[site.id].push_back(std::move(forgotten));
    return;
  }
  if (report.phase == TransferPhase::moving) return;
  const bool done = report.phase == TransferPhase::done;
  end_transfer({report.id, done, !done, report.message});
}

void Stepper::lose_transfers(SiteId site) {
  std::vector<TransferId> gone;
  for (const auto& [id, transfer] : state().transfers) {
    if (transfer.to == site || transfer.from == site || transfer.relay == site) gone.push_back(id);
  }
  for (const TransferId id : gone) cancel_transfer(id, "no word from a site on its way");
  // Whoever was to run there looks elsewhere.
  const auto directed = index().directed.find(site);
  if (directed == index().directed.end()) return;
  std::vector<JobId> jobs;
  for (const JobId job : directed->second) {
    if (state().jobs.at(job).running.empty()) jobs.push_back(job);
  }
  for (const JobId job : jobs) emit(JobDirected{job, std::nullopt, false});
  data_changed_ = true;
}

// What a job has left becomes the next version of its dataset, there where it lies.
void Stepper::put_outputs(const SiteRecord& site, AttemptKey key,
                          const std::vector<OutputReport>& outputs) {
  const JobRecord& job = state().jobs.at(key.job);
  const JobSpec spec = unpack_spec(job.packed_spec);
  for (const OutputReport& output : outputs) {
    const bool asked = std::any_of(spec.outputs.begin(), spec.outputs.end(),
                                   [&](const auto& row) { return row.dataset == output.dataset; });
    Dataset dataset;
    dataset.id = DatasetId{state().last_dataset + 1};
    dataset.tenant = job.tenant;
    dataset.name = output.dataset;
    dataset.bytes = output.bytes;
    dataset.manifest = output.manifest;
    if (!asked || !flow::check_dataset(dataset)) continue;
    const auto newest = index().find_dataset(job.tenant, output.dataset, 0);
    const Dataset* const before = newest ? &state().datasets.at(*newest) : nullptr;
    dataset.labels = labels_of_output(state(), job, before, site.name);
    if (before != nullptr) {
      dataset.version = before->version + 1;
      dataset.rules = before->rules;
    }
    dataset.made_by = key.job;
    for (const DataInput& input : spec.inputs) {
      dataset.made_from.push_back({input.dataset, input.version});
    }
    dataset.replicas = {{site.name, "", now_, now_}};
    emit(DatasetPut{std::move(dataset)});
    data_changed_ = true;
  }
}

// ---- where jobs go

void Stepper::direct(JobId id) {
  if (!state().policy.flows.data) return;
  const JobRecord& job = state().jobs.at(id);
  if (is_terminal(job.state) || job.waiting() == 0 || job.staging) return;
  const base::Time look_again =
      now_ + std::max(Limits::look_again, (now_ - job.submitted) / Limits::look_part);
  const auto best = best_site(engine_, job, now_);
  if (!best) {
    if (job.directed_to) emit(DirectionKept{id, look_again});
    return;
  }
  const SiteId site = best->site;
  const auto lies_there = [&](DatasetId input) {
    return state().datasets.at(input).at(state().sites.at(site).name) != nullptr;
  };
  const bool all_there = std::all_of(job.inputs.begin(), job.inputs.end(), lies_there);
  if (all_there && job.directed_to == site) return emit(DirectionKept{id, look_again});
  if (all_there) return emit(JobDirected{id, site, false, look_again});
  // From here on what it reads there is needed there.
  const std::optional<SiteId> before = job.directed_to;
  emit(JobDirected{id, site, true});
  if (before) capacity_or_queue_changed_ = true;  // it stands in nobody's way any more
  if (bring(site, job.inputs, best->stage.bytes)) return;
  emit(JobDirected{id, before, false, before ? std::optional(look_again) : std::nullopt});
  data_changed_ = true;  // what was planned already has nobody who waits for it
}

// Plans what has to come, one after the other, as each takes of the links what it needs. False:
// something cannot come after all.
bool Stepper::bring(SiteId site, const std::vector<DatasetId>& inputs, std::int64_t bytes) {
  const std::string& name = state().sites.at(site).name;
  if (bytes > 0) {
    const auto go = make_room(engine_, name, bytes);
    if (!go) return false;
    for (const DatasetId dataset : *go) emit(ReplicaDropped{dataset, name});
  }
  while (true) {
    const auto data = find_data(engine_, inputs);
    if (!data) return false;
    const auto stage = stage_in(engine_, site, *data, TransferClass::deadline, now_);
    if (!stage) return false;
    if (stage->transfers.empty()) return true;
    plan_transfer(stage->transfers.front());
  }
}

void Stepper::look_after_data() {
  look_again();
  if (!data_changed_) return;
  data_changed_ = false;
  std::vector<JobId> jobs;
  for (const JobId job : index().undirected) jobs.push_back(job);
  for (const JobId job : jobs) direct(job);
  end_what_is_in_vain();
  keep_rules();
}

// Who has waited for long may be better served elsewhere by now.
void Stepper::look_again() {
  if (!state().policy.flows.data) return;
  const auto& looks = index().looks;
  std::vector<JobId> due;
  for (auto at = looks.begin(); at != looks.end() && at->first <= now_; ++at) {
    due.push_back(at->second);
  }
  for (const JobId job : due) direct(job);
}

// Why a transfer is not needed any more, or cannot go on; "" where it is and can. It is there for a
// job that waits for it, or for a rule.
std::string Stepper::why_in_vain(const Transfer& transfer) const {
  const Dataset& dataset = state().datasets.at(transfer.dataset);
  if (dataset.at(state().sites.at(transfer.from).name) == nullptr) {
    return "its source does not have it any more";
  }
  if (dataset.at(state().sites.at(transfer.to).name) != nullptr) return "it lies there already";
  if (transfer.transfer_class == TransferClass::background) {
    const bool wanted =
        std::any_of(dataset.rules.begin(), dataset.rules.end(),
                    [&](const ReplicaRule& rule) { return !rule.until || *rule.until > now_; });
    if (wanted) return "";
  }
  const auto readers = index().readers.find(transfer.dataset);
  const bool awaited =
      readers != index().readers.end() &&
      std::any_of(readers->second.begin(), readers->second.end(), [&](JobId reader) {
        const JobRecord& job = state().jobs.at(reader);
        return job.staging && job.directed_to == transfer.to;
      });
  return awaited ? "" : "nobody waits for it any more";
}

void Stepper::end_what_is_in_vain() {
  std::vector<std::pair<TransferId, std::string>> vain;
  for (const auto& [id, transfer] : state().transfers) {
    if (std::string why = why_in_vain(transfer); !why.empty()) vain.emplace_back(id, why);
  }
  for (auto& [id, why] : vain) cancel_transfer(id, std::move(why));
}

// Replicas that rules want and that are not there are brought, as links are idle.
void Stepper::keep_rules() {
  const std::set<DatasetId> ruled = index().ruled;
  for (const DatasetId id : ruled) {
    const Dataset& dataset = state().datasets.at(id);
    for (const ReplicaRule& rule : dataset.rules) {
      if (!rule.until || *rule.until > now_) keep_rule(dataset, rule);
    }
  }
}

void Stepper::keep_rule(const Dataset& dataset, const ReplicaRule& rule) {
  const auto counts = [&](const std::string& site) {
    return rule.region.empty() ||
           flow::lies_in(flow::place_of(state().network, site), {rule.region});
  };
  std::uint32_t there = 0;
  for (const Replica& replica : dataset.replicas) there += counts(replica.site) ? 1 : 0;
  std::set<SiteId> coming;
  for (const auto& [id, transfer] : state().transfers) {
    if (transfer.dataset == dataset.id) coming.insert(transfer.to);
  }
  for (const SiteId site : coming) there += counts(state().sites.at(site).name) ? 1 : 0;
  while (there < rule.replicas) {
    std::optional<StageIn> best;
    for (const auto& [id, site] : state().sites) {
      if (!site.in_touch || !counts(site.name) || coming.contains(id)) continue;
      if (dataset.at(site.name) != nullptr) continue;
      const auto data = find_data(engine_, std::array{dataset.id});
      auto stage = stage_in(engine_, id, *data, TransferClass::background, now_);
      if (!stage || stage->transfers.empty()) continue;
      if (!best ||
          std::tie(stage->micro_cny, stage->ready) < std::tie(best->micro_cny, best->ready))
        best = std::move(stage);
    }
    if (!best) return;
    const SiteId to = best->transfers.front().to;
    const std::string& site = state().sites.at(to).name;
    const auto go = make_room(engine_, site, best->bytes);
    if (!go) return;
    for (const DatasetId gone : *go) emit(ReplicaDropped{gone, site});
    plan_transfer(best->transfers.front());
    coming.insert(to);
    ++there;
  }
}

}  // namespace weir::engine
