// Archives of strangers: whatever they say, nothing comes to be outside the folder, and no link in
// it leads out.
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <filesystem>
#include <string>

#include "backend/workdir/link_target.h"
#include "backend/workdir/unpack.h"
#include "tests/fuzz/hold.h"

namespace files = std::filesystem;
using weir::fuzz::hold;

namespace {

// An empty folder in an empty folder, of which only the inner one may be written to.
class Cage {
 public:
  Cage() : outer_((files::temp_directory_path() / "weir-fuzz-XXXXXX").string()) {
    hold(::mkdtemp(outer_.data()) != nullptr, "a folder can be made");
    files::create_directory(inner());
  }
  Cage(const Cage&) = delete;
  Cage& operator=(const Cage&) = delete;
  ~Cage() {
    std::error_code ignored;
    for (const auto& entry : files::recursive_directory_iterator(inner(), ignored)) {
      if (entry.is_directory() && !entry.is_symlink()) {
        files::permissions(entry.path(), files::perms::owner_all, files::perm_options::add,
                           ignored);
      }
    }
    files::remove_all(outer_, ignored);
  }
  [[nodiscard]] files::path inner() const { return files::path(outer_) / "in"; }
  [[nodiscard]] bool is_whole() const {
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : files::directory_iterator(outer_)) ++entries;
    return entries == 1;
  }

 private:
  std::string outer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Cage cage;
  const weir::backend::workdir::UnpackLimits limits{1 << 20, 64};
  const auto status = weir::backend::workdir::unpack_bytes(weir::fuzz::text_of(bytes, size),
                                                           cage.inner().string(), limits);
  hold(cage.is_whole(), "nothing comes to be beside the folder");
  if (!status) {
    hold(!status.error().message.empty(), "a refusal says why");
    return 0;
  }
  std::int64_t total = 0;
  for (const auto& entry : files::recursive_directory_iterator(cage.inner())) {
    const std::string path = entry.path().lexically_relative(cage.inner()).string();
    if (entry.is_symlink()) {
      const std::string target = files::read_symlink(entry.path()).string();
      hold(weir::backend::workdir::stays_within(path, target), "no link leads out");
      continue;
    }
    hold(entry.is_directory() || entry.is_regular_file(), "only files, folders and links");
    if (entry.is_regular_file()) total += static_cast<std::int64_t>(entry.file_size());
  }
  hold(total <= limits.bytes_max, "the limit of bytes holds");
  return 0;
}
