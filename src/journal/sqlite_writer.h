// The connections that change the database of the journal: the one that appends, and the one that
// copies the log. Inside this room only; SqliteJournal holds the locks.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "journal/journal.h"
#include "journal/sqlite.h"

namespace weir::journal {

// Why a write did not happen, and whether what the store holds is still beyond doubt.
struct WriteFailure {
  base::Error error;
  bool in_doubt = false;  // the disk failed: nothing may be acknowledged any more
};
using WriteStatus = tl::expected<void, WriteFailure>;

class SqliteWriter {
 public:
  // Opens `file`, which is made if it is not there, and empties what a crash left in the log: all
  // that find_last() sees has then been flushed, whatever happened to earlier flushes. The log is
  // made `log_bytes` long.
  [[nodiscard]] static Result<std::unique_ptr<SqliteWriter>> open(const std::string& folder,
                                                                  const std::string& vfs,
                                                                  std::uint64_t log_bytes);
  [[nodiscard]] Result<ChainWalk> find_last();

  // One transaction; on failure it is rolled back. Requires: the rows follow the last one.
  [[nodiscard]] WriteStatus write(std::span<const Row> rows, std::span<const ArchivedJob> archived);
  // Bytes of the log in use after the last write().
  [[nodiscard]] std::uint64_t log_bytes() const;

  // Copies what it can of the log without making write() wait; gives the bytes that are left.
  // Another thread than write()'s may call it.
  [[nodiscard]] tl::expected<std::uint64_t, WriteFailure> copy_log();
  // Copies the log and cuts it to nothing. Requires: nobody reads or writes.
  [[nodiscard]] Status empty_log();
  // Keeps the closing of the connections from touching the log: the next open() looks at it.
  void leave_log();

 private:
  SqliteWriter() = default;
  [[nodiscard]] Status start(const std::string& folder, const std::string& vfs,
                             std::uint64_t log_bytes);
  [[nodiscard]] int write_rows(std::span<const Row> rows);
  [[nodiscard]] int write_archived(std::span<const ArchivedJob> archived);

  Connection connection_;
  Statement begin_;
  Statement commit_;
  Statement rollback_;
  Statement insert_step_;
  Statement insert_archived_;
  int log_pages_ = 0;  // told by SQLite at each commit
  Connection copier_;
};

}  // namespace weir::journal
