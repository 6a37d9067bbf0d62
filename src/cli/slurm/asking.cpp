#include "cli/slurm/asking.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/slurm/queue_listing.h"

namespace weir::cli::slurm {

Common usual_connection() {
  Common common;
  common.connection.data_folder = default_data_folder();
  return common;
}

bool Chosen::has(const model::JobSummary& job) const {
  const auto among = [](const std::vector<std::string>& some, const std::string& one) {
    return some.empty() || std::ranges::find(some, one) != some.end();
  };
  return among(jobs, std::to_string(job.id.value)) && among(users, job.submitted_by) &&
         among(names, job.name) &&
         (states.empty() || std::ranges::find(states, job.state) != states.end());
}

base::Status find_states(Chosen& chosen) {
  for (const std::string& code : chosen.state_codes) {
    const auto some = WEIR_TRY(states_of(code));
    chosen.states.insert(chosen.states.end(), some.begin(), some.end());
  }
  return {};
}

base::Status each_job(Client& client, bool ended,
                      const std::function<void(const model::JobSummary&)>& take) {
  std::string cursor;
  while (true) {
    std::string target = "/v1/jobs?limit=1000";
    if (ended) target += "&all=true";
    if (!cursor.empty()) target += "&cursor=" + escape(cursor);
    const auto page = WEIR_TRY(client.ask<model::JobPage>("GET", target));
    for (const model::JobSummary& job : page.jobs) take(job);
    if (!page.next) return {};
    cursor = *page.next;
  }
}

base::Result<model::JobView> view_of(Client& client, const model::JobSummary& job) {
  return client.ask<model::JobView>("GET", "/v1/jobs/" + std::to_string(job.id.value));
}

void add_words(CLI::App& app, const char* names, std::vector<std::string>& values,
               const char* what) {
  app.add_option(names, values, what)->delimiter(',')->allow_extra_args(false);
}

int read_words(CLI::App& app, std::span<const std::string> words) {
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
  return -1;
}

}  // namespace weir::cli::slurm
