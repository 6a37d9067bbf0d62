// Routes: sites that others own: inviting their agents, ending that, and whether they get work.
#include <algorithm>

#include "gateway/call.h"
#include "gateway/machine_time.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"
#include "identity/certificate.h"

namespace weir::gateway {
namespace {

using base::ErrorCode;
using base::Status;
using CallPointer = std::shared_ptr<Call>;

constexpr base::Duration token_lasts_most = std::chrono::hours(24 * 30);

// A site's name stands in certificates, paths and tables.
Status check_site_name(const std::string& name) {
  const auto fits = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' ||
           letter == '.' || letter == '_';
  };
  constexpr std::size_t letters_max = 63;
  if (!name.empty() && name.size() <= letters_max && std::ranges::all_of(name, fits)) return {};
  return base::fail(ErrorCode::invalid, "`" + name + "` is no name of a site", "site",
                    "1 to 63 of a-z, 0-9 and . _ -");
}

// The token says whom to believe, too: "weir-site.SHA256-OF-AUTHORITY.SECRET".
std::string token_text(const Certifier& house, const std::string& secret) {
  return "weir-site." + identity::fingerprint(house.authority).value_or("") + "." + secret;
}

Status invite_site(Services& services, const CallPointer& call) {
  const auto order = call->read_body<SiteInvitation>();
  if (!order) return {};
  const auto& house = services.options.agents;
  if (!house) {
    return base::fail(ErrorCode::unavailable, "this server takes no agents", "",
                      "start it with a place where they dial in: weir serve --agents 0.0.0.0:9348");
  }
  WEIR_TRY_STATUS(check_site_name(call->path("site")));
  const std::string domain =
      order->trust_domain.empty() ? house->trust_domain : order->trust_domain;
  WEIR_TRY_STATUS(identity::check_trust_domain(domain));
  if (order->token_lasts <= base::Duration(0) || order->token_lasts > token_lasts_most) {
    return base::fail(ErrorCode::invalid, "a token lasts up to 30 days", "token_lasts", "1h");
  }
  const std::string token = token_text(*house, TokenBook::make_token());
  const base::Time until = base::Time(std::chrono::duration_cast<base::Duration>(
                               std::chrono::system_clock::now().time_since_epoch())) +
                           order->token_lasts;
  model::InviteSite input{call->by,     call->path("site"),        domain,
                          order->lease, TokenBook::hash_of(token), until};
  services.core.submit(
      std::move(input), [call, token, until, url = house->url](const engine::Reply& reply) {
        if (reply.error) return call->fail(*reply.error);
        call->send_json(201, base::to_json(SiteToken{call->path("site"), token, until, url}),
                        {{"Cache-Control", "no-store"}});
      });
  return {};
}

Status submit_and_say_done(Services& services, const CallPointer& call, model::Input input) {
  services.core.submit(std::move(input), [call](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    call->send({204, "", {}, "", {}});
  });
  return {};
}

Status revoke_agent(Services& services, const CallPointer& call) {
  return submit_and_say_done(services, call,
                             model::RevokeSite{call->by, call->path("site"), false});
}

Status expire_invitation(Services& services, const CallPointer& call) {
  return submit_and_say_done(services, call, model::RevokeSite{call->by, call->path("site"), true});
}

Status set_standing(Services& services, const CallPointer& call) {
  const auto order = call->read_body<StandingOrder>();
  if (!order) return {};
  return submit_and_say_done(services, call,
                             model::SetStanding{call->by, call->path("site"), order->standing});
}

Route of_site(std::string_view method, std::string_view path, std::string_view operation,
              std::string_view summary, decltype(Route::handle) handle) {
  return {.method = method,
          .path = path,
          .operation = operation,
          .group = "Sites",
          .access = Access::operator_,
          .summary = summary,
          .reply = {.status = 204, .type = "", .summary = "It is so."},
          .refusals = {404},
          .handle = handle};
}

}  // namespace

void add_site_access_routes(std::vector<Route>& routes) {
  Route route = of_site("POST", "/v1/sites/{site}/invitation", "inviteSite",
                        "Makes the one token that an agent joins for a site with.", &invite_site);
  route.details =
      "The token works once, and the one before it no longer. An agent that speaks for the site "
      "already does so until the new one has joined: so keys are rotated.";
  route.body = {.schema = &schema_text<SiteInvitation>,
                .types = {"application/json"},
                .summary = "How long the token holds, and the site's lease."};
  route.reply = {
      .status = 201, .schema = &schema_text<SiteToken>, .summary = "The token, told once."};
  route.refusals = {409, 503};
  route.repeats = Repeats::memory;
  routes.push_back(route);

  routes.push_back(of_site("DELETE", "/v1/sites/{site}/invitation", "expireInvitation",
                           "The site's token holds no longer. Again changes nothing.",
                           &expire_invitation));
  routes.push_back(of_site("DELETE", "/v1/sites/{site}/agent", "revokeAgent",
                           "Nobody speaks for the site any more. Again changes nothing.",
                           &revoke_agent));
  route = of_site("PUT", "/v1/sites/{site}/standing", "setStanding",
                  "Whether the site is given work: active, drained, retired.", &set_standing);
  route.body = {.schema = &schema_text<StandingOrder>,
                .types = {"application/json"},
                .summary = "What it is from now on."};
  route.refusals = {404, 409};
  routes.push_back(route);
}

}  // namespace weir::gateway
