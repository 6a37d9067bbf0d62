// The links between sites as the engine knows them, with what is given away of each ahead of time,
// and which way data takes. Found from the state.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/state.h"
#include "flow/calendar.h"
#include "flow/relay.h"

namespace weir::engine {

// How bytes would go from one site to another: by which links, when, for how much.
struct Passage {
  std::string relay;                       // "": straight
  std::vector<model::RateWindow> windows;  // none: the network is left out (model::Flows)
  base::Time end;
  std::int64_t micro_cny = 0;
};

class NetworkBook {
 public:
  // Everything anew: the table, and the windows of all transfers under way.
  void set(const State& state);
  [[nodiscard]] bool empty() const { return links_.empty(); }

  // A transfer's windows are given away; what of them is to come is free again.
  void take(const State& state, const model::Transfer& transfer);
  void give_back(const State& state, const model::Transfer& transfer, base::Time now);

  // Null: there is none.
  [[nodiscard]] const model::Link* link(const std::string& from, const std::string& to) const;
  // What of a link is given away at this moment, and until when anything is.
  [[nodiscard]] std::int64_t booked(const model::Link& link, base::Time at) const;
  [[nodiscard]] std::optional<base::Time> booked_until(const model::Link& link,
                                                       base::Time from) const;

  // The way that is done soonest, from `from` on: straight, or by the relay that is quickest at the
  // price that the table allows, if `may_pass` lets data through there. None: there is no link.
  // Cost: the changes of its links' calendars until it is done.
  template <typename MayPass>
  [[nodiscard]] std::optional<Passage> passage(const State& state, const std::string& from,
                                               const std::string& to, std::int64_t bytes,
                                               model::TransferClass transfer_class,
                                               base::Time begin, const MayPass& may_pass) const {
    auto straight = along(state, {{from, to}}, bytes, transfer_class, begin);
    const auto relay = relay_between(from, to);
    if (!relay || !may_pass(*relay)) return straight;
    auto by_relay = along(state, {{from, *relay}, {*relay, to}}, bytes, transfer_class, begin);
    if (!by_relay || (straight && straight->end <= by_relay->end)) return straight;
    by_relay->relay = *relay;
    return by_relay;
  }

 private:
  using Ends = std::pair<std::string, std::string>;
  struct Known {
    model::Link link;
    flow::LinkCalendar calendar;
  };
  [[nodiscard]] const Known* known(const Ends& ends) const;
  // The links of a transfer's way.
  [[nodiscard]] std::vector<Known*> way_of(const State& state, const model::Transfer& transfer);
  [[nodiscard]] std::optional<Passage> along(const State& state, const std::vector<Ends>& ways,
                                             std::int64_t bytes,
                                             model::TransferClass transfer_class,
                                             base::Time begin) const;
  [[nodiscard]] std::optional<std::string> relay_between(const std::string& from,
                                                         const std::string& to) const;

  std::map<Ends, Known> links_;
  std::vector<std::string> sites_;  // by number in the network
  flow::Network network_;
  std::optional<std::int64_t> relay_price_more_;
};

}  // namespace weir::engine
