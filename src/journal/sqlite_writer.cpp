#include "journal/sqlite_writer.h"

#include <array>
#include <limits>

#include "base/check.h"
#include "journal/bytes.h"
#include "journal/schema.h"

namespace weir::journal {

namespace {

constexpr std::uint64_t frame_bytes = page_bytes + 24;  // a page in the log, with its head
constexpr std::uint64_t number_max = std::numeric_limits<std::int64_t>::max();

// After these the store is as it was before the call. After any other, above all a failed flush,
// what the disk holds is not known.
bool leaves_no_doubt(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
    case SQLITE_INTERRUPT:
      return true;
    default:
      return false;
  }
}

WriteFailure failure(const Connection& connection, std::string_view what, int code) {
  WriteFailure failure{connection.fail(what, code).value(), !leaves_no_doubt(code)};
  if ((code & 0xff) == SQLITE_FULL) {
    failure.error.hint = "free space on the disk of the data folder, then try again";
  }
  return failure;
}

// Makes the log `bytes` long by writing zeros behind what it holds. SQLite ends its reading of a
// log at the first frame whose checksum is wrong, so zeros there mean nothing; but a flush after
// writing over them has no new size of the file to record, which makes it a good deal cheaper.
Status reserve_log(Connection& connection, std::uint64_t bytes) {
  sqlite3_file* log = nullptr;
  const int found = sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                         static_cast<void*>(&log));
  if (found != SQLITE_OK || log == nullptr || log->pMethods == nullptr) return {};
  static constexpr std::array<char, 65536> zeros = {};
  sqlite3_int64 size = 0;
  int code = log->pMethods->xFileSize(log, &size);
  while (code == SQLITE_OK && size < static_cast<sqlite3_int64>(bytes)) {
    code = log->pMethods->xWrite(log, zeros.data(), static_cast<int>(zeros.size()), size);
    size += static_cast<sqlite3_int64>(zeros.size());
  }
  if (code == SQLITE_OK) code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return connection.fail("reserve room for the log", code);
  return {};
}

int note_log_pages(void* pages, sqlite3* /*connection*/, const char* /*database*/, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Result<std::unique_ptr<SqliteWriter>> SqliteWriter::open(const std::string& folder,
                                                         const std::string& vfs,
                                                         std::uint64_t log_bytes) {
  std::unique_ptr<SqliteWriter> writer(new SqliteWriter());
  WEIR_TRY_STATUS(writer->start(folder, vfs, log_bytes));
  return writer;
}

Status SqliteWriter::start(const std::string& folder, const std::string& vfs,
                           std::uint64_t log_bytes) {
  const std::string file = folder + "/" + database_name;
  WEIR_TRY_STATUS(make_file(folder, file));
  connection_ = WEIR_TRY(Connection::open(file, Connection::Mode::read_write, vfs));
  WEIR_TRY_STATUS(prepare_database(connection_, file));
  WEIR_TRY_STATUS(empty_log());
  WEIR_TRY_STATUS(reserve_log(connection_, log_bytes));
  begin_ = WEIR_TRY(connection_.prepare("BEGIN IMMEDIATE"));
  commit_ = WEIR_TRY(connection_.prepare("COMMIT"));
  rollback_ = WEIR_TRY(connection_.prepare("ROLLBACK"));
  insert_step_ = WEIR_TRY(connection_.prepare(
      "INSERT INTO step (sequence, time_us, input, facts, chain) VALUES (?1, ?2, ?3, ?4, ?5)"));
  insert_archived_ = WEIR_TRY(connection_.prepare(
      "INSERT INTO archived_job (job, tenant, json) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (job) DO UPDATE SET json = excluded.json WHERE tenant = excluded.tenant"));
  sqlite3_wal_hook(connection_.handle(), note_log_pages, &log_pages_);
  copier_ = WEIR_TRY(Connection::open(file, Connection::Mode::read_write, vfs));
  return set_durable(copier_);
}

Result<ChainWalk> SqliteWriter::find_last() {
  Statement statement = WEIR_TRY(
      connection_.prepare("SELECT sequence, chain FROM step ORDER BY sequence DESC LIMIT 1"));
  const int code = statement.step();
  if (code == SQLITE_DONE) return ChainWalk();
  if (code != SQLITE_ROW) return connection_.fail("read the last step", code);
  const auto sequence = static_cast<std::uint64_t>(statement.integer(0));
  const std::optional<Digest> chain = digest_of(statement.bytes(1));
  if (!chain) {
    return base::fail(base::ErrorCode::input_output,
                      "the last step, " + std::to_string(sequence) + ", has no chain hash");
  }
  return ChainWalk(sequence, *chain);
}

WriteStatus SqliteWriter::write(std::span<const Row> rows, std::span<const ArchivedJob> archived) {
  int code = begin_.run();
  if (code == SQLITE_DONE) code = write_rows(rows);
  if (code == SQLITE_DONE) code = write_archived(archived);
  if (code == SQLITE_DONE) code = commit_.run();
  if (code == SQLITE_DONE) return {};
  WriteFailure why = failure(connection_, "append", code);
  if (sqlite3_get_autocommit(connection_.handle()) == 0) {
    const int rolled_back = rollback_.run();
    if (rolled_back != SQLITE_DONE) why.in_doubt = true;
  }
  return tl::unexpected(std::move(why));
}

int SqliteWriter::write_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    insert_step_.bind(1, static_cast<std::int64_t>(row.sequence));
    insert_step_.bind(2, row.time_us);
    insert_step_.bind_blob(3, row.input);
    insert_step_.bind_blob(4, row.facts);
    insert_step_.bind_blob(5, bytes_of(row.chain));
    const int code = insert_step_.run();
    if (code != SQLITE_DONE) return code;
  }
  return SQLITE_DONE;
}

int SqliteWriter::write_archived(std::span<const ArchivedJob> archived) {
  for (const ArchivedJob& job : archived) {
    WEIR_CHECK(job.job <= number_max, "job numbers count up from 1");
    insert_archived_.bind(1, static_cast<std::int64_t>(job.job));
    insert_archived_.bind_text(2, job.tenant);
    insert_archived_.bind_text(3, job.json);
    const int code = insert_archived_.run();
    if (code != SQLITE_DONE) return code;
    WEIR_CHECK(sqlite3_changes(connection_.handle()) == 1, "an archived job stays with its tenant");
  }
  return SQLITE_DONE;
}

std::uint64_t SqliteWriter::log_bytes() const {
  return static_cast<std::uint64_t>(log_pages_) * frame_bytes;
}

tl::expected<std::uint64_t, WriteFailure> SqliteWriter::copy_log() {
  int pages = 0;
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(copier_.handle(), "main", SQLITE_CHECKPOINT_PASSIVE,
                                             &pages, &copied);
  // Busy: another program looks at the database. What is left is copied another time.
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
    return tl::unexpected(failure(copier_, "checkpoint", code));
  }
  const int left = pages > copied ? pages - copied : 0;
  return static_cast<std::uint64_t>(left) * frame_bytes;
}

Status SqliteWriter::empty_log() {
  const int code = sqlite3_wal_checkpoint_v2(connection_.handle(), "main",
                                             SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) return connection_.fail("empty the log", code);
  return {};
}

void SqliteWriter::leave_log() {
  for (const Connection* connection : {&connection_, &copier_}) {
    if (connection->handle() != nullptr) {
      sqlite3_db_config(connection->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
  }
}

}  // namespace weir::journal
