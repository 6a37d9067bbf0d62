// The folder a server keeps everything in, and the claim that no other server uses it.
//
// The claim is a lock of the kernel on the file `lock` in the folder (an open file description
// lock: like flock, and it can be looked at without taking it). The kernel lets go of it when the
// process ends, however it ends, so nothing is ever left over from a `kill -9`; the file itself
// stays and means nothing without the lock. Its text says who holds it, so that a second server can
// name the first. A child that was forked and has not yet run another program holds it too.
// Not for folders that several machines mount: some network file systems keep locks to one machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/describe.h"
#include "base/result.h"
#include "base/time.h"
#include "journal/file.h"

namespace weir::journal {

// Who holds a data folder, as its lock file says.
struct Holder {
  std::int64_t pid = 0;
  std::string host;
  base::Time since;
  std::string address;  // where it listens; empty until it does

  friend bool operator==(const Holder&, const Holder&) = default;
};
WEIR_DESCRIBE(Holder, pid, host, since, address)

class DataFolder {
 public:
  // Makes `path` if it is not there (mode 0700, its parents too) and claims it until the object
  // is destroyed. An empty folder that others may enter is closed to them.
  //
  // Fails: conflict if another server holds it, saying which: process, host, since when, address.
  //        refused if others than its owner may write in it: they could replace what is there.
  //        input_output.
  [[nodiscard]] static base::Result<DataFolder> claim(const std::string& path, base::Time now);

  // Adds to the lock file where this server listens. Fails: input_output.
  [[nodiscard]] base::Status write_address(const std::string& address);

  [[nodiscard]] const std::string& path() const { return path_; }
  // The path of `name` in it.
  [[nodiscard]] std::string path_of(std::string_view name) const;

 private:
  DataFolder(std::string path, File lock, Holder holder)
      : path_(std::move(path)), lock_(std::move(lock)), holder_(std::move(holder)) {}
  [[nodiscard]] base::Status write_holder();

  std::string path_;
  File lock_;
  Holder holder_;
};

// Who holds the folder at `path` now; none if nobody does. For `weir` commands that look for the
// server of this machine. Fails: input_output (also where the holder cannot be read).
[[nodiscard]] base::Result<std::optional<Holder>> data_folder_holder(const std::string& path);

}  // namespace weir::journal
