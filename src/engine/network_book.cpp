#include "engine/network_book.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

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
  sites_.clear();
  std::map<std::string, std::size_t> number;
  for (const auto& [id, site] : state.sites) {
    number[site.name] = sites_.size();
    sites_.push_back(id);
  }
  links_.assign(sites_.size() * sites_.size(), std::nullopt);
  relay_price_more_ = state.network.relay_price_more_micro_cny_per_gb;
  relays_.clear();
  network_ = {};
  network_.sites = sites_.size();
  network_.bits_per_second.assign(links_.size(), 0);
  network_.micro_cny_per_gb.assign(links_.size(), 0);
  for (const model::Link& link : state.network.links) {
    const auto from = number.find(link.from);
    const auto to = number.find(link.to);
    if (from == number.end() || to == number.end()) continue;
    const std::size_t at = network_.link(from->second, to->second);
    links_[at] = Known{link, {link.bandwidth_bps, state.network.slack_percent}};
    network_.bits_per_second[at] = link.bandwidth_bps;
    network_.micro_cny_per_gb[at] = link.price_micro_cny_per_gb;
  }
  coming_.clear();
  for (const auto& [id, transfer] : state.transfers) take(transfer);
}

std::uint32_t NetworkBook::number_of(model::SiteId site) const {
  const auto at = std::lower_bound(sites_.begin(), sites_.end(), site);
  return at == sites_.end() || *at != site ? none : static_cast<std::uint32_t>(at - sites_.begin());
}

const NetworkBook::Known* NetworkBook::known(model::SiteId from, model::SiteId to) const {
  const std::uint32_t a = number_of(from);
  const std::uint32_t b = number_of(to);
  if (a == none || b == none) return nullptr;
  const auto& found = links_[network_.link(a, b)];
  return found ? &*found : nullptr;
}

std::optional<model::TransferId> NetworkBook::coming(model::DatasetId dataset,
                                                     model::SiteId to) const {
  const auto at = coming_.find({dataset, to});
  return at == coming_.end() ? std::nullopt : std::optional(at->second);
}

std::int64_t NetworkBook::booked(model::SiteId from, model::SiteId to, base::Time at) const {
  const Known* const found = known(from, to);
  return found == nullptr ? 0 : found->calendar.room() - found->calendar.free_at(at);
}

std::optional<base::Time> NetworkBook::booked_until(model::SiteId from, model::SiteId to,
                                                    base::Time after) const {
  const Known* const found = known(from, to);
  if (found == nullptr) return std::nullopt;
  std::optional<base::Time> last;
  auto next = found->calendar.next_change(after);
  for (; next; next = found->calendar.next_change(*next)) last = next;
  return last;
}

std::vector<NetworkBook::Known*> NetworkBook::way_of(const model::Transfer& transfer) {
  std::vector<model::SiteId> stops{transfer.from};
  if (transfer.relay) stops.push_back(*transfer.relay);
  stops.push_back(transfer.to);
  std::vector<Known*> way;
  for (std::size_t i = 0; i + 1 < stops.size(); ++i) {
    const std::uint32_t a = number_of(stops[i]);
    const std::uint32_t b = number_of(stops[i + 1]);
    if (a == none || b == none) continue;
    if (auto& found = links_[network_.link(a, b)]) way.push_back(&*found);
  }
  return way;
}

void NetworkBook::take(const model::Transfer& transfer) {
  coming_[{transfer.dataset, transfer.to}] = transfer.id;
  for (Known* const known : way_of(transfer)) {
    for (const model::RateWindow& window : transfer.windows) {
      known->calendar.take({{window.from, window.until}, window.bandwidth_bps});
    }
  }
}

void NetworkBook::give_back(const model::Transfer& transfer, base::Time now) {
  coming_.erase({transfer.dataset, transfer.to});
  for (Known* const known : way_of(transfer)) {
    for (const model::RateWindow& window : transfer.windows) {
      const base::Time from = std::max(window.from, now);
      if (from >= window.until) continue;
      known->calendar.give_back({{from, window.until}, window.bandwidth_bps});
    }
    known->calendar.forget_before(now);
  }
}

std::optional<Passage> NetworkBook::along(const model::Flows& flows,
                                          std::span<const model::SiteId> stops, std::int64_t bytes,
                                          model::TransferClass transfer_class,
                                          base::Time begin) const {
  Passage passage;
  std::vector<const flow::LinkCalendar*> calendars;
  std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
  std::int64_t room = narrowest;
  std::int64_t rtt_us = 0;
  for (std::size_t i = 0; i + 1 < stops.size(); ++i) {
    const Known* const found = known(stops[i], stops[i + 1]);
    if (found == nullptr) return std::nullopt;
    calendars.push_back(&found->calendar);
    narrowest = std::min(narrowest, found->link.bandwidth_bps);
    room = std::min(room, found->calendar.room());
    rtt_us += found->link.rtt_us;
    passage.micro_cny += price_of(found->link.price_micro_cny_per_gb, bytes);
  }
  if (!flows.network) {
    passage.end = begin + base::Duration(rtt_us) + time_for(bytes, narrowest);
    return passage;
  }
  if (room <= 0) return std::nullopt;
  // What rules want leaves half of each link to those who wait.
  std::optional<std::int64_t> most;
  if (transfer_class == model::TransferClass::background) {
    most = std::max<std::int64_t>(room / 2, 1);
  }
  const auto plan = flow::plan_transfer(calendars, bytes, begin + base::Duration(rtt_us), {}, most);
  if (!plan) return std::nullopt;
  for (const flow::RatePiece& piece : plan->pieces) {
    passage.windows.push_back({piece.span.from, piece.span.until, piece.bits_per_second});
  }
  passage.end = plan->end();
  return passage;
}

std::optional<model::SiteId> NetworkBook::relay_between(model::SiteId from,
                                                        model::SiteId to) const {
  if (!relay_price_more_) return std::nullopt;
  const std::uint32_t a = number_of(from);
  const std::uint32_t b = number_of(to);
  if (a == none || b == none || a == b) return std::nullopt;
  const auto pair = static_cast<std::uint32_t>(network_.link(a, b));
  const auto [at, is_new] = relays_.try_emplace(pair, none);
  if (is_new) {
    const auto& straight = links_[pair];
    std::optional<std::int64_t> most;
    if (straight) most = straight->link.price_micro_cny_per_gb + *relay_price_more_;
    const auto route = flow::quickest_route(network_, a, b, most);
    if (route && route->relay) at->second = static_cast<std::uint32_t>(*route->relay);
  }
  return at->second == none ? std::nullopt : std::optional(sites_[at->second]);
}

}  // namespace weir::engine
