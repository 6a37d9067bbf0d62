// Plain files below a folder, which no link leads out of. Inside this room only.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::mover {

// An open file descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// Fails: not_found, input_output.
[[nodiscard]] base::Result<Descriptor> open_folder(const std::string& path);
// Opens `path` below the folder without following any link.
// Fails: not_found, input_output (a link on the way among others).
[[nodiscard]] base::Result<Descriptor> open_below(int folder, const std::string& path, int flags);
// Makes the folders that `path` stands in, below the folder.
[[nodiscard]] base::Status make_folders_of(int folder, const std::string& path);

[[nodiscard]] base::Status write_at(int file, std::string_view bytes, std::int64_t offset);
// As many bytes as there are, up to the size of `into`.
[[nodiscard]] base::Result<std::size_t> read_at(int file, std::span<char> into,
                                                std::int64_t offset);
[[nodiscard]] base::Result<std::string> read_whole(const std::string& path);
// Puts `bytes` durably under `folder`/`name`: whoever opens it finds the whole file or none.
[[nodiscard]] base::Status replace_file(const std::string& folder, const std::string& name,
                                        std::string_view bytes);
[[nodiscard]] base::Status sync(int descriptor);
[[nodiscard]] base::Status sync_folder(const std::string& path);

// One thing below a folder.
struct Entry {
  std::string path;  // below the folder
  bool is_file = false;
  bool is_folder = false;
  std::int64_t size_bytes = 0;
};
// All that is below `folder`, by path. Fails: not_found, input_output.
[[nodiscard]] base::Result<std::vector<Entry>> list_below(const std::string& folder);

}  // namespace weir::mover
