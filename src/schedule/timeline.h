// Capacity in time: when what is held on a site comes free, and what of it is promised.
//
// Two kinds of entries stand on a node: holds (running work, until its latest end) and reservations
// (from a start to an end: promises; drains and maintenance are the same). Work without a time
// limit holds until `never`. A reservation whose start has passed is void: what it was for did not
// come. The nodes' amounts free now stay in Capacity and are passed in.
//
// A device that is shared counts as held until the last of those who share it ends: of times to
// come, a share is promised a whole one.
//
// Source: conservative backfill, Mu'alem and Feitelson 2001, section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/sorted_blocks.h"
#include "base/time.h"
#include "schedule/place.h"

namespace weir::schedule {

inline constexpr base::Time never = base::Time::max();

// Where and when work could start.
struct Slot {
  base::Time start;  // `never`: it depends on work without a time limit
  std::uint32_t option = 0;
  std::vector<std::uint32_t> nodes;  // ascending
};

// What is asked of a timeline besides room.
struct Stay {
  std::optional<base::Duration> length;  // none: no limit
  std::uint64_t owner = 0;               // whose reservations do not count
  bool past_unknown = false;             // nor do those without a known start

  [[nodiscard]] base::Time end_from(base::Time start) const {
    return length && start != never ? start + *length : never;
  }
};

class Timeline {
 public:
  explicit Timeline(std::uint32_t nodes = 0);

  // Running work comes, or goes. Requires of remove_hold: it was added with the same end.
  void add_hold(const Capacity& capacity, std::span<const model::RankPlacement> ranks,
                base::Time end);
  void remove_hold(const Capacity& capacity, std::span<const model::RankPlacement> ranks,
                   base::Time end);

  // Keeps `demand` on each of the nodes from `start` on, until `end`, for the owner. An unknown
  // start (`never`) keeps it from now on, for as long as it stands.
  void reserve(std::span<const std::uint32_t> nodes, const Shape& demand, base::Time start,
               base::Time end, std::uint64_t owner);
  void unreserve(std::span<const std::uint32_t> nodes, std::uint64_t owner);
  [[nodiscard]] bool has_reservations() const { return reservations_ > 0; }

  // The earliest start of `nodes` ranks under `option` that disturbs no reservation; none where
  // they can never be together. Equal nodes: the lowest index.
  // Cost: nodes that are free before the answer, and those with reservations.
  [[nodiscard]] std::optional<Slot> earliest(const Capacity& capacity, std::uint32_t nodes,
                                             const model::ResourceOption& option, const Stay& stay,
                                             base::Time now) const;

  // True if a rank that takes `demand` now and stays like that disturbs no reservation on `node`.
  // Requires: it has room there now.
  // A share holds its device for longer only where it stays longer than all who share it already.
  [[nodiscard]] bool open(const Capacity& capacity, std::uint32_t node, const RankDemand& demand,
                          const Stay& stay, base::Time now) const;

  // What a node has free from which time on, as running work ends; reservations left out.
  using Steps = std::vector<std::pair<base::Time, Shape>>;
  [[nodiscard]] Steps steps(const Capacity& capacity, std::uint32_t node, base::Time now) const;

 private:
  struct Hold {
    base::Time end;
    Shape amount;
  };
  struct Reservation {
    base::Time start;
    base::Time end;
    Shape amount;
    std::uint64_t owner = 0;
  };
  struct SharedDevice {
    std::uint32_t device = 0;
    std::vector<base::Time> ends;  // of those who share it, ascending
  };
  struct NodeTimes {
    std::vector<Hold> holds;  // by end; a shared device is one, until the last end
    std::vector<Reservation> reservations;
    std::vector<SharedDevice> shared;
  };
  // The `nodes` ranks that can start soonest from some time on, kept as they are found.
  struct Soonest;

  void seek(const Capacity& capacity, std::uint32_t pool, const Shape& demand, const Stay& stay,
            base::Time from, base::Time now, Soonest& soonest) const;
  // The first time from `from` on at which `node` has `demand` for as long as the stay; `never`
  // where that depends on work without a limit.
  [[nodiscard]] base::Time earliest_on(const Capacity& capacity, std::uint32_t node,
                                       const Shape& demand, const Stay& stay, base::Time from,
                                       base::Time now) const;
  // What it takes of devices counts from `devices_from` on.
  [[nodiscard]] bool has_room(const Capacity& capacity, std::uint32_t node, const Shape& demand,
                              const Stay& stay, base::Time at, base::Time now,
                              base::Time devices_from = base::Time::min()) const;
  void touch(std::uint32_t node);
  void add_to(std::uint32_t node, base::Time end, const Shape& amount);
  void remove_from(std::uint32_t node, base::Time end, const Shape& amount);
  void share(const Capacity& capacity, const model::RankPlacement& rank, base::Time end);
  void unshare(const Capacity& capacity, const model::RankPlacement& rank, base::Time end);
  void sort_in_the_stale(const Capacity& capacity) const;

  std::vector<NodeTimes> nodes_;
  std::uint32_t reservations_ = 0;

  // The nodes of a pool, those without reservations by the end of the last of what holds them and
  // by the end of the first. Kept lazily: stale nodes are sorted in when the next question comes.
  using ByTime = base::SortedBlocks<std::pair<base::Time, std::uint32_t>>;
  struct Order {
    ByTime by_last_end;
    ByTime by_first_end;
    std::set<std::uint32_t> reserved;
  };
  struct SortedAs {
    bool sorted = false;
    bool reserved = false;
    bool all_with_cpus = true;  // what holds it
    bool all_with_devices = true;
    base::Time last_end;
    base::Time first_end;
  };
  // Nodes without reservations stand in both orders, the others in neither.
  static void sort_in(ByTime& order, std::uint32_t node, const SortedAs& before,
                      base::Time end_before, const SortedAs& now, base::Time end);
  mutable std::vector<Order> orders_;  // by pool
  mutable std::vector<SortedAs> sorted_as_;
  mutable std::vector<std::uint32_t> stale_;
  mutable std::vector<bool> is_stale_;
};

// Work that would start now, held against the reservations of a timeline.
class ReservationGate final : public NodeGate {
 public:
  ReservationGate(const Capacity& capacity, const Timeline& timeline, const Stay& stay,
                  base::Time now)
      : capacity_(capacity), timeline_(timeline), stay_(stay), now_(now) {}
  [[nodiscard]] bool open(std::uint32_t node, const RankDemand& demand) const override {
    return timeline_.open(capacity_, node, demand, stay_, now_);
  }

 private:
  const Capacity& capacity_;
  const Timeline& timeline_;
  Stay stay_;
  base::Time now_;
};

}  // namespace weir::schedule
