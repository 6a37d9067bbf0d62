#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/output.h"
#include "cli/session.h"
#include "cli/slurm/asking.h"
#include "cli/slurm/queue_listing.h"
#include "cli/slurm/shims.h"

namespace weir::cli::slurm {

namespace {

// "node0,node1"; "" where it does not run.
base::Result<std::string> nodes_of(Client& client, const model::JobSummary& job) {
  const bool runs = job.state == model::JobState::running ||
                    job.state == model::JobState::starting ||
                    job.state == model::JobState::completing;
  if (!runs) return std::string();
  const auto view = WEIR_TRY(view_of(client, job));
  std::string text;
  for (const model::AttemptView& attempt : view.attempts) {
    if (attempt.ended) continue;
    for (const model::RankView& rank : attempt.ranks) text += (text.empty() ? "" : ",") + rank.node;
  }
  return text;
}

}  // namespace

int squeue(std::span<const std::string> words) {
  CLI::App app("Jobs that wait or run, as Slurm's squeue lists them.", "squeue");
  app.set_help_flag("--help", "This");
  Chosen chosen;
  std::string format(usual_format);
  bool no_heading = false;
  add_words(app, "-j,--jobs", chosen.jobs, "These");
  add_words(app, "-u,--user,--users", chosen.users, "Of these people");
  add_words(app, "-n,--name", chosen.names, "Of these names");
  add_words(app, "-t,--states", chosen.state_codes, "In these states: PD, R, …, all");
  app.add_option("-o,--format", format, "Columns: %i %j %u %t %T %M %D %R …");
  app.add_flag("-h,--noheader", no_heading, "No line of headings");
  if (const int code = read_words(app, words); code >= 0) return code;
  const auto columns = read_format(format);
  if (!columns) return complain(columns.error());
  if (auto found = find_states(chosen); !found) return complain(found.error());
  return with_client(usual_connection(), [&](Client& client) -> base::Result<int> {
    std::vector<model::JobSummary> jobs;
    WEIR_TRY_STATUS(each_job(client, !chosen.states.empty(), [&](const model::JobSummary& job) {
      if (chosen.has(job)) jobs.push_back(job);
    }));
    if (!no_heading) std::printf("%s\n", heading(*columns).c_str());
    for (const model::JobSummary& job : jobs) {
      const std::string nodes = WEIR_TRY(nodes_of(client, job));
      std::printf("%s\n", row(*columns, job, nodes, now()).c_str());
    }
    return 0;
  });
}

}  // namespace weir::cli::slurm
