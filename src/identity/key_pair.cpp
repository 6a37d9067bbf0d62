#include "identity/key_pair.h"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "base/check.h"
#include "identity/pem.h"

namespace weir::identity {
namespace {

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

}  // namespace

base::Result<KeyPair> KeyPair::make() {
  auto key = owned(EVP_EC_gen("P-256"));
  if (!key) return base::fail(base::ErrorCode::input_output, "no key could be made: " + why());
  return KeyPair(std::move(key));
}

base::Result<KeyPair> KeyPair::from_pem(std::string_view pem) {
  const Bio bio = reading(pem);
  auto key = owned(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key) {
    return base::fail(base::ErrorCode::invalid, "this is no private key: " + why(), "",
                      "PEM: -----BEGIN PRIVATE KEY-----");
  }
  return KeyPair(std::move(key));
}

std::string KeyPair::to_pem() const {
  const Bio bio = writing();
  WEIR_CHECK(
      PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "a key that is there can be written");
  return text_of(bio.get());
}

base::Result<std::string> KeyPair::certificate_request() const {
  const Request request(X509_REQ_new());
  const Bio bio = writing();
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key_.get()) != 1 ||
      X509_REQ_sign(request.get(), key_.get(), EVP_sha256()) == 0 ||
      PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) {
    return base::fail(base::ErrorCode::input_output, "no request could be signed: " + why());
  }
  return text_of(bio.get());
}

}  // namespace weir::identity
