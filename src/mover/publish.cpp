// Making a version of a folder as it is now.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/hash.h"
#include "mover/chunk_reader.h"
#include "mover/draw.h"
#include "mover/store.h"
#include "mover/work.h"

namespace weir::mover {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

// A copy that goes with its owner, unless it was renamed.
class Copy {
 public:
  explicit Copy(std::string path) : path_(std::move(path)) {}
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Hashed as it is copied, so that the version is what lies in the copy, whatever happens to the
// folder after.
Result<ManifestFile> copy_file(int from_root, int to_root, const std::string& path,
                               std::int64_t chunk_bytes, Report& report,
                               const std::stop_token& stop) {
  const base::Descriptor from = WEIR_TRY(open_below(from_root, path, O_RDONLY | O_NONBLOCK));
  WEIR_TRY_STATUS(make_folders_of(to_root, path));
  const base::Descriptor to = WEIR_TRY(open_below(to_root, path, O_WRONLY | O_CREAT | O_EXCL));
  const std::int64_t before = report.progress().done_bytes;
  const Piece piece = [&](std::string_view bytes, std::int64_t end) -> Status {
    WEIR_TRY_STATUS(write_at(to.get(), bytes, end - static_cast<std::int64_t>(bytes.size())));
    report.progress().done_bytes = before + end;
    report.tell_now_and_then();
    return {};
  };
  return read_in_chunks(from.get(), path, chunk_bytes, piece, stop);
}

Result<Manifest> copy_folder(const PublishOrder& order, const std::string& copy, Report& report,
                             const std::stop_token& stop) {
  Manifest manifest;
  manifest.chunk_bytes = order.chunk_bytes;
  WEIR_TRY_STATUS(check_manifest(manifest));
  const std::vector<Entry> entries = WEIR_TRY(list_below(order.folder));
  for (const Entry& entry : entries) {
    if (!entry.is_file && !entry.is_folder) {
      return fail(ErrorCode::refused, entry.path + " in " + order.folder + " is no file", "folder",
                  "a version holds files only: put in its place what a link leads to");
    }
    report.progress().total_bytes += entry.size_bytes;
  }
  const base::Descriptor from = WEIR_TRY(open_folder(order.folder));
  const base::Descriptor to = WEIR_TRY(open_folder(copy));
  for (const Entry& entry : entries) {
    if (!entry.is_file) continue;
    manifest.files.push_back(
        WEIR_TRY(copy_file(from.get(), to.get(), entry.path, order.chunk_bytes, report, stop)));
  }
  WEIR_TRY_STATUS(check_manifest(manifest));
  if (manifest.files.empty()) {
    return fail(ErrorCode::refused, order.folder + " holds no file", "folder");
  }
  return manifest;
}

}  // namespace

Status publish(const PublishOrder& order, Report& report, const std::stop_token& stop) {
  WEIR_TRY_STATUS(make_store(order.store));
  WEIR_TRY_STATUS(sweep(order.store));
  const Copy copy(order.store + "/.outgoing-" + drawn_name());
  if (::mkdir(copy.path().c_str(), 0755) != 0) {
    return base::fail_errno("make the folder " + copy.path(), errno);
  }
  const base::Descriptor lock = WEIR_TRY(lock_folder(copy.path()));
  report.enter(Phase::reading);
  const Manifest manifest = WEIR_TRY(copy_folder(order, copy.path(), report, stop));
  Outcome& outcome = report.outcome();
  outcome.version = identity_of(manifest);
  outcome.folder = version_folder(order.store, outcome.version);
  report.enter(Phase::finishing);
  if (looks_whole(order.store, outcome.version, manifest)) {
    outcome.was_there = true;
    return {};
  }
  return put_in_place(order.store, manifest, copy.path());
}

}  // namespace weir::mover
