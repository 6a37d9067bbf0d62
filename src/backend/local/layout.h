// Where the local backend keeps what, below one folder.
//
//   records/42_7.1.0              the rank's life (runner/record_form.h); until it is forgotten
//   records/42_7.1.0.stop         why it was told to stop
//   work/42_7.1.0/                its program's folder, home and place for temporary files
//   logs/42/7.1.0.program.log     one file a stream, made with its first byte; kept
//   forgotten/0                   keys of jobs 0 to 255 that may never run again, one a line
//   spare/                        empty folders for ranks to come
//   lease                         when the agent last heard the control plane (runner/lease.h)
//   trash/                        folders on their way out
#pragma once

#include <string>

#include "backend/rank.h"
#include "base/result.h"

namespace weir::backend::local {

class Layout {
 public:
  // `root` is absolute and free of symbolic links.
  explicit Layout(std::string root) : root_(std::move(root)) {}

  // Makes the folders. Fails: input_output.
  [[nodiscard]] base::Status create() const;

  [[nodiscard]] std::string records() const { return root_ + "/records"; }
  [[nodiscard]] std::string spare() const { return root_ + "/spare"; }
  [[nodiscard]] std::string trash() const { return root_ + "/trash"; }
  [[nodiscard]] std::string lease() const { return root_ + "/lease"; }
  [[nodiscard]] std::string record(const RankKey& key) const;
  [[nodiscard]] std::string stop(const RankKey& key) const { return record(key) + ".stop"; }
  [[nodiscard]] std::string work() const { return root_ + "/work"; }
  [[nodiscard]] std::string work(const RankKey& key) const;
  [[nodiscard]] std::string forgotten(const RankKey& key) const;
  [[nodiscard]] std::string log_prefix(const RankKey& key) const;
  [[nodiscard]] std::string log(const RankKey& key, Stream stream) const;

 private:
  std::string root_;
};

// Writes a lease anew, so that no reader sees half of it. Fails: input_output.
[[nodiscard]] base::Status renew_lease(const std::string& path);

// Removes a folder and all below it, folders that forbid it included; follows no link, leaves the
// rest where something cannot be removed. A folder that is not there is removed already.
// Fails: input_output, something is left.
[[nodiscard]] base::Status remove_tree(const std::string& folder);

}  // namespace weir::backend::local
