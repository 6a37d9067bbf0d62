// Routes: datasets and what becomes of them, links between sites, transfers.
#include <algorithm>

#include "engine/questions_data.h"
#include "flow/data_policy.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using base::Result;
using base::Status;
using CallPointer = std::shared_ptr<Call>;

constexpr std::uint64_t network_bytes_max = 32U << 20U;
constexpr std::int64_t version_most = UINT32_MAX;

std::uint32_t version_of(const Call& call) {
  return static_cast<std::uint32_t>(call.optional_whole("version").value_or(0));
}

// ---- network

Status show_network(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time) {
    return Result<model::NetworkTable>(engine.state().network);
  });
  return {};
}

Status set_network(Services& services, const CallPointer& call) {
  auto table = call->read_body<model::NetworkTable>();
  if (!table) return {};
  // The engine says the same; here it is said before anything is queued.
  WEIR_TRY_STATUS(flow::check_network(*table));
  services.core.submit(model::SetNetwork{call->by, *std::move(table)},
                       [call](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         call->send({204, "", {}, "", {}});
                       });
  return {};
}

Status list_links(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time now) {
    return Result<LinkList>(
        LinkList{engine.state().network.sites, engine::list_links(engine, now)});
  });
  return {};
}

Status list_transfers(Services& services, const CallPointer& call) {
  answer_from_engine(
      services.core, call, [by = call->by](const engine::Engine& engine, base::Time) {
        return Result<TransferList>(TransferList{engine::list_transfers(engine, by)});
      });
  return {};
}

// ---- datasets

// The tenant's versions of one dataset, or all of its datasets where the name is "".
std::vector<model::DatasetView> versions_of(const engine::Engine& engine,
                                            const model::Principal& by, const std::string& name) {
  auto views = engine::list_datasets(engine, by);
  if (!name.empty()) {
    std::erase_if(views, [&](const model::DatasetView& view) { return view.dataset.name != name; });
  }
  return views;
}

Status list_datasets(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call,
                     [by = call->by, name = std::string(call->text("name"))](
                         const engine::Engine& engine, base::Time) {
                       return Result<DatasetList>(DatasetList{versions_of(engine, by, name)});
                     });
  return {};
}

Status show_dataset(Services& services, const CallPointer& call) {
  answer_from_engine(
      services.core, call,
      [by = call->by, name = call->path("name"), version = version_of(*call)](
          const engine::Engine& engine, base::Time) -> Result<DatasetList> {
        DatasetList list{versions_of(engine, by, name)};
        if (version > 0) {
          std::erase_if(list.datasets,
                        [&](const auto& view) { return view.dataset.version != version; });
        }
        if (!list.datasets.empty()) return list;
        return base::fail(engine::no_dataset(engine, by.tenant, {name, version}, "name"));
      });
  return {};
}

Status put_dataset(Services& services, const CallPointer& call) {
  auto order = call->read_body<DatasetOrder>();
  if (!order) return {};
  model::Dataset dataset;
  dataset.name = call->path("name");
  dataset.version = order->version;
  dataset.bytes = order->bytes;
  dataset.manifest = std::move(order->manifest);
  dataset.labels = std::move(order->labels);
  dataset.rules = std::move(order->rules);
  dataset.replicas = std::move(order->replicas);
  // The engine says the same; here it is said before anything is queued.
  WEIR_TRY_STATUS(flow::check_dataset(dataset));
  services.core.submit(model::PutDataset{call->by, std::move(dataset)},
                       [call](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         call->send_json(200, base::to_json(reply.dataset));
                       });
  return {};
}

// Without a version the only one there is; of several, one has to be named.
Status remove_dataset(Services& services, const CallPointer& call) {
  auto versions = std::make_shared<std::size_t>();
  services.core.ask(
      [call, versions](const engine::Engine& engine, base::Time) {
        *versions = versions_of(engine, call->by, call->path("name")).size();
      },
      [&services, call, versions] {
        const std::string& name = call->path("name");
        const std::uint32_t version = version_of(*call);
        if (version == 0 && *versions > 1) {
          return call->fail({base::ErrorCode::conflict,
                             "there are " + std::to_string(*versions) + " versions of " + name,
                             "version",
                             "say which is to go; they are told by: weir datasets show " + name,
                             {}});
        }
        services.core.submit(model::RemoveDataset{call->by, {name, version}},
                             [call](const engine::Reply& reply) {
                               if (reply.error) return call->fail(*reply.error);
                               call->send({204, "", {}, "", {}});
                             });
      });
  return {};
}

// ---- the table

Parameter version_parameter(std::string_view summary) {
  return {.name = "version",
          .kind = ParameterKind::whole,
          .summary = summary,
          .least = 1,
          .most = version_most};
}

void add_network_routes(std::vector<Route>& routes) {
  routes.push_back(
      {.method = "GET",
       .path = "/v1/network",
       .operation = "showNetwork",
       .group = "Data",
       .access = Access::viewer,
       .summary = "Where sites lie, what data they are cleared for, and the links.",
       .reply = {.schema = &schema_text<model::NetworkTable>, .summary = "As it was told."},
       .handle = &show_network});
  routes.push_back(
      {.method = "PUT",
       .path = "/v1/network",
       .operation = "setNetwork",
       .group = "Data",
       .access = Access::operator_,
       .summary = "Sets it, whole: what is not told is not known.",
       .details = "A site that is not named may hold open data alone; where no link is told no "
                  "data goes. Transfers that are under way are planned anew.",
       .body = {.schema = &schema_text<model::NetworkTable>,
                .types = {"application/json"},
                .bytes_max = network_bytes_max,
                .summary = "Sites with country, region and clearance; links with bandwidth, round "
                           "trip and price."},
       .reply = {.status = 204, .type = "", .summary = "It is set."},
       .handle = &set_network});
  routes.push_back({.method = "GET",
                    .path = "/v1/links",
                    .operation = "listLinks",
                    .group = "Data",
                    .access = Access::viewer,
                    .summary = "The links, and what of each is booked ahead.",
                    .reply = {.schema = &schema_text<LinkList>, .summary = "Sites and links."},
                    .handle = &list_links});
  routes.push_back(
      {.method = "GET",
       .path = "/v1/transfers",
       .operation = "listTransfers",
       .group = "Data",
       .access = Access::viewer,
       .summary = "Data on its way: from where to where, in which class, until when.",
       .details = "Operators see all of them, others those of their tenant's datasets.",
       .reply = {.schema = &schema_text<TransferList>, .summary = "The transfers, as planned."},
       .handle = &list_transfers});
}

void add_dataset_routes(std::vector<Route>& routes) {
  routes.push_back(
      {.method = "GET",
       .path = "/v1/datasets",
       .operation = "listDatasets",
       .group = "Data",
       .access = Access::viewer,
       .summary = "The tenant's datasets: each version, where it lies, who reads it.",
       .query = {{.name = "name", .summary = "Only the versions of this one.", .most = 128}},
       .reply = {.schema = &schema_text<DatasetList>, .summary = "By name, then version."},
       .handle = &list_datasets});
  routes.push_back({.method = "GET",
                    .path = "/v1/datasets/{name}",
                    .operation = "showDataset",
                    .group = "Data",
                    .access = Access::viewer,
                    .summary = "All versions of a dataset, or one.",
                    .query = {version_parameter("Only this one.")},
                    .reply = {.schema = &schema_text<DatasetList>, .summary = "By version."},
                    .refusals = {404},
                    .handle = &show_dataset});
  routes.push_back(
      {.method = "PUT",
       .path = "/v1/datasets/{name}",
       .operation = "putDataset",
       .group = "Data",
       .access = Access::user,
       .summary = "Registers a version, or gives one other labels and rules, whole.",
       .details =
           "Without `version` it becomes the next one. The bytes of a version never change. "
           "Only operators may say where bytes lie (`replicas`); where none are given, those "
           "that are known stay.",
       .headers = {{.name = "Idempotency-Key",
                    .summary = "The same request under the same key is done once."}},
       .body = {.schema = &schema_text<DatasetOrder>,
                .types = {"application/json"},
                .summary = "Size, manifest, labels, rules, replicas."},
       .reply = {.schema = &schema_text<model::DatasetVersion>, .summary = "Which version it is."},
       .refusals = {409, 422},
       .repeats = Repeats::memory,
       .handle = &put_dataset});
  routes.push_back(
      {.method = "DELETE",
       .path = "/v1/datasets/{name}",
       .operation = "removeDataset",
       .group = "Data",
       .access = Access::user,
       .summary = "Removes a version. What Weir has brought somewhere of it is deleted there.",
       .details = "Jobs that read it keep it: then it is refused.",
       .query = {version_parameter("Which one; where there is one alone, it may be left out.")},
       .reply = {.status = 204, .type = "", .summary = "It is gone."},
       .refusals = {404, 409},
       .handle = &remove_dataset});
}

}  // namespace

void add_data_routes(std::vector<Route>& routes) {
  add_dataset_routes(routes);
  add_network_routes(routes);
}

}  // namespace weir::gateway
