// Bytes of one file of a replica, from an offset on, as they come in. Inside this room only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "mover/rclone.h"

namespace weir::mover {

// How long to wait, and for what else than bytes.
struct Waiting {
  base::Duration stall{};
  std::stop_token stop;
};

class ObjectStream {
 public:
  // Asks for `count` > 0 bytes from `offset` on.
  // Fails: not_found, the replica has no such file, or not so many bytes; unavailable, it cannot be
  //        reached, says no, or nothing comes for `waiting.stall`.
  [[nodiscard]] static base::Result<ObjectStream> open(const Rclone& rclone, std::size_t replica,
                                                       const std::string& path, std::int64_t offset,
                                                       std::int64_t count, const Waiting& waiting);
  ObjectStream(ObjectStream&&) noexcept;
  ObjectStream& operator=(ObjectStream&&) noexcept;
  ~ObjectStream();

  // At least one byte. Fails: unavailable, it broke off or stalls.
  [[nodiscard]] base::Result<std::size_t> read(std::span<char> into, const Waiting& waiting);

 private:
  struct Connection;
  explicit ObjectStream(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace weir::mover
