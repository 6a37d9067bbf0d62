// TLS 1.3 (RFC 8446) for the client and the server: who we are, and whom we believe.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace weir::http {

// One's own certificate and key, and the authority both sides trust; all PEM.
struct TlsIdentity {
  std::string certificate;  // "": none is shown
  std::string key;
  std::string authority;  // "": none is trusted
};

// Whom a client takes for the server. Either the authority is known, or it is pinned: the server
// shows it, and its SHA-256 is the one that was told beforehand.
struct TlsClientOptions {
  TlsIdentity own = {};
  std::string authority_sha256 = {};  // hexadecimal; used where own.authority is ""
  std::string server_uri = {};  // the URI in its certificate (a SPIFFE id); "": the host's name
  bool any_name = false;        // whoever the authority certifies as a server
};

// The other end of a connection that came in over TLS.
struct TlsPeer {
  std::string certificate;  // DER; "": it showed none. One that was shown holds: the authority made
                            // it, and it is not over
  std::string remote;       // "127.0.0.1:51234"
};

using TlsContext = std::shared_ptr<ssl_ctx_st>;
// Fails: invalid (what is no certificate or key, or a key that is another certificate's).
[[nodiscard]] base::Result<TlsContext> client_context(const TlsClientOptions& options);
// Clients may show a certificate, and then it has to hold; who shows none is nobody.
[[nodiscard]] base::Result<TlsContext> server_context(const TlsIdentity& own);

// After the handshake of a client: whether this is the server that was meant.
// Fails: refused, with whom it met.
[[nodiscard]] base::Status check_server(ssl_st* session, const TlsClientOptions& options,
                                        const std::string& host);
// The certificate that the other end showed, as DER; "": none.
[[nodiscard]] std::string peer_certificate(ssl_st* session);
// What OpenSSL says of the last failure; forgets the rest.
[[nodiscard]] std::string tls_trouble();

}  // namespace weir::http
