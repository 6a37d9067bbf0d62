#include "journal/sqlite.h"

#include <cerrno>
#include <system_error>

namespace weir::journal {

namespace {

constexpr int lock_wait_ms = 10'000;

}  // namespace

Result<Connection> Connection::open(const std::string& file, Mode mode, const std::string& vfs) {
  Connection connection;
  const int access = mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code =
      sqlite3_open_v2(file.c_str(), &connection.handle_,
                      access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW,
                      vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) return connection.fail("open " + file, code);
  sqlite3_busy_timeout(connection.handle_, lock_wait_ms);
  sqlite3_db_config(connection.handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection.handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  WEIR_TRY_STATUS(connection.execute("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON"));
  return connection;
}

Status Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(sql, code);
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(sql, code);
  return Statement(statement);
}

Result<std::int64_t> Connection::integer(std::string_view sql) {
  Statement statement = WEIR_TRY(prepare(sql));
  const int code = statement.step();
  if (code != SQLITE_ROW && code != SQLITE_DONE) return fail(sql, code);
  return code == SQLITE_ROW ? statement.integer(0) : 0;
}

Result<std::string> Connection::text(std::string_view sql) {
  Statement statement = WEIR_TRY(prepare(sql));
  const int code = statement.step();
  if (code != SQLITE_ROW && code != SQLITE_DONE) return fail(sql, code);
  return code == SQLITE_ROW ? std::string(statement.bytes(0)) : std::string();
}

tl::unexpected<base::Error> Connection::fail(std::string_view what, int code) const {
  std::string message = std::string(what) + ": ";
  message += handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  const int system_error = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
  const bool from_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN ||
                           (code & 0xff) == SQLITE_FULL;
  if (from_system && system_error != 0) {
    message += " (" + std::generic_category().message(system_error) + ")";
  }
  return base::fail(base::ErrorCode::input_output, std::move(message));
}

}  // namespace weir::journal
