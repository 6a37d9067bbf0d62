#include "http/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/hash.h"

namespace weir::http {
namespace {

using base::ErrorCode;
using base::fail;

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> reading(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

base::Result<Owned<X509>> certificate_of(const std::string& pem) {
  const Owned<BIO> bio = reading(pem);
  Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return fail(ErrorCode::invalid, "this is no certificate: " + tls_trouble());
  return certificate;
}

base::Result<TlsContext> new_context(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method), &SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1) {
    return fail(ErrorCode::input_output, "TLS 1.3 cannot be used: " + tls_trouble());
  }
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

base::Status trust(SSL_CTX* context, const std::string& authority) {
  const Owned<X509> certificate = WEIR_TRY(certificate_of(authority));
  if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1) {
    return fail(ErrorCode::invalid, "the authority's certificate: " + tls_trouble());
  }
  return {};
}

base::Status show(SSL_CTX* context, const TlsIdentity& own) {
  const Owned<X509> certificate = WEIR_TRY(certificate_of(own.certificate));
  const Owned<BIO> bio = reading(own.key);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return fail(ErrorCode::invalid, "the key is not the certificate's: " + tls_trouble());
  }
  return {};
}

std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return "";
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

// The server's certificate under the authority that it shows itself, if that is the pinned one.
bool holds_under_pin(SSL* session, X509* shown, const std::string& sha256) {
  STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(session);
  X509* authority = nullptr;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* const each = sk_X509_value(chain, i);
    if (base::to_hex(base::sha256(der_of(each))) == sha256) authority = each;
  }
  if (authority == nullptr) return false;
  const Owned<X509_STORE> store(X509_STORE_new());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  return store && context && X509_STORE_add_cert(store.get(), authority) == 1 &&
         X509_STORE_CTX_init(context.get(), store.get(), shown, chain) == 1 &&
         X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER) == 1 &&
         X509_verify_cert(context.get()) == 1;
}

bool has_uri(const X509* certificate, const std::string& uri) {
  const Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* const text = name->d.uniformResourceIdentifier;
    const std::string_view is(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                              static_cast<std::size_t>(ASN1_STRING_length(text)));
    if (is == uri) return true;
  }
  return false;
}

}  // namespace

std::string tls_trouble() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "the connection broke";
  std::array<char, 256> words{};
  ERR_error_string_n(code, words.data(), words.size());
  return words.data();
}

base::Result<TlsContext> client_context(const TlsClientOptions& options) {
  TlsContext context = WEIR_TRY(new_context(TLS_client_method()));
  if (!options.own.certificate.empty()) WEIR_TRY_STATUS(show(context.get(), options.own));
  // Under a pin the authority is not known before it is seen: check_server holds it to that.
  if (!options.own.authority.empty()) {
    WEIR_TRY_STATUS(trust(context.get(), options.own.authority));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  return context;
}

base::Result<TlsContext> server_context(const TlsIdentity& own) {
  TlsContext context = WEIR_TRY(new_context(TLS_server_method()));
  WEIR_TRY_STATUS(show(context.get(), own));
  WEIR_TRY_STATUS(trust(context.get(), own.authority));
  Owned<X509> authority = WEIR_TRY(certificate_of(own.authority));
  // New agents know the authority by its fingerprint alone.
  if (SSL_CTX_add_extra_chain_cert(context.get(), authority.get()) != 1) {
    return fail(ErrorCode::invalid, "the authority's certificate: " + tls_trouble());
  }
  static_cast<void>(authority.release());  // the context's now
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // A resumed session would skip the certificate, and with it its end.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  return context;
}

base::Status check_server(SSL* session, const TlsClientOptions& options, const std::string& host) {
  const Owned<X509> shown(SSL_get1_peer_certificate(session));
  if (!shown) return fail(ErrorCode::refused, "the server shows no certificate");
  if (options.own.authority.empty() &&
      !holds_under_pin(session, shown.get(), options.authority_sha256)) {
    return fail(ErrorCode::refused, "this is not the control plane that the token is of", "url",
                "the token names the authority it trusts; another answers here");
  }
  if (options.any_name) return {};
  const bool meant =
      options.server_uri.empty()
          ? X509_check_host(shown.get(), host.data(), host.size(), 0, nullptr) == 1 ||
                X509_check_ip_asc(shown.get(), host.c_str(), 0) == 1
          : has_uri(shown.get(), options.server_uri);
  if (meant) return {};
  return fail(ErrorCode::refused,
              "the server is not " + (options.server_uri.empty() ? host : options.server_uri));
}

std::string peer_certificate(SSL* session) {
  const Owned<X509> shown(SSL_get1_peer_certificate(session));
  return shown ? der_of(shown.get()) : "";
}

}  // namespace weir::http
