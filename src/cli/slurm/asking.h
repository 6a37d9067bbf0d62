// What Slurm's commands ask Weir for, and how they read their words.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/options.h"
#include "model/view.h"

namespace CLI {
class App;
}

namespace weir::cli::slurm {

// The Weir that the environment names, or this machine's.
[[nodiscard]] Common usual_connection();

// Which jobs are meant; nothing said of something: all.
struct Chosen {
  std::vector<std::string> jobs, users, names;
  std::vector<std::string> state_codes;
  std::vector<model::JobState> states;  // those that the codes mean

  [[nodiscard]] bool has(const model::JobSummary& job) const;
};
// Finds the states that the codes mean. Fails: invalid.
[[nodiscard]] base::Status find_states(Chosen& chosen);

// Page by page, the newest first. `ended`: those that have ended too.
[[nodiscard]] base::Status each_job(Client& client, bool ended,
                                    const std::function<void(const model::JobSummary&)>& take);
[[nodiscard]] base::Result<model::JobView> view_of(Client& client, const model::JobSummary& job);

// Words with commas between.
void add_words(CLI::App& app, const char* names, std::vector<std::string>& values,
               const char* what);
// A number other than -1 is what to end with.
[[nodiscard]] int read_words(CLI::App& app, std::span<const std::string> words);

}  // namespace weir::cli::slurm
