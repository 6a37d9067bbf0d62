#include "engine/questions_data.h"

#include <algorithm>

#include "base/quantity.h"
#include "engine/direct.h"
#include "schedule/explain.h"
#include "schedule/quota.h"

namespace weir::engine {

using namespace model;

namespace {

std::string name_of_version(const Dataset& dataset) {
  return name_of(DatasetVersion{dataset.name, dataset.version});
}

TransferView view_of(const State& state, const Transfer& transfer) {
  const Dataset& dataset = state.datasets.at(transfer.dataset);
  TransferView view;
  view.id = transfer.id;
  view.dataset = {dataset.name, dataset.version};
  view.bytes = dataset.bytes;
  view.from = state.sites.at(transfer.from).name;
  if (transfer.relay) view.relay = state.sites.at(*transfer.relay).name;
  view.to = state.sites.at(transfer.to).name;
  view.transfer_class = transfer.transfer_class;
  if (!transfer.windows.empty()) view.begin = transfer.windows.front().from;
  view.end = transfer.end();
  view.micro_cny = transfer.micro_cny;
  return view;
}

}  // namespace

std::vector<DatasetView> list_datasets(const Engine& engine, const Principal& by) {
  const State& state = engine.state();
  std::vector<DatasetView> views;
  for (const auto& [id, dataset] : state.datasets) {
    if (dataset.tenant != by.tenant) continue;
    DatasetView& view = views.emplace_back();
    view.dataset = dataset;
    for (const auto& [number, transfer] : state.transfers) {
      if (transfer.dataset == id) view.on_its_way_to.push_back(state.sites.at(transfer.to).name);
    }
    const auto readers = engine.index().readers.find(id);
    if (readers == engine.index().readers.end()) continue;
    for (const JobId job : readers->second) view.read_by.push_back(job);
  }
  std::sort(views.begin(), views.end(), [](const DatasetView& a, const DatasetView& b) {
    return std::tie(a.dataset.name, a.dataset.version) <
           std::tie(b.dataset.name, b.dataset.version);
  });
  return views;
}

std::vector<TransferView> list_transfers(const Engine& engine, const Principal& by) {
  const State& state = engine.state();
  std::vector<TransferView> views;
  for (const auto& [id, transfer] : state.transfers) {
    const bool theirs = state.datasets.at(transfer.dataset).tenant == by.tenant;
    if (theirs || by.role == Role::operator_) views.push_back(view_of(state, transfer));
  }
  return views;
}

std::vector<LinkView> list_links(const Engine& engine, base::Time now) {
  const State& state = engine.state();
  std::vector<LinkView> views;
  for (const Link& link : state.network.links) {
    LinkView& view = views.emplace_back();
    view.link = link;
    const auto& by_name = engine.index().site_by_name;
    const auto from = by_name.find(link.from);
    const auto to = by_name.find(link.to);
    if (from == by_name.end() || to == by_name.end()) continue;
    view.booked_bps = engine.index().network().booked(from->second, to->second, now);
    view.free_from = engine.index().network().booked_until(from->second, to->second, now);
    for (const auto& [id, transfer] : state.transfers) {
      std::vector<std::string> stops{state.sites.at(transfer.from).name};
      if (transfer.relay) stops.push_back(state.sites.at(*transfer.relay).name);
      stops.push_back(state.sites.at(transfer.to).name);
      for (std::size_t i = 0; i + 1 < stops.size(); ++i) {
        if (stops[i] == link.from && stops[i + 1] == link.to) ++view.transfers;
      }
    }
  }
  return views;
}

base::Error no_dataset(const Engine& engine, const std::string& tenant, const DatasetVersion& which,
                       std::string field) {
  base::Error error{base::ErrorCode::not_found,
                    "there is no dataset `" + name_of(which) + "`",
                    std::move(field),
                    "those there are: weir datasets",
                    {}};
  const auto newest = engine.index().find_dataset(tenant, which.name, 0);
  if (newest) {
    error.hint = "the newest of it is " + name_of_version(engine.state().datasets.at(*newest));
    return error;
  }
  std::vector<std::string> names;
  for (const auto& [id, dataset] : engine.state().datasets) {
    if (dataset.tenant == tenant) names.push_back(dataset.name);
  }
  const std::string near = base::nearest_name(which.name, names);
  if (!near.empty()) error.hint = "did you mean `" + near + "`?";
  return error;
}

std::optional<base::Error> missing_input(const Engine& engine, const std::string& tenant,
                                         const JobSpec& spec) {
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    const DataInput& input = spec.inputs[i];
    if (engine.index().find_dataset(tenant, input.dataset, input.version)) continue;
    base::Error error = no_dataset(engine, tenant, {input.dataset, input.version},
                                   "data.inputs[" + std::to_string(i) + "].dataset");
    error.code = base::ErrorCode::refused;
    return error;
  }
  return std::nullopt;
}

void note_data(const Engine& engine, const SiteFilter& filter, std::int64_t nodes,
               const schedule::Request& request, std::optional<base::Duration> time_limit,
               base::Time now, std::vector<Candidate>& rows) {
  for (Candidate& row : rows) {
    const auto held =
        schedule::held_by(static_cast<std::uint32_t>(nodes), request.options[row.option]);
    if (time_limit) {
      const std::int64_t hour = schedule::cost_of(engine.state().prices, held).hour_micro_cny;
      row.micro_cny = schedule::money_for(hour, base::to_us(*time_limit) / 1000);
    }
    if (filter.where.is_open() && filter.inputs.empty() && filter.outputs.empty()) continue;
    const auto close = [&](Obstacle obstacle) {
      row.feasible = row.feasible && !obstacle.for_ever;
      row.now = false;
      row.start.reset();
      row.finish.reset();
      if (obstacle.for_ever) row.obstacles.clear();
      row.obstacles.insert(row.obstacles.begin(), std::move(obstacle));
    };
    if (auto closed = engine.index().closed_by(engine.state(), filter, row.site)) {
      close(*std::move(closed));
      continue;
    }
    if (filter.inputs.empty() || !engine.state().policy.flows.data) continue;
    const SiteId site = engine.index().site_by_name.at(row.site);
    const auto data = find_data(engine, filter.inputs);
    const auto stage =
        data ? stage_in(engine, site, *data, TransferClass::deadline, now) : std::nullopt;
    if (!stage) {
      close({"data", "reads data that nothing brings there: no link, or no room", false});
      continue;
    }
    row.stage_in_bytes = stage->bytes;
    row.stage_in_micro_cny = stage->micro_cny;
    if (stage->ready <= now) continue;
    row.staged = stage->ready;
    row.now = false;
    if (row.start && *row.start < stage->ready) {
      const base::Duration later = stage->ready - *row.start;
      row.start = stage->ready;
      if (row.finish) *row.finish += later;
    }
    const std::string text =
        (stage->bytes > 0 ? base::format_bytes(stage->bytes) + " of its data come there first, by "
                          : std::string("waits for its data, which is there by ")) +
        base::format_time(stage->ready);
    row.obstacles.insert(row.obstacles.begin(), {"data", text, false});
  }
  schedule::rank(rows);
}

void explain_staging(const Engine& engine, const JobRecord& job, base::Time now, Explanation& out) {
  const State& state = engine.state();
  const std::string& site = state.sites.at(*job.directed_to).name;
  out.reason = Reason::waits_for_data;
  out.summary = "Its data is on its way to " + site + ", where it runs once all of it is there.";
  for (const auto& [id, transfer] : state.transfers) {
    const bool reads =
        std::find(job.inputs.begin(), job.inputs.end(), transfer.dataset) != job.inputs.end();
    if (!reads || transfer.to != *job.directed_to) continue;
    const Dataset& dataset = state.datasets.at(transfer.dataset);
    std::string line = name_of_version(dataset) + ": " + base::format_bytes(dataset.bytes) +
                       " from " + state.sites.at(transfer.from).name;
    if (transfer.relay) line += " by " + state.sites.at(*transfer.relay).name;
    if (const auto end = transfer.end()) line += ", there by " + base::format_time(*end);
    out.details.push_back(line + ".");
  }
  out.details.push_back("While it waits for its data it holds no devices, and pays for none.");
  const auto data = find_data(engine, job.inputs);
  if (!data) return;
  const auto stage = stage_in(engine, *job.directed_to, *data, TransferClass::deadline, now);
  if (stage) out.expected_start = stage->ready;
}

std::string why_undirected(const Engine& engine, const JobRecord& job) {
  if (job.inputs.empty() || job.directed_to || !engine.state().policy.flows.data) return "";
  for (const DatasetId id : job.inputs) {
    const auto at = engine.state().datasets.find(id);
    if (at == engine.state().datasets.end()) continue;
    const Dataset& dataset = at->second;
    if (dataset.replicas.empty())
      return name_of_version(dataset) + ", which it reads, lies nowhere.";
    const bool in_touch =
        std::any_of(dataset.replicas.begin(), dataset.replicas.end(), [&](const Replica& replica) {
          const auto site = engine.index().site_by_name.find(replica.site);
          return site != engine.index().site_by_name.end() &&
                 engine.state().sites.at(site->second).in_touch;
        });
    if (!in_touch) {
      return name_of_version(dataset) + ", which it reads, lies only where no word comes from: " +
             dataset.replicas.front().site + ".";
    }
  }
  for (const FailedTransfer& failed : engine.state().failed_transfers) {
    if (std::find(job.inputs.begin(), job.inputs.end(), failed.dataset) == job.inputs.end()) {
      continue;
    }
    return "Its data could not be brought from " + engine.state().sites.at(failed.from).name +
           " to " + engine.state().sites.at(failed.to).name + "; that is tried again at " +
           base::format_time(failed.until) + ".";
  }
  return "No site that it fits on can have its data: there is no link to one, or no room.";
}

}  // namespace weir::engine
