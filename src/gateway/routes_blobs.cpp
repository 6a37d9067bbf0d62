// Routes: packed work folders go in.
#include <filesystem>

#include <utility>

#include "gateway/blobs.h"
#include "gateway/call.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using base::Status;
using CallPointer = std::shared_ptr<Call>;

base::Result<std::string> name_of(const Call& call) {
  if (is_blob_name(call.path("sha256"))) return call.path("sha256");
  return base::fail(base::ErrorCode::invalid,
                    "`" + call.path("sha256") + "` is no SHA-256 in lower-case hexadecimal",
                    "sha256", "64 of the digits 0-9 and a-f");
}

Status look_for_blob(Services& services, const CallPointer& call) {
  const std::string name = WEIR_TRY(name_of(*call));
  if (!has_blob(services.options.data_folder, call->by.tenant, name)) {
    return base::fail(base::ErrorCode::not_found, "there is no blob " + name, "sha256",
                      "PUT it to the same path");
  }
  call->send({200, "application/zstd", {}, "", {}});
  return {};
}

Status take_blob(Services& services, const CallPointer& call) {
  const std::string name = WEIR_TRY(name_of(*call));
  if (call->request.body_file.empty()) {
    return base::fail(base::ErrorCode::invalid, "there is no body", "",
                      "send the packed folder as the body");
  }
  services.workers.run([&services, call, name] {
    const auto is_new =
        keep_blob(call->request.body_file, services.options.data_folder, call->by.tenant, name);
    if (!is_new) {
      // Gone before the answer says that it was refused.
      std::error_code ignored;
      std::filesystem::remove(call->request.body_file, ignored);
      call->request.body_file.clear();
      return call->fail(is_new.error());
    }
    call->request.body_file.clear();  // it is at its place now
    call->send({*is_new ? 201U : 200U, "", {}, "", {}});
  });
  return {};
}

}  // namespace

void add_blob_routes(std::vector<Route>& routes) {
  routes.push_back({.method = "HEAD",
                    .path = "/v1/blobs/{sha256}",
                    .operation = "hasBlob",
                    .group = "Blobs",
                    .access = Access::user,
                    .summary = "Whether the tenant has this blob.",
                    .reply = {.type = "", .summary = "It is there."},
                    .refusals = {404},
                    .handle = &look_for_blob});
  routes.push_back(
      {.method = "PUT",
       .path = "/v1/blobs/{sha256}",
       .operation = "putBlob",
       .group = "Blobs",
       .access = Access::user,
       .summary = "Uploads a packed work folder (tar, zstd) under its SHA-256.",
       .details =
           "At most 1 GiB. Jobs name it as `workdir: sha256:…`. Answers 201 where it is new, "
           "200 where it was there before.",
       .body = {.types = {"application/zstd", "application/octet-stream"},
                .bytes_max = blob_bytes_max,
                .summary = "The packed folder."},
       .reply = {.status = 201,
                 .type = "",
                 .summary = "It is kept, and durable.",
                 .repeated = "It was there before."},
       .refusals = {413},
       .body_to_file = true,
       .handle = &take_blob});
}

}  // namespace weir::gateway
