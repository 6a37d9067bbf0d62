// What a tenant may hold, against what it holds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/site.h"
#include "model/tenant.h"
#include "model/view.h"
#include "schedule/cost.h"
#include "schedule/request.h"
#include "schedule/share.h"

namespace weir::schedule {

// What quotas count of a placement; devices in thousandths, as some are shared.
struct Held {
  struct OfModel {
    std::string model;
    std::int64_t devices_milli = 0;

    friend bool operator==(const OfModel&, const OfModel&) = default;
  };

  std::int64_t cpus = 0;
  std::int64_t devices_milli = 0;
  std::vector<OfModel> by_model;  // sorted by model, each once

  friend bool operator==(const Held&, const Held&) = default;
};

// The least that one task under this option holds.
[[nodiscard]] Held held_by(std::uint32_t nodes, const model::ResourceOption& option);
// What a placement holds on a site with these nodes.
[[nodiscard]] Held held_by(std::span<const model::Node> nodes,
                           std::span<const model::RankPlacement> ranks);

// The first limit that `more` would break, in numbers: "asks for 8 nvidia-h100; tenant lab may hold
// 16 and holds 12". None: it fits. With nothing held, what is refused can never run.
[[nodiscard]] std::optional<model::Obstacle> over_limit(const std::string& tenant,
                                                        const model::Quota& limit, const Held& held,
                                                        const Held& more);

// Why a budget of which so much is spent does not bear a task for all of its time limit: "asks for
// 12.50 CNY; tenant lab may spend 500 CNY this month and has spent 495.10". Without a time limit
// nobody can say what it will cost, and no budget bears what costs anything. None: it does.
[[nodiscard]] std::optional<model::Obstacle> over_budget(const std::string& tenant,
                                                         const model::Budget& budget,
                                                         const Charge& spent, const Cost& cost,
                                                         std::optional<base::Duration> time_limit);

// The request cut down until the limit alone allows it: "`nodes: 2` would fit". "" where nothing
// near does.
[[nodiscard]] std::string nearest_within(const model::Quota& limit, std::uint32_t nodes,
                                         const model::ResourceOption& option);

// True if the quota bounds something that is held here.
[[nodiscard]] bool speaks_of(const model::Quota& quota, const Held& held);

// True if `left` is at least the quota in all it speaks of that was `taken`.
[[nodiscard]] bool still_covers(const model::Quota& quota, const Held& left, const Held& taken);

void add(Held& to, const Held& more);
// Requires: it was held.
void subtract(Held& from, const Held& less);

// Takes from the ranks what they were given above their least (`cpus: 4..16`), last rank first,
// until they hold `cpus_most` in all. Requires: their least does.
void trim_cpus(std::vector<model::RankPlacement>& ranks, std::uint32_t cpus_least,
               std::int64_t cpus_most);

}  // namespace weir::schedule
