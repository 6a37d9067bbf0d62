// When waiting work is expected to start: the whole queue laid out on the sites ahead of time.
//
// List scheduling: each piece of work in turn goes where it can start soonest, given what runs (as
// long as the timelines say) and all that was laid out before it; gaps that this leaves before a
// later start are not used again. A share of a device goes where one is shared now, and otherwise
// counts as a whole one. It may start before work that goes first, where that leaves
// nothing out; small work slips into gaps and work ends before its limit, so that real starts are
// mostly earlier. A start that is promised is another matter: schedule/timeline.h.
//
// Source: list scheduling, Graham 1969; the nodes' step functions: conservative backfill without
// holes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/time.h"
#include "schedule/capacity.h"
#include "schedule/request.h"
#include "schedule/timeline.h"

namespace weir::schedule {

// A site as the forecast finds it. The capacity lives as long as the forecast.
struct SiteNow {
  std::uint64_t site = 0;
  const Capacity* capacity = nullptr;
  const Timeline* timeline = nullptr;
};

struct WaitingWork {
  const Request* request = nullptr;
  std::uint32_t request_class = 0;  // the same for equal requests
  std::uint32_t tasks = 1;          // how many of it wait
  std::uint32_t at_once = 0;        // most at once; 0: no limit
  std::vector<base::Time>
      running_until{};  // ends of its tasks that run; wanted if `at_once` is set
  std::optional<base::Duration> run_time{};  // none: nobody can say
};

// Where and when a task would start.
struct Start {
  std::uint64_t site = 0;
  std::uint32_t option = 0;
  std::optional<base::Time> time;  // none: it depends on work of which nobody knows the end
};

class Forecast {
 public:
  Forecast(std::vector<SiteNow> sites, base::Time now);

  // Lays out the next in turn; says when the first of its tasks starts. None: it can never fit.
  // Cost: per task, what it takes of nodes times the kinds of demands on their pool.
  [[nodiscard]] std::optional<Start> add(const WaitingWork& waiting);
  // When and with which option a task would start on one site, as it stands; nothing is laid out.
  [[nodiscard]] std::optional<Start> soonest_on(std::size_t site, const Request& request);

 private:
  struct Demand {
    Shape shape;
    std::set<std::pair<base::Time, std::uint32_t>> soonest;  // nodes by when they have room for it
  };
  struct PoolAhead {
    std::map<Shape, Demand> demands;  // those that were asked for
  };
  struct SiteAhead {
    std::uint64_t site = 0;
    const Capacity* capacity = nullptr;
    std::vector<std::vector<std::uint32_t>> nodes_of_pool;
    std::vector<Timeline::Steps> steps;  // by node; what is free only grows along them
    std::vector<PoolAhead> pools;
    std::map<std::uint32_t, std::uint32_t> shares;  // thousandths laid out on shared devices
  };
  struct Found {
    base::Time start;
    std::uint32_t option = 0;
    std::vector<std::pair<std::uint32_t, Shape>> nodes;  // with what each gives
    std::uint32_t share_milli = 0;                       // and so much of a device shared now
  };

  Demand& demand_on(SiteAhead& site, std::uint32_t pool, const Shape& shape);
  std::optional<Found> find(SiteAhead& site, const Request& request);
  std::optional<Found> find(SiteAhead& site, std::uint32_t nodes,
                            const model::ResourceOption& option);
  // On devices that are shared now.
  [[nodiscard]] std::optional<Found> find_shared(const SiteAhead& site, std::uint32_t nodes,
                                                 const model::ResourceOption& option) const;
  // What is taken is missing until `end`, gaps before its start included.
  void take(SiteAhead& site, const Found& found, base::Time end);
  // The best site for a class, and what it would take there.
  std::optional<std::pair<std::size_t, Found>> best(const WaitingWork& waiting);

  std::vector<SiteAhead> sites_;
  base::Time now_;
  // By request class: sites by a start that they cannot undercut any more.
  using Bounds = std::set<std::pair<base::Time, std::size_t>>;
  std::map<std::uint32_t, Bounds> bounds_;
};

}  // namespace weir::schedule
