#include "twin/fetching.h"

namespace weir::twin {

Fetching::Fetching(const Workload& work, const Arrivals& arrivals, std::vector<std::string> sites,
                   WideNet& net)
    : work_(work), arrivals_(arrivals), sites_(std::move(sites)), net_(net) {
  for (std::uint32_t i = 0; i < work.datasets.size(); ++i) {
    lies_at_[i].insert(work.datasets[i].home);
  }
}

bool Fetching::begin(std::uint32_t site, const model::AttemptKey& attempt, base::Time now) {
  const TraceJob& job = arrivals_.trace_job(attempt.job);
  if (!job.dataset || lies_at_[*job.dataset].contains(site)) return false;
  const std::pair wanted(*job.dataset, site);
  if (const auto under_way = flow_of_.find(wanted); under_way != flow_of_.end()) {
    coming_.at(under_way->second).waiting.emplace_back(attempt, now);
    return true;
  }
  std::vector<std::string> from;
  for (const std::uint32_t there : lies_at_[*job.dataset]) from.push_back(sites_[there]);
  const auto source = net_.widest(from, sites_[site]);
  if (!source) return false;  // no link: as if it were there, so that nothing waits for ever
  const std::int64_t bytes = work_.datasets[*job.dataset].bytes;
  const std::uint64_t flow = net_.begin(*source, sites_[site], bytes, now);
  coming_.emplace(flow, Coming{*job.dataset, site, {{attempt, now}}});
  flow_of_.emplace(wanted, flow);
  bytes_ += bytes;
  constexpr std::int64_t gigabyte = 1'000'000'000;
  micro_cny_ += (bytes + gigabyte - 1) / gigabyte * net_.micro_cny_per_gb(*source, sites_[site]);
  ++flows_;
  return true;
}

std::vector<Fetching::Waiting> Fetching::arrived(std::uint64_t flow, base::Time now) {
  const auto at = coming_.find(flow);
  if (at == coming_.end()) return {};
  const Coming coming = std::move(at->second);
  coming_.erase(at);
  flow_of_.erase({coming.dataset, coming.site});
  lies_at_[coming.dataset].insert(coming.site);
  std::vector<Waiting> waiting;
  for (const auto& [attempt, since] : coming.waiting) {
    waiting.push_back({coming.site, attempt});
    waits_.push_back(now - since);
  }
  return waiting;
}

}  // namespace weir::twin
