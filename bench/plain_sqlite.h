// SQLite as its manual has it for durable commits: WAL, synchronous=FULL, one prepared insert, its
// own checkpoints. The limit of the machine that the journal is held against.
#pragma once

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "journal/bytes.h"
#include "journal/row.h"

namespace weir::bench {

[[noreturn]] inline void stop(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(2);
}

class PlainSqlite {
 public:
  explicit PlainSqlite(const std::string& file) {
    if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) stop("open " + file);
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE step (sequence INTEGER PRIMARY KEY, time_us INTEGER NOT NULL,"
        " input BLOB NOT NULL, facts BLOB NOT NULL, chain BLOB NOT NULL) STRICT");
    sqlite3_prepare_v2(database_, "BEGIN", -1, &begin_, nullptr);
    sqlite3_prepare_v2(database_, "COMMIT", -1, &commit_, nullptr);
    sqlite3_prepare_v2(database_, "INSERT INTO step VALUES (?, ?, ?, ?, ?)", -1, &insert_, nullptr);
  }
  PlainSqlite(const PlainSqlite&) = delete;
  PlainSqlite& operator=(const PlainSqlite&) = delete;
  ~PlainSqlite() {
    for (sqlite3_stmt* statement : {begin_, commit_, insert_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  void append(std::span<const journal::Row> rows) {
    step(begin_);
    for (const journal::Row& row : rows) {
      sqlite3_bind_int64(insert_, 1, static_cast<sqlite3_int64>(row.sequence));
      sqlite3_bind_int64(insert_, 2, row.time_us);
      bind(3, row.input);
      bind(4, row.facts);
      bind(5, journal::bytes_of(row.chain));
      step(insert_);
    }
    step(commit_);
  }

 private:
  void bind(int parameter, std::string_view bytes) {
    sqlite3_bind_blob64(insert_, parameter, bytes.data(), bytes.size(), nullptr);
  }
  void run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      stop(sqlite3_errmsg(database_));
    }
  }
  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) stop(sqlite3_errmsg(database_));
    sqlite3_reset(statement);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

// Makes the next rows of one chain, in place.
class RowSource {
 public:
  RowSource(std::size_t group, std::size_t bytes) : rows_(group) {
    for (journal::Row& row : rows_) {
      row.input.assign(bytes / 2, 'i');
      row.facts.assign(bytes - bytes / 2, 'f');
    }
  }
  std::span<const journal::Row> next() {
    for (journal::Row& row : rows_) {
      row.sequence = last_.sequence() + 1;
      row.time_us = static_cast<std::int64_t>(row.sequence);
      row.chain = chain_after(last_.chain(), row);
      last_ = journal::ChainWalk(row.sequence, row.chain);
    }
    return rows_;
  }

 private:
  std::vector<journal::Row> rows_;
  journal::ChainWalk last_;
};

}  // namespace weir::bench
