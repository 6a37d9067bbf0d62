// A version on its way, and what can be believed of it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>

#include "base/quantity.h"
#include "mover/chunk_reader.h"
#include "mover/store.h"
#include "mover/work.h"

namespace weir::mover {

using base::Result;
using base::Status;

namespace {

constexpr const char* ledger_name = "ledger";
constexpr const char* tree_name = "tree";

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return base::fail_errno("make the folder " + path, errno);
}

Status lay_out(int tree, const Manifest& manifest) {
  for (const ManifestFile& file : manifest.files) {
    WEIR_TRY_STATUS(make_folders_of(tree, file.path));
    const base::Descriptor one = WEIR_TRY(open_below(tree, file.path, O_RDWR | O_CREAT));
    struct stat about = {};
    if (::fstat(one.get(), &about) != 0) return base::fail_errno("look at " + file.path, errno);
    if (about.st_size != file.size_bytes && ::ftruncate(one.get(), file.size_bytes) != 0) {
      return base::fail_errno("make room for " + file.path, errno);
    }
  }
  return {};
}

// After the machine was down only the bytes themselves can be believed.
Status read_again(Incoming& incoming, const ChunkTable& table, Report& report,
                  const std::stop_token& stop) {
  report.enter(Phase::reading);
  std::vector<bool>& verified = incoming.landed.verified;
  for (std::size_t number = 0; number < verified.size(); ++number) {
    incoming.landed.written[number] = 0;
    if (!verified[number]) continue;
    const ChunkPlace place = table.place(number);
    const base::Descriptor file =
        WEIR_TRY(open_below(incoming.tree.get(), table.path(number), O_RDONLY));
    const auto digest = digest_at(file.get(), place.offset, place.size, stop);
    if (stop.stop_requested()) return fail_stopped();
    verified[number] = digest && *digest == table.digest(number);
    report.progress().done_bytes += place.size;
    report.tell_now_and_then();
  }
  report.progress().done_bytes = 0;
  return incoming.ledger.rewrite(table, verified);
}

Status check_room(const std::string& folder, const ChunkTable& table, const Landed& landed) {
  std::int64_t missing = 0;
  for (std::size_t number = 0; number < landed.verified.size(); ++number) {
    if (!landed.verified[number]) missing += table.place(number).size - landed.written[number];
  }
  struct statvfs about = {};
  if (::statvfs(folder.c_str(), &about) != 0) return base::fail_errno("look at " + folder, errno);
  const auto room = static_cast<std::int64_t>(about.f_bavail * about.f_frsize);
  if (missing <= room) return {};
  return base::fail(base::ErrorCode::input_output,
                    "there is room for " + base::format_bytes(room) + " in " + folder + ", " +
                        base::format_bytes(missing) + " have yet to come",
                    "store", "remove versions that nobody needs here");
}

}  // namespace

Result<Incoming> open_incoming(const std::string& store, const ChunkTable& table, Report& report,
                               const std::stop_token& stop) {
  const std::string folder = incoming_folder(store, report.outcome().version);
  WEIR_TRY_STATUS(make_folder(folder));
  Incoming incoming;
  incoming.lock = WEIR_TRY(lock_folder(folder));
  incoming.tree_path = folder + "/" + tree_name;
  WEIR_TRY_STATUS(make_folder(incoming.tree_path));
  incoming.tree = WEIR_TRY(open_folder(incoming.tree_path));
  incoming.ledger = WEIR_TRY(Ledger::open(incoming.lock.get(), ledger_name, table, boot_name()));
  incoming.landed = incoming.ledger.landed();
  WEIR_TRY_STATUS(lay_out(incoming.tree.get(), table.manifest()));
  if (incoming.landed.is_to_be_read_again) {
    WEIR_TRY_STATUS(read_again(incoming, table, report, stop));
  }
  WEIR_TRY_STATUS(check_room(folder, table, incoming.landed));
  return incoming;
}

}  // namespace weir::mover
