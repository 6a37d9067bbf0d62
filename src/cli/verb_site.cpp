// site: inviting sites that others own, and what becomes of them.
#include <cstdio>

#include "base/quantity.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "gateway/replies.h"

namespace weir::cli {

namespace {

base::Result<base::Duration> duration_of(const std::string& text, const char* field) {
  auto read = base::parse_duration(text);
  if (!read) read.error().field = field;
  return read;
}

base::Result<int> invite(Client& client, const Common& common, const SiteFlags& flags) {
  gateway::SiteInvitation order;
  order.token_lasts = WEIR_TRY(duration_of(flags.token_lasts, "--token-lasts"));
  order.lease = WEIR_TRY(duration_of(flags.lease, "--lease"));
  order.trust_domain = flags.trust_domain;
  const std::string answer = WEIR_TRY(
      client.call("POST", "/v1/sites/" + escape(flags.name) + "/invitation", base::to_json(order)));
  if (common.format == Format::json) {
    std::printf("%s\n", answer.c_str());
    return 0;
  }
  const auto made = WEIR_TRY(base::from_json<gateway::SiteToken>(answer));
  std::printf("%s\n", made.token.c_str());
  std::fprintf(stderr,
               "It is shown this once, and works once, until %s. At the site:\n"
               "  weir agent --join %s --folder agent --token TOKEN\n",
               base::format_time(made.until).c_str(), made.url.c_str());
  return 0;
}

base::Result<int> set_standing(Client& client, const SiteFlags& flags, model::SiteStanding standing,
                               const char* said) {
  (void)WEIR_TRY(client.call("PUT", "/v1/sites/" + escape(flags.name) + "/standing",
                             base::to_json(gateway::StandingOrder{standing})));
  std::printf("%s %s\n", flags.name.c_str(), said);
  return 0;
}

}  // namespace

int verb_site(const Common& common, const SiteFlags& flags) {
  return with_client(common, [&](Client& client) -> base::Result<int> {
    if (flags.action == "add" || flags.action == "rotate") return invite(client, common, flags);
    if (flags.action == "drain") {
      return set_standing(client, flags, model::SiteStanding::drained,
                          "gets no new work; what runs there goes on");
    }
    if (flags.action == "resume") {
      return set_standing(client, flags, model::SiteStanding::active, "gets work again");
    }
    if (flags.action == "retire") {
      WEIR_TRY(set_standing(client, flags, model::SiteStanding::retired, "is no site any more"));
    }
    const bool token_only = flags.action == "expire";
    (void)WEIR_TRY(client.call(
        "DELETE", "/v1/sites/" + escape(flags.name) + (token_only ? "/invitation" : "/agent")));
    if (token_only) std::printf("the token of %s holds no longer\n", flags.name.c_str());
    if (!token_only) std::printf("nobody speaks for %s any more\n", flags.name.c_str());
    return 0;
  });
}

}  // namespace weir::cli
