// What tenants have to do with a job's place in the order, and the list of tenants.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"
#include "model/view.h"

namespace weir::engine {

// The path of the tenant and project that a job belongs to.
[[nodiscard]] std::string path_of(const Engine& engine, const JobRecord& job);

// What the rule goes by: "priority, then fair share, then time of submission".
[[nodiscard]] std::string order_in_words(const model::Policy& policy);

// How the job's tenants stand, from the root down; empty under a rule that asks for no shares.
[[nodiscard]] std::vector<model::StandingView> standing_of(const Engine& engine,
                                                           const JobRecord& job);
// What puts the first of those that go first before this one, in numbers; "" where it is not a
// share. "Tenant lab/vision has 12% of nvidia-h100 (weight 1), lab/nlp has 31% (weight 2): …"
[[nodiscard]] std::string why_others_go_first(const Engine& engine, const JobRecord& job);

// That a guarantee covers the waiting job, in numbers, and what that means; "" where none does.
[[nodiscard]] std::string what_is_guaranteed(const Engine& engine, const JobRecord& job);

// Whose attempts run at or below a tenant (TenantTree::root: anywhere), who ends first before the
// others, those without an end last; `most` of them.
[[nodiscard]] std::vector<model::Holder> holders_below(const Engine& engine, std::uint32_t tenant,
                                                       std::size_t most);

// Whether a limit or a budget keeps the job waiting; none: neither.
[[nodiscard]] model::Reason quota_reason(const Engine& engine, const JobRecord& job);
// Says that quotas or budgets keep the job waiting, with numbers, and who holds what they allow.
void explain_quota(const Engine& engine, const JobRecord& job, model::Explanation& out);

// What its tenants' budgets of money were charged for what of it runs; "" where there are none.
[[nodiscard]] std::string what_it_costs(const Engine& engine, const JobRecord& job);

// The device models of the sites that have no price, and so cost nothing; by name.
[[nodiscard]] std::vector<std::string> models_without_price(const Engine& engine);

// Every tenant that is set up, holds or waits, as `by` may see them: an operator all of them,
// anybody else their own and what lies below it. By path.
[[nodiscard]] std::vector<model::TenantView> list_tenants(const Engine& engine,
                                                          const model::Principal& by);

}  // namespace weir::engine
