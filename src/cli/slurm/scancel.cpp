#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>

#include "cli/session.h"
#include "cli/slurm/asking.h"
#include "cli/slurm/shims.h"

namespace weir::cli::slurm {

int scancel(std::span<const std::string> words) {
  CLI::App app("Ends jobs, as Slurm's scancel does.", "scancel");
  Chosen chosen;
  app.add_option("jobs", chosen.jobs, "Numbers of jobs, or of tasks: 12 12_3");
  add_words(app, "-u,--user", chosen.users, "All of these people");
  add_words(app, "-n,--name", chosen.names, "All of these names");
  add_words(app, "-t,--state", chosen.state_codes, "All in these states");
  if (const int code = read_words(app, words); code >= 0) return code;
  if (auto found = find_states(chosen); !found) return complain(found.error());
  const bool by_choice = !chosen.users.empty() || !chosen.names.empty() || !chosen.states.empty();
  if (!by_choice && chosen.jobs.empty()) {
    std::fprintf(stderr, "scancel: error: No job identification provided\n");
    return 1;
  }
  return with_client(usual_connection(), [&](Client& client) -> base::Result<int> {
    std::vector<std::string> ends;
    if (by_choice) {
      WEIR_TRY_STATUS(each_job(client, false, [&](const model::JobSummary& job) {
        if (chosen.has(job)) ends.push_back(std::to_string(job.id.value));
      }));
    } else {
      ends = chosen.jobs;
    }
    int code = 0;
    for (const std::string& job : ends) {
      const auto answer = client.call("POST", "/v1/jobs/" + escape(job) + "/cancel");
      if (answer) continue;
      std::fprintf(stderr, "scancel: error: job %s: %s\n", job.c_str(),
                   answer.error().text().c_str());
      code = 1;
    }
    return code;
  });
}

}  // namespace weir::cli::slurm
