#include "engine/network_book.h"

#include <algorithm>
#include <limits>
#include <set>

namespace weir::engine {

namespace {

__extension__ using Wide = __int128;

std::int64_t price_of(std::int64_t micro_cny_per_gb, std::int64_t bytes) {
  constexpr Wide gigabyte = 1'000'000'000;
  const Wide money = (Wide{micro_cny_per_gb} * bytes + gigabyte - 1) / gigabyte;
  return static_cast<std::int64_t>(std::min<Wide>(money, schedule::amount_most));
}

// As long as it takes on a link of its own, rounded up.
base::Duration time_for(std::int64_t bytes, std::int64_t bits_per_second) {
  constexpr Wide bits_us = Wide{8} * 1'000'000;
  const Wide us = (Wide{bytes} * bits_us + bits_per_second - 1) / bits_per_second;
  constexpr Wide longest = std::int64_t{1} << 60;
  return base::Duration(static_cast<std::int64_t>(std::min(us, longest)));
}

}  // namespace

void NetworkBook::set(const State& state) {
  links_.clear();
  std::set<std::string> names;
  for (const model::Link& link : state.network.links) {
    links_.emplace(Ends{link.from, link.to},
                   Known{link, {link.bandwidth_bps, state.network.slack_percent}});
    names.insert(link.from);
    names.insert(link.to);
  }
  sites_.assign(names.begin(), names.end());
  relay_price_more_ = state.network.relay_price_more_micro_cny_per_gb;
  network_ = {};
  if (relay_price_more_) {
    network_.sites = sites_.size();
    network_.bits_per_second.assign(sites_.size() * sites_.size(), 0);
    network_.micro_cny_per_gb.assign(sites_.size() * sites_.size(), 0);
    const auto number = [&](const std::string& name) {
      return static_cast<std::size_t>(std::lower_bound(sites_.begin(), sites_.end(), name) -
                                      sites_.begin());
    };
    for (const auto& [ends, known] : links_) {
      const std::size_t at = network_.link(number(ends.first), number(ends.second));
      network_.bits_per_second[at] = known.link.bandwidth_bps;
      network_.micro_cny_per_gb[at] = known.link.price_micro_cny_per_gb;
    }
  }
  for (const auto& [id, transfer] : state.transfers) take(state, transfer);
}

const NetworkBook::Known* NetworkBook::known(const Ends& ends) const {
  const auto at = links_.find(ends);
  return at == links_.end() ? nullptr : &at->second;
}

const model::Link* NetworkBook::link(const std::string& from, const std::string& to) const {
  const Known* const found = known({from, to});
  return found == nullptr ? nullptr : &found->link;
}

std::int64_t NetworkBook::booked(const model::Link& link, base::Time at) const {
  const Known* const found = known({link.from, link.to});
  return found == nullptr ? 0 : found->calendar.room() - found->calendar.free_at(at);
}

std::optional<base::Time> NetworkBook::booked_until(const model::Link& link,
                                                    base::Time from) const {
  const Known* const found = known({link.from, link.to});
  if (found == nullptr) return std::nullopt;
  std::optional<base::Time> last;
  auto next = found->calendar.next_change(from);
  for (; next; next = found->calendar.next_change(*next)) last = next;
  return last;
}

std::vector<NetworkBook::Known*> NetworkBook::way_of(const State& state,
                                                     const model::Transfer& transfer) {
  std::vector<std::string> stops{state.sites.at(transfer.from).name};
  if (transfer.relay) stops.push_back(state.sites.at(*transfer.relay).name);
  stops.push_back(state.sites.at(transfer.to).name);
  std::vector<Known*> way;
  for (std::size_t i = 0; i + 1 < stops.size(); ++i) {
    const auto at = links_.find({stops[i], stops[i + 1]});
    if (at != links_.end()) way.push_back(&at->second);
  }
  return way;
}

void NetworkBook::take(const State& state, const model::Transfer& transfer) {
  for (Known* const known : way_of(state, transfer)) {
    for (const model::RateWindow& window : transfer.windows) {
      known->calendar.take({{window.from, window.until}, window.bandwidth_bps});
    }
  }
}

void NetworkBook::give_back(const State& state, const model::Transfer& transfer, base::Time now) {
  for (Known* const known : way_of(state, transfer)) {
    for (const model::RateWindow& window : transfer.windows) {
      const base::Time from = std::max(window.from, now);
      if (from >= window.until) continue;
      known->calendar.give_back({{from, window.until}, window.bandwidth_bps});
    }
    known->calendar.forget_before(now);
  }
}

std::optional<Passage> NetworkBook::along(const State& state, const std::vector<Ends>& ways,
                                          std::int64_t bytes, model::TransferClass transfer_class,
                                          base::Time begin) const {
  Passage passage;
  std::vector<const flow::LinkCalendar*> calendars;
  std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
  std::int64_t room = narrowest;
  std::int64_t rtt_us = 0;
  for (const Ends& ends : ways) {
    const Known* const found = known(ends);
    if (found == nullptr) return std::nullopt;
    calendars.push_back(&found->calendar);
    narrowest = std::min(narrowest, found->link.bandwidth_bps);
    room = std::min(room, found->calendar.room());
    rtt_us += found->link.rtt_us;
    passage.micro_cny += price_of(found->link.price_micro_cny_per_gb, bytes);
  }
  if (!state.policy.flows.network) {
    passage.end = begin + base::Duration(rtt_us) + time_for(bytes, narrowest);
    return passage;
  }
  if (room <= 0) return std::nullopt;
  // What rules want leaves half of each link to those who wait.
  std::optional<std::int64_t> most;
  if (transfer_class == model::TransferClass::background)
    most = std::max<std::int64_t>(room / 2, 1);
  const auto plan = flow::plan_transfer(calendars, bytes, begin + base::Duration(rtt_us), {}, most);
  if (!plan) return std::nullopt;
  for (const flow::RatePiece& piece : plan->pieces) {
    passage.windows.push_back({piece.span.from, piece.span.until, piece.bits_per_second});
  }
  passage.end = plan->end();
  return passage;
}

std::optional<std::string> NetworkBook::relay_between(const std::string& from,
                                                      const std::string& to) const {
  if (!relay_price_more_) return std::nullopt;
  const auto number = [&](const std::string& name) {
    return static_cast<std::size_t>(std::lower_bound(sites_.begin(), sites_.end(), name) -
                                    sites_.begin());
  };
  const std::size_t a = number(from);
  const std::size_t b = number(to);
  const bool known =
      a < sites_.size() && b < sites_.size() && sites_[a] == from && sites_[b] == to && a != b;
  if (!known) return std::nullopt;
  const model::Link* const straight = link(from, to);
  std::optional<std::int64_t> most;
  if (straight != nullptr) most = straight->price_micro_cny_per_gb + *relay_price_more_;
  const auto route = flow::quickest_route(network_, a, b, most);
  if (!route || !route->relay) return std::nullopt;
  return sites_[*route->relay];
}

}  // namespace weir::engine
