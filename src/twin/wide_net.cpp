#include "twin/wide_net.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace weir::twin {

WideNet::WideNet(model::NetworkTable table) {
  for (const model::Link& link : table.links) {
    links_.emplace(Ends{link.from, link.to}, Shared{link, 0, {}, {}});
  }
}

bool WideNet::connects(const std::string& from, const std::string& to) const {
  return links_.contains({from, to});
}

std::int64_t WideNet::micro_cny_per_gb(const std::string& from, const std::string& to) const {
  return links_.at({from, to}).link.price_micro_cny_per_gb;
}

std::optional<std::string> WideNet::widest(const std::vector<std::string>& from,
                                           const std::string& to) const {
  std::optional<std::string> best;
  std::int64_t most = 0;
  for (const std::string& site : from) {
    const auto at = links_.find({site, to});
    if (at == links_.end() || at->second.link.bandwidth_bps <= most) continue;
    most = at->second.link.bandwidth_bps;
    best = site;
  }
  return best;
}

void WideNet::pass(Shared& shared, base::Time now) {
  if (!shared.flows.empty() && now > shared.at) {
    constexpr double us = 1e6;
    const double seconds = static_cast<double>((now - shared.at).count()) / us;
    shared.served_bits += seconds * static_cast<double>(shared.link.bandwidth_bps) /
                          static_cast<double>(shared.flows.size());
  }
  shared.at = now;
}

std::optional<base::Time> WideNet::next_of(const Shared& shared) {
  if (shared.flows.empty()) return std::nullopt;
  const double left = std::max(shared.flows.begin()->first - shared.served_bits, 0.0);
  const double seconds = left * static_cast<double>(shared.flows.size()) /
                         static_cast<double>(shared.link.bandwidth_bps);
  constexpr double us = 1e6;
  constexpr double longest = 9e15;
  return shared.at + base::Duration(std::llround(std::ceil(std::min(seconds * us, longest))));
}

void WideNet::note_due(const Ends& ends, const Shared& shared) {
  const auto known = due_of_.find(ends);
  if (known != due_of_.end()) {
    due_.erase({known->second, ends});
    due_of_.erase(known);
  }
  const auto next = next_of(shared);
  if (!next) return;
  due_.insert({*next, ends});
  due_of_[ends] = *next;
}

std::uint64_t WideNet::begin(const std::string& from, const std::string& to, std::int64_t bytes,
                             base::Time now) {
  const Ends ends{from, to};
  const auto at = links_.find(ends);
  WEIR_CHECK(at != links_.end(), "bytes move on a link that is there");
  Shared& shared = at->second;
  pass(shared, now);
  // The way there and back, as if so much more had to be moved by a flow that is alone.
  constexpr double us = 1e6;
  const double latency =
      static_cast<double>(shared.link.rtt_us) / us * static_cast<double>(shared.link.bandwidth_bps);
  const double done = shared.served_bits + static_cast<double>(bytes) * 8 + latency;
  const std::uint64_t flow = ++last_;
  shared.flows.insert({done, flow});
  flows_.emplace(flow, std::pair(ends, done));
  note_due(ends, shared);
  return flow;
}

void WideNet::drop(std::uint64_t flow, base::Time now) {
  const auto at = flows_.find(flow);
  if (at == flows_.end()) return;
  const Ends ends = at->second.first;
  Shared& shared = links_.at(ends);
  pass(shared, now);
  shared.flows.erase({at->second.second, flow});
  flows_.erase(at);
  note_due(ends, shared);
}

std::optional<base::Time> WideNet::next() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

std::vector<std::uint64_t> WideNet::arrived(base::Time now) {
  std::vector<std::uint64_t> arrived;
  while (!due_.empty() && due_.begin()->first <= now) {
    const Ends ends = due_.begin()->second;
    Shared& shared = links_.at(ends);
    pass(shared, due_.begin()->first);
    const std::uint64_t flow = shared.flows.begin()->second;
    // Rounding of its time to whole microseconds takes nothing from the others.
    shared.served_bits = std::max(shared.served_bits, shared.flows.begin()->first);
    shared.flows.erase(shared.flows.begin());
    flows_.erase(flow);
    arrived.push_back(flow);
    note_due(ends, shared);
  }
  return arrived;
}

}  // namespace weir::twin
