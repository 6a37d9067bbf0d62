// The links between sites as the engine knows them, with what is given away of each ahead of time,
// and which way data takes. Found from the state.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/state.h"
#include "flow/calendar.h"
#include "flow/relay.h"

namespace weir::engine {

// How bytes would go from one site to another: by which links, when, for how much.
struct Passage {
  std::optional<model::SiteId> relay;      // none: straight
  std::vector<model::RateWindow> windows;  // none: the network is left out (model::Flows)
  base::Time end;
  std::int64_t micro_cny = 0;
};

class NetworkBook {
 public:
  // Everything anew: the links between sites that have joined, and the windows of all transfers
  // under way. Cost: the square of the sites.
  void set(const State& state);

  // A transfer's windows are given away; what of them is to come is free again.
  void take(const model::Transfer& transfer);
  void give_back(const model::Transfer& transfer, base::Time now);
  // The transfer of a dataset to a site that is under way; none: there is none.
  [[nodiscard]] std::optional<model::TransferId> coming(model::DatasetId dataset,
                                                        model::SiteId to) const;

  // What of a link is given away at this moment, and until when anything is.
  [[nodiscard]] std::int64_t booked(model::SiteId from, model::SiteId to, base::Time at) const;
  [[nodiscard]] std::optional<base::Time> booked_until(model::SiteId from, model::SiteId to,
                                                       base::Time after) const;

  // The way that is done soonest, from `begin` on: straight, or by the relay that is quickest at
  // the price that the table allows, if `may_pass` lets data through there. None: there is no link.
  // Cost: the changes of its links' calendars until it is done; the sites, once for each pair.
  template <typename MayPass>
  [[nodiscard]] std::optional<Passage> passage(const model::Flows& flows, model::SiteId from,
                                               model::SiteId to, std::int64_t bytes,
                                               model::TransferClass transfer_class,
                                               base::Time begin, const MayPass& may_pass) const {
    const std::array straight_way{from, to};
    auto straight = along(flows, straight_way, bytes, transfer_class, begin);
    const auto relay = flows.network ? relay_between(from, to) : std::nullopt;
    if (!relay || !may_pass(*relay)) return straight;
    const std::array relayed_way{from, *relay, to};
    auto relayed = along(flows, relayed_way, bytes, transfer_class, begin);
    if (!relayed || (straight && straight->end <= relayed->end)) return straight;
    relayed->relay = relay;
    return relayed;
  }

 private:
  struct Known {
    model::Link link;
    flow::LinkCalendar calendar;
  };
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  [[nodiscard]] std::uint32_t number_of(model::SiteId site) const;
  [[nodiscard]] const Known* known(model::SiteId from, model::SiteId to) const;
  [[nodiscard]] std::vector<Known*> way_of(const model::Transfer& transfer);
  [[nodiscard]] std::optional<Passage> along(const model::Flows& flows,
                                             std::span<const model::SiteId> stops,
                                             std::int64_t bytes,
                                             model::TransferClass transfer_class,
                                             base::Time begin) const;
  [[nodiscard]] std::optional<model::SiteId> relay_between(model::SiteId from,
                                                           model::SiteId to) const;

  std::vector<model::SiteId> sites_;         // in order, by number
  std::vector<std::optional<Known>> links_;  // from × sites + to
  flow::Network network_;
  std::optional<std::int64_t> relay_price_more_;
  // By pair, once it was asked for; `none`: there is no better way than straight.
  mutable std::map<std::uint32_t, std::uint32_t> relays_;
  std::map<std::pair<model::DatasetId, model::SiteId>, model::TransferId> coming_;
};

}  // namespace weir::engine
