// Takes connections that come in over TLS, and hands their inside to an HttpServer.
//
//   client ══ TLS 1.3 ══▶ TlsFront ── a pair of sockets ──▶ HttpServer (adopt)
//
// The server keeps its one way of reading and answering; what it is told of each connection is who
// is at the other end. Costs one copy more of every byte, and a thread for all connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/server.h"
#include "http/tls.h"

namespace weir::http {

struct TlsFrontOptions {
  std::string address = "127.0.0.1";  // numeric
  std::uint16_t port = 0;             // 0 = any that is free
  TlsIdentity own;
  std::size_t connections_max = 1024;  // those beyond are closed at once
  base::Duration handshake_timeout = std::chrono::seconds(10);
};

class TlsFront {
 public:
  // Requires: `server` outlives this object.
  // Fails: invalid (address, certificate), conflict (the port is taken), input_output.
  [[nodiscard]] static base::Result<std::unique_ptr<TlsFront>> listen(TlsFrontOptions options,
                                                                      HttpServer& server);
  TlsFront() = default;
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;
  virtual ~TlsFront() = default;  // stops

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::string url() const = 0;  // "https://127.0.0.1:8443"
  // Closes what there is and returns when its thread has ended.
  virtual void stop() = 0;
};

}  // namespace weir::http
