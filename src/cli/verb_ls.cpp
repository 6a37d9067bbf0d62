// ls and history: lists of jobs, and the facts of one.
#include <cstdio>

#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "gateway/replies.h"
#include "model/view.h"

namespace weir::cli {

namespace {

using model::JobSummary;

std::string tasks_text(const JobSummary& job) {
  if (!job.is_array) return job.nodes > 1 ? std::to_string(job.nodes) + " nodes" : "1";
  const auto done = job.tasks.succeeded + job.tasks.failed + job.tasks.cancelled;
  return std::to_string(done) + "/" + std::to_string(job.tasks.total);
}

std::string start_text(const JobSummary& job, base::Time from) {
  if (job.started) return relative(job.started, from);
  if (model::is_terminal(job.state)) return "-";
  return job.expected_start ? relative(job.expected_start, from) : "unknown";
}

std::string reason_text(const JobSummary& job) {
  if (!job.message.empty()) return job.message;
  return job.reason == model::Reason::none ? "" : std::string(base::enum_name(job.reason));
}

int print_jobs(const model::JobPage& page, bool wide) {
  std::vector<std::string> headings{"ID", "NAME", "STATE", "TASKS", "START", "TIME", "REASON"};
  if (wide) headings.insert(headings.end(), {"PRIORITY", "TENANT", "PROJECT", "BY", "SUBMITTED"});
  Table table(std::move(headings));
  const base::Time from = now();
  for (const JobSummary& job : page.jobs) {
    std::vector<std::string> cells{std::to_string(job.id.value),
                                   job.name,
                                   std::string(base::enum_name(job.state)),
                                   tasks_text(job),
                                   start_text(job, from),
                                   span(job.started, job.ended ? job.ended : from),
                                   reason_text(job)};
    if (wide) {
      cells.insert(cells.end(), {std::to_string(job.priority), job.tenant, job.project,
                                 job.submitted_by, base::format_time(job.submitted)});
    }
    table.add(std::move(cells), colour_of(job.state));
  }
  if (table.empty()) {
    std::printf(
        "No jobs. `weir ls -a` lists the finished ones too; `weir run -- COMMAND` makes one.\n");
    return 0;
  }
  table.print();
  if (page.next) {
    std::printf("Cut after %zu of %llu; more with --limit.\n", page.jobs.size(),
                static_cast<unsigned long long>(page.total));
  }
  return 0;
}

}  // namespace

int verb_ls(const Common& common, const ListFlags& flags) {
  std::string target = "/v1/jobs?limit=" + std::to_string(flags.limit);
  if (flags.all) target += "&all=true";
  std::string states;
  for (const std::string& state : flags.states) states += (states.empty() ? "" : ",") + state;
  if (!states.empty()) target += "&state=" + escape(states);
  if (!flags.name.empty()) target += "&name=" + escape(flags.name);
  if (!flags.tenant.empty()) target += "&tenant=" + escape(flags.tenant);
  return show_answer<model::JobPage>(common, target, [&](const model::JobPage& page) {
    return print_jobs(page, common.format == Format::wide);
  });
}

int verb_history(const Common& common, const std::string& job) {
  if (job.empty()) {
    ListFlags finished;
    finished.states = {"succeeded", "failed", "cancelled", "timeout", "preempted", "lost"};
    return verb_ls(common, finished);
  }
  return show_answer<gateway::JobHistory>(
      common, "/v1/jobs/" + escape(job) + "/history", [](const gateway::JobHistory& history) {
        Table table({"SEQUENCE", "TIME", "EVENT", "WHAT"});
        for (const model::HistoryEntry& entry : history.entries) {
          table.add({std::to_string(entry.sequence), base::format_time(entry.time), entry.event,
                     entry.message});
        }
        table.print();
        return 0;
      });
}

}  // namespace weir::cli
