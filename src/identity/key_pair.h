// A key of one's own, and the request to have it certified (PKCS#10, RFC 2986).
//
// ECDSA over P-256 (FIPS 186-5): every TLS library takes it. The private half never leaves the
// process but as a file its owner alone may read.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace weir::identity {

class KeyPair {
 public:
  // Fails: input_output, the system gives no random numbers.
  [[nodiscard]] static base::Result<KeyPair> make();
  // Reads PEM (PKCS#8). Fails: invalid.
  [[nodiscard]] static base::Result<KeyPair> from_pem(std::string_view pem);

  // The private key (PKCS#8), in the clear.
  [[nodiscard]] std::string to_pem() const;
  // A signed request for a certificate of the public half, in PEM. It names nobody: who it is for
  // is decided by whoever signs.
  [[nodiscard]] base::Result<std::string> certificate_request() const;

  [[nodiscard]] evp_pkey_st* get() const { return key_.get(); }

 private:
  explicit KeyPair(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace weir::identity
