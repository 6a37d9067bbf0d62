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

bool AgentBook::Calls::take(const Pace& pace) {
  const Clock::time_point now = Clock::now();
  const std::chrono::duration<double> since = now - std::exchange(filled, now);
  left = std::min(pace.at_once, left + since.count() * pace.per_second);
  if (left < 1) return false;
  left -= 1;
  return true;
}

base::Result<KnownAgent> AgentBook::find(const http::TlsPeer* peer, base::Time now,
                                         const Pace& pace) {
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
  const bool answers = pace.per_second == answering.per_second;
  if (!(answers ? at->second.answers : at->second.asks).take(pace)) {
    return base::fail(ErrorCode::too_many, "this agent asks too often", "", "wait a second");
  }
  at->second.last_word = now;
  return KnownAgent{name->site, facts->key};
}

std::optional<base::Time> AgentBook::last_word(const std::string& site) {
  const std::scoped_lock lock(mutex_);
  const auto at = sites_.find(site);
  return at == sites_.end() ? std::nullopt : at->second.last_word;
}

}  // namespace weir::gateway
