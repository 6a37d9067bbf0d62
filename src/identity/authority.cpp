#include "identity/authority.h"

#include <openssl/bn.h>
#include <openssl/pem.h>

#include "identity/certificate.h"
#include "identity/pem.h"

namespace weir::identity {
namespace {

using base::ErrorCode;

constexpr base::Duration lasts_itself = std::chrono::hours(24 * 3653);
constexpr base::Duration clocks_differ = std::chrono::minutes(5);
constexpr int serial_bits = 127;    // CA/Browser Forum: at least 64 random bits
constexpr int security_bits = 112;  // NIST SP 800-57: the least that is allowed now

bool set_serial(X509* certificate) {
  using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
  const Number number(BN_new());
  return number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_times(X509* certificate, base::Time from, base::Time until) {
  const auto seconds = [](base::Time time) {
    return static_cast<std::time_t>(base::to_us(time) / 1'000'000);
  };
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(until)) != nullptr;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_name(X509_NAME* name, std::string_view text) {
  return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>("Weir"), -1, -1,
                                    0) == 1 &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

std::string pem_of(X509* certificate) {
  const Bio bio = writing();
  return PEM_write_bio_X509(bio.get(), certificate) == 1 ? text_of(bio.get()) : "";
}

tl::unexpected<base::Error> not_made() {
  return base::fail(ErrorCode::input_output, "no certificate could be made: " + why());
}

// The request's own key, once it has shown that it holds it.
base::Result<EVP_PKEY*> key_of(X509_REQ* request) {
  EVP_PKEY* const key = X509_REQ_get0_pubkey(request);
  if (key == nullptr || X509_REQ_verify(request, key) != 1) {
    return base::fail(ErrorCode::invalid, "the request is not signed by the key it names: " + why(),
                      "request");
  }
  if (EVP_PKEY_get_security_bits(key) < security_bits) {
    return base::fail(ErrorCode::invalid, "the request's key is too weak", "request",
                      "P-256, Ed25519, or RSA of 2048 bits or more");
  }
  return key;
}

base::Result<Request> request_of(std::string_view pem) {
  const Bio bio = reading(pem);
  Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  if (request) return request;
  return base::fail(ErrorCode::invalid, "this is no request for a certificate: " + why(), "request",
                    "PEM: -----BEGIN CERTIFICATE REQUEST-----");
}

}  // namespace

base::Result<std::string> key_of_request(std::string_view request_pem) {
  const Request request = WEIR_TRY(request_of(request_pem));
  WEIR_TRY(key_of(request.get()));
  return key_hash(X509_REQ_get_X509_PUBKEY(request.get()));
}

base::Result<Authority> Authority::make(std::string_view trust_domain, base::Time now) {
  WEIR_TRY_STATUS(check_trust_domain(trust_domain));
  KeyPair key = WEIR_TRY(KeyPair::make());
  const Certificate made(X509_new());
  X509* const x509 = made.get();
  // Names are at most 64 letters; the URI says it whole.
  if (!made || X509_set_version(x509, X509_VERSION_3) != 1 || !set_serial(x509) ||
      !set_times(x509, now - clocks_differ, now + lasts_itself) ||
      !set_name(X509_get_subject_name(x509), trust_domain.substr(0, 64)) ||
      X509_set_issuer_name(x509, X509_get_subject_name(x509)) != 1 ||
      X509_set_pubkey(x509, key.get()) != 1 ||
      !add_extension(x509, x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(x509, x509, NID_subject_key_identifier, "hash") ||
      !add_extension(x509, x509, NID_subject_alt_name,
                     "URI:spiffe://" + std::string(trust_domain)) ||
      X509_sign(x509, key.get(), EVP_sha256()) == 0) {
    return not_made();
  }
  return Authority(std::move(key), pem_of(x509));
}

base::Result<Authority> Authority::open(std::string_view key_pem,
                                        std::string_view certificate_pem) {
  KeyPair key = WEIR_TRY(KeyPair::from_pem(key_pem));
  const Certificate certificate = WEIR_TRY(certificate_of(certificate_pem));
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return base::fail(ErrorCode::invalid, "the authority's key is not its certificate's");
  }
  return Authority(std::move(key), std::string(certificate_pem));
}

base::Result<std::string> Authority::certify(std::string_view request_pem, const Subject& subject,
                                             base::Time now, base::Duration lasts) const {
  const Request request = WEIR_TRY(request_of(request_pem));
  EVP_PKEY* const key = WEIR_TRY(key_of(request.get()));
  const Certificate issuer = WEIR_TRY(certificate_of(certificate_pem_));
  const Certificate made(X509_new());
  X509* const x509 = made.get();
  const std::string usage = subject.serves ? "serverAuth,clientAuth" : "clientAuth";
  if (!made || X509_set_version(x509, X509_VERSION_3) != 1 || !set_serial(x509) ||
      !set_times(x509, now - clocks_differ, now + lasts) ||
      X509_set_issuer_name(x509, X509_get_subject_name(issuer.get())) != 1 ||
      X509_set_pubkey(x509, key) != 1 ||
      !add_extension(x509, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(x509, issuer.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(x509, issuer.get(), NID_ext_key_usage, usage) ||
      !add_extension(x509, issuer.get(), NID_authority_key_identifier, "keyid") ||
      // Critical, as nobody else is named (RFC 5280, 4.2.1.6).
      !add_extension(x509, issuer.get(), NID_subject_alt_name,
                     "critical,URI:" + subject.spiffe_id) ||
      X509_sign(x509, key_.get(), EVP_sha256()) == 0) {
    return not_made();
  }
  return pem_of(x509);
}

}  // namespace weir::identity
