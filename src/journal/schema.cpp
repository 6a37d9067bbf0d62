#include "journal/schema.h"

#include <fcntl.h>

#include "journal/file.h"

namespace weir::journal {

namespace {

constexpr std::int64_t application_id = 0x57454952;  // "WEIR"; registered nowhere, never changes
constexpr std::int64_t schema_version = 1;

// The sequence is the table's key, so that rows are stored in the order they are appended and a
// group touches the last pages only. The archive's key is the job; the index gives a tenant's jobs
// in the order of their numbers, as every index of SQLite ends with the key.
constexpr const char* tables = R"sql(
CREATE TABLE step (
  sequence INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  input BLOB NOT NULL,
  facts BLOB NOT NULL,
  chain BLOB NOT NULL
) STRICT;
CREATE TABLE archived_job (
  job INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  json TEXT NOT NULL
) STRICT;
CREATE INDEX archived_job_of_tenant ON archived_job (tenant);
)sql";

Status create_tables(Connection& connection) {
  return connection.execute("BEGIN IMMEDIATE;" + std::string(tables) +
                            "PRAGMA application_id = " + std::to_string(application_id) +
                            "; PRAGMA user_version = " + std::to_string(schema_version) +
                            "; COMMIT");
}

Status recognise(std::int64_t application, std::int64_t version, const std::string& file) {
  if (application != application_id) {
    return base::fail(base::ErrorCode::refused, file + " is a database of another program", {},
                      "name another data folder");
  }
  if (version > schema_version) {
    return base::fail(base::ErrorCode::refused,
                      file + " was written by a newer Weir: its format is " +
                          std::to_string(version) + ", this program knows up to " +
                          std::to_string(schema_version),
                      {}, "start the newer program, or restore a copy from before the upgrade");
  }
  if (version != schema_version) {
    return base::fail(base::ErrorCode::refused,
                      file + " has format " + std::to_string(version) + ", which never was one");
  }
  return {};
}

}  // namespace

Status make_file(const std::string& folder, const std::string& file) {
  static_cast<void>(WEIR_TRY(File::open(file, O_RDWR | O_CREAT)));
  return sync_folder(folder);
}

Status set_durable(Connection& connection) {
  const std::string mode = WEIR_TRY(connection.text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return base::fail(base::ErrorCode::input_output,
                      "the database stays in journal mode `" + mode + "` where WAL was asked for",
                      {}, "put the data folder on a local disk: WAL needs shared memory");
  }
  WEIR_TRY_STATUS(connection.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0"));
  constexpr std::int64_t full = 2;
  if (WEIR_TRY(connection.integer("PRAGMA synchronous")) != full) {
    return base::fail(base::ErrorCode::input_output, "the database refuses synchronous = FULL");
  }
  return {};
}

Status prepare_database(Connection& connection, const std::string& file) {
  const std::int64_t application = WEIR_TRY(connection.integer("PRAGMA application_id"));
  const std::int64_t version = WEIR_TRY(connection.integer("PRAGMA user_version"));
  const std::int64_t objects = WEIR_TRY(connection.integer("SELECT count(*) FROM sqlite_schema"));
  const bool empty = application == 0 && version == 0 && objects == 0;
  if (!empty) WEIR_TRY_STATUS(recognise(application, version, file));
  if (empty) {
    WEIR_TRY_STATUS(connection.execute("PRAGMA page_size = " + std::to_string(page_bytes)));
  }
  WEIR_TRY_STATUS(set_durable(connection));
  if (empty) WEIR_TRY_STATUS(create_tables(connection));
  return {};
}

}  // namespace weir::journal
