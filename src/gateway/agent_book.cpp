#include "gateway/agent_book.h"

#include <algorithm>

#include "base/hash.h"
#include "identity/certificate.h"

namespace weir::gateway {

using base::ErrorCode;

void AgentBook::set(const model::SiteAccess& access) {
  const std::scoped_lock lock(mutex_);
  Known& known = sites_[access.site];
  known.trust_domain = access.trust_domain;
  known.key = access.key;
}

void AgentBook::take(const model::Fact& fact) {
  if (const auto* changed = std::get_if<model::SiteAccessSet>(&fact)) set(changed->access);
}

bool AgentBook::takes_one(Known& known) {
  const Clock::time_point now = Clock::now();
  const std::chrono::duration<double> since = now - std::exchange(known.filled, now);
  known.calls_left = std::min(calls_at_once, known.calls_left + since.count() * calls_per_second);
  if (known.calls_left < 1) return false;
  known.calls_left -= 1;
  return true;
}

base::Result<KnownAgent> AgentBook::find(const http::TlsPeer* peer, base::Time now) {
  if (peer == nullptr || peer->certificate.empty()) {
    return base::fail(ErrorCode::unauthenticated, "this is for agents, which show a certificate",
                      "", "weir agent --join URL --token TOKEN");
  }
  const auto facts = identity::facts_of_der(peer->certificate);
  const auto name = facts ? identity::parse_agent_id(facts->spiffe_id) : std::nullopt;
  if (!name) return base::fail(ErrorCode::unauthenticated, "the certificate is no agent's");
  // A connection may outlive the certificate that it began with.
  if (facts->not_after <= now) {
    return base::fail(ErrorCode::unauthenticated, "the agent's certificate is over");
  }
  const std::scoped_lock lock(mutex_);
  const auto at = sites_.find(name->site);
  if (at == sites_.end() || at->second.trust_domain != name->trust_domain ||
      !base::constant_time_equal(at->second.key, facts->key)) {
    return base::fail(ErrorCode::unauthenticated,
                      "this agent speaks for `" + name->site + "` no longer", "",
                      "whoever runs the control plane lets it join anew: weir site add");
  }
  if (!takes_one(at->second)) {
    return base::fail(ErrorCode::too_many, "this agent asks too often", "", "wait a second");
  }
  return KnownAgent{name->site, facts->key};
}

}  // namespace weir::gateway
