// Routes: where work can run.
#include <algorithm>

#include "engine/questions.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using CallPointer = std::shared_ptr<Call>;

base::Status list_sites(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [&services](const engine::Engine& engine, base::Time) {
    SiteList list{engine::list_sites(engine)};
    // The journal has the last word to a third of a lease; here it is known to the moment.
    for (model::SiteView& site : list.sites) {
      const auto last_word = services.agents.last_word(site.name);
      if (last_word && site.heard) site.heard = std::max(*site.heard, *last_word);
    }
    return base::Result<SiteList>(std::move(list));
  });
  return {};
}

base::Status list_nodes(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time) {
    return base::Result<NodeList>(NodeList{engine::list_nodes(engine)});
  });
  return {};
}

base::Status list_devices(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time) {
    return base::Result<DeviceList>(DeviceList{engine::list_devices(engine)});
  });
  return {};
}

Route listing(std::string_view path, std::string_view operation, std::string_view summary,
              SchemaText schema, decltype(Route::handle) handle) {
  return {.method = "GET",
          .path = path,
          .operation = operation,
          .group = "Sites",
          .access = Access::viewer,
          .summary = summary,
          .reply = {.schema = schema, .summary = "The list."},
          .handle = handle};
}

}  // namespace

void add_site_routes(std::vector<Route>& routes) {
  routes.push_back(listing("/v1/sites", "listSites",
                           "The sites, with what they have and what is free.",
                           &schema_text<SiteList>, &list_sites));
  routes.push_back(listing("/v1/nodes", "listNodes", "The nodes of all sites, and what runs there.",
                           &schema_text<NodeList>, &list_nodes));
  routes.push_back(listing("/v1/devices", "listDevices",
                           "Every accelerator, and which task holds it.", &schema_text<DeviceList>,
                           &list_devices));
}

}  // namespace weir::gateway
