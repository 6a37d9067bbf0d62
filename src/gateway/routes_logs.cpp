// Routes: what jobs write, and commands beside them.
#include <iterator>
#include <set>

#include "engine/questions.h"
#include "gateway/archive.h"
#include "gateway/call.h"
#include "gateway/exec_runs.h"
#include "gateway/log_session.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using base::ErrorCode;
using base::Status;
using CallPointer = std::shared_ptr<Call>;

constexpr std::size_t answer_bytes_max = 8U << 20U;
constexpr std::size_t piece_bytes = 256U << 10U;

// ---- what is asked for

std::optional<std::uint32_t> small(std::optional<std::int64_t> number) {
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

base::Result<LogChoice> choice_of(const Call& call, const model::JobReference& reference) {
  LogChoice choice;
  choice.task = small(call.optional_whole("task"));
  if (reference.one_task) {
    if (choice.task && *choice.task != reference.task) {
      return base::fail(ErrorCode::invalid, "names another task than the path does", "task");
    }
    choice.task = reference.task;
  }
  choice.rank = small(call.optional_whole("rank"));
  choice.attempt = small(call.optional_whole("attempt"));
  choice.stream = base::enum_from<LogStream>(call.text("stream"));
  choice.tail = call.optional_whole("tail");
  choice.offset = call.whole("offset");
  const bool one_log = choice.task && choice.rank && choice.attempt && choice.stream;
  if (choice.offset > 0 && !one_log) {
    return base::fail(ErrorCode::invalid, "is of one log, and several are asked for", "offset",
                      "name task, attempt, rank and stream too");
  }
  if (choice.offset > 0 && choice.tail) {
    return base::fail(ErrorCode::invalid, "says where to begin, and so does offset", "tail");
  }
  return choice;
}

bool has_task(const model::ArraySpec& array, std::uint32_t task) {
  return array.is_array() ? array.contains(task) : task == 0;
}

base::Error no_such_task(model::JobId job, std::uint32_t task) {
  return {ErrorCode::not_found,
          "job " + std::to_string(job.value) + " has no task " + std::to_string(task),
          "task",
          "",
          {}};
}

// ---- the answer

// All that is there now, up to the limit of one answer. Of several attempts those are told that can
// be read: where one ran may be silent for good.
class Collection {
 public:
  Collection(Core& core, model::JobId job, const LogChoice& choice)
      : choice_(choice), reader_(core, job) {}

  Status add(const LogNews::Attempt& attempt) {
    if (!silent_.contains(attempt.site)) {
      const Status read = read_all(attempt);
      if (read) return {};
      if (read.error().code != ErrorCode::unavailable) return read;
      silent_.insert(attempt.site);
      trouble_ = read.error();
    }
    LogEntry note;
    note.stream = base::enum_name(LogStream::platform);
    note.task = attempt.task;
    note.attempt = attempt.attempt;
    note.text = "weir: what attempt " + std::to_string(attempt.attempt) +
                " said cannot be read now: " + trouble_->message + "\n";
    notes_.push_back(std::move(note));
    return {};
  }
  // Fails: unavailable, nothing could be read.
  base::Result<LogList> take() {
    if (list_.entries.empty() && trouble_) return base::fail(*std::move(trouble_));
    std::move(notes_.begin(), notes_.end(), std::back_inserter(list_.entries));
    return std::move(list_);
  }

 private:
  Status read_all(const LogNews::Attempt& attempt) {
    for (const LogKey& log :
         choice_.logs_of(attempt.task, attempt.attempt, attempt.ranks, attempt.site)) {
      std::int64_t offset = choice_.offset;
      if (choice_.tail) offset = WEIR_TRY(reader_.tail(log, *choice_.tail));
      while (budget_ > 0) {
        LogEntry entry = WEIR_TRY(reader_.read(log, offset, std::min(piece_bytes, budget_), true));
        if (entry.text.empty()) break;
        offset = entry.next_offset;
        budget_ -= entry.text.size();
        list_.entries.push_back(std::move(entry));
      }
      if (budget_ == 0) list_.more = true;
    }
    return {};
  }

  const LogChoice& choice_;
  LogReader reader_;
  LogList list_;
  std::vector<LogEntry> notes_;
  std::set<std::string> silent_;  // sites that do not answer
  std::optional<base::Error> trouble_;
  std::size_t budget_ = answer_bytes_max;
};

base::Result<LogList> collect(Core& core, model::JobId job, const LogChoice& choice,
                              const LogNews& news) {
  Collection collection(core, job, choice);
  for (const LogNews::Attempt& attempt : news.ended) WEIR_TRY_STATUS(collection.add(attempt));
  for (const LogNews::Attempt& attempt : news.running) WEIR_TRY_STATUS(collection.add(attempt));
  return collection.take();
}

void answer_logs(Services& services, const CallPointer& call, model::JobId job,
                 const LogChoice& choice, LogNews news) {
  if (call->flag("follow")) {
    services.follower.follow_job(job, std::make_shared<LogSession>(call->stream_events(), services,
                                                                   job, choice, std::move(news)));
    return;
  }
  services.workers.run([&services, call, job, choice, news = std::move(news)] {
    const auto list = collect(services.core, job, choice, news);
    if (!list) return call->fail(list.error());
    call->send_json(200, base::to_json(*list));
  });
}

void answer_archived_logs(Services& services, const CallPointer& call, model::JobId job,
                          const LogChoice& choice) {
  services.workers.run([&services, call, job, choice] {
    const auto view = archived_view(services.core, call->by, job);
    if (!view) return call->fail(view.error());
    if (!*view) {
      return call->fail(
          {ErrorCode::not_found, "there is no job " + std::to_string(job.value), "id", "", {}});
    }
    if (choice.task && !has_task((*view)->spec.array, *choice.task)) {
      return call->fail(no_such_task(job, *choice.task));
    }
    answer_logs(services, call, job, choice, look_at(**view, choice, 0));
  });
}

Status read_logs(Services& services, const CallPointer& call) {
  const model::JobReference reference = WEIR_TRY(call->job());
  const LogChoice choice = WEIR_TRY(choice_of(*call, reference));
  auto found = std::make_shared<base::Result<LogNews>>();
  services.core.ask(
      [&services, call, reference, choice, found](const engine::Engine& engine, base::Time now) {
        const auto job = engine::visible_job(engine, call->by, reference.job);
        if (!job) return;
        if (choice.task && !has_task((*job)->array, *choice.task)) {
          *found = base::fail(no_such_task(reference.job, *choice.task));
          return;
        }
        *found = look_at(engine, **job, services.forecasts.of(engine, now), choice, 0);
      },
      [&services, call, reference, choice, found] {
        if (!*found) return call->fail(found->error());
        if (!(*found)->found) return answer_archived_logs(services, call, reference.job, choice);
        answer_logs(services, call, reference.job, choice, std::move(**found));
      });
  return {};
}

// ---- commands beside a rank

// Beside the attempt of a task that runs now, held against the rank that is asked for.
base::Result<ExecCommand> command_of(const engine::Engine& engine, const engine::JobRecord& job,
                                     const ExecOrder& order) {
  if (!has_task(job.array, order.task)) return base::fail(no_such_task(job.id, order.task));
  const auto no_rank = [&](std::size_t ranks) {
    return base::fail(ErrorCode::not_found,
                      "there is no rank " + std::to_string(order.rank) + ": the job has " +
                          std::to_string(ranks) + " (from 0)",
                      "rank");
  };
  const std::uint32_t most = std::max(job.nodes, job.nodes_most);
  if (order.rank >= most) return no_rank(most);
  for (const engine::RunningAttempt& run : job.running) {
    if (run.key.task != order.task || run.phase != model::AttemptPhase::running) continue;
    if (order.rank >= run.ranks.size()) return no_rank(run.ranks.size());
    return ExecCommand{engine.state().sites.at(run.site).name, run.key, order.rank, order.command};
  }
  return base::fail(ErrorCode::conflict,
                    "task " + model::format_task({job.id, order.task}, job.array.is_array()) +
                        " does not run now (" + std::string(base::enum_name(job.state)) + ")",
                    "task", "commands run beside a running program only");
}

Status exec_command(Services& services, const CallPointer& call) {
  const model::JobReference reference = WEIR_TRY(call->job());
  auto order = call->read_body<ExecOrder>();
  if (!order) return {};
  if (reference.one_task) order->task = reference.task;
  if (order->command.empty() || order->command.find('\0') != std::string::npos) {
    return base::fail(ErrorCode::invalid, "is empty, or holds a zero byte", "command");
  }
  auto found = std::make_shared<base::Result<ExecCommand>>();
  services.core.ask(
      [call, id = reference.job, order = *order, found](const engine::Engine& engine, base::Time) {
        const auto job = engine::visible_job(engine, call->by, id);
        if (!job) {
          *found = base::fail(job.error());
        } else {
          *found = command_of(engine, **job, order);
        }
      },
      [&services, call, found] {
        if (!*found) return call->fail(found->error());
        const auto started = services.execs.start(call, std::move(**found));
        if (!started) call->fail(started.error());
      });
  return {};
}

// ---- the table

const std::vector<std::string_view>& log_streams() {
  static const std::vector<std::string_view> names{"all", "setup", "program", "platform"};
  return names;
}

std::string log_schema(base::Schemas& schemas) {
  // The events of a followed log are components too, though no answer is of their form alone.
  static_cast<void>(base::json_schema<LogStatus>(schemas));
  static_cast<void>(base::json_schema<LogEnd>(schemas));
  return base::json_schema<LogList>(schemas);
}

}  // namespace

void add_log_routes(std::vector<Route>& routes) {
  const Parameter task{.name = "task",
                       .kind = ParameterKind::whole,
                       .summary = "Only this task of an array.",
                       .most = UINT32_MAX};
  routes.push_back(
      {.method = "GET",
       .path = "/v1/jobs/{id}/logs",
       .operation = "readLogs",
       .group = "Logs",
       .access = Access::viewer,
       .summary = "What a job, or one task of it (`42_7`), has written; or writes, as it does.",
       .details =
           "Without `follow`, a list of pieces, each of one log, up to 8 MiB together; where "
           "`more` "
           "is true, read on with `offset`. With `follow=true`, server-sent events: `status` "
           "(LogStatus) first and whenever the state changes, `log` (LogEntry) as bytes appear, "
           "further attempts included, and `end` (LogEnd) once the last byte was told. `error` has "
           "a problem document.",
       .query = {task,
                 {.name = "rank",
                  .kind = ParameterKind::whole,
                  .summary = "Only this rank of a gang.",
                  .most = UINT32_MAX},
                 {.name = "attempt",
                  .kind = ParameterKind::whole,
                  .summary = "Only this attempt; they count from 1.",
                  .least = 1,
                  .most = UINT32_MAX},
                 {.name = "stream",
                  .kind = ParameterKind::name,
                  .summary = "Which of the three streams.",
                  .default_value = "all",
                  .names = log_streams()},
                 {.name = "offset",
                  .kind = ParameterKind::whole,
                  .summary = "Begin at this byte; only where one log is asked for.",
                  .default_value = "0"},
                 {.name = "tail",
                  .kind = ParameterKind::whole,
                  .summary = "Begin so many lines before the end of each log.",
                  .most = 1'000'000},
                 {.name = "follow",
                  .kind = ParameterKind::flag,
                  .summary = "Stay, and tell what comes.",
                  .default_value = "false"}},
       .reply = {.schema = &log_schema, .summary = "Pieces of logs, or a stream of events."},
       .refusals = {404},
       .streams = true,
       .handle = &read_logs});
  routes.push_back(
      {.method = "POST",
       .path = "/v1/jobs/{id}/exec",
       .operation = "execInJob",
       .group = "Logs",
       .access = Access::user,
       .summary = "Runs shell text beside a running rank, in its folder, environment and limits.",
       .details = "Events: `output` ({\"text\"}) as it comes, then `exit` ({\"code\"}), or `error` "
                  "with a problem document. A client that leaves ends the command.",
       .body = {.schema = &schema_text<ExecOrder>,
                .types = {"application/json"},
                .summary = "The command and where to run it."},
       .reply = {.type = "text/event-stream", .summary = "The output as events."},
       .refusals = {404, 409, 429},
       .repeats = Repeats::memory,
       .handle = &exec_command});
}

}  // namespace weir::gateway
