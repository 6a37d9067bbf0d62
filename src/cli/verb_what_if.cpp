// what-if: both futures of this machine's Weir, as it is and with something changed. Reads a copy
// of the journal; talks to no server.
#include <cstdio>

#include "app/what_if.h"
#include "base/json.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace weir::cli {

namespace {

std::string start_text(const std::optional<base::Time>& start, base::Time from) {
  if (!start) return "unknown";
  const std::string distance = relative(start, from);
  return distance == "now" ? distance : base::format_time(*start) + " (" + distance + ")";
}

std::string difference_text(const app::WhatIfRow& row) {
  if (row.added) return "added";
  if (!row.start && !row.start_changed) return "unknown both ways";
  if (!row.start) return "now it can be said";
  if (!row.start_changed) return "no longer to be said";
  const base::Duration difference = *row.start_changed - *row.start;
  if (difference == base::Duration::zero()) return "the same";
  const bool later = difference > base::Duration::zero();
  return span(row.start, *row.start + std::chrono::abs(difference)) +
         (later ? " later" : " earlier");
}

int print(const app::WhatIf& answer) {
  std::printf("after row %llu of the journal, %s\n",
              static_cast<unsigned long long>(answer.sequence),
              base::format_time(answer.now).c_str());
  if (answer.jobs.empty()) {
    std::printf("No job waits.\n");
    return 0;
  }
  Table table({"JOB", "NAME", "TENANT", "START AS IT IS", "START WITH THE CHANGE", "DIFFERENCE"});
  for (const app::WhatIfRow& row : answer.jobs) {
    table.add({std::to_string(row.job.value), row.name, row.tenant,
               row.added ? "" : start_text(row.start, answer.now),
               start_text(row.start_changed, answer.now), difference_text(row)});
  }
  table.print();
  std::printf("%s\n", answer.run_times == engine::RunTimes::limits
                          ? "Work is taken to run until its time limit: real starts come at these "
                            "times or sooner."
                          : "Work is taken to run as long as its users' last work did, and at most "
                            "until its time limit.");
  return 0;
}

int print(const app::ForecastCheck& check) {
  const auto count = [](std::uint64_t value) { return std::to_string(value); };
  const auto time = [](base::Duration value) {
    return base::format_duration(std::chrono::floor<std::chrono::milliseconds>(value));
  };
  const std::uint64_t started = check.jobs - check.at_once - check.unfinished;
  std::printf("%s jobs: %s started at once, %s waited (median %s), %s have not started yet\n",
              count(check.jobs).c_str(), count(check.at_once).c_str(), count(started).c_str(),
              time(check.wait_median_s).c_str(), count(check.unfinished).c_str());
  if (started == 0) {
    std::printf("No forecast can be held against a start.\n");
    return 0;
  }
  Table table({"FORECAST", "RUN TIMES", "COMPARED", "OFF BY (MEDIAN)", "P90", "MOST", "EARLIER",
               "LATER", "UNKNOWN"});
  for (const app::ForecastError& error : check.errors) {
    const bool laid_out = error.forecast == app::ForecastKind::laid_out;
    table.add({laid_out ? "laid out, as `ls` says" : "played, as `what-if` says",
               std::string(base::enum_name(error.run_times)), count(error.compared),
               time(error.median_s), time(error.p90_s), time(error.max_s), count(error.earlier),
               count(error.later), count(error.unknown)});
  }
  table.print();
  return 0;
}

template <typename Answer>
int show(const Common& common, const base::Result<Answer>& answer) {
  if (!answer) return complain(answer.error());
  if (common.format != Format::json) return print(*answer);
  std::printf("%s\n", base::to_json(*answer).c_str());
  return 0;
}

int check(const Common& common) {
  const auto answer = [&] {
    ProgressBar bar("replaying");
    return app::check_forecasts(
        common.connection.data_folder,
        [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); });
  }();
  return show(common, answer);
}

}  // namespace

int verb_what_if(const Common& common, const WhatIfFlags& flags) {
  if (flags.check) return check(common);
  app::WhatIfOptions options;
  options.data_folder = common.connection.data_folder;
  options.sequence = flags.sequence;
  // The words were checked while they were read.
  options.order = base::enum_from<model::OrderRule>(flags.order);
  options.backfill = base::enum_from<model::BackfillRule>(flags.backfill);
  options.placing = base::enum_from<model::PlacingRule>(flags.placing);
  options.choice = base::enum_from<model::ChoiceRule>(flags.choice);
  options.run_times = base::enum_from<engine::RunTimes>(flags.run_times);
  options.job_files = flags.job_files;
  options.without_sites = flags.without_sites;
  options.nodes = flags.nodes;
  return show(common, app::what_if(options));
}

}  // namespace weir::cli
