#include "gateway/openapi.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "gateway/problem.h"

namespace weir::gateway {
namespace {

// JSON put together piece by piece; commas set themselves.
class JsonText {
 public:
  JsonText& key(std::string_view name) {
    comma();
    base::append_json_text(out_, name);
    out_ += ':';
    after_key_ = true;
    return *this;
  }
  JsonText& open(char bracket) {
    comma();
    out_ += bracket;
    first_ = true;
    return *this;
  }
  JsonText& close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
  }
  JsonText& text(std::string_view value) {
    comma();
    base::append_json_text(out_, value);
    return *this;
  }
  JsonText& raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }
  JsonText& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void comma() {
    if (!after_key_ && !first_) out_ += ',';
    after_key_ = false;
    first_ = false;
  }

  std::string out_;
  bool first_ = true;
  bool after_key_ = false;
};

constexpr std::string_view description =
    "Weir is a control plane for computing power. Durations and sizes are read in human form and "
    "returned in base units. Every refusal is a problem document (RFC 9457) with a stable type, "
    "the field and a hint.";

constexpr std::string_view problem_schema =
    R"({"type":"object","required":["type","title","status"],"properties":{)"
    R"("type":{"type":"string","description":"stable, from a closed list"},)"
    R"("title":{"type":"string"},"status":{"type":"integer"},)"
    R"("detail":{"type":"string"},"field":{"type":"string"},"hint":{"type":"string"},)"
    R"("file":{"type":"string"},"line":{"type":"integer"},"column":{"type":"integer"},)"
    R"("errors":{"type":"array",)"
    R"("description":"every problem of the body, where there are several",)"
    R"("items":{"type":"object","properties":{"type":{"type":"string"},)"
    R"("detail":{"type":"string"},"field":{"type":"string"},"hint":{"type":"string"},)"
    R"("file":{"type":"string"},"line":{"type":"integer"},"column":{"type":"integer"}}}}}})";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return out;
}

std::string schema_of_parameter(const Parameter& parameter) {
  JsonText json;
  json.open('{');
  const auto names = [&] {
    json.key("enum").open('[');
    for (const std::string_view name : parameter.names) json.text(name);
    json.close(']');
  };
  switch (parameter.kind) {
    case ParameterKind::text:
      json.member("type", "string");
      break;
    case ParameterKind::whole:
      json.member("type", "integer").key("minimum").raw(std::to_string(parameter.least));
      if (parameter.most != INT64_MAX) json.key("maximum").raw(std::to_string(parameter.most));
      break;
    case ParameterKind::flag:
      json.member("type", "boolean");
      break;
    case ParameterKind::name:
      json.member("type", "string");
      names();
      break;
    case ParameterKind::names:
      json.member("type", "array").key("items").open('{').member("type", "string");
      names();
      json.close('}');
      break;
  }
  if (!parameter.default_value.empty()) {
    const bool quoted =
        parameter.kind == ParameterKind::text || parameter.kind == ParameterKind::name;
    json.key("default");
    quoted ? json.text(parameter.default_value) : json.raw(parameter.default_value);
  }
  return json.close('}').take();
}

void add_parameter(JsonText& json, std::string_view place, const Parameter& parameter) {
  json.open('{').member("name", parameter.name).member("in", place);
  json.member("description", parameter.summary);
  if (parameter.kind == ParameterKind::names) {
    json.member("style", "form").key("explode").raw("false");
  }
  json.key("schema").raw(schema_of_parameter(parameter)).close('}');
}

void add_parameters(JsonText& json, const Route& route) {
  json.key("parameters").open('[');
  for (const std::string_view name : names_in_path(route.path)) {
    json.open('{').member("name", name).member("in", "path").key("required").raw("true");
    json.member("description", path_summary(route, name));
    json.key("schema").raw(path_schema(route, name)).close('}');
  }
  for (const Parameter& parameter : route.query) add_parameter(json, "query", parameter);
  for (const Parameter& field : route.headers) add_parameter(json, "header", field);
  if (route.method == "POST") {
    add_parameter(json, "header",
                  {.name = "Idempotency-Key",
                   .summary = "The same request under the same key is done once."});
  }
  json.close(']');
}

void add_body(JsonText& json, const Route& route, base::Schemas& schemas) {
  json.key("requestBody").open('{').member("description", route.body.summary);
  json.key("required").raw("true").key("content").open('{');
  for (const std::string_view type : route.body.types) {
    const std::string schema = route.body.schema != nullptr
                                   ? route.body.schema(schemas)
                                   : R"({"type":"string","format":"binary"})";
    json.key(type).open('{').key("schema").raw(schema).close('}');
  }
  json.close('}').close('}');
}

void add_responses(JsonText& json, const Route& route, base::Schemas& schemas) {
  json.key("responses").open('{').key(std::to_string(route.reply.status)).open('{');
  json.member("description", route.reply.summary);
  if (!route.reply.type.empty()) {
    json.key("content").open('{').key(route.reply.type).open('{').key("schema");
    json.raw(route.reply.schema != nullptr ? route.reply.schema(schemas) : R"({"type":"string"})");
    json.close('}');
    if (route.streams) {
      json.key("text/event-stream").raw(R"({"schema":{"type":"string"}})");
    }
    json.close('}');
  }
  json.close('}');
  if (!route.reply.repeated.empty()) {
    json.key("200").open('{').member("description", route.reply.repeated).close('}');
  }
  for (const unsigned status : refusals_of(route)) {
    json.key(std::to_string(status)).raw(R"({"$ref":"#/components/responses/Problem"})");
  }
  json.key("default").raw(R"({"$ref":"#/components/responses/Problem"})").close('}');
}

void add_operation(JsonText& json, const Route& route, base::Schemas& schemas) {
  json.key(lower(route.method)).open('{').member("operationId", route.operation);
  json.key("tags").open('[').text(route.group).close(']').member("summary", route.summary);
  if (!route.details.empty()) json.member("description", route.details);
  json.member("x-weir-role", role_of(route.access));
  if (route.access == Access::anybody) json.key("security").raw("[]");
  if (route.access == Access::site) json.key("security").raw(R"([{"certificate":[]}])");
  add_parameters(json, route);
  if (route.body.wanted()) add_body(json, route, schemas);
  add_responses(json, route, schemas);
  json.close('}');
}

}  // namespace

std::vector<std::string_view> names_in_path(std::string_view path) {
  std::vector<std::string_view> names;
  for (std::size_t open = path.find('{'); open != std::string_view::npos;
       open = path.find('{', open + 1)) {
    names.push_back(path.substr(open + 1, path.find('}', open) - open - 1));
  }
  return names;
}

std::string_view path_schema(const Route& route, std::string_view name) {
  if (name == "sha256") return R"({"type":"string","pattern":"^[0-9a-f]{64}$"})";
  if (name == "site") return R"({"type":"string","pattern":"^[a-z0-9._-]{1,63}$"})";
  if (name == "name") return R"({"type":"string","pattern":"^[A-Za-z_][A-Za-z0-9_]*$"})";
  if (route.path.starts_with("/v1/tokens") || route.path.starts_with("/v1/agent")) {
    return R"({"type":"integer","minimum":1})";
  }
  return R"({"type":"string","pattern":"^[0-9]+(_[0-9]+)?$","examples":["42","42_7"]})";
}

std::string_view path_summary(const Route& route, std::string_view name) {
  if (name == "sha256") return "SHA-256 of the content.";
  if (route.path.starts_with("/v1/datasets")) return "The dataset's name.";
  if (name == "site") return "The site's name.";
  if (name == "name") return "The secret's name, as of an environment variable.";
  if (route.path.starts_with("/v1/tokens")) return "The token's number.";
  if (route.path.starts_with("/v1/agent")) return "The question's number.";
  return "The job, `42`; where it makes sense, one task of an array, `42_7`.";
}

std::vector<unsigned> refusals_of(const Route& route) {
  std::vector<unsigned> statuses = route.refusals;
  if (!route.query.empty() || route.body.wanted()) statuses.push_back(400);
  if (route.access != Access::anybody) statuses.push_back(401);
  if (route.access == Access::site) statuses.push_back(429);
  if (route.access > Access::viewer) statuses.push_back(403);
  if (route.body.wanted()) statuses.insert(statuses.end(), {413, 415});
  if (route.repeats != Repeats::none) statuses.push_back(409);
  std::ranges::sort(statuses);
  const auto doubled = std::ranges::unique(statuses);
  statuses.erase(doubled.begin(), doubled.end());
  return statuses;
}

std::string_view role_of(Access access) {
  switch (access) {
    case Access::anybody:
      return "none";
    case Access::viewer:
      return "viewer";
    case Access::user:
      return "user";
    case Access::operator_:
      return "operator";
    case Access::site:
      return "site";
  }
  return "operator";
}

std::string openapi_document(std::span<const Route> routes, std::string_view version) {
  base::Schemas schemas;
  JsonText json;
  json.open('{').member("openapi", "3.1.0").key("info").open('{');
  json.member("title", "Weir").member("version", version).member("description", description);
  json.key("license").raw(R"({"name":"Apache-2.0","identifier":"Apache-2.0"})").close('}');
  json.key("servers").raw(R"([{"url":"/"}])").key("security").raw(R"([{"bearer":[]}])");
  json.key("tags").open('[');
  std::vector<std::string_view> groups;
  for (const Route& route : routes) {
    if (std::ranges::find(groups, route.group) != groups.end()) continue;
    groups.push_back(route.group);
    json.open('{').member("name", route.group).close('}');
  }
  json.close(']').key("paths").open('{');
  std::map<std::string_view, std::vector<const Route*>> paths;
  for (const Route& route : routes) paths[route.path].push_back(&route);
  for (const auto& [path, of_path] : paths) {
    json.key(path).open('{');
    for (const Route* route : of_path) add_operation(json, *route, schemas);
    json.close('}');
  }
  json.close('}').key("components").open('{').key("schemas").open('{');
  json.key("Problem").raw(problem_schema);
  for (const auto& [name, schema] : schemas.components()) json.key(name).raw(schema);
  json.close('}')
      .key("responses")
      .raw(
          R"({"Problem":{"description":"Why not: RFC 9457.","content":{"application/problem+json":)"
          R"({"schema":{"$ref":"#/components/schemas/Problem"}}}}})");
  json.key("securitySchemes")
      .raw(R"({"bearer":{"type":"http","scheme":"bearer","description":"a token, weir_…"},)"
           R"("certificate":{"type":"mutualTLS","description":"an agent's certificate"}})");
  return json.close('}').close('}').take();
}

}  // namespace weir::gateway
