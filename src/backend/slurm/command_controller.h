// Reaches a Slurm cluster through its commands: sbatch, squeue, scancel, scontrol.
//
// They are found on the PATH and given a clean environment: Slurm would hand this process's own
// variables on to every job.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "backend/slurm/command.h"
#include "backend/slurm/controller.h"

namespace weir::backend::slurm {

struct CommandOptions {
  std::string configuration;  // path of slurm.conf; "": where the commands look by themselves
  std::string folder;         // of the commands; "": the PATH
  std::string user;           // whose jobs are listed
  std::chrono::milliseconds patience{15'000};
};

class CommandController final : public Controller {
 public:
  explicit CommandController(CommandOptions options) : options_(std::move(options)) {}

  [[nodiscard]] base::Result<JobNumber> submit(const Submission& submission) override;
  [[nodiscard]] base::Result<std::vector<Job>> jobs() override;
  [[nodiscard]] base::Status cancel(JobNumber job) override;
  [[nodiscard]] base::Status signal(JobNumber job, int signal) override;
  [[nodiscard]] base::Result<std::vector<NodeFacts>> nodes() override;
  [[nodiscard]] base::Result<std::vector<Switch>> switches() override;
  [[nodiscard]] base::Result<Version> version() override;
  [[nodiscard]] base::Result<Settings> settings() override;

  // A command with the environment that all of them get, to be run by others (exec).
  [[nodiscard]] Command command(std::vector<std::string> words, std::string input = {}) const;

 private:
  // Fails where the command does, too.
  [[nodiscard]] base::Result<std::string> ask(std::vector<std::string> words) const;

  CommandOptions options_;
};

// The words of sbatch for a submission; its script goes to the standard input.
[[nodiscard]] std::vector<std::string> sbatch_words(const Submission& submission);

}  // namespace weir::backend::slurm
