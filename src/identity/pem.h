// OpenSSL's objects with owners, and PEM as text. Inside of the room: only its own files include
// this.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::identity {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Request = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;

[[nodiscard]] Bio reading(std::string_view text);
[[nodiscard]] Bio writing();
[[nodiscard]] std::string text_of(BIO* bio);
// The newest of OpenSSL's own words, and forgets the others.
[[nodiscard]] std::string why();
// SHA-256 of a public key as it stands in certificates, hexadecimal.
[[nodiscard]] std::string key_hash(X509_PUBKEY* key);
// Fails: invalid.
[[nodiscard]] base::Result<Certificate> certificate_of(std::string_view pem);

}  // namespace weir::identity
