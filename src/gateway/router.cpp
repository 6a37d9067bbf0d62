#include "gateway/router.h"

#include "base/check.h"
#include "base/quantity.h"
#include "gateway/machine_time.h"

namespace weir::gateway {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_name(std::string_view segment) { return segment.starts_with('{'); }

bool matches(const std::vector<std::string_view>& wanted, const std::vector<std::string>& given) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (is_name(wanted[i]) ? given[i].empty() : wanted[i] != given[i]) return false;
  }
  return true;
}

std::string_view as_get(std::string_view method) { return method == "HEAD" ? "GET" : method; }

http::HttpResponse unauthenticated(std::string message) {
  http::HttpResponse response =
      problem_of({base::ErrorCode::unauthenticated,
                  std::move(message),
                  "Authorization",
                  "send `Authorization: Bearer weir_…` with a token made by `weir token create`",
                  {}});
  response.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="weir")");
  return response;
}

// The token of `Authorization: Bearer TOKEN`; none: the field is missing or of another form.
std::optional<std::string_view> bearer(const http::HttpRequest& request) {
  const auto field = request.headers.find("Authorization");
  constexpr std::string_view scheme = "Bearer ";
  if (!field || field->size() <= scheme.size() ||
      !http::equal_ignoring_case(field->substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  std::string_view token = field->substr(scheme.size());
  while (token.starts_with(' ')) token.remove_prefix(1);
  return token;
}

// Without a Content-Type the body is taken for what the route reads first.
std::optional<http::HttpResponse> judge_body_type(const Route& route,
                                                  const http::HttpRequest& request) {
  const auto field = request.headers.find("Content-Type");
  if (!field || !route.body.wanted()) return std::nullopt;
  std::string_view type = field->substr(0, field->find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  std::string known;
  for (const std::string_view each : route.body.types) {
    if (http::equal_ignoring_case(each, type)) return std::nullopt;
    known += (known.empty() ? "" : ", ") + std::string(each);
  }
  return problem_of(ProblemType::unsupported_media_type,
                    {base::ErrorCode::invalid,
                     "`" + std::string(type) + "` is not read here",
                     "Content-Type",
                     "send " + known,
                     {}});
}

}  // namespace

Router::Router(std::span<const Route> routes) : routes_(routes) {
  for (const Route& route : routes) {
    Entry entry{&route, segments_of(route.path)};
    if (by_size_.size() <= entry.segments.size()) by_size_.resize(entry.segments.size() + 1);
    for (const Entry& other : by_size_[entry.segments.size()]) {
      WEIR_CHECK(other.route->method != route.method || other.segments != entry.segments,
                 "no two routes answer the same request");
    }
    by_size_[entry.segments.size()].push_back(std::move(entry));
  }
}

Router::Match Router::find(std::string_view method, const std::vector<std::string>& path) const {
  Match match;
  if (path.size() >= by_size_.size()) return match;
  const Route* by_name = nullptr;
  for (const Entry& entry : by_size_[path.size()]) {
    if (!matches(entry.segments, path)) continue;
    if (entry.route->method == method) {
      match.route = entry.route;
      return match;
    }
    if (entry.route->method == as_get(method)) by_name = entry.route;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += entry.route->method;
    if (entry.route->method == "GET") match.allowed += ", HEAD";
  }
  match.route = by_name;
  return match;
}

std::string Router::nearest(const std::vector<std::string>& path) const {
  std::string asked;
  for (const std::string& segment : path) asked += "/" + segment;
  std::vector<std::string> known;
  for (const auto& entries : by_size_) {
    for (const Entry& entry : entries) {
      std::string filled;
      for (std::size_t i = 0; i < entry.segments.size(); ++i) {
        const bool take = is_name(entry.segments[i]) && i < path.size() && !path[i].empty();
        filled += "/" + (take ? path[i] : std::string(entry.segments[i]));
      }
      known.push_back(std::move(filled));
    }
  }
  return base::nearest_name(asked, known);
}

http::HttpResponse Router::not_found(const http::HttpRequest& request) const {
  std::string path;
  for (const std::string& segment : request.segments) path += "/" + segment;
  const std::string near = nearest(request.segments);
  const std::string hint = near.empty() || near == path ? "all paths stand in /v1/openapi.json"
                                                        : "did you mean `" + near + "`?";
  return problem_of(ProblemType::no_such_path, {base::ErrorCode::not_found,
                                                "there is no path " + (path.empty() ? "/" : path),
                                                "",
                                                hint,
                                                {}});
}

std::optional<http::HttpResponse> Router::admit(const http::HttpRequest& request,
                                                const TokenBook& tokens, AgentBook& agents,
                                                const Route*& route, model::Principal& by,
                                                KnownAgent& agent) const {
  const Match match = find(request.method, request.segments);
  const bool is_agents = match.route != nullptr && match.route->access == Access::site;
  if (is_agents) {
    const bool answers = match.route->path == "/v1/agent/answers/{id}";
    auto known = agents.find(request.peer.get(), machine_time(),
                             answers ? AgentBook::answering : AgentBook::asking);
    if (!known) return problem_of(known.error());
    agent = *std::move(known);
  } else if (match.route == nullptr || match.route->access != Access::anybody) {
    const auto token = bearer(request);
    if (!token) return unauthenticated("this needs an identity, and the request has none");
    auto principal = tokens.find(*token);
    if (!principal) return unauthenticated("the token is not known here, or was revoked");
    by = *std::move(principal);
  }
  if (match.route == nullptr) {
    if (match.allowed.empty()) return not_found(request);
    http::HttpResponse response =
        problem_of(ProblemType::method_not_allowed, {base::ErrorCode::invalid,
                                                     "this path does not take " + request.method,
                                                     "",
                                                     "it takes " + match.allowed,
                                                     {}});
    response.headers.emplace_back("Allow", match.allowed);
    return response;
  }
  route = match.route;
  if (route->access != Access::anybody && !is_agents && !may(by.role, route->access)) {
    const std::string needed = route->access == Access::operator_ ? "operator" : "user";
    return problem_of({base::ErrorCode::forbidden,
                       "this needs the role " + needed + "; `" + by.name + "` has the role " +
                           std::string(base::enum_name(by.role)),
                       "",
                       "",
                       {}});
  }
  if (auto refusal = judge_parameters(*route, request)) return refusal;
  return judge_body_type(*route, request);
}

}  // namespace weir::gateway
