// Plain files below a folder, which no link leads out of. Inside this room only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace weir::mover {

// Fails: not_found, input_output.
[[nodiscard]] base::Result<base::Descriptor> open_folder(const std::string& path);
// Opens `path` below the folder without following any link.
// Fails: not_found, input_output (a link on the way among others).
[[nodiscard]] base::Result<base::Descriptor> open_below(int folder, const std::string& path,
                                                        int flags);
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
