#include "gateway/token_book.h"

#include <sodium.h>

#include <array>
#include <mutex>

#include "base/check.h"
#include "base/hash.h"

namespace weir::gateway {

std::string TokenBook::hash_of(std::string_view token) { return base::to_hex(base::sha256(token)); }

std::string TokenBook::make_token() {
  WEIR_CHECK(sodium_init() >= 0, "libsodium finds a source of random numbers");
  std::array<unsigned char, 32> random{};
  randombytes_buf(random.data(), random.size());
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::array<char, sodium_base64_ENCODED_LEN(random.size(), variant)> text{};
  sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), variant);
  std::string token = std::string("weir_") + text.data();
  sodium_memzero(random.data(), random.size());
  sodium_memzero(text.data(), text.size());
  return token;
}

void TokenBook::add(const model::Token& token) {
  if (token.revoked) return;
  const std::lock_guard lock(mutex_);
  by_hash_.insert_or_assign(token.hash,
                            model::Principal{token.tenant, token.principal, token.role});
  hashes_.insert_or_assign(token.id, token.hash);
}

void TokenBook::revoke(model::TokenId id) {
  const std::lock_guard lock(mutex_);
  const auto at = hashes_.find(id);
  if (at == hashes_.end()) return;
  by_hash_.erase(at->second);
  hashes_.erase(at);
}

void TokenBook::take(const model::Fact& fact) {
  if (const auto* created = std::get_if<model::TokenCreated>(&fact)) add(created->token);
  if (const auto* revoked = std::get_if<model::TokenRevoked>(&fact)) revoke(revoked->token);
}

std::optional<model::Principal> TokenBook::find(std::string_view token) const {
  // The hash of a guess tells nothing of the hash it should have, so a plain look-up is safe.
  const std::string hash = hash_of(token);
  const std::shared_lock lock(mutex_);
  const auto at = by_hash_.find(hash);
  if (at == by_hash_.end()) return std::nullopt;
  return at->second;
}

}  // namespace weir::gateway
