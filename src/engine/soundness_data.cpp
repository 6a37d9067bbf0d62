#include "engine/soundness_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "flow/calendar.h"
#include "flow/data_policy.h"

namespace weir::engine {

namespace {

using base::ErrorCode;
using base::fail;

base::Status unsound(const std::string& record, const std::string& what) {
  return fail(ErrorCode::invalid, record + " " + what);
}

bool is_plain(base::Time time) {
  constexpr base::Time last = base::Time(std::chrono::hours(24 * 366) * 1000);
  return time >= base::Time{} && time <= last;
}

base::Status check_datasets(const State& state) {
  std::set<std::tuple<std::string, std::string, std::uint32_t>> names;
  for (const auto& [id, dataset] : state.datasets) {
    const std::string record = "dataset " + std::to_string(id.value);
    if (dataset.id != id || id.value > state.last_dataset) return unsound(record, "names another");
    WEIR_TRY_STATUS(flow::check_dataset(dataset));
    const bool fresh = names.emplace(dataset.tenant, dataset.name, dataset.version).second;
    if (dataset.version < 1 || !fresh) return unsound(record, "has another's name");
    const bool sorted =
        std::is_sorted(dataset.replicas.begin(), dataset.replicas.end(),
                       [](const auto& a, const auto& b) { return a.site < b.site; });
    if (!sorted || !is_plain(dataset.registered)) return unsound(record, "is out of order");
  }
  return {};
}

// What is given away of each link, by when it changes.
using Given = std::map<std::pair<std::string, std::string>, std::map<base::Time, std::int64_t>>;

base::Status check_transfer(const State& state, const model::Transfer& transfer,
                            const std::string& record, Given& given) {
  const auto is_site = [&](model::SiteId site) { return state.sites.contains(site); };
  if (!is_site(transfer.from) || !is_site(transfer.to) ||
      (transfer.relay && !is_site(*transfer.relay)) || !state.datasets.contains(transfer.dataset)) {
    return unsound(record, "is of what is not there");
  }
  base::Time last{};
  for (const model::RateWindow& window : transfer.windows) {
    constexpr std::int64_t most = std::int64_t{1} << 50;
    const bool good = is_plain(window.from) && window.from >= last && window.until > window.from &&
                      is_plain(window.until) && window.bandwidth_bps > 0 &&
                      window.bandwidth_bps <= most;
    if (!good) return unsound(record, "has an impossible window");
    last = window.until;
  }
  std::vector<std::string> stops{state.sites.at(transfer.from).name};
  if (transfer.relay) stops.push_back(state.sites.at(*transfer.relay).name);
  stops.push_back(state.sites.at(transfer.to).name);
  for (std::size_t i = 0; i + 1 < stops.size(); ++i) {
    auto& of_link = given[{stops[i], stops[i + 1]}];
    for (const model::RateWindow& window : transfer.windows) {
      of_link[window.from] += window.bandwidth_bps;
      of_link[window.until] -= window.bandwidth_bps;
    }
  }
  return {};
}

base::Status check_transfers(const State& state) {
  Given given;
  std::set<std::pair<model::DatasetId, model::SiteId>> coming;
  for (const auto& [id, transfer] : state.transfers) {
    const std::string record = "transfer " + std::to_string(id.value);
    if (transfer.id != id || id.value > state.last_transfer)
      return unsound(record, "names another");
    WEIR_TRY_STATUS(check_transfer(state, transfer, record, given));
    if (!coming.emplace(transfer.dataset, transfer.to).second) {
      return unsound(record, "brings what is on its way already");
    }
  }
  for (const model::Link& link : state.network.links) {
    const auto of_link = given.find({link.from, link.to});
    if (of_link == given.end()) continue;
    const std::int64_t room =
        flow::LinkCalendar(link.bandwidth_bps, state.network.slack_percent).room();
    std::int64_t now = 0;
    for (const auto& [time, change] : of_link->second) {
      now += change;
      if (now > room) return unsound("the link to " + link.to, "is given away twice");
    }
  }
  return {};
}

}  // namespace

base::Status check_data(const State& state) {
  WEIR_TRY_STATUS(flow::check_network(state.network));
  if (flow::tidied(state.network) != state.network) return unsound("the network", "lacks order");
  WEIR_TRY_STATUS(check_datasets(state));
  WEIR_TRY_STATUS(check_transfers(state));
  for (const FailedTransfer& failed : state.failed_transfers) {
    const bool known = state.sites.contains(failed.from) && state.sites.contains(failed.to);
    if (!known || !is_plain(failed.until)) return unsound("a failed transfer", "is impossible");
  }
  for (const auto& [id, job] : state.jobs) {
    const std::string record = "the record of job " + std::to_string(id.value);
    const bool directed = !job.directed_to || state.sites.contains(*job.directed_to);
    const bool looks = !job.look_again || (job.directed_to && is_plain(*job.look_again));
    const bool good = directed && looks && (!job.staging || job.directed_to) &&
                      std::is_sorted(job.inputs.begin(), job.inputs.end());
    if (!good) return unsound(record, "reads what is impossible");
  }
  return {};
}

}  // namespace weir::engine
