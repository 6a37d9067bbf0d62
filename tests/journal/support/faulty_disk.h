// A disk that fails on demand, and that remembers what was flushed and what was not.
//
// It is one of SQLite's file systems, laid over the machine's. While it is registered, every
// journal opened with its name writes through it. lose_power() puts into another folder what the
// disk would hold if the power went now: all that was flushed, and of the rest any part.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/random.h"

namespace weir::journal::testing {

class FaultyDisk {
 public:
  static constexpr const char* name = "faulty-disk";

  FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;
  ~FaultyDisk();

  // Answers the n-th write or flush from now (0: the next) with this SQLite code, and those after
  // it too until heal().
  void fail_writes(int after, int code);
  void fail_flushes(int after, int code);
  void heal();
  // While set, a flush reports success and does nothing: a disk that lies, or a store that forgot.
  void ignore_flushes(bool ignore);

  void lose_power(base::Random& random, const std::string& into);

  // Called by the file system.
  int write(const std::string& path, const void* bytes, int size, sqlite3_int64 offset);
  int truncate(const std::string& path, sqlite3_int64 size);
  int flush(const std::string& path);
  void remove(const std::string& path);
  void open(const std::string& path);

 private:
  // What was done to a file and not yet flushed. A cut has no bytes.
  struct Change {
    bool is_cut = false;
    std::uint64_t offset = 0;
    std::string bytes;
  };
  struct Image {
    std::string flushed;
    std::vector<Change> pending;
  };
  struct Fault {
    int after = -1;  // below zero: no fault
    int code = SQLITE_OK;
    [[nodiscard]] int next();
  };
  static void apply(std::string& content, const Change& change);

  std::mutex mutex_;
  std::map<std::string, Image> images_;
  Fault write_fault_;
  Fault flush_fault_;
  bool ignore_flushes_ = false;
};

}  // namespace weir::journal::testing
