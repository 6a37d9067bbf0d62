// show and explain: all there is to know of one job, and why it is where it is.
#include <cstdio>

#include "base/quantity.h"
#include "cli/data_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "model/view.h"

namespace weir::cli {

namespace {

void line(const char* name, const std::string& value) {
  if (!value.empty()) std::printf("%s %s\n", paint(Colour::dim, name).c_str(), value.c_str());
}

std::string usage_text(const model::Usage& usage) {
  constexpr double second_us = 1e6;
  char text[96];
  std::snprintf(text, sizeof text, "%.2f s of processor time in %.2f s",
                static_cast<double>(usage.cpu_us) / second_us,
                static_cast<double>(usage.wall_us) / second_us);
  std::string out = text;
  if (usage.peak_memory_bytes) {
    out += ", at most " + base::format_bytes(*usage.peak_memory_bytes) + " of memory";
  }
  return out;
}

std::string place_of(const model::AttemptView& attempt) {
  std::string nodes;
  for (const model::RankView& rank : attempt.ranks) {
    nodes += (nodes.empty() ? "" : ",") + rank.node;
  }
  return attempt.site + "/" + nodes;
}

std::string ending_of(const model::AttemptView& attempt) {
  if (!attempt.outcome) return "";
  if (!attempt.outcome->message.empty()) return attempt.outcome->message;
  if (attempt.outcome->signal != 0) return "signal " + std::to_string(attempt.outcome->signal);
  return "exit code " + std::to_string(attempt.outcome->exit_code);
}

// "at north-* or lab; in CN; within 20 ms of shanghai"; "" where it may run anywhere.
std::string where_text(const model::WhereSpec& where) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  const auto any_of = [](const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : " or ") + name;
    return all;
  };
  if (!where.sites.empty()) add("at " + any_of(where.sites));
  if (!where.residency.empty()) add("in " + any_of(where.residency));
  if (!where.near.empty()) {
    add("within " + format_round_trip(where.rtt_us_most) + " of " + where.near);
  }
  if (!where.refused_by.empty()) add("refused by the owner of " + any_of(where.refused_by));
  return text;
}

int print_job(const model::JobView& view) {
  const model::JobSummary& job = view.summary;
  const base::Time from = now();
  std::printf("%s %s\n", paint(Colour::bold, std::to_string(job.id.value) + " " + job.name).c_str(),
              paint(colour_of(job.state), base::enum_name(job.state)).c_str());
  if (job.reason != model::Reason::none) {
    line("why      ", std::string(model::note_of(job.reason).sentence));
  }
  line("message  ", job.message);
  line("submitted",
       base::format_time(job.submitted) + " by " + job.submitted_by + " (" + job.tenant + ")");
  if (job.started) line("started  ", base::format_time(*job.started));
  if (job.expected_start) line("starts   ", relative(job.expected_start, from) + " at the latest");
  if (view.spec.deadline) line("deadline ", base::format_time(*view.spec.deadline));
  if (view.spec.checkpoint_every) {
    line("saves    ",
         "every " + base::format_duration(*view.spec.checkpoint_every) + ", by its own word");
  }
  if (job.ended) {
    line("ended    ", base::format_time(*job.ended) + ", after " + span(job.started, job.ended));
  }
  if (job.is_array) {
    line("tasks    ", std::to_string(job.tasks.total) + ": " + std::to_string(job.tasks.waiting) +
                          " waiting, " + std::to_string(job.tasks.running) + " running, " +
                          std::to_string(job.tasks.succeeded) + " succeeded, " +
                          std::to_string(job.tasks.failed) + " failed, " +
                          std::to_string(job.tasks.cancelled) + " cancelled");
  }
  if (!view.attempts.empty() && job.ended) line("used     ", usage_text(view.usage));
  if (view.footprint) line("energy   ", footprint_text(*view.footprint));
  if (view.site_heard) line("last word", relative(view.site_heard, from) + " from the site");
  for (const model::DataInput& input : view.spec.inputs) {
    line("reads    ",
         model::name_of(model::DatasetVersion{input.dataset, input.version}) + " at " + input.at);
  }
  for (const model::DataOutput& output : view.spec.outputs) {
    line("leaves   ", output.path + " as a version of " + output.dataset);
  }
  line("where    ", where_text(view.spec.where));
  line("runs     ", view.spec.run);
  if (view.attempts.empty()) return 0;
  std::printf("\n");
  Table table({"TASK", "ATTEMPT", "STATE", "WHERE", "STARTED", "TIME", "HOW IT ENDED"});
  for (const model::AttemptView& attempt : view.attempts) {
    table.add({std::to_string(attempt.task), std::to_string(attempt.attempt),
               std::string(base::enum_name(attempt.state)), place_of(attempt),
               relative(attempt.started, from),
               span(attempt.started, attempt.ended ? attempt.ended : from), ending_of(attempt)},
              colour_of(attempt.state));
  }
  table.print();
  return 0;
}

void print_candidates(const model::Explanation& why) {
  if (why.candidates.empty()) return;
  std::printf("\n");
  Table table({"SITE", "RESOURCES", "START", "FINISH", "OBSTACLE"});
  const base::Time from = now();
  for (const model::Candidate& row : why.candidates) {
    const std::string start = !row.feasible ? "never" : row.now ? "now" : relative(row.start, from);
    table.add(
        {row.site, row.resources, start.empty() ? "unknown" : start, relative(row.finish, from),
         row.obstacles.empty() ? "" : row.obstacles.front().message},
        row.now        ? Colour::green
        : row.feasible ? Colour::yellow
                       : Colour::red);
  }
  table.print();
}

void print_holders(const model::Explanation& why) {
  if (why.holders.empty()) return;
  std::printf("\n");
  Table table({"HELD BY", "NAME", "CPUS", "MEMORY", "DEVICES", "UNTIL"});
  const base::Time from = now();
  for (const model::Holder& holder : why.holders) {
    table.add({holder.task, holder.name, std::to_string(holder.cpus),
               holder.memory_bytes == 0 ? "" : base::format_bytes(holder.memory_bytes),
               model::devices_text(holder.devices_milli),
               holder.until ? relative(holder.until, from) : "no time limit"});
  }
  table.print();
}

// What decides among equal priorities, where there is more than one tenant to it.
void print_standing(const model::Explanation& why) {
  if (why.standing.empty()) return;
  std::printf("Priority %d", why.priority);
  for (const model::StandingView& standing : why.standing) {
    const std::int64_t tenths = (standing.share_millionths + 500) / 1000;
    std::printf("; %s (weight %u) ", standing.tenant.c_str(), standing.weight);
    if (standing.resource.empty()) {
      std::printf("has had nothing");
    } else {
      std::printf("has had %lld.%lld%% of %s", static_cast<long long>(tenths / 10),
                  static_cast<long long>(tenths % 10), standing.resource.c_str());
    }
  }
  std::printf(".\n");
}

int print_explanation(const model::Explanation& why) {
  std::printf("%s %s\n", paint(Colour::bold, "Job " + std::to_string(why.id.value)).c_str(),
              paint(colour_of(why.state), base::enum_name(why.state)).c_str());
  std::printf("%s\n", why.summary.c_str());
  for (const std::string& detail : why.details) std::printf("%s\n", detail.c_str());
  if (why.party != model::Party::nobody && model::is_terminal(why.state)) {
    std::printf("This is the %s's matter; trying again %s.\n",
                std::string(base::enum_name(why.party)).c_str(),
                why.retry_helps ? "may help" : "by itself does not help");
  }
  print_standing(why);
  print_candidates(why);
  print_holders(why);
  if (!why.advice.empty()) {
    std::printf("\n%s %s\n", paint(Colour::bold, "What would help:").c_str(), why.advice.c_str());
  }
  return 0;
}

}  // namespace

int verb_show(const Common& common, const std::string& job) {
  return show_answer<model::JobView>(common, "/v1/jobs/" + escape(job), &print_job);
}

int verb_explain(const Common& common, const std::string& job) {
  return show_answer<model::Explanation>(common, "/v1/jobs/" + escape(job) + "/explanation",
                                         &print_explanation);
}

}  // namespace weir::cli
