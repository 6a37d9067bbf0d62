// The table of routes as others read it: an OpenAPI 3.1 document for programs, a page for people.
// Both are made from the table and the described structs alone, so neither can fall behind.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/route.h"

namespace weir::gateway {

// JSON.
[[nodiscard]] std::string openapi_document(std::span<const Route> routes, std::string_view version);
// Markdown, in English: docs/en/api.md is this text.
[[nodiscard]] std::string reference_page(std::span<const Route> routes);

// The names in a template: "/v1/jobs/{id}" has "id".
[[nodiscard]] std::vector<std::string_view> names_in_path(std::string_view path);
// What `{name}` of this route is, as a JSON schema and as a sentence.
[[nodiscard]] std::string_view path_schema(const Route& route, std::string_view name);
[[nodiscard]] std::string_view path_summary(const Route& route, std::string_view name);
// Every status the route can refuse with, ascending.
[[nodiscard]] std::vector<unsigned> refusals_of(const Route& route);
[[nodiscard]] std::string_view role_of(Access access);

}  // namespace weir::gateway
