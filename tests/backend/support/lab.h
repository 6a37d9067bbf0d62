// A local backend over a folder of its own, and waiting for what it observes.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/local/local_backend.h"

namespace weir::backend::test {

// A folder that goes away with its owner, whatever is in it.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

void write_file(const std::string& path, const std::string& text);
[[nodiscard]] std::string read_file(const std::string& path);
// Every regular file below `folder`, as paths.
[[nodiscard]] std::vector<std::string> files_below(const std::string& folder);

class Lab {
 public:
  Lab();
  // Everything of ours that still runs is ended.
  ~Lab();

  [[nodiscard]] Backend& backend() { return *backend_; }
  // Another server over the same folder; the one before is gone as if killed.
  void restart();
  // The options of the next server.
  LocalOptions options;

  // Waits (up to 30 s) until `is_so` holds of what is observed of the rank.
  RankObservation await(const RankKey& key,
                        const std::function<bool(const RankObservation&)>& is_so);
  RankOutcome await_end(const RankKey& key);
  RankObservation await_running(const RankKey& key);
  // Waits (up to 30 s) until the log holds `text`; gives the whole log.
  std::string await_log(const RankKey& key, Stream stream, const std::string& text);
  [[nodiscard]] std::string log(const RankKey& key, Stream stream);

  // Starts, and waits for the end.
  RankOutcome run(const RankOrder& order);

  [[nodiscard]] std::string root() const { return options.folder; }
  [[nodiscard]] std::string work(const RankKey& key) const;
  // Living processes that have the rank's folder in their environment or as their current one.
  [[nodiscard]] std::vector<pid_t> processes_of(const RankKey& key) const;
  [[nodiscard]] const Folder& outside() const { return folder_; }

 private:
  Folder folder_;
  std::unique_ptr<LocalBackend> backend_;
};

// An order to run shell text, without limits.
[[nodiscard]] RankOrder order_for(const std::string& run, std::uint64_t job = 1);
// Whether a process is there and not merely waiting to be buried.
[[nodiscard]] bool is_alive(pid_t pid);
// Waits (up to 30 s) for something that no descriptor tells of.
[[nodiscard]] bool eventually(const std::function<bool()>& is_so);

}  // namespace weir::backend::test
