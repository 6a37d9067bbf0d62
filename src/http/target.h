// Reads the target of a request line into decoded path segments and query parameters.
//
// Pure. It does not know any route, and normalises nothing: what would need normalising ("..", a
// NUL in a name) is refused, so that no two parts of the house can read one target differently.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::http {

struct Target {
  std::string authority;  // "localhost:8080" of the absolute form; "" of the usual origin form
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;

  friend bool operator==(const Target&, const Target&) = default;
};

// Reads "/v1/jobs?limit=5" (origin form), "http://host/v1/jobs" (absolute form) and "*" (which has
// no segments). Segments are decoded one by one, so an encoded slash stays inside its segment;
// "/" has no segments and "/a/" has two, the last one empty. In the query "+" is a space.
//
// Fails: invalid, for anything else: bad escapes, control characters or dot segments in the path,
//        a fragment, user information.
[[nodiscard]] base::Result<Target> parse_target(std::string_view text);

// Encodes one path segment or query value, everything but the unreserved characters.
[[nodiscard]] std::string encode_component(std::string_view text);

}  // namespace weir::http
