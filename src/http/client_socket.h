// A connected TCP socket with timeouts, for the client: connect, send, receive, wait.
//
// Plain system calls: the client waits on its own thread, and needs no loop of events for that.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/tls.h"

namespace weir::http {

class ClientSocket {
 public:
  ClientSocket() = default;
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;
  ~ClientSocket() { close(); }

  void set_interrupted(std::function<bool()> interrupted) { interrupted_ = std::move(interrupted); }

  // Tries each address of the name in turn. Fails: unavailable.
  [[nodiscard]] base::Status connect(const std::string& host, std::uint16_t port,
                                     base::Duration timeout);
  // Over TLS from here on. Fails: refused (it is not who was meant), unavailable, invalid.
  [[nodiscard]] base::Status secure(const TlsClientOptions& options, const std::string& host,
                                    base::Duration timeout);
  void close();
  // The last failure was our own doing: a timeout, or an interruption.
  [[nodiscard]] bool gave_up() const { return gave_up_; }
  [[nodiscard]] bool is_open() const { return socket_ >= 0; }
  // Whether there is anything to receive, an end of the connection included, without waiting.
  [[nodiscard]] bool readable() const;

  // Sends some of `bytes`, at least one, and says how many. 0 = something came to be received
  // first, which in HTTP is an early answer. Timeouts: 0 = for ever. Fails: unavailable.
  [[nodiscard]] base::Result<std::size_t> send_some(std::string_view bytes, base::Duration timeout);
  // Receives up to `size` bytes; 0 = the other side has ended. Fails: unavailable.
  [[nodiscard]] base::Result<std::size_t> receive(char* data, std::size_t size,
                                                  base::Duration timeout);

 private:
  // Waits until one of `events` holds and gives those that do.
  [[nodiscard]] base::Result<short> wait(short events, base::Duration timeout);

  // What to wait for before a call of TLS is made again. Fails: unavailable.
  [[nodiscard]] base::Status wait_for_tls(int result, base::Duration timeout);

  int socket_ = -1;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_{nullptr, nullptr};
  bool gave_up_ = false;
  std::function<bool()> interrupted_;
};

}  // namespace weir::http
