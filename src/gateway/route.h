// One route of the API, described once: from the table of these come the router, the OpenAPI
// document and the reference page.
//
// A route says everything about itself that is not code: path, who may ask, parameters, bodies. The
// router holds requests to it before the handler sees them, so handlers trust what they are given.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/schema.h"
#include "model/identity.h"

namespace weir::gateway {

struct Services;
struct Call;

// Who may ask. The table says so for each route; there is no default.
enum class Access : std::uint8_t {
  anybody,
  viewer,
  user,
  operator_,
  site,  // the agent of a site, by its certificate; no person
};
[[nodiscard]] constexpr bool may(model::Role role, Access access) {
  switch (access) {
    case Access::anybody:
    case Access::viewer:
      return true;
    case Access::user:
      return role >= model::Role::user;
    case Access::operator_:
      return role >= model::Role::operator_;
    case Access::site:
      return false;
  }
  return false;
}

enum class ParameterKind : std::uint8_t { text, whole, flag, name, names };

// A query parameter (or a header field). The router refuses values that are not of its kind.
struct Parameter {
  std::string_view name;
  ParameterKind kind = ParameterKind::text;
  std::string_view summary;
  std::string_view default_value = {};           // as text; "" = none
  std::int64_t least = 0;                        // of a whole number
  std::int64_t most = INT64_MAX;                 // of a whole number; letters of a text
  std::span<const std::string_view> names = {};  // of `name`; `names` takes several, with commas
};

using SchemaText = std::string (*)(base::Schemas&);
template <typename T>
std::string schema_text(base::Schemas& schemas) {
  return base::json_schema<T>(schemas);
}

struct BodyNote {
  SchemaText schema = nullptr;  // null: no body, or not JSON
  std::vector<std::string_view> types;
  std::uint64_t bytes_max = 1U << 20U;
  std::string_view summary = {};

  [[nodiscard]] bool wanted() const { return !types.empty(); }
};

struct ReplyNote {
  unsigned status = 200;
  std::string_view type = "application/json";  // "" = no body
  SchemaText schema = nullptr;
  std::string_view summary = "The answer.";
  std::string_view repeated = {};  // what 200 says, where `status` is for the first time alone
};

// What an Idempotency-Key on this route does.
enum class Repeats : std::uint8_t {
  none,     // no POST, or one that changes nothing
  journal,  // kept with the facts: holds across restarts
  memory,   // the reply is kept in memory (reply_book.h)
};

struct Route {
  std::string_view method;
  std::string_view path;       // "/v1/jobs/{id}/cancel"
  std::string_view operation;  // "cancelJob"
  std::string_view group;      // "Jobs"
  Access access = Access::operator_;
  std::string_view summary;
  std::string_view details = {};
  std::vector<Parameter> query = {};
  std::vector<Parameter> headers = {};
  BodyNote body = {};
  ReplyNote reply = {};
  std::vector<unsigned> refusals = {};  // statuses beyond those every route can answer
  Repeats repeats = Repeats::none;
  bool body_to_file = false;  // the body is a blob (blobs.h)
  bool streams = false;       // the answer can also be a stream of events
  // Answers through the call, now or later; a failure returned is answered by the router.
  base::Status (*handle)(Services& services, const std::shared_ptr<Call>& call) = nullptr;
};

}  // namespace weir::gateway
