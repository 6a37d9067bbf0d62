// The journal in one SQLite file: what `weir serve` keeps on a machine by itself.
//
// The folder holds `journal.db` (write-ahead log beside it) and the snapshots. Who may use the
// folder is not decided here: take a DataFolder first, so that one process alone writes.
//
// Durability. The database runs in WAL mode with synchronous=FULL: a commit appends the changed
// pages to the log and flushes the log before append() returns. A group is one transaction, so a
// torn write leaves all of it or nothing. What a flush does is the disk's word; a disk that lies
// about it can lose what every other program on it would lose.
//
// A failed flush poisons the journal. After one, Linux may mark the pages clean that never reached
// the disk, so that flushing again reports success for data that is lost ("fsyncgate", 2018). The
// only honest answer is to acknowledge nothing more and to start again from what the disk has:
// open() copies all that the log holds into the database and flushes it before anything is
// reported as kept.
//
// Cost. A group costs one flush and, for each row, its own bytes in the log and once more at a
// checkpoint, rounded up to pages of 8 KiB. Two things keep the flush short: the log is written
// over a range of the file that is already there (no change of size to record), and the automatic
// checkpoint, which would make some commit wait for all earlier ones to be copied, is off. Somebody
// must call checkpoint() beside the appends (journal/checkpointer.h does), or the log grows.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>

#include "journal/journal.h"

namespace weir::journal {

class SnapshotStore;
class SqliteReaders;
class SqliteWriter;
struct WriteFailure;

struct SqliteOptions {
  std::string vfs = {};  // one of SQLite's file systems by name, "" for the machine's; for tests
  // The size the log is made with, and from which on a checkpoint is due. Larger: rarer
  // checkpoints, a longer open() after a crash, this much more of the disk.
  std::uint64_t log_bytes = std::uint64_t{16} << 20U;
};

class SqliteJournal final : public Journal {
 public:
  // Opens the journal in `folder`, which must exist; makes an empty one if there is none.
  // Fails: input_output (the disk, or a file that is no journal); refused, with what to do, where
  //        the file was written by a newer Weir or by another program.
  // Cost:  what a crash left in the log is copied first: at most a second for 100 MB.
  [[nodiscard]] static Result<std::unique_ptr<SqliteJournal>> open(const std::string& folder,
                                                                   SqliteOptions options = {});
  SqliteJournal(const SqliteJournal&) = delete;
  SqliteJournal& operator=(const SqliteJournal&) = delete;
  // Closes as close() does, and can tell nobody about errors.
  ~SqliteJournal() override;

  using Journal::append;
  [[nodiscard]] Status append(std::span<const Row> rows,
                              std::span<const ArchivedJob> archived) override;
  [[nodiscard]] ChainWalk last() const override;
  [[nodiscard]] Status health() const override;
  [[nodiscard]] Status scan(std::uint64_t from, std::uint64_t to, const RowVisitor& visit) override;
  [[nodiscard]] Status write_snapshot(const Snapshot& snapshot) override;
  [[nodiscard]] Result<std::optional<Snapshot>> stored_snapshot() override;
  [[nodiscard]] Result<std::optional<std::string>> archived(std::string_view tenant,
                                                            std::uint64_t job) override;
  [[nodiscard]] Result<std::vector<ArchivedJob>> archived_page(const ArchiveQuery& query) override;

  // Copies the log into the database, on a connection of its own, so that the log can begin anew.
  // Appends go on, but for the last few pages, for which they wait (milliseconds).
  // Fails:   input_output; poisons the journal if it was a flush that failed.
  // Threads: any; one after the other.
  [[nodiscard]] Status checkpoint();
  // Waits until the log is longer than `log_bytes`, or until `stop`; true if a checkpoint is due.
  [[nodiscard]] bool wait_until_checkpoint_due(const std::stop_token& stop);
  // How much of the log awaits a checkpoint.
  [[nodiscard]] std::uint64_t log_bytes() const;

  // Empties the log and closes: afterwards only journal.db is there. Nothing may be called later.
  [[nodiscard]] Status close();

 private:
  SqliteJournal(std::string folder, SqliteOptions options);
  [[nodiscard]] Status start();
  // Remembers a failure that leaves the store in doubt; gives the error for the caller.
  [[nodiscard]] tl::unexpected<base::Error> note_failure(WriteFailure failure);
  void note_log_bytes(std::uint64_t bytes);
  // `log_bytes` of the log are in use; a checkpoint is due when it has grown as much again.
  void postpone_checkpoint(std::uint64_t log_bytes);

  std::string folder_;
  SqliteOptions options_;

  // Taken in this order where several are held.
  std::mutex checkpoint_mutex_;     // one checkpoint at a time
  std::mutex append_mutex_;         // one group at a time
  mutable std::mutex state_mutex_;  // guards the last four members; held for moments
  std::mutex snapshot_mutex_;       // guards snapshots_; held alone

  std::unique_ptr<SqliteWriter> writer_;
  std::unique_ptr<SqliteReaders> readers_;
  std::unique_ptr<SnapshotStore> snapshots_;

  std::condition_variable_any log_grew_;
  ChainWalk last_;
  std::optional<base::Error> poison_;
  std::uint64_t log_bytes_ = 0;          // in use
  std::uint64_t checkpoint_due_at_ = 0;  // bytes in use from which on a checkpoint is due
};

}  // namespace weir::journal
