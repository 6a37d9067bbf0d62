// The reference page: the table of routes in words.
#include <algorithm>

#include "base/document.h"
#include "gateway/openapi.h"
#include "gateway/problem.h"
#include "model/reason.h"

namespace weir::gateway {
namespace {

constexpr std::string_view opening =
    R"(# The REST API

This page is made from the table of routes in `src/gateway/`; a test holds it against the program.
The same for programs: `GET /v1/openapi.json` (OpenAPI 3.1).

Every request but `/healthz` carries `Authorization: Bearer weir_…`. Each role may do what the ones
before it may: `viewer`, `user`, `operator`. What belongs to another tenant is not there (404) for
anybody but an operator. Bodies are JSON in snake case; durations and sizes are read in human form
(`1h30m`, `4GiB`). Every refusal is a problem document (RFC 9457) with a stable `type`, the `field`
at fault and a `hint`.

Every POST takes an `Idempotency-Key` of 1 to 255 visible ASCII characters: the same request under
the same key is done once, and answered again with `Idempotent-Replayed: true`. The same key with
another request is refused (409). Keys of submissions are kept in the journal for 24 hours, also
across restarts; all others in memory for an hour at most.
)";

// A cell of a table: no line ends, no bars.
std::string cell(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '|') out += '\\';
    out += letter == '\n' ? ' ' : letter;
  }
  return out;
}

std::string kind_of(const Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::text:
      return "text";
    case ParameterKind::whole:
      return "number, " + std::to_string(parameter.least) +
             (parameter.most == INT64_MAX ? " or more" : " to " + std::to_string(parameter.most));
    case ParameterKind::flag:
      return "true or false";
    case ParameterKind::name:
    case ParameterKind::names:
      break;
  }
  std::string out = parameter.kind == ParameterKind::names ? "some of " : "one of ";
  for (const std::string_view name : parameter.names) {
    if (name != parameter.names.front()) out += ", ";
    out += name;
  }
  return out;
}

void add_parameters(std::string& out, const Route& route) {
  const auto names = names_in_path(route.path);
  if (names.empty() && route.query.empty() && route.headers.empty()) return;
  out += "\n| parameter | in | form | default | |\n| --- | --- | --- | --- | --- |\n";
  for (const std::string_view name : names) {
    out += "| `" + std::string(name) + "` | path | | | " + cell(path_summary(route, name)) + " |\n";
  }
  const auto add = [&](const Parameter& parameter, const char* place) {
    out += "| `" + std::string(parameter.name) + "` | " + place + " | " + cell(kind_of(parameter)) +
           " | " + cell(parameter.default_value) + " | " + cell(parameter.summary) + " |\n";
  };
  for (const Parameter& parameter : route.query) add(parameter, "query");
  for (const Parameter& field : route.headers) add(field, "header");
}

// "[JobView](#jobview)" of a reference, "list of …", or the plain type.
std::string type_words(const base::Document& schema) {
  if (const base::Document* reference = schema.find("$ref")) {
    const std::string_view path = reference->text();
    const std::string name(path.substr(path.rfind('/') + 1));
    std::string anchor;
    for (const char letter : name) {
      anchor += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    return "[" + name + "](#" + anchor + ")";
  }
  if (const base::Document* items = schema.find("items")) return "list of " + type_words(*items);
  if (const base::Document* values = schema.find("additionalProperties");
      values != nullptr && values->is(base::DocumentKind::map)) {
    return "map to " + type_words(*values);
  }
  for (const std::string_view choice : {"oneOf", "anyOf"}) {
    const base::Document* choices = schema.find(choice);
    if (choices == nullptr) continue;
    std::string words;
    for (const base::Document& each : choices->items()) {
      words += (words.empty() ? "" : " or ") + type_words(each);
    }
    return words;
  }
  const base::Document* type = schema.find("type");
  if (type == nullptr) return "any";
  if (!type->is(base::DocumentKind::list)) return std::string(type->text());
  std::string words;
  for (const base::Document& each : type->items()) {
    words += (words.empty() ? "" : " or ") + std::string(each.text());
  }
  return words;
}

std::string type_words(const std::string& schema) {
  const auto document = base::parse_json(schema);
  return document ? type_words(*document) : "any";
}

void add_route(std::string& out, const Route& route, base::Schemas& schemas) {
  out += "\n### `" + std::string(route.method) + " " + std::string(route.path) + "`\n\n";
  out += std::string(route.summary) + "\n";
  if (!route.details.empty()) out += "\n" + std::string(route.details) + "\n";
  out += "\n* role: " + std::string(role_of(route.access)) + "\n";
  if (route.body.wanted()) {
    out += "* body: " + std::string(route.body.summary);
    if (route.body.schema != nullptr) out += " " + type_words(route.body.schema(schemas));
    out += " (";
    for (const std::string_view type : route.body.types) {
      if (type != route.body.types.front()) out += ", ";
      out += type;
    }
    out += ")\n";
  }
  out +=
      "* answer: " + std::to_string(route.reply.status) + ". " + std::string(route.reply.summary);
  if (route.reply.schema != nullptr) out += " " + type_words(route.reply.schema(schemas));
  out += "\n";
  const auto refusals = refusals_of(route);
  if (!refusals.empty()) {
    out += "* refusals: ";
    for (const unsigned status : refusals) {
      if (status != refusals.front()) out += ", ";
      out += std::to_string(status);
    }
    out += "\n";
  }
  add_parameters(out, route);
}

void add_component(std::string& out, const std::string& name, const std::string& schema) {
  const auto document = base::parse_json(schema);
  if (!document) return;
  out += "\n### " + name + "\n\n";
  if (const base::Document* names = document->find("enum")) {
    out += "One of";
    for (const base::Document& each : names->items()) {
      out += (&each == names->items().data() ? " `" : ", `") + std::string(each.text()) + "`";
    }
    out += ".\n";
    return;
  }
  const base::Document* properties = document->find("properties");
  if (properties == nullptr || properties->entries().empty()) {
    out += type_words(*document) + "\n";
    return;
  }
  out += "| field | form | default |\n| --- | --- | --- |\n";
  for (const base::DocumentEntry& field : properties->entries()) {
    out += "| `" + std::string(field.key.text()) + "` | " + cell(type_words(field.value)) + " | ";
    const base::Document* value = field.value.find("default");
    const bool shown = value != nullptr && !value->is(base::DocumentKind::list) &&
                       !value->is(base::DocumentKind::map) && !value->text().empty();
    if (shown) out += "`" + cell(value->text()) + "`";
    out += " |\n";
  }
}

void add_problems(std::string& out) {
  out += "\n## Types of problems\n\n| type | status | meaning |\n| --- | --- | --- |\n";
  for (const ProblemNote& note : all_problems()) {
    out += "| `/problems/" + std::string(note.name) + "` | " + std::to_string(note.status) + " | " +
           cell(note.title) + " |\n";
  }
}

void add_reasons(std::string& out) {
  out +=
      "\n## Reasons\n\nWhy a job is where it is: a closed list.\n\n"
      "| reason | whose matter | retry helps | meaning |\n| --- | --- | --- | --- |\n";
  for (const model::ReasonNote& note : model::all_reasons()) {
    out += "| `" + std::string(base::enum_name(note.reason)) + "` | " +
           std::string(base::enum_name(note.party)) + " | " + (note.retry_helps ? "yes" : "no") +
           " | " + cell(note.sentence) + " |\n";
  }
}

}  // namespace

std::string reference_page(std::span<const Route> routes) {
  std::string out(opening);
  base::Schemas schemas;
  std::vector<std::string_view> groups;
  for (const Route& route : routes) {
    if (std::ranges::find(groups, route.group) == groups.end()) groups.push_back(route.group);
  }
  for (const std::string_view group : groups) {
    out += "\n## " + std::string(group) + "\n";
    for (const Route& route : routes) {
      if (route.group == group) add_route(out, route, schemas);
    }
  }
  add_problems(out);
  add_reasons(out);
  out += "\n## Forms\n";
  for (const auto& [name, schema] : schemas.components()) add_component(out, name, schema);
  return out;
}

}  // namespace weir::gateway
