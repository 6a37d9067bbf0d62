// A line between two machines that a test cuts, holds up and mends: TCP from a port of its own to
// another one, both on loopback.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "base/descriptor.h"
#include "base/result.h"

namespace weir::e2e {

class Link {
 public:
  enum class State : std::uint8_t {
    passes,  // everything goes, also what was held up
    holds,   // nothing arrives and nothing is lost: it comes late, or never if it is cut then
    cut,     // connections break, and so does each that is tried
  };

  // Fails: input_output, there is no port.
  [[nodiscard]] static base::Result<std::unique_ptr<Link>> open(std::uint16_t to);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void set(State state);

 private:
  struct Pair;
  Link(base::Descriptor listening, base::Descriptor bell, std::uint16_t port, std::uint16_t to);
  void run(const std::stop_token& stop);

  base::Descriptor listening_;
  base::Descriptor bell_;  // eventfd: the state is another
  std::uint16_t port_;
  std::uint16_t to_;
  std::atomic<State> state_{State::passes};
  std::jthread thread_;  // last: it uses all the others
};

// A port of loopback that was free a moment ago.
[[nodiscard]] std::uint16_t free_port();

}  // namespace weir::e2e
