#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "cli/session.h"
#include "cli/slurm/asking.h"
#include "cli/slurm/queue_listing.h"
#include "cli/slurm/shims.h"

namespace weir::cli::slurm {

namespace {

std::uint64_t cpus_of(const model::JobView& view) {
  std::uint64_t cpus = 0;
  if (!view.attempts.empty()) {
    for (const model::RankView& rank : view.attempts.back().ranks) cpus += rank.cpus;
  }
  return cpus;
}

// "3:0": the exit code and the signal.
std::string code_text(const model::JobSummary& job) {
  return std::to_string(job.exit_code.value_or(0)) + ":" + std::to_string(job.signal.value_or(0));
}

}  // namespace

int sacct(std::span<const std::string> words) {
  CLI::App app("What jobs came to, as Slurm's sacct lists it.", "sacct");
  app.set_help_flag("--help", "This");
  Chosen chosen;
  bool no_heading = false;
  bool parsable = false;
  add_words(app, "-j,--jobs", chosen.jobs, "These");
  add_words(app, "-u,--user", chosen.users, "Of these people");
  add_words(app, "--name", chosen.names, "Of these names");
  add_words(app, "-s,--state", chosen.state_codes, "In these states");
  app.add_flag("-n,--noheader", no_heading, "No lines of headings");
  app.add_flag("-P,--parsable2", parsable, "With `|` between");
  if (const int code = read_words(app, words); code >= 0) return code;
  if (auto found = find_states(chosen); !found) return complain(found.error());
  return with_client(usual_connection(), [&](Client& client) -> base::Result<int> {
    std::vector<model::JobSummary> jobs;
    WEIR_TRY_STATUS(each_job(client, true, [&](const model::JobSummary& job) {
      if (chosen.has(job)) jobs.push_back(job);
    }));
    constexpr std::array<int, 7> widths{-12, 10, 10, 10, 10, 10, 8};
    const auto print = [&](const std::array<std::string, 7>& cells) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (parsable) {
          std::printf("%s%s", i == 0 ? "" : "|", cells[i].c_str());
        } else {
          std::printf("%s%*s", i == 0 ? "" : " ", widths[i], cells[i].c_str());
        }
      }
      std::printf("\n");
    };
    if (!no_heading) {
      print({"JobID", "JobName", "Partition", "Account", "AllocCPUS", "State", "ExitCode"});
      const std::string rule(10, '-');
      if (!parsable) print({std::string(12, '-'), rule, rule, rule, rule, rule, "--------"});
    }
    for (const model::JobSummary& job : jobs) {
      const auto view = WEIR_TRY(view_of(client, job));
      const std::string& account = job.project.empty() ? job.tenant : job.project;
      const std::string site = view.attempts.empty() ? "" : view.attempts.back().site;
      print({std::to_string(job.id.value), job.name, site, account, std::to_string(cpus_of(view)),
             std::string(state_name(job.state)), code_text(job)});
    }
    return 0;
  });
}

}  // namespace weir::cli::slurm
