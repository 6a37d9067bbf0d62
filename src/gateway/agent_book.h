// Who speaks for which site: the agents whose keys the control plane has admitted.
//
// Thread-safe, as TokenBook: the threads that serve connections look up, the one that hears of
// durable facts writes. What it says of a certificate comes on top of TLS, which has seen that our
// authority made it and that it is not over.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "http/tls.h"
#include "model/fact.h"
#include "model/site.h"

namespace weir::gateway {

struct KnownAgent {
  std::string site;
  std::string key;  // SHA-256 of its public key
};

class AgentBook {
 public:
  // An agent at work asks a few times a second, and answers as often as it is asked; who calls more
  // waits, and disturbs nobody else.
  struct Pace {
    double per_second;
    double at_once;
  };
  static constexpr Pace asking{50, 500};
  static constexpr Pace answering{1000, 4000};

  void set(const model::SiteAccess& access);
  // Takes what a fact says of sites' access; others change nothing.
  void take(const model::Fact& fact);

  // Fails: unauthenticated: no certificate, one of no agent, one that is over, or one whose key
  //        speaks for its site no longer; too_many.
  [[nodiscard]] base::Result<KnownAgent> find(const http::TlsPeer* peer, base::Time now,
                                              const Pace& pace);
  // When the agent of a site last said something; none: it has not since this server began.
  [[nodiscard]] std::optional<base::Time> last_word(const std::string& site);

 private:
  using Clock = std::chrono::steady_clock;
  // A bucket that fills at a pace.
  struct Calls {
    double left;
    Clock::time_point filled = Clock::now();

    [[nodiscard]] bool take(const Pace& pace);
  };
  struct Known {
    std::string trust_domain;
    std::string key;
    Calls asks{asking.at_once};
    Calls answers{answering.at_once};
    std::optional<base::Time> last_word;
  };

  std::mutex mutex_;
  std::map<std::string, Known> sites_;
};

}  // namespace weir::gateway
