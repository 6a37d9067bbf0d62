// SQLite's C interface with owners: a connection and a prepared statement. Inside this room only.
//
// Not thread-safe: a connection and its statements belong to one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace weir::journal {

using base::Result;
using base::Status;

class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(handle_); }

  // Parameters count from 1. Text and blobs are not copied: they must live until reset().
  void bind(int parameter, std::int64_t value) { sqlite3_bind_int64(handle_, parameter, value); }
  void bind_text(int parameter, std::string_view text) {
    sqlite3_bind_text64(handle_, parameter, text.data(), text.size(), nullptr, SQLITE_UTF8);
  }
  void bind_blob(int parameter, std::string_view bytes) {
    // A null address would be stored as NULL, not as an empty blob.
    const void* address = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
    sqlite3_bind_blob64(handle_, parameter, address, bytes.size(), nullptr);
  }
  void bind_null(int parameter) { sqlite3_bind_null(handle_, parameter); }

  // SQLITE_ROW, SQLITE_DONE, or an error code.
  [[nodiscard]] int step() { return sqlite3_step(handle_); }
  void reset() { sqlite3_reset(handle_); }
  // Steps once and resets: for statements that give no row. SQLITE_DONE or an error code.
  [[nodiscard]] int run() {
    const int code = step();
    reset();
    return code;
  }

  // Columns count from 0; text and blobs live until the next step() or reset().
  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(handle_, column);
  }
  [[nodiscard]] std::string_view bytes(int column) const {
    const void* data = sqlite3_column_blob(handle_, column);
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }

 private:
  sqlite3_stmt* handle_ = nullptr;
};

// Resets a statement where it goes out of scope, so that it holds nothing in the database.
class Rewind {
 public:
  explicit Rewind(Statement& statement) : statement_(&statement) {}
  Rewind(const Rewind&) = delete;
  Rewind& operator=(const Rewind&) = delete;
  ~Rewind() { statement_->reset(); }

 private:
  Statement* statement_;
};

class Connection {
 public:
  enum class Mode : std::uint8_t { read_write, read_only };

  // Opens an existing file; `vfs` names one of SQLite's registered file systems, "" the usual.
  // Waits up to ten seconds for locks, trusts nothing in the schema of the file.
  [[nodiscard]] static Result<Connection> open(const std::string& file, Mode mode,
                                               const std::string& vfs);
  Connection() = default;
  Connection(Connection&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sqlite3_close_v2(handle_); }

  // Runs text that gives no rows.
  [[nodiscard]] Status execute(const std::string& sql);
  // For statements that are used over and over.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // The first column of the first row; 0 or "" if there is none.
  [[nodiscard]] Result<std::int64_t> integer(std::string_view sql);
  [[nodiscard]] Result<std::string> text(std::string_view sql);

  // The Error for `code`, as this connection last explained it: "append: disk I/O error (...)".
  [[nodiscard]] tl::unexpected<base::Error> fail(std::string_view what, int code) const;
  [[nodiscard]] sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace weir::journal
