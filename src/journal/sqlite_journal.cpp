#include "journal/sqlite_journal.h"

#include "base/check.h"
#include "journal/schema.h"
#include "journal/snapshot_store.h"
#include "journal/sqlite_readers.h"
#include "journal/sqlite_writer.h"

namespace weir::journal {

SqliteJournal::SqliteJournal(std::string folder, SqliteOptions options)
    : folder_(std::move(folder)), options_(std::move(options)) {}

SqliteJournal::~SqliteJournal() { static_cast<void>(close()); }

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::string& folder,
                                                           SqliteOptions options) {
  std::unique_ptr<SqliteJournal> journal(new SqliteJournal(folder, std::move(options)));
  WEIR_TRY_STATUS(journal->start());
  return journal;
}

Status SqliteJournal::start() {
  writer_ = WEIR_TRY(SqliteWriter::open(folder_, options_.vfs, options_.log_bytes));
  last_ = WEIR_TRY(writer_->find_last());
  readers_ = std::make_unique<SqliteReaders>(folder_ + "/" + database_name, options_.vfs);
  snapshots_ = std::make_unique<SnapshotStore>(folder_);
  checkpoint_due_at_ = options_.log_bytes;
  return snapshots_->clean();
}

Status SqliteJournal::append(std::span<const Row> rows, std::span<const ArchivedJob> archived) {
  const std::lock_guard lock(append_mutex_);
  WEIR_TRY_STATUS(health());
  ChainWalk walk = last();
  for (const Row& row : rows) {
    WEIR_CHECK(!walk.advance(row), "appended rows follow the last one, with its chain");
  }
  if (rows.empty() && archived.empty()) return {};
  WriteStatus written = writer_->write(rows, archived);
  if (!written) return note_failure(std::move(written).error());
  {
    const std::lock_guard state_lock(state_mutex_);
    last_ = walk;
  }
  note_log_bytes(writer_->log_bytes());
  return {};
}

tl::unexpected<base::Error> SqliteJournal::note_failure(WriteFailure failure) {
  if (failure.in_doubt) {
    failure.error.hint = "the disk cannot be trusted: see to it, then start again";
    const std::lock_guard lock(state_mutex_);
    if (!poison_) {
      poison_ = failure.error;
      poison_->message =
          "the journal accepts nothing more since a write failed: " + failure.error.message;
    }
  }
  return base::fail(std::move(failure.error));
}

void SqliteJournal::note_log_bytes(std::uint64_t bytes) {
  const std::lock_guard lock(state_mutex_);
  log_bytes_ = bytes;
  if (log_bytes_ >= checkpoint_due_at_) log_grew_.notify_all();
}

ChainWalk SqliteJournal::last() const {
  const std::lock_guard lock(state_mutex_);
  return last_;
}

Status SqliteJournal::health() const {
  const std::lock_guard lock(state_mutex_);
  if (poison_) return base::fail(*poison_);
  return {};
}

std::uint64_t SqliteJournal::log_bytes() const {
  const std::lock_guard lock(state_mutex_);
  return log_bytes_;
}

Status SqliteJournal::scan(std::uint64_t from, std::uint64_t to, const RowVisitor& visit) {
  return readers_->scan(from, to, visit);
}

Result<std::optional<std::string>> SqliteJournal::archived(std::string_view tenant,
                                                           std::uint64_t job) {
  return readers_->archived(tenant, job);
}

Result<std::vector<ArchivedJob>> SqliteJournal::archived_page(const ArchiveQuery& query) {
  return readers_->archived_page(query);
}

Status SqliteJournal::write_snapshot(const Snapshot& snapshot) {
  WEIR_CHECK(snapshot.sequence <= last_sequence(), "a snapshot is taken after a durable row");
  const std::lock_guard lock(snapshot_mutex_);
  return snapshots_->write(snapshot);
}

Result<std::optional<Snapshot>> SqliteJournal::stored_snapshot() {
  const std::lock_guard lock(snapshot_mutex_);
  return snapshots_->newest();
}

Status SqliteJournal::checkpoint() {
  const std::lock_guard checkpoint_lock(checkpoint_mutex_);
  WEIR_TRY_STATUS(health());
  postpone_checkpoint(log_bytes());  // should this one fail, the next is due as much later
  // Most of the log, while appends go on.
  auto left = writer_->copy_log();
  if (!left) return note_failure(std::move(left).error());
  // The rest while nobody appends: only a log that was copied to its end begins anew. Were there
  // no such moment, it would grow for as long as the appends do not pause.
  const std::lock_guard append_lock(append_mutex_);
  left = writer_->copy_log();
  if (!left) return note_failure(std::move(left).error());
  // Somebody who reads in the database at this moment may keep a part; it waits for its turn.
  postpone_checkpoint(*left);
  return {};
}

void SqliteJournal::postpone_checkpoint(std::uint64_t log_bytes) {
  const std::lock_guard lock(state_mutex_);
  log_bytes_ = log_bytes;
  checkpoint_due_at_ = log_bytes + options_.log_bytes;
}

bool SqliteJournal::wait_until_checkpoint_due(const std::stop_token& stop) {
  std::unique_lock lock(state_mutex_);
  return log_grew_.wait(lock, stop, [this] { return log_bytes_ >= checkpoint_due_at_; });
}

Status SqliteJournal::close() {
  const std::lock_guard checkpoint_lock(checkpoint_mutex_);
  const std::lock_guard append_lock(append_mutex_);
  if (!writer_) return {};
  readers_.reset();
  Status closed = health();
  if (closed) closed = writer_->empty_log();
  // What a failing disk did is for the next open() to find out, from the log as it is.
  if (!closed) writer_->leave_log();
  writer_.reset();
  return closed;
}

}  // namespace weir::journal
