// What tenants are charged for what is placed, and what comes back to them when it ends.
//
// Each attempt keeps what it was charged and at what price, so that another price changes nothing
// of it. The amounts a budget has spent stand in State::tenants; engine/tenants.h adds to them.
#pragma once

#include <string>
#include <vector>

#include "engine/index.h"

namespace weir::engine {

// What an hour of a placement counts, at the prices that hold now.
[[nodiscard]] schedule::Cost cost_of(const State& state, model::SiteId site,
                                     const std::vector<model::RankPlacement>& ranks);
// What budgets are charged for it: all of the job's time limit.
[[nodiscard]] schedule::Charge charge_of(const JobRecord& job, const schedule::Cost& cost);

// Charges a task that is placed now, and notes it there.
void charge_placed(State& state, Index& index, const JobRecord& job, RunningAttempt& run);
// The same for one that was charged when its place was reclaimed.
void take_charge(const ReclaimRecord& reclaim, RunningAttempt& run);
// Gives back what an attempt that ends now did not use.
void give_back_unused(State& state, Index& index, const JobRecord& job, const RunningAttempt& run);

// A tenant's budget begins: what runs counts as spent in the period in which it was charged; what
// ended before is forgotten.
void begin_budget(State& state, const Index& index, std::uint32_t tenant);

// How a tenant shares is told, or no longer; its budget's next period begins.
void set_tenant(State& state, Index& index, const model::Tenant& settings);
void remove_tenant(State& state, Index& index, const std::string& path);
void renew_budget(State& state, Index& index, const std::string& path, std::int64_t period);

}  // namespace weir::engine
