// Who a bearer token stands for. Only hashes are kept, here as in the journal.
//
// Thread-safe: the threads that serve connections look up, the one that hears of durable facts
// writes. Not where tokens are made: the engine decides on those.
#pragma once

#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/fact.h"
#include "model/identity.h"

namespace weir::gateway {

class TokenBook {
 public:
  // What is kept of a token: SHA-256 of its whole text, in hexadecimal.
  [[nodiscard]] static std::string hash_of(std::string_view token);
  // A new token: "weir_" and 256 random bits, 43 letters of base64url.
  [[nodiscard]] static std::string make_token();

  void add(const model::Token& token);
  void revoke(model::TokenId id);
  // Takes what a fact says of tokens; others change nothing.
  void take(const model::Fact& fact);

  // The principal behind a token's text; none: it is not known, or was revoked.
  [[nodiscard]] std::optional<model::Principal> find(std::string_view token) const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, model::Principal> by_hash_;  // order never shows
  std::map<model::TokenId, std::string> hashes_;
};

}  // namespace weir::gateway
