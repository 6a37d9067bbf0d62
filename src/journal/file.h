// Plain files, owned and flushed as durability needs it. Inside this room only.
#pragma once

#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace weir::journal {

class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}

  // open(2) with O_CLOEXEC and O_NOFOLLOW added; a file that is made can be read by us alone.
  [[nodiscard]] static base::Result<File> open(const std::string& path, int flags);

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  // Writes all of `bytes` at the file's position.
  [[nodiscard]] base::Status write(std::string_view bytes);
  // Everything from the start to the end.
  [[nodiscard]] base::Result<std::string> read_all() const;
  // Waits until what was written is on the disk.
  [[nodiscard]] base::Status sync();

 private:
  base::Descriptor descriptor_;
};

// Makes names that were added to or removed from `folder` durable.
[[nodiscard]] base::Status sync_folder(const std::string& folder);

// Puts `parts`, one behind the other, durably under `path`: whoever opens it, after a loss of power
// too, finds either the whole new file or what was there before.
[[nodiscard]] base::Status replace_file(const std::string& folder, const std::string& name,
                                        std::initializer_list<std::string_view> parts);

// What a file that replace_file() is about to rename is called.
inline constexpr std::string_view unfinished_suffix = ".unfinished";

}  // namespace weir::journal
