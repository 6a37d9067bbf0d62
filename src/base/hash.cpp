#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir::base {
namespace {

// Fetched once: a lookup per hash costs more than hashing a short text.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  WEIR_CHECK(fetched != nullptr, "every OpenSSL has SHA-256");
  return fetched;
}

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();

  Context() { start(); }
  ~Context() { EVP_MD_CTX_free(md); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void start() const {
    WEIR_CHECK(md != nullptr && EVP_DigestInit_ex2(md, algorithm(), nullptr) == 1,
               "hashing starts wherever there is memory");
  }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&& other) noexcept = default;
Sha256& Sha256::operator=(Sha256&& other) noexcept = default;

void Sha256::add(std::string_view bytes) {
  WEIR_CHECK(EVP_DigestUpdate(context_->md, bytes.data(), bytes.size()) == 1,
             "a started hash takes bytes");
}

Digest Sha256::digest() {
  Digest out{};
  WEIR_CHECK(EVP_DigestFinal_ex(context_->md, out.data(), nullptr) == 1, "a started hash ends");
  context_->start();
  return out;
}

Digest sha256(std::string_view bytes) {
  thread_local Sha256 hash;
  hash.add(bytes);
  return hash.digest();
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    out += digits[std::to_integer<std::size_t>(byte >> 4)];
    out += digits[std::to_integer<std::size_t>(byte & std::byte{0xF})];
  }
  return out;
}

std::string to_hex(const Digest& digest) { return to_hex(std::as_bytes(std::span(digest))); }

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return fail(ErrorCode::invalid, "has an odd number of hex digits");
  }
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]);
    const int low = digit_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return fail(ErrorCode::invalid, "has a letter that is no hex digit (0-9, a-f)");
    }
    out.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return out;
}

Result<Digest> digest_from_hex(std::string_view text) {
  Digest out{};
  if (text.size() != out.size() * 2) {
    return fail(ErrorCode::invalid, "has " + std::to_string(text.size()) +
                                        " letters, expected the 64 hex digits of a SHA-256");
  }
  const Bytes bytes = WEIR_TRY(from_hex(text));
  std::transform(bytes.begin(), bytes.end(), out.begin(),
                 [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}
bool constant_time_equal(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace weir::base
