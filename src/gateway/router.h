// Leads each request to the one route that answers it, and refuses all others.
//
// In this order: the path and method are looked up, the identity is found, its role is held against
// the route, then query parameters and headers against their description. Only then a handler
// runs. Whoever has no identity learns nothing but that: neither what exists nor what would work.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/agent_book.h"
#include "gateway/call.h"
#include "gateway/route.h"
#include "gateway/token_book.h"

namespace weir::gateway {

class Router {
 public:
  // Requires: the routes outlive this object, and no two answer the same request.
  explicit Router(std::span<const Route> routes);

  struct Match {
    const Route* route = nullptr;
    std::string allowed;  // where only the method is wrong: the ones that would do, "GET, POST"
  };
  // HEAD is answered by the route of GET.
  [[nodiscard]] Match find(std::string_view method, const std::vector<std::string>& path) const;
  // The known path nearest to this one, with its own names filled in: "/v1/jobs/42"; or "".
  [[nodiscard]] std::string nearest(const std::vector<std::string>& path) const;

  // What stands before the handler. Gives the refusal, or none: `route` and `by`, or
  // `agent` for routes of agents, are then set.
  [[nodiscard]] std::optional<http::HttpResponse> admit(const http::HttpRequest& request,
                                                        const TokenBook& tokens, AgentBook& agents,
                                                        const Route*& route, model::Principal& by,
                                                        KnownAgent& agent) const;

  [[nodiscard]] std::span<const Route> routes() const { return routes_; }

 private:
  struct Entry {
    const Route* route;
    std::vector<std::string_view> segments;
  };
  [[nodiscard]] http::HttpResponse not_found(const http::HttpRequest& request) const;

  std::span<const Route> routes_;
  std::vector<std::vector<Entry>> by_size_;  // index: how many segments
};

// Why a query or a header field does not fit the route's description; empty: it fits.
[[nodiscard]] std::optional<http::HttpResponse> judge_parameters(const Route& route,
                                                                 const http::HttpRequest& request);

}  // namespace weir::gateway
