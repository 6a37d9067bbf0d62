// What is found of datasets and of the sites that are open to whom.
#include <algorithm>

#include "engine/index.h"
#include "flow/data_policy.h"

namespace weir::engine {

// ---- datasets by name

void Index::name_dataset(const model::Dataset& dataset) {
  datasets_by_name_[{dataset.tenant, dataset.name, dataset.version}] = dataset.id;
  if (dataset.rules.empty()) {
    ruled.erase(dataset.id);
  } else {
    ruled.insert(dataset.id);
  }
}

void Index::forget_dataset(const model::Dataset& dataset) {
  datasets_by_name_.erase({dataset.tenant, dataset.name, dataset.version});
  ruled.erase(dataset.id);
}

std::optional<model::DatasetId> Index::find_dataset(const std::string& tenant,
                                                    const std::string& name,
                                                    std::uint32_t version) const {
  if (version > 0) {
    const auto at = datasets_by_name_.find({tenant, name, version});
    return at == datasets_by_name_.end() ? std::nullopt : std::optional(at->second);
  }
  const auto behind = datasets_by_name_.upper_bound({tenant, name, UINT32_MAX});
  if (behind == datasets_by_name_.begin()) return std::nullopt;
  const auto& [key, id] = *std::prev(behind);
  const bool same = std::get<0>(key) == tenant && std::get<1>(key) == name;
  return same ? std::optional(id) : std::nullopt;
}

std::vector<model::DatasetId> Index::inputs_of(const std::string& tenant,
                                               const model::JobSpec& spec) const {
  std::vector<model::DatasetId> inputs;
  inputs.reserve(spec.inputs.size());
  for (const model::DataInput& input : spec.inputs) {
    inputs.push_back(
        find_dataset(tenant, input.dataset, input.version).value_or(model::DatasetId{0}));
  }
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  return inputs;
}

SiteFilter Index::filter_for(const std::string& tenant, const model::JobSpec& spec,
                             bool there) const {
  SiteFilter filter{spec.where, inputs_of(tenant, spec), there, "", {}};
  if (spec.outputs.empty()) return filter;
  filter.tenant = tenant;
  for (const model::DataOutput& output : spec.outputs) filter.outputs.push_back(output.dataset);
  std::sort(filter.outputs.begin(), filter.outputs.end());
  filter.outputs.erase(std::unique(filter.outputs.begin(), filter.outputs.end()),
                       filter.outputs.end());
  return filter;
}

// ---- which sites are open to whom

namespace {

std::optional<model::Obstacle> closed_by_where(const State& state, const model::WhereSpec& where,
                                               const std::string& site) {
  const auto& patterns = where.sites;
  const bool named = patterns.empty() ||
                     std::any_of(patterns.begin(), patterns.end(),
                                 [&](const auto& pattern) { return flow::matches(pattern, site); });
  if (!named) return model::Obstacle{"where", "is to run elsewhere (where.sites)", true};
  if (std::binary_search(where.refused_by.begin(), where.refused_by.end(), site)) {
    return model::Obstacle{"where", "was refused by the owner of " + site, true};
  }
  const model::SitePlace* const place = flow::place_of(state.network, site);
  if (!where.residency.empty() && !flow::lies_in(place, where.residency)) {
    std::string in;
    for (const std::string& name : where.residency) in += (in.empty() ? "" : " or ") + name;
    return model::Obstacle{"where", "is to run in " + in + " (where.residency)", true};
  }
  if (where.near.empty() || where.near == site) return std::nullopt;
  const auto ms = [](std::int64_t us) { return std::to_string((us + 999) / 1000) + " ms"; };
  const auto at =
      std::lower_bound(state.network.links.begin(), state.network.links.end(),
                       std::pair(site, where.near), [](const model::Link& link, const auto& ends) {
                         return std::tie(link.from, link.to) < std::tie(ends.first, ends.second);
                       });
  const bool known = at != state.network.links.end() && at->from == site && at->to == where.near;
  if (known && at->rtt_us <= where.rtt_us_most) return std::nullopt;
  return model::Obstacle{"where",
                         "is to run within " + ms(where.rtt_us_most) + " of " + where.near + ", " +
                             (known ? "which is " + ms(at->rtt_us) + " away"
                                    : std::string("and no link to it is known")),
                         true};
}

}  // namespace

std::optional<model::Obstacle> Index::closed_by(const State& state, const SiteFilter& filter,
                                                const std::string& site) const {
  if (auto closed = closed_by_where(state, filter.where, site)) return closed;
  for (const model::DatasetId id : filter.inputs) {
    const auto at = state.datasets.find(id);
    if (at == state.datasets.end()) {
      return model::Obstacle{"data", "reads a dataset that is not there any more", true};
    }
    const model::Dataset& dataset = at->second;
    const std::string name = model::name_of(model::DatasetVersion{dataset.name, dataset.version});
    const auto barred =
        flow::may_not_lie(dataset.labels, site, flow::place_of(state.network, site));
    if (barred) return model::Obstacle{"data", "reads " + name + ", which " + *barred, true};
    if (filter.there && state.policy.flows.data && dataset.at(site) == nullptr) {
      return model::Obstacle{"data", "reads " + name + ", which is not there", false};
    }
  }
  // A new version keeps to what the one before it is labelled with.
  for (const std::string& name : filter.outputs) {
    const auto newest = find_dataset(filter.tenant, name, 0);
    if (!newest) continue;
    const auto barred = flow::may_not_lie(state.datasets.at(*newest).labels, site,
                                          flow::place_of(state.network, site));
    if (barred) return model::Obstacle{"outputs", "leaves " + name + ", which " + *barred, true};
  }
  return std::nullopt;
}

std::uint32_t Index::filter_of(const State& state, SiteFilter filter) {
  if (filter.where.is_open() && filter.inputs.empty() && filter.outputs.empty()) return 0;
  const auto [at, is_new] = filter_numbers_.try_emplace(
      std::move(filter), static_cast<std::uint32_t>(filters_.size() + 1));
  if (!is_new) return at->second;
  filters_.push_back(at->first);
  for (const model::DatasetId id : at->first.inputs) filters_by_dataset_[id].insert(at->second);
  for (const std::string& name : at->first.outputs) {
    filters_by_output_[{at->first.tenant, name}].insert(at->second);
  }
  for (const auto& [site, places] : sites) apply_filter(state, at->second, site);
  return at->second;
}

void Index::apply_filter(const State& state, std::uint32_t number, model::SiteId site) {
  const std::string& name = state.sites.at(site).name;
  sites.at(site).capacity.admit(number, !closed_by(state, filter(number), name));
}

void Index::apply_filters(const State& state, model::SiteId site) {
  for (std::uint32_t number = 1; number <= filters_.size(); ++number) {
    apply_filter(state, number, site);
  }
}

void Index::set_network(const State& state) {
  network_.set(state);
  for (const auto& [site, places] : sites) {
    apply_filters(state, site);
    site_changed(site);
  }
}

void Index::dataset_changed(const State& state, const model::Dataset& dataset) {
  std::set<std::uint32_t> touched;
  if (const auto at = filters_by_dataset_.find(dataset.id); at != filters_by_dataset_.end()) {
    touched = at->second;
  }
  const auto left = filters_by_output_.find({dataset.tenant, dataset.name});
  if (left != filters_by_output_.end()) touched.insert(left->second.begin(), left->second.end());
  if (touched.empty()) return;
  for (auto& [site, places] : sites) {
    bool changed = false;
    for (const std::uint32_t number : touched) {
      model::ResourceOption asked;
      asked.site_filter = number;
      const bool before = places.capacity.admits(asked);
      apply_filter(state, number, site);
      changed = changed || before != places.capacity.admits(asked);
    }
    if (changed) site_changed(site);
  }
}

// ---- what waits where

WorkAhead Index::work_of(const JobRecord& job) const {
  const RequestKind& kind = asked_kind(job);
  if (!kind.time_limit) return {};
  const std::int64_t ms = base::to_us(*kind.time_limit) / 1000 * kind.request.nodes;
  const model::ResourceOption& option = kind.request.options.front();
  std::int64_t devices = 0;
  for (const model::DeviceCount& device : option.devices) devices += device.count;
  if (devices > 0) return {devices * option.device_milli * ms / model::whole_device_milli, 0};
  return {0, option.cpus * ms};
}

void Index::stop_counting(JobRecord& job) {
  if (!job.counted_at) return;
  const auto at = sites.find(*job.counted_at);
  if (at != sites.end()) at->second.ahead.add(work_of(job), -1);
  job.counted_at.reset();
}

void Index::count_directed(JobRecord& job) {
  const bool ended = model::is_terminal(job.state);
  const auto at = !ended && (job.queued || job.staging) ? job.directed_to : std::nullopt;
  if (job.counted_at != at) {
    stop_counting(job);
    const auto site = at ? sites.find(*at) : sites.end();
    if (site != sites.end()) site->second.ahead.add(work_of(job));
    job.counted_at = at;
  }
  note_look(job);
  const auto listed = ended ? std::nullopt : job.directed_to;
  if (job.listed_at && job.listed_at != listed) directed[*job.listed_at].erase(job.id);
  if (listed && job.listed_at != listed) directed[*listed].insert(job.id);
  job.listed_at = listed;
  if (ended || listed) {
    undirected.erase(job.id);
  } else {
    undirected.insert(job.id);
  }
}

void Index::note_look(JobRecord& job) {
  const auto at = job.queued ? job.look_again : std::nullopt;
  if (job.looked_at == at) return;
  if (job.looked_at) looks.erase({*job.looked_at, job.id});
  if (at) looks.insert({*at, job.id});
  job.looked_at = at;
}

}  // namespace weir::engine
