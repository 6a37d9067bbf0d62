// run, submit, plan: a job goes in.
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/follow.h"
#include "cli/job_input.h"
#include "cli/offers.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "model/view.h"

namespace weir::cli {

namespace {

constexpr int exit_plan_later = 1;
constexpr int exit_plan_never = 3;
constexpr int exit_plan_error = 255;

bool complain_of_problems(const JobReading& reading) {
  for (const base::Error& problem : reading.problems) {
    std::fprintf(stderr, "weir: %s\n", problem.text().c_str());
  }
  return !reading.problems.empty();
}

void print_offers(const model::Plan& plan) {
  const Table table = offers_table(plan, now());
  if (table.empty()) {
    std::printf("No site has joined yet: the job will wait for one.\n");
    return;
  }
  table.print();
  if (plan.deferred_until) {
    std::printf("It would wait until %s, for cheaper or cleaner energy.\n",
                base::format_time(*plan.deferred_until).c_str());
  }
  if (!plan.advice.empty()) std::printf("Advice: %s.\n", plan.advice.c_str());
}

bool user_agrees() {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) return true;
  std::printf("Run it? [Y/n] ");
  std::fflush(stdout);
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  return answer.empty() || answer.front() == 'y' || answer.front() == 'Y';
}

base::Result<model::JobId> submit(Client& client, const JobInput& input) {
  const auto submitted =
      WEIR_TRY(client.ask<model::SubmittedJobs>("POST", "/v1/jobs", base::to_json(input.job),
                                                {{"Idempotency-Key", fresh_idempotency_key()}}));
  if (submitted.ids.size() != 1) {
    return base::fail(base::ErrorCode::input_output, "the server named no job");
  }
  return submitted.ids.front();
}

void print_next_commands(const std::string& id) {
  if (!is_terminal(STDERR_FILENO)) return;
  std::fprintf(stderr,
               "  weir logs -f %s    follow what it says\n"
               "  weir explain %s    why it waits, or where it runs\n"
               "  weir cancel %s     end it\n",
               id.c_str(), id.c_str(), id.c_str());
}

}  // namespace

int verb_plan(const Common& common, const JobFlags& flags) {
  JobReading reading = read_job_input(flags);
  if (complain_of_problems(reading)) return exit_usage;
  int code = exit_plan_error;
  const int result = with_client(common, [&](Client& client) -> base::Result<int> {
    const std::string answer =
        WEIR_TRY(client.call("POST", "/v1/plans", base::to_json(reading.input.job)));
    const auto plan = WEIR_TRY(base::from_json<model::Plan>(answer));
    if (common.format == Format::json) {
      std::printf("%s\n", answer.c_str());
    } else {
      print_offers(plan);
    }
    code = plan.now                                   ? 0
           : plan.feasible || plan.candidates.empty() ? exit_plan_later
                                                      : exit_plan_never;
    return 0;
  });
  return result == 0 ? code : exit_plan_error;
}

int verb_submit(const Common& common, const JobFlags& flags) {
  JobReading reading = read_job_input(flags);
  if (complain_of_problems(reading)) return exit_usage;
  return with_client(common, [&](Client& client) -> base::Result<int> {
    WEIR_TRY_STATUS(upload_workdir(client, reading.input));
    const model::JobId id = WEIR_TRY(submit(client, reading.input));
    if (common.format == Format::json) {
      std::printf("{\"id\":%llu}\n", static_cast<unsigned long long>(id.value));
    } else {
      std::printf("%llu\n", static_cast<unsigned long long>(id.value));
    }
    std::fflush(stdout);
    print_next_commands(std::to_string(id.value));
    return 0;
  });
}

int verb_run(const Common& common, const RunFlags& flags) {
  JobReading reading = read_job_input(flags.job);
  if (complain_of_problems(reading)) return exit_usage;
  return with_client(common, [&](Client& client) -> base::Result<int> {
    const auto plan =
        WEIR_TRY(client.ask<model::Plan>("POST", "/v1/plans", base::to_json(reading.input.job)));
    print_offers(plan);
    std::fflush(stdout);
    if (!flags.yes && !user_agrees()) return exit_interrupted;
    WEIR_TRY_STATUS(upload_workdir(client, reading.input));
    const model::JobId id = WEIR_TRY(submit(client, reading.input));
    const std::string name = std::to_string(id.value);
    std::fprintf(stderr, "Job %s submitted.\n", name.c_str());
    if (flags.detach) {
      print_next_commands(name);
      return 0;
    }
    catch_interrupts();
    LogFlags logs;
    logs.job = name;
    logs.labels = flags.labels || reading.input.job.nodes.count > 1 || reading.input.job.array;
    const FollowResult followed = WEIR_TRY(follow_job(client, logs));
    if (followed.detached) {
      std::fprintf(stderr, "\nDetached; job %s goes on.\n", name.c_str());
      print_next_commands(name);
      return exit_interrupted;
    }
    return followed.exit_code;
  });
}

}  // namespace weir::cli
