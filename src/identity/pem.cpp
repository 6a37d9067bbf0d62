#include "identity/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

#include "base/check.h"
#include "base/hash.h"

namespace weir::identity {

Bio reading(std::string_view text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  WEIR_CHECK(bio != nullptr, "there is memory to read a text from");
  return bio;
}

Bio writing() {
  Bio bio(BIO_new(BIO_s_mem()));
  WEIR_CHECK(bio != nullptr, "there is memory to write a text to");
  return bio;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string why() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "it is not of the form";
  std::array<char, 256> words{};
  ERR_error_string_n(code, words.data(), words.size());
  return words.data();
}

std::string key_hash(X509_PUBKEY* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(key, &bytes);
  WEIR_CHECK(size > 0, "a public key that was read can be written");
  const std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return base::to_hex(base::sha256(der));
}

base::Result<Certificate> certificate_of(std::string_view pem) {
  const Bio bio = reading(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate) return certificate;
  return base::fail(base::ErrorCode::invalid, "this is no certificate: " + why(), "",
                    "PEM: -----BEGIN CERTIFICATE-----");
}

}  // namespace weir::identity
