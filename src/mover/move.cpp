// Bringing a version here, and mending one that is here.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "mover/check.h"
#include "mover/chunk_reader.h"
#include "mover/clock.h"
#include "mover/permit.h"
#include "mover/store.h"
#include "mover/work.h"

namespace weir::mover {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Status;

namespace {

Result<Manifest> manifest_of(const MoveOrder& order) {
  if (order.manifest && order.manifest_file.empty()) {
    WEIR_TRY_STATUS(check_manifest(*order.manifest));
    return *order.manifest;
  }
  if (!order.manifest && !order.manifest_file.empty()) {
    return read_manifest_file(order.manifest_file);
  }
  return fail(ErrorCode::invalid, "one of `manifest` and `manifest_file` was expected", "manifest");
}

// A permit may end while bytes are under way.
Status check_permit_still(const MoveOrder& order, Report& report) {
  return check_permit(order.permit, report.outcome().version, order.standing, wall_clock());
}

// The chunks that have yet to come; the report learns of those that have.
std::vector<std::uint64_t> still_wanted(const ChunkTable& table, const Landed& landed,
                                        Report& report) {
  std::vector<std::uint64_t> wanted;
  Progress& progress = report.progress();
  for (std::uint64_t number = 0; number < table.count(); ++number) {
    const auto index = static_cast<std::size_t>(number);
    if (landed.verified[index]) {
      progress.done_bytes += table.place(number).size;
      progress.resumed_bytes += table.place(number).size;
    } else {
      progress.resumed_bytes += landed.written[index];
      wanted.push_back(number);
    }
  }
  return wanted;
}

Result<base::Descriptor> open_to_mend(int root, const std::string& path, std::int64_t size) {
  WEIR_TRY_STATUS(make_folders_of(root, path));
  if (const Result<base::Descriptor> one = open_below(root, path, O_RDONLY | O_NONBLOCK); one) {
    if (::fchmod(one->get(), 0644) != 0) return base::fail_errno("open " + path, errno);
  }
  base::Descriptor file = WEIR_TRY(open_below(root, path, O_RDWR | O_CREAT | O_NONBLOCK));
  struct stat about = {};
  if (::fstat(file.get(), &about) != 0) return base::fail_errno("look at " + path, errno);
  if (about.st_size < size && ::ftruncate(file.get(), size) != 0) {
    return base::fail_errno("make room for " + path, errno);
  }
  return file;
}

Status copy_chunk(int from, int to, const ChunkPlace& place) {
  std::string buffer(piece_bytes, '\0');
  for (std::int64_t done = 0; done < place.size;) {
    const auto size = std::min(static_cast<std::int64_t>(buffer.size()), place.size - done);
    const std::size_t count = WEIR_TRY(read_at(
        from, std::span(buffer).first(static_cast<std::size_t>(size)), place.offset + done));
    if (count == 0) return fail(ErrorCode::input_output, "a chunk that has come is gone again");
    WEIR_TRY_STATUS(write_at(to, std::string_view(buffer).substr(0, count), place.offset + done));
    done += static_cast<std::int64_t>(count);
  }
  return {};
}

// Puts verified chunks from the tree on its way into the version that is here.
Status put_in(const std::string& folder, const ChunkTable& table, const Incoming& incoming,
              const Checked& checked) {
  const base::Descriptor root = WEIR_TRY(open_folder(folder));
  for (const std::string& path : checked.missing) {
    WEIR_TRY(open_to_mend(root.get(), path, 0));  // empty ones have no chunk
  }
  for (const std::uint64_t number : checked.bad) {
    const ChunkPlace place = table.place(number);
    const ManifestFile& listed = table.manifest().files[place.file];
    const base::Descriptor from = WEIR_TRY(open_below(incoming.tree.get(), listed.path, O_RDONLY));
    const base::Descriptor to = WEIR_TRY(open_to_mend(root.get(), listed.path, listed.size_bytes));
    WEIR_TRY_STATUS(copy_chunk(from.get(), to.get(), place));
    WEIR_TRY_STATUS(sync(to.get()));
    ::fchmod(to.get(), 0444);
  }
  return {};
}

std::vector<BadChunk> described(const ChunkTable& table, const Checked& checked) {
  std::vector<BadChunk> bad;
  for (const std::uint64_t number : checked.bad) {
    const ChunkPlace place = table.place(number);
    const std::string& path = table.path(number);
    const bool missing =
        std::find(checked.missing.begin(), checked.missing.end(), path) != checked.missing.end();
    bad.push_back({"", path, place.index, missing});
  }
  return bad;
}

Result<Checked> check_version(const std::string& store, const ChunkTable& table, Report& report,
                              const std::stop_token& stop) {
  report.enter(Phase::reading);
  const Reading reading = [&](std::int64_t bytes) {
    report.progress().done_bytes = bytes;
    report.tell_now_and_then();
  };
  Checked checked =
      WEIR_TRY(check_tree(version_folder(store, report.outcome().version), table, reading, stop));
  constexpr std::size_t listed_most = 1000;
  report.outcome().unexpected = checked.unexpected;
  if (report.outcome().unexpected.size() > listed_most) {
    report.outcome().unexpected.resize(listed_most);
  }
  add_bad_chunks(report.outcome(), described(table, checked));
  return checked;
}

tl::unexpected<base::Error> fail_damaged(const Outcome& outcome, const Checked& checked) {
  if (checked.bad.empty() && checked.missing.empty()) {
    return fail(
        ErrorCode::conflict,
        outcome.folder + " holds what is not in its manifest: " + checked.unexpected.front(), {},
        "remove that by hand");
  }
  return fail(ErrorCode::conflict,
              std::to_string(checked.bad.size()) + " chunks and " +
                  std::to_string(checked.missing.size()) + " files of " + outcome.folder +
                  " are damaged or missing",
              {}, "repair it from another replica");
}

}  // namespace

Status move(const MoveOrder& order, Report& report, const std::stop_token& stop) {
  const Manifest manifest = WEIR_TRY(manifest_of(order));
  Outcome& outcome = report.outcome();
  outcome.version = identity_of(manifest);
  outcome.folder = version_folder(order.store, outcome.version);
  report.progress().total_bytes = manifest.bytes();
  WEIR_TRY_STATUS(check_permit_still(order, report));
  WEIR_TRY_STATUS(check_sources(order.replicas, order.fetching));
  WEIR_TRY_STATUS(make_store(order.store));
  if (looks_whole(order.store, outcome.version, manifest)) {
    outcome.was_there = true;
    report.progress().done_bytes = manifest.bytes();
    return give_up_incoming(order.store, outcome.version);
  }
  if (open_folder(outcome.folder)) {
    return fail(ErrorCode::conflict, outcome.folder + " is there, and damaged", {},
                "repair or remove it");
  }
  const ChunkTable table(manifest);
  {
    const Incoming incoming = WEIR_TRY(open_incoming(order.store, table, report, stop));
    WEIR_TRY_STATUS(fetch(table, order.replicas, order.fetching, incoming,
                          still_wanted(table, incoming.landed, report), report, stop));
    report.enter(Phase::finishing);
    WEIR_TRY_STATUS(check_permit_still(order, report));
    WEIR_TRY_STATUS(put_in_place(order.store, manifest, incoming.tree_path));
  }
  return give_up_incoming(order.store, outcome.version);
}

Status check(const CheckOrder& order, Report& report, const std::stop_token& stop) {
  Outcome& outcome = report.outcome();
  outcome.version = order.version;
  outcome.folder = version_folder(order.store, order.version);
  const Manifest manifest = WEIR_TRY(manifest_in(order.store, order.version));
  report.progress().total_bytes = manifest.bytes();
  const ChunkTable table(manifest);
  const Checked checked = WEIR_TRY(check_version(order.store, table, report, stop));
  if (checked.bad.empty() && checked.missing.empty() && checked.unexpected.empty()) return {};
  return fail_damaged(outcome, checked);
}

Status repair(const RepairOrder& order, Report& report, const std::stop_token& stop) {
  Outcome& outcome = report.outcome();
  outcome.version = order.version;
  outcome.folder = version_folder(order.store, order.version);
  WEIR_TRY_STATUS(check_permit(order.permit, order.version, order.standing, wall_clock()));
  WEIR_TRY_STATUS(check_sources(order.replicas, order.fetching));
  const Manifest manifest = WEIR_TRY(manifest_in(order.store, order.version));
  report.progress().total_bytes = manifest.bytes();
  const ChunkTable table(manifest);
  const Checked checked = WEIR_TRY(check_version(order.store, table, report, stop));
  if (checked.bad.empty() && checked.missing.empty()) {
    outcome.was_there = true;
    return {};
  }
  {
    const Incoming incoming = WEIR_TRY(open_incoming(order.store, table, report, stop));
    std::vector<std::uint64_t> wanted;
    std::int64_t bad_bytes = 0;
    for (const std::uint64_t number : checked.bad) {
      bad_bytes += table.place(number).size;
      if (!incoming.landed.verified[static_cast<std::size_t>(number)]) wanted.push_back(number);
    }
    report.progress().done_bytes = manifest.bytes() - bad_bytes;
    WEIR_TRY_STATUS(
        fetch(table, order.replicas, order.fetching, incoming, std::move(wanted), report, stop));
    report.enter(Phase::finishing);
    WEIR_TRY_STATUS(put_in(outcome.folder, table, incoming, checked));
  }
  report.progress().chunks_repaired = checked.bad.size();
  return give_up_incoming(order.store, order.version);
}

}  // namespace weir::mover
