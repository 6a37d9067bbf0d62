#include "backend/slurm/command_controller.h"

#include <cstdlib>
#include <utility>

#include "backend/slurm/answers.h"

namespace weir::backend::slurm {
namespace {

// The first line of what a command complained of, without its own name before it.
std::string complaint_of(const CommandEnd& end) {
  std::string_view text = end.error;
  constexpr std::string_view mark = "error: ";
  std::string words;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (const std::size_t at = line.find(mark); at != std::string_view::npos) {
      line.remove_prefix(at + mark.size());
    }
    if (!line.empty()) words += (words.empty() ? "" : "; ") + std::string(line);
  }
  if (words.empty()) words = "it ended with code " + std::to_string(end.code);
  return words.substr(0, 400);
}

void add(std::vector<std::string>& words, const std::string& option, const std::string& value) {
  if (!value.empty()) words.push_back("--" + option + "=" + value);
}

}  // namespace

std::vector<std::string> sbatch_words(const Submission& submission) {
  std::vector<std::string> words = {"sbatch",     "--parsable",   "--nodes=1",
                                    "--ntasks=1", "--no-requeue", "--open-mode=append"};
  add(words, "job-name", submission.name);
  add(words, "comment", submission.comment);
  add(words, "chdir", submission.folder);
  add(words, "output", submission.output);
  add(words, "nodelist", submission.node);
  add(words, "cpus-per-task", std::to_string(submission.cpus));
  if (submission.memory_mib > 0) add(words, "mem", std::to_string(submission.memory_mib) + "M");
  if (submission.minutes > 0) add(words, "time", std::to_string(submission.minutes));
  std::string gres;
  for (const auto& [name, count] : submission.gres) {
    gres += (gres.empty() ? "" : ",") + name + ":" + std::to_string(count);
  }
  add(words, "gres", gres);
  add(words, "partition", submission.partition);
  add(words, "account", submission.account);
  add(words, "qos", submission.quality);
  add(words, "constraint", submission.constraint);
  add(words, "reservation", submission.reservation);
  return words;
}

Command CommandController::command(std::vector<std::string> words, std::string input) const {
  Command made;
  made.words = std::move(words);
  made.input = std::move(input);
  const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  std::string where = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  if (!options_.folder.empty()) where = options_.folder + ":" + where;
  made.environment = {"PATH=" + where, "LANG=C", "LC_ALL=C"};
  if (!options_.configuration.empty()) {
    made.environment.push_back("SLURM_CONF=" + options_.configuration);
  }
  return made;
}

base::Result<std::string> CommandController::ask(std::vector<std::string> words) const {
  const std::string name = words.front();
  CommandEnd end = WEIR_TRY(run_command(command(std::move(words)), options_.patience));
  if (end.code == 0) return std::move(end.output);
  return base::fail(base::ErrorCode::unavailable, name + ": " + complaint_of(end));
}

base::Result<JobNumber> CommandController::submit(const Submission& submission) {
  const CommandEnd end = WEIR_TRY(
      run_command(command(sbatch_words(submission), submission.script), options_.patience));
  if (end.code == 0) {
    if (const JobNumber number = parse_job_number(end.output); number != 0) return number;
    return base::fail(base::ErrorCode::unavailable, "sbatch gave no number of a job");
  }
  return base::fail(is_refusal(end.error) ? base::ErrorCode::refused : base::ErrorCode::unavailable,
                    "sbatch: " + complaint_of(end));
}

base::Result<std::vector<Job>> CommandController::jobs() {
  const std::string text =
      WEIR_TRY(ask({"squeue", "--noheader", "--states=all", "--user=" + options_.user,
                    "--format=" + std::string(job_format)}));
  return parse_jobs(text);
}

base::Status CommandController::cancel(JobNumber job) {
  const CommandEnd end = WEIR_TRY(
      run_command(command({"scancel", "--quiet", std::to_string(job)}), options_.patience));
  if (end.code == 0 || end.error.find("Invalid job id") != std::string::npos) return {};
  return base::fail(base::ErrorCode::unavailable, "scancel: " + complaint_of(end));
}

base::Status CommandController::signal(JobNumber job, int signal) {
  // --batch: to the runner alone, which knows what comes next; not to all that it runs.
  static_cast<void>(WEIR_TRY(
      ask({"scancel", "--batch", "--signal=" + std::to_string(signal), std::to_string(job)})));
  return {};
}

base::Result<std::vector<NodeFacts>> CommandController::nodes() {
  return parse_nodes(WEIR_TRY(ask({"scontrol", "--oneliner", "--details", "show", "nodes"})));
}

base::Result<std::vector<Switch>> CommandController::switches() {
  const CommandEnd end = WEIR_TRY(
      run_command(command({"scontrol", "--oneliner", "show", "topology"}), options_.patience));
  // A cluster without a tree says so as an error.
  return end.code == 0 ? parse_switches(end.output) : std::vector<Switch>();
}

base::Result<Version> CommandController::version() {
  Version version = parse_version(WEIR_TRY(ask({"sbatch", "--version"})));
  if (version.year == 0) {
    return base::fail(base::ErrorCode::not_found, "sbatch does not say which version it is");
  }
  const base::Result<std::string> help = ask({"squeue", "--help"});
  version.lists_json = help && help->find("--json") != std::string::npos;
  return version;
}

base::Result<Settings> CommandController::settings() {
  return parse_settings(WEIR_TRY(ask({"scontrol", "show", "config"})));
}

}  // namespace weir::backend::slurm
