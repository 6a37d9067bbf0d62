// What a certificate says: who it is for, until when, and under which key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace weir::identity {

struct CertificateFacts {
  std::string spiffe_id;  // of the subject; "": it has none, or more than one
  std::string key;        // SHA-256 of the subject's public key (SubjectPublicKeyInfo), hexadecimal
  base::Time not_before;
  base::Time not_after;
};
// Says nothing of whether it holds: that is for whoever knows the authority.
// Fails: invalid.
[[nodiscard]] base::Result<CertificateFacts> facts_of_pem(std::string_view pem);
[[nodiscard]] base::Result<CertificateFacts> facts_of_der(std::string_view der);

// SHA-256 of a certificate as a whole (its DER), hexadecimal: what a new agent is told to expect.
// Fails: invalid.
[[nodiscard]] base::Result<std::string> fingerprint(std::string_view pem);

// SPIFFE-ID 1.0: "spiffe://DOMAIN/site/NAME/agent", "spiffe://DOMAIN/control-plane".
[[nodiscard]] std::string agent_id(std::string_view trust_domain, std::string_view site);
[[nodiscard]] std::string control_plane_id(std::string_view trust_domain);

struct AgentName {
  std::string trust_domain;
  std::string site;
  friend bool operator==(const AgentName&, const AgentName&) = default;
};
// None: it is no agent's.
[[nodiscard]] std::optional<AgentName> parse_agent_id(std::string_view spiffe_id);

// Lower-case letters, digits, dot, dash and underscore, 1 to 255 of them. Fails: invalid.
[[nodiscard]] base::Status check_trust_domain(std::string_view domain);

}  // namespace weir::identity
