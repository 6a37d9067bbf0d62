// A running rclone that gives us ranges of replicas' files over HTTP on loopback, for as long as
// its owner lives. Inside this room only.
//
// One process for all replicas and files: starting an rclone costs a tenth of a second, which a
// range of a few mebibytes cannot bear. Settings and secrets reach it through its environment; who
// asks it must know a password that is drawn for each process. It ends with us, however we end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "mover/file.h"
#include "mover/order.h"

namespace weir::mover {

class Rclone {
 public:
  // Must be called by a thread that lives as long as the process that is started.
  // Fails: unavailable, it is not installed or does not begin (with how to get it); invalid, a
  //        replica's remote cannot be (names it).
  [[nodiscard]] static base::Result<std::unique_ptr<Rclone>> start(
      const std::vector<Replica>& replicas, const Fetching& fetching);
  Rclone(const Rclone&) = delete;
  Rclone& operator=(const Rclone&) = delete;
  ~Rclone();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // The value of the Authorization header.
  [[nodiscard]] const std::string& authorization() const { return authorization_; }
  // The target of a request for a file of a replica.
  [[nodiscard]] static std::string target_of(std::size_t replica, const std::string& path);
  // `text` with all that is secret made unreadable.
  [[nodiscard]] std::string without_secrets(std::string text) const;
  // True once it has ended by itself.
  [[nodiscard]] bool has_ended() const;

 private:
  Rclone() = default;
  [[nodiscard]] base::Status wait_until_it_serves(const std::string& program);
  [[nodiscard]] std::string said() const;

  pid_t process_ = -1;
  base::Descriptor log_;
  std::uint16_t port_ = 0;
  std::string authorization_;
  std::vector<std::string> secrets_;
};

}  // namespace weir::mover
