#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/job_input.h"
#include "cli/session.h"
#include "cli/slurm/batch_script.h"
#include "cli/slurm/shims.h"
#include "cli/verbs.h"
#include "model/view.h"

namespace weir::cli::slurm {

namespace {

base::Result<std::string> read_text(const std::string& name) {
  if (name == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(name, std::ios::binary);
  if (!file) {
    return base::fail(base::ErrorCode::not_found, "unable to open file " + name, {},
                      "the script stands behind the options: sbatch [OPTIONS] SCRIPT");
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool complain_of(const std::vector<base::Error>& problems) {
  for (const base::Error& problem : problems) {
    std::fprintf(stderr, "sbatch: error: %s\n", problem.text().c_str());
  }
  return !problems.empty();
}

int test_only(const Common& common, const JobInput& input) {
  return with_client(common, [&](Client& client) -> base::Result<int> {
    const auto plan =
        WEIR_TRY(client.ask<model::Plan>("POST", "/v1/plans", base::to_json(input.job)));
    const auto first = std::ranges::find_if(plan.candidates, &model::Candidate::feasible);
    if (!plan.feasible || first == plan.candidates.end()) {
      std::fprintf(stderr, "sbatch: error: it can never run here: %s\n", plan.advice.c_str());
      return 1;
    }
    const std::string start = first->start ? base::format_time(*first->start) : "some day";
    std::fprintf(stderr, "sbatch: Job to start at %s using %s on %s\n", start.c_str(),
                 first->resources.c_str(), first->site.c_str());
    return 0;
  });
}

}  // namespace

int sbatch(std::span<const std::string> words) {
  Common common;
  common.connection.data_folder = default_data_folder();
  const BatchReading reading =
      read_batch(words, std::filesystem::current_path().string(), read_text);
  for (const std::string& passed_over : reading.batch.passed_over) {
    std::fprintf(stderr, "sbatch: passed over: %s\n", passed_over.c_str());
  }
  if (complain_of(reading.problems)) return 1;
  JobReading job = read_job_input(reading.batch.job);
  if (complain_of(job.problems)) return 1;
  job.input.job.retry.notice = reading.batch.notice;
  if (!reading.batch.again) job.input.job.retry.events.clear();
  if (reading.batch.only_tested) return test_only(common, job.input);
  std::string id;
  const int code = with_client(common, [&](Client& client) -> base::Result<int> {
    const auto submitted =
        WEIR_TRY(client.ask<model::SubmittedJobs>("POST", "/v1/jobs", base::to_json(job.input.job),
                                                  {{"Idempotency-Key", fresh_idempotency_key()}}));
    if (submitted.ids.size() != 1) {
      return base::fail(base::ErrorCode::input_output, "the server named no job");
    }
    id = std::to_string(submitted.ids.front().value);
    std::printf(reading.batch.only_number ? "%s\n" : "Submitted batch job %s\n", id.c_str());
    std::fflush(stdout);
    return 0;
  });
  if (code != 0 || !reading.batch.waits) return code;
  WaitFlags wait;
  wait.jobs = {id};
  return verb_wait(common, wait);
}

}  // namespace weir::cli::slurm
