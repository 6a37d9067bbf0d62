// Where the body of one request goes while it arrives: into memory, or into a file that is gone
// again unless the whole body came.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::http {

class BodyStore {
 public:
  BodyStore() = default;
  BodyStore(const BodyStore&) = delete;
  BodyStore& operator=(const BodyStore&) = delete;
  ~BodyStore() { discard(); }

  // Begins a body of at most `bytes_max`, in memory if `path` is empty.
  // Fails: as the file system does; also if `path` exists.
  [[nodiscard]] base::Status begin(std::uint64_t bytes_max, std::string path);
  // False if the piece cannot be kept: over the limit (`over()`), or the disk refuses (`error()`).
  [[nodiscard]] bool append(std::string_view piece);
  // The whole body is here; a file is closed and stays. What was in memory is moved out.
  // Fails: input_output, if the file cannot be closed.
  [[nodiscard]] base::Result<std::string> finish();
  // Forgets the body and removes its file.
  void discard();

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] const base::Error& error() const { return error_; }

 private:
  std::uint64_t bytes_max_ = 0;
  std::uint64_t bytes_ = 0;
  bool over_ = false;
  std::string memory_;
  std::string path_;
  int file_ = -1;
  base::Error error_;
};

}  // namespace weir::http
