#include "mover/check.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "mover/chunk_reader.h"
#include "mover/file.h"

namespace weir::mover {

using base::Result;
using base::Status;

namespace {

// Files of the folder that the manifest does not have; folders and links count where no file of the
// manifest stands below them.
Status find_unexpected(const std::string& folder, const Manifest& manifest, Checked& checked) {
  const auto at_or_after = [&](const std::string& path) {
    return std::lower_bound(
        manifest.files.begin(), manifest.files.end(), path,
        [](const ManifestFile& file, const std::string& name) { return file.path < name; });
  };
  for (const Entry& entry : WEIR_TRY(list_below(folder))) {
    if (entry.is_folder) continue;
    const auto found = at_or_after(entry.path);
    const bool is_listed = found != manifest.files.end() && found->path == entry.path;
    if (!is_listed || (entry.is_file && entry.size_bytes > found->size_bytes)) {
      checked.unexpected.push_back(entry.path);
    }
  }
  return {};
}

}  // namespace

Result<Checked> check_tree(const std::string& folder, const ChunkTable& table,
                           const Reading& reading, const std::stop_token& stop) {
  Checked checked;
  const base::Descriptor root = WEIR_TRY(open_folder(folder));
  const Manifest& manifest = table.manifest();
  std::int64_t done = 0;
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    const ManifestFile& file = manifest.files[i];
    const Result<base::Descriptor> one = open_below(root.get(), file.path, O_RDONLY | O_NONBLOCK);
    struct stat about = {};
    if (!one || ::fstat(one->get(), &about) != 0 || !S_ISREG(about.st_mode)) {
      checked.missing.push_back(file.path);
      for (std::size_t c = 0; c < file.chunks.size(); ++c) {
        checked.bad.push_back(table.first_of(i) + c);
      }
      done += file.size_bytes;
      continue;
    }
    for (std::size_t c = 0; c < file.chunks.size(); ++c) {
      const std::uint64_t number = table.first_of(i) + c;
      const ChunkPlace place = table.place(number);
      // What cannot be read (a bad block) is as bad as other bytes.
      const auto digest = digest_at(one->get(), place.offset, place.size, stop);
      if (stop.stop_requested()) return fail_stopped();
      if (!digest || *digest != file.chunks[c]) checked.bad.push_back(number);
      done += place.size;
      if (reading) reading(done);
    }
  }
  WEIR_TRY_STATUS(find_unexpected(folder, manifest, checked));
  return checked;
}

}  // namespace weir::mover
