// Where the Slurm backend keeps what, below one folder that the cluster's nodes see too.
//
// What a rank leaves lies as the local backend has it (local/layout.h); beside that:
//
//   instance                  who we are among all that submit here, in every job's comment
//   bin/weir-runner-3f9c…     the runner, a copy for each build: an order waits for its own build
//   orders/42_7.1.0           the rank's order, until its runner takes it (runner/order_file.h)
//   notes/42_7.1.0            what Slurm is asked for, and the numbers of jobs it gave
//   said/42_7.1.0             what the job's script itself says: why a runner could not be started
//   lease                     renewed by the agent
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/local/layout.h"
#include "backend/local/runner/order_form.h"
#include "backend/local/runner/stop_form.h"
#include "backend/slurm/controller.h"
#include "base/describe.h"
#include "base/result.h"

namespace weir::backend::slurm {

// What must be known of a rank to submit it, or to submit it again.
struct Note {
  Submission submission;
  bool has_setup = false;
  std::int64_t kill_grace_us = 0;
  std::vector<JobNumber> jobs;  // one for each time that Slurm took it

  friend bool operator==(const Note&, const Note&) = default;
};
WEIR_DESCRIBE(Note, submission, has_setup, kill_grace_us, jobs)

class SiteFolder {
 public:
  // `root` is absolute and free of symbolic links.
  explicit SiteFolder(const std::string& root) : root_(root), layout_(root) {}

  // Makes the folders, and who we are where that is new. Fails: input_output.
  [[nodiscard]] base::Status create();
  // Copies the runner in where this build's is not there yet, and gives its path.
  // Fails: input_output.
  [[nodiscard]] base::Result<std::string> install_runner(const std::string& program) const;

  [[nodiscard]] const local::Layout& layout() const { return layout_; }
  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] const std::string& instance() const { return instance_; }
  [[nodiscard]] std::string orders() const { return root_ + "/orders"; }
  [[nodiscard]] std::string notes() const { return root_ + "/notes"; }
  [[nodiscard]] std::string order(const RankKey& key) const;
  [[nodiscard]] std::string note(const RankKey& key) const;
  [[nodiscard]] std::string said(const RankKey& key) const;
  [[nodiscard]] std::string lease() const { return root_ + "/lease"; }

  // Both are on the disk when they return. Fails: input_output.
  [[nodiscard]] base::Status put_note(const RankKey& key, const Note& note) const;
  [[nodiscard]] base::Status put_order(const RankKey& key, const local::RunnerOrder& order) const;
  [[nodiscard]] std::optional<Note> read_note(const RankKey& key) const;

  // Whether a runner may still take the order.
  [[nodiscard]] bool order_waits(const RankKey& key) const;
  // Takes the order away from every runner. False where one has taken it, or there is none.
  [[nodiscard]] bool withdraw(const RankKey& key) const;
  [[nodiscard]] bool was_withdrawn(const RankKey& key) const;
  [[nodiscard]] bool was_taken(const RankKey& key) const;

  // Whole or not at all, for the runner looks at any time. Fails: input_output.
  [[nodiscard]] base::Status put_stop(const RankKey& key, const local::StopOrder& stop) const;
  [[nodiscard]] base::Status renew_lease() const;

  // Removes all of a rank but its record, its work folder and its logs.
  void remove(const RankKey& key) const;

 private:
  std::string root_;
  local::Layout layout_;
  std::string instance_;
};

}  // namespace weir::backend::slurm
