// tenant: who shares the machines, and how.
#include <cstdio>

#include "cli/output.h"
#include "cli/session.h"
#include "cli/tenant_words.h"
#include "cli/verbs.h"
#include "gateway/replies.h"

namespace weir::cli {

namespace {

std::string percent(std::int64_t millionths) {
  const std::int64_t tenths = (millionths + 500) / 1000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "%";
}

std::string share_of(const model::TenantView& tenant) {
  if (tenant.resource.empty()) return "";
  return percent(tenant.held_millionths) + " of " + tenant.resource;
}

std::string held_in_words(const model::HoldingsView& held) {
  std::string text;
  if (held.cpus.value_or(0) > 0) text = "cpus=" + std::to_string(*held.cpus);
  for (const model::DevicesHeld& each : held.devices_by_model) {
    text += (text.empty() ? "" : ",") + each.model + "=" + model::devices_text(each.devices_milli);
  }
  return text;
}

int list_tenants(const Common& common) {
  return show_answer<gateway::TenantList>(common, "/v1/tenants", [](const auto& list) {
    Table table({"TENANT", "WEIGHT", "HOLDS", "SHARE", "WITH PAST", "DUE", "LIMIT", "GUARANTEE",
                 "BUDGET", "WAITING"});
    for (const model::TenantView& tenant : list.tenants) {
      table.add({tenant.path, std::to_string(tenant.weight), held_in_words(tenant.held),
                 share_of(tenant), tenant.resource.empty() ? "" : percent(tenant.share_millionths),
                 tenant.due_millionths == 0 ? "" : percent(tenant.due_millionths),
                 in_words(tenant.limit), in_words(tenant.guarantee), budget_in_words(tenant),
                 std::to_string(tenant.waiting)});
    }
    table.print();
    return 0;
  });
}

}  // namespace

int verb_tenant(const Common& common, const TenantFlags& flags) {
  if (flags.action == "ls") return list_tenants(common);
  return with_client(common, [&](Client& client) -> base::Result<int> {
    if (flags.action == "rm") {
      (void)WEIR_TRY(client.call("DELETE", "/v1/tenants?path=" + escape(flags.path)));
      std::printf("tenant %s is no longer set\n", flags.path.c_str());
      return 0;
    }
    model::Tenant tenant;
    tenant.path = flags.path;
    tenant.weight = flags.weight;
    tenant.limit = WEIR_TRY(read_quota(flags.limit, "--limit"));
    tenant.guarantee = WEIR_TRY(read_quota(flags.guarantee, "--guarantee"));
    if (!flags.budget.empty()) tenant.budget = WEIR_TRY(read_budget(flags.budget));
    (void)WEIR_TRY(client.call("PUT", "/v1/tenants", base::to_json(tenant)));
    std::printf("tenant %s is set\n", flags.path.c_str());
    return 0;
  });
}

}  // namespace weir::cli
