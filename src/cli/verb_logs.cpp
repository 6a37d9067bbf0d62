// logs, exec and wait: what a job says, a command beside it, and its end.
#include <cstdio>

#include "cli/follow.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/shell_words.h"
#include "cli/verbs.h"
#include "gateway/replies.h"
#include "model/view.h"

namespace weir::cli {

namespace {

base::Result<int> print_logs(Client& client, const Common& common, const LogFlags& flags) {
  std::string target = "/v1/jobs/" + escape(flags.job) + "/logs?stream=" + flags.stream;
  if (flags.rank) target += "&rank=" + std::to_string(*flags.rank);
  if (flags.tail) target += "&tail=" + std::to_string(*flags.tail);
  const std::string answer = WEIR_TRY(client.call("GET", target));
  if (common.format == Format::json) {
    std::printf("%s\n", answer.c_str());
    return 0;
  }
  const auto list = WEIR_TRY(base::from_json<gateway::LogList>(answer));
  for (const gateway::LogEntry& entry : list.entries) {
    const std::string label = std::to_string(entry.task) + "." + std::to_string(entry.rank);
    print_log(entry.stream, flags.labels ? label : "", entry.text);
  }
  if (list.more) {
    std::fprintf(stderr, "weir: there is more; `weir logs -f %s` gives all of it\n",
                 flags.job.c_str());
  }
  return 0;
}

}  // namespace

int verb_logs(const Common& common, const LogFlags& flags) {
  return with_client(common, [&](Client& client) -> base::Result<int> {
    if (!flags.follow) return print_logs(client, common, flags);
    catch_interrupts();
    const FollowResult followed = WEIR_TRY(follow_job(client, flags));
    if (followed.detached) return exit_interrupted;
    return followed.exit_code;
  });
}

int verb_exec(const Common& common, const ExecFlags& flags) {
  return with_client(common, [&](Client& client) -> base::Result<int> {
    if (flags.command.empty()) {
      return base::fail(base::ErrorCode::invalid, "no command was given", "",
                        "weir exec " + flags.job + " -- COMMAND");
    }
    catch_interrupts();
    const auto reference = WEIR_TRY(model::parse_job_reference(flags.job));
    gateway::ExecOrder order{shell_line(flags.command), reference.task, flags.rank};
    std::optional<int> code;
    WEIR_TRY_STATUS(client.events(
        "POST", "/v1/jobs/" + std::to_string(reference.job.value) + "/exec", base::to_json(order),
        [&](const http::ServerEvent& event) {
          const auto data = base::parse_json(event.data);
          if (!data) return true;
          if (const base::Document* text = data->find("text"); text != nullptr) {
            print_log("program", "", std::string(text->text()));
          }
          if (const base::Document* exit = data->find("code"); exit != nullptr) {
            code = static_cast<int>(exit->magnitude());
          }
          if (const base::Document* detail = data->find("detail"); detail != nullptr) {
            std::fprintf(stderr, "weir: %s\n", std::string(detail->text()).c_str());
          }
          return !interrupted();
        }));
    if (interrupted()) return exit_interrupted;
    return code.value_or(exit_error);
  });
}

int verb_wait(const Common& common, const WaitFlags& flags) {
  return with_client(common, [&](Client& client) -> base::Result<int> {
    catch_interrupts();
    std::optional<base::Time> until;
    if (!flags.timeout.empty()) until = now() + WEIR_TRY(base::parse_duration(flags.timeout));
    int worst = 0;
    for (const std::string& job : flags.jobs) {
      for (;;) {
        constexpr base::Duration longest = std::chrono::seconds(30);
        const base::Duration left = until ? std::max(*until - now(), base::Duration(0)) : longest;
        const auto seconds =
            std::chrono::ceil<std::chrono::seconds>(std::min(left, longest)).count();
        const auto view = WEIR_TRY(client.ask<model::JobView>(
            "GET", "/v1/jobs/" + escape(job) + "?wait=" + std::to_string(seconds)));
        if (model::is_terminal(view.summary.state)) {
          if (flags.jobs.size() > 1 || is_terminal(1)) {
            std::printf("%s %s\n", job.c_str(),
                        std::string(base::enum_name(view.summary.state)).c_str());
          }
          if (worst == 0) worst = exit_code_of(view.summary);
          break;
        }
        if (interrupted()) return exit_interrupted;
        if (until && now() >= *until) return exit_not_finished;
      }
    }
    return worst;
  });
}

}  // namespace weir::cli
