// Routes: jobs are submitted, planned, listed and steered.
#include <algorithm>

#include "engine/questions.h"
#include "engine/questions_data.h"
#include "gateway/archive.h"
#include "gateway/blobs.h"
#include "gateway/call.h"
#include "gateway/job_body.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"
#include "model/job_file.h"

namespace weir::gateway {
namespace {

using base::Status;
using CallPointer = std::shared_ptr<Call>;

constexpr std::uint64_t submission_bytes_max = 32U << 20U;

// ---- submit

std::string submitted_json(const std::vector<model::JobId>& ids) {
  std::string out = R"({"ids":[)";
  for (const model::JobId id : ids) {
    if (out.back() != '[') out += ',';
    base::append_json_number(out, id.value);
  }
  return out + "]}";
}

// A job whose work folder is not here could never start.
Status check_workdirs(const Services& services, const Call& call,
                      const std::vector<model::JobSpec>& jobs) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].workdir.empty() ||
        has_blob(services.options.data_folder, call.by.tenant, jobs[i].workdir)) {
      continue;
    }
    const std::string field = jobs.size() == 1 ? "" : "jobs[" + std::to_string(i) + "].";
    return base::fail(base::ErrorCode::refused, "this work folder was not uploaded",
                      field + "workdir", "PUT /v1/blobs/" + jobs[i].workdir + " first");
  }
  return {};
}

Status submit_jobs(Services& services, const CallPointer& call) {
  JobBody body = read_job_body(*call, /*many=*/true);
  if (!body.errors.empty()) {
    call->send(problem_of(body.errors));
    return {};
  }
  WEIR_TRY_STATUS(check_workdirs(services, *call, body.jobs));
  model::SubmitJobs input{call->by, std::string(call->header("Idempotency-Key")),
                          std::move(body.jobs)};
  call->request.body = {};  // the specs are all that is needed while the disk is waited for
  services.core.submit(std::move(input), [call](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    std::vector<std::pair<std::string, std::string>> headers;
    if (reply.jobs.size() == 1) {
      headers.emplace_back("Location", "/v1/jobs/" + std::to_string(reply.jobs.front().value));
    }
    if (reply.repeated) headers.emplace_back("Idempotent-Replayed", "true");
    call->send_json(201, submitted_json(reply.jobs), std::move(headers));
  });
  return {};
}

Status plan_job(Services& services, const CallPointer& call) {
  JobBody body = read_job_body(*call, /*many=*/false);
  if (!body.errors.empty()) {
    call->send(problem_of(body.errors));
    return {};
  }
  answer_from_engine(
      services.core, call,
      [by = call->by, spec = std::move(body.jobs.front())](
          const engine::Engine& engine, base::Time now) -> base::Result<model::Plan> {
        if (auto missing = engine::missing_input(engine, by.tenant, spec)) {
          return base::fail(*std::move(missing));
        }
        return engine::plan_job(engine, by, spec, now);
      });
  return {};
}

// ---- list

base::Result<engine::JobFilter> filter_of(const Call& call) {
  engine::JobFilter filter;
  filter.all_states = call.flag("all");
  for (const std::string_view name : call.names("state")) {
    if (const auto state = base::enum_from<model::JobState>(name)) filter.states.push_back(*state);
  }
  filter.name = call.text("name");
  if (const std::string_view tenant = call.text("tenant"); !tenant.empty()) {
    if (!may_see(call.by, tenant)) {
      return base::fail(base::ErrorCode::forbidden,
                        "jobs of other tenants are shown to operators only", "tenant");
    }
    filter.tenant = std::string(tenant);
  }
  if (const auto cursor = call.optional_whole("cursor")) {
    filter.before = model::JobId{static_cast<std::uint64_t>(*cursor)};
  }
  filter.limit = static_cast<std::uint32_t>(call.whole("limit"));
  return filter;
}

// Whether jobs that have left the engine could be among those asked for.
bool reaches_archive(const engine::JobFilter& filter) {
  return filter.states.empty() ? filter.all_states
                               : std::ranges::any_of(filter.states, model::is_terminal);
}

Status list_jobs(Services& services, const CallPointer& call) {
  const engine::JobFilter filter = WEIR_TRY(filter_of(*call));
  auto page = std::make_shared<model::JobPage>();
  services.core.ask(
      [&services, call, filter, page](const engine::Engine& engine, base::Time now) {
        *page = engine::list_jobs(engine, call->by, filter, services.forecasts.of(engine, now));
      },
      [&services, call, filter, page] {
        if (!reaches_archive(filter)) return call->send_json(200, base::to_json(*page));
        services.workers.run([&services, call, filter, page] {
          const auto status = add_archived_jobs(services.core, call->by, filter, *page);
          if (!status) return call->fail(status.error());
          call->send_json(200, base::to_json(*page));
        });
      });
  return {};
}

// ---- show

void send_archived_job(Services& services, const CallPointer& call, model::JobId id) {
  services.workers.run([&services, call, id] {
    const auto text = archived_job(services.core, call->by, id);
    if (!text) return call->fail(text.error());
    if (!*text) {
      return call->fail({base::ErrorCode::not_found,
                         "there is no job " + std::to_string(id.value),
                         "id",
                         "",
                         {}});
    }
    call->send_json(200, **text);
  });
}

void send_job(Services& services, const CallPointer& call, model::JobId id) {
  auto view = std::make_shared<std::optional<model::JobView>>();
  services.core.ask(
      [&services, call, id, view](const engine::Engine& engine, base::Time now) {
        const auto job = engine::visible_job(engine, call->by, id);
        if (job) {
          *view = engine::job_view(engine.state(), **job, services.forecasts.of(engine, now));
        }
      },
      [&services, call, id, view] {
        if (*view) return call->send_json(200, base::to_json(**view));
        send_archived_job(services, call, id);
      });
}

// Answers when the job has ended, or the time is up, whichever comes first.
void send_job_at_its_end(Services& services, const CallPointer& call, model::JobId id,
                         std::chrono::seconds at_most) {
  const auto answer = [&services, call, id] { send_job(services, call, id); };
  const JobWaits::Ticket ticket =
      services.job_waits.begin(id, [&services, answer] { services.workers.run(answer); });
  const auto end_wait = [&services, id, ticket, answer] {
    if (services.job_waits.end(id, ticket)) answer();
  };
  services.workers.run_after(at_most, end_wait);
  auto waits = std::make_shared<bool>(false);
  services.core.ask(
      [call, id, waits](const engine::Engine& engine, base::Time) {
        const auto job = engine::visible_job(engine, call->by, id);
        *waits = job && !model::is_terminal((*job)->state);
      },
      [waits, end_wait] {
        if (!*waits) end_wait();
      });
}

Status show_job(Services& services, const CallPointer& call) {
  const model::JobReference reference = WEIR_TRY(call->job());
  const std::int64_t wait = call->whole("wait");
  if (wait == 0) {
    send_job(services, call, reference.job);
  } else {
    send_job_at_its_end(services, call, reference.job, std::chrono::seconds(wait));
  }
  return {};
}

Status explain_job(Services& services, const CallPointer& call) {
  const model::JobReference reference = WEIR_TRY(call->job());
  answer_from_engine(
      services.core, call,
      [by = call->by, id = reference.job](const engine::Engine& engine,
                                          base::Time now) -> base::Result<model::Explanation> {
        const engine::JobRecord* job = WEIR_TRY(engine::visible_job(engine, by, id));
        return engine::explain_job(engine, *job, now);
      });
  return {};
}

// ---- steer

// Gives the input to the engine and answers with the job as it is then.
void steer(Services& services, const CallPointer& call, model::JobId id, model::Input input) {
  services.core.submit(std::move(input), [&services, call, id](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    answer_from_engine(
        services.core, call,
        [&services, by = call->by, id](const engine::Engine& engine,
                                       base::Time now) -> base::Result<model::JobSummary> {
          const engine::JobRecord* job = WEIR_TRY(engine::visible_job(engine, by, id));
          return engine::job_summary(*job, services.forecasts.of(engine, now));
        });
  });
}

base::Result<model::JobId> whole_job(const Call& call) {
  const model::JobReference reference = WEIR_TRY(call.job());
  if (!reference.one_task) return reference.job;
  return base::fail(base::ErrorCode::invalid, "this is done to whole jobs, not to single tasks",
                    "id", "name the job: " + std::to_string(reference.job.value));
}

Status cancel_job(Services& services, const CallPointer& call) {
  const model::JobReference reference = WEIR_TRY(call->job());
  steer(services, call, reference.job,
        model::CancelJob{call->by, reference.job, reference.one_task, reference.task});
  return {};
}

Status hold_job(Services& services, const CallPointer& call) {
  const model::JobId id = WEIR_TRY(whole_job(*call));
  steer(services, call, id, model::HoldJob{call->by, id});
  return {};
}

Status release_job(Services& services, const CallPointer& call) {
  const model::JobId id = WEIR_TRY(whole_job(*call));
  steer(services, call, id, model::ReleaseJob{call->by, id});
  return {};
}

// The same limits as in a job file: whatever a change makes of a job could have been submitted.
base::Status check_change(const JobChange& change) {
  model::JobFile file;
  file.run = "true";
  if (change.name) {
    if (change.name->empty()) return base::fail(base::ErrorCode::invalid, "is empty", "name");
    file.name = *change.name;
  }
  if (change.priority) file.priority = *change.priority;
  if (change.time_limit) file.limits.time = *change.time_limit;
  auto spec = model::to_spec(file);
  if (spec) return {};
  base::Error error = std::move(spec).error();
  if (error.field == "limits.time") error.field = "time_limit";
  return base::fail(std::move(error));
}

Status update_job(Services& services, const CallPointer& call) {
  const model::JobId id = WEIR_TRY(whole_job(*call));
  const auto change = call->read_body<JobChange>();
  if (!change) return {};
  WEIR_TRY_STATUS(check_change(*change));
  steer(services, call, id,
        model::UpdateJob{call->by, id, change->name, change->priority, change->time_limit,
                         change->array_at_once});
  return {};
}

// ---- the table

const std::vector<std::string_view> job_types{"application/json", "application/yaml",
                                              "application/x-yaml", "text/yaml"};
const std::vector<std::string_view> json_type{"application/json"};

std::string submission_schema(base::Schemas& schemas) {
  const std::string job = base::json_schema<model::JobFile>(schemas);
  const std::string list = R"({"type":"array","minItems":1,"maxItems":10000,"items":)" + job + "}";
  return R"({"oneOf":[)" + job + "," + list +
         R"(,{"type":"object","required":["jobs"],"additionalProperties":false,)"
         R"("properties":{"jobs":)" +
         list + "}}]}";
}

constexpr Parameter file_name{.name = "Weir-File-Name",
                              .summary = "What errors call the file, where the body is YAML."};

void add_submissions(std::vector<Route>& routes) {
  routes.push_back(
      {.method = "POST",
       .path = "/v1/jobs",
       .operation = "submitJobs",
       .group = "Jobs",
       .access = Access::user,
       .summary = "Submits one job, or up to 10,000: all are taken or none.",
       .details = "The answer comes once the jobs are durable. The body is one job file, a list of "
                  "them, or `{\"jobs\": [...]}`. A job that can never fit is refused, with the "
                  "nearest request that would.",
       .headers = {file_name},
       .body = {.schema = &submission_schema,
                .types = job_types,
                .bytes_max = submission_bytes_max,
                .summary = "Job files, JSON or YAML."},
       .reply = {.status = 201,
                 .schema = &schema_text<model::SubmittedJobs>,
                 .summary = "The jobs' ids, in the order they were given. `Location` where it is "
                            "one; `Idempotent-Replayed: true` where they were submitted before."},
       .refusals = {409, 422},
       .repeats = Repeats::journal,
       .handle = &submit_jobs});
  routes.push_back(
      {.method = "POST",
       .path = "/v1/plans",
       .operation = "planJob",
       .group = "Jobs",
       .access = Access::viewer,
       .summary = "How a job would run, were it submitted now. Nothing is written.",
       .headers = {file_name},
       .body = {.schema = &schema_text<model::JobFile>,
                .types = job_types,
                .summary = "One job file, JSON or YAML."},
       .reply = {.schema = &schema_text<model::Plan>, .summary = "The ways to run it, best first."},
       .refusals = {422},
       .handle = &plan_job});
}

void add_questions(std::vector<Route>& routes) {
  routes.push_back(
      {.method = "GET",
       .path = "/v1/jobs",
       .operation = "listJobs",
       .group = "Jobs",
       .access = Access::viewer,
       .summary = "The tenant's jobs, newest first.",
       .details = "Jobs that have not ended, unless `all` or `state` asks for others. Where there "
                  "are more, `next` is the cursor of the next page.",
       .query = {{.name = "state",
                  .kind = ParameterKind::names,
                  .summary = "Only jobs in these states, with commas between.",
                  .names = base::enum_names<model::JobState>()},
                 {.name = "all",
                  .kind = ParameterKind::flag,
                  .summary = "Jobs that have ended too, back to the first.",
                  .default_value = "false"},
                 {.name = "name", .summary = "Only jobs whose name has this in it."},
                 {.name = "tenant", .summary = "Only this tenant's jobs (operators)."},
                 {.name = "limit",
                  .kind = ParameterKind::whole,
                  .summary = "At most this many.",
                  .default_value = "50",
                  .least = 1,
                  .most = 1000},
                 {.name = "cursor",
                  .kind = ParameterKind::whole,
                  .summary = "The `next` of the page before.",
                  .least = 1}},
       .reply = {.schema = &schema_text<model::JobPage>, .summary = "One page."},
       .handle = &list_jobs});
  routes.push_back(
      {.method = "GET",
       .path = "/v1/jobs/{id}",
       .operation = "showJob",
       .group = "Jobs",
       .access = Access::viewer,
       .summary = "All there is to know of a job, whenever it ended.",
       .query = {{.name = "wait",
                  .kind = ParameterKind::whole,
                  .summary = "Answer when the job has ended, or after so many seconds.",
                  .default_value = "0",
                  .least = 0,
                  .most = 60}},
       .reply = {.schema = &schema_text<model::JobView>, .summary = "The job."},
       .refusals = {404},
       .handle = &show_job});
  routes.push_back(
      {.method = "GET",
       .path = "/v1/jobs/{id}/explanation",
       .operation = "explainJob",
       .group = "Jobs",
       .access = Access::viewer,
       .summary = "Why the job is where it is, and what would change it.",
       .reply = {.schema = &schema_text<model::Explanation>, .summary = "The explanation."},
       .refusals = {404},
       .handle = &explain_job});
}

Route steering(std::string_view path, std::string_view operation, std::string_view summary,
               decltype(Route::handle) handle) {
  return {.method = "POST",
          .path = path,
          .operation = operation,
          .group = "Jobs",
          .access = Access::user,
          .summary = summary,
          .reply = {.schema = &schema_text<model::JobSummary>, .summary = "The job as it is then."},
          .refusals = {404, 409},
          .repeats = Repeats::memory,
          .handle = handle};
}

void add_steering(std::vector<Route>& routes) {
  routes.push_back(
      {.method = "PATCH",
       .path = "/v1/jobs/{id}",
       .operation = "updateJob",
       .group = "Jobs",
       .access = Access::user,
       .summary = "Changes what may still change; tasks that have started do not see it.",
       .body = {.schema = &schema_text<JobChange>, .types = json_type, .summary = "The changes."},
       .reply = {.schema = &schema_text<model::JobSummary>, .summary = "The job as it is then."},
       .refusals = {404, 409},
       .handle = &update_job});
  routes.push_back(steering("/v1/jobs/{id}/cancel", "cancelJob",
                            "Ends a job, or one task of an array (`42_7`). Again changes nothing.",
                            &cancel_job));
  routes.push_back(steering("/v1/jobs/{id}/hold", "holdJob",
                            "Keeps tasks that have not started from starting.", &hold_job));
  routes.push_back(
      steering("/v1/jobs/{id}/release", "releaseJob", "Lets a held job go on.", &release_job));
}

}  // namespace

void add_job_routes(std::vector<Route>& routes) {
  add_submissions(routes);
  add_questions(routes);
  add_steering(routes);
}

}  // namespace weir::gateway
