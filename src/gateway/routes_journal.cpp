// Routes: what became true: a job's history, the journal's rows, the stream of events.
#include <algorithm>

#include "engine/questions.h"
#include "gateway/archive.h"
#include "gateway/call.h"
#include "gateway/event_session.h"
#include "gateway/fact_text.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using base::Status;
using CallPointer = std::shared_ptr<Call>;

// ---- history of a job

constexpr std::size_t entries_max = 10'000;

// The first row that is not before `time`; rows are in the order of their times.
base::Result<std::uint64_t> row_at(Core& core, std::uint64_t last, base::Time time) {
  std::uint64_t first = 1;
  std::uint64_t end = last + 1;
  while (first < end) {
    const std::uint64_t middle = first + (end - first) / 2;
    bool before = false;
    WEIR_TRY_STATUS(core.read_rows(middle, middle, [&](const DurableRow& row) {
      before = row.time < time;
      return false;
    }));
    if (before) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  return first;
}

// The job's entries of rows `from` to `to`, or until its end.
base::Result<JobHistory> history_of(Core& core, const engine::SiteNames& sites, model::JobId id,
                                    std::uint64_t from, std::uint64_t to,
                                    std::optional<base::Time> end) {
  JobHistory history{id, {}};
  WEIR_TRY_STATUS(core.read_rows(from, to, [&](const DurableRow& row) {
    if (end && row.time > *end) return false;
    for (const model::Fact& fact : row.facts) {
      auto entry = engine::history_entry(fact, id, sites);
      if (!entry) continue;
      entry->sequence = row.sequence;
      entry->time = row.time;
      history.entries.push_back(*std::move(entry));
    }
    return history.entries.size() < entries_max;
  }));
  return history;
}

base::Result<JobHistory> archived_history(Services& services, const engine::SiteNames& sites,
                                          const model::Principal& by, model::JobId id) {
  const auto view = WEIR_TRY(archived_view(services.core, by, id));
  if (!view) {
    return base::fail(base::ErrorCode::not_found, "there is no job " + std::to_string(id.value),
                      "id");
  }
  const std::uint64_t last = services.feed.last_sequence();
  const std::uint64_t from = WEIR_TRY(row_at(services.core, last, view->summary.submitted));
  return history_of(services.core, sites, id, from, last, view->summary.ended);
}

Status show_history(Services& services, const CallPointer& call) {
  const model::JobReference reference = WEIR_TRY(call->job());
  struct Asked {
    std::uint64_t first = 0;  // row; 0: the engine knows it no more
    std::uint64_t last = 0;
    engine::SiteNames sites;
  };
  auto asked = std::make_shared<Asked>();
  services.core.ask(
      [call, id = reference.job, asked](const engine::Engine& engine, base::Time) {
        asked->sites = engine::site_names(engine);
        const auto job = engine::visible_job(engine, call->by, id);
        if (!job) return;
        asked->first = (*job)->first_sequence;
        asked->last = (*job)->last_sequence;
      },
      [&services, call, id = reference.job, asked] {
        services.workers.run([&services, call, id, asked] {
          const auto history = asked->first == 0
                                   ? archived_history(services, asked->sites, call->by, id)
                                   : history_of(services.core, asked->sites, id, asked->first,
                                                asked->last, std::nullopt);
          if (!history) return call->fail(history.error());
          call->send_json(200, base::to_json(*history));
        });
      });
  return {};
}

// ---- rows

constexpr std::size_t answer_bytes_max = 8U << 20U;

void append_row(std::string& out, const DurableRow& row) {
  out += R"({"sequence":)" + std::to_string(row.sequence) + R"(,"time":)";
  base::append_json_time(out, row.time);
  out += R"(,"facts":[)";
  for (const model::Fact& fact : row.facts) {
    if (out.back() != '[') out += ',';
    append_fact(out, fact);
  }
  out += "]}";
}

Status read_journal(Services& services, const CallPointer& call) {
  services.workers.run([&services, call] {
    const auto from = static_cast<std::uint64_t>(call->whole("from"));
    const auto limit = static_cast<std::uint64_t>(call->whole("limit"));
    const std::uint64_t last = services.feed.last_sequence();
    std::string out = R"({"rows":[)";
    std::uint64_t next = from;
    const auto status =
        services.core.read_rows(from, std::min(last, from + limit - 1), [&](const DurableRow& row) {
          if (out.back() != '[') out += ',';
          append_row(out, row);
          next = row.sequence + 1;
          return out.size() < answer_bytes_max;
        });
    if (!status) return call->fail(status.error());
    out += "]";
    if (next <= last) out += R"(,"next":)" + std::to_string(next);
    call->send_json(200, out + "}");
  });
  return {};
}

// ---- events

Status follow_events(Services& services, const CallPointer& call) {
  EventCursor from{services.feed.last_sequence(), 0};
  if (const auto after = call->optional_whole("after")) {
    from = {static_cast<std::uint64_t>(*after), 0};
  }
  // A client that connects again says where it was, whatever its first address said.
  if (const auto last = call->request.headers.find("Last-Event-ID"); last && !last->empty()) {
    from = WEIR_TRY(parse_event_id(*last));
  }
  services.follower.follow_all(std::make_shared<EventSession>(
      call->stream_events(), services.core, services.feed, services.job_tenants, call->by, from));
  return {};
}

// ---- the table

std::string rows_schema(base::Schemas& schemas) {
  const std::string fact = base::json_schema<model::Fact>(schemas);
  return R"({"type":"object","required":["rows"],"properties":{"rows":{"type":"array","items":)"
         R"({"type":"object","required":["sequence","time","facts"],"properties":{)"
         R"("sequence":{"type":"integer"},"time":{"type":"string","format":"date-time"},)"
         R"("facts":{"type":"array","items":)" +
         fact + R"(}}}},"next":{"type":"integer"}}})";
}

}  // namespace

void add_journal_routes(std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/v1/jobs/{id}/history",
                    .operation = "showHistory",
                    .group = "Journal",
                    .access = Access::viewer,
                    .summary = "What became of a job, fact by fact; the first 10,000.",
                    .reply = {.schema = &schema_text<JobHistory>, .summary = "Its history."},
                    .refusals = {404},
                    .handle = &show_history});
  routes.push_back({.method = "GET",
                    .path = "/v1/journal",
                    .operation = "readJournal",
                    .group = "Journal",
                    .access = Access::operator_,
                    .summary = "Rows of the journal, each with the facts of one step.",
                    .details = "Where there are more, or 8 MiB are reached, `next` is the row to "
                               "read on from.",
                    .query = {{.name = "from",
                               .kind = ParameterKind::whole,
                               .summary = "The first row.",
                               .default_value = "1",
                               .least = 1},
                              {.name = "limit",
                               .kind = ParameterKind::whole,
                               .summary = "At most this many.",
                               .default_value = "100",
                               .least = 1,
                               .most = 10'000}},
                    .reply = {.schema = &rows_schema, .summary = "The rows."},
                    .handle = &read_journal});
  routes.push_back(
      {.method = "GET",
       .path = "/v1/events",
       .operation = "followEvents",
       .group = "Journal",
       .access = Access::viewer,
       .summary = "What becomes true, as it does: server-sent events that resume.",
       .details =
           "Each event is `facts`: {\"sequence\", \"time\", \"facts\"}, one row of the journal, or "
           "a part of a very large one. Its id says where to go on: send the last as "
           "`Last-Event-ID` (or `after`), and nothing is missed or told twice. Operators hear "
           "everything, others of their tenant's jobs. Without an id it begins now.",
       .query = {{.name = "after",
                  .kind = ParameterKind::whole,
                  .summary = "Begin after this row; 0 for all there ever were."}},
       .headers = {{.name = "Last-Event-ID", .summary = "The id of the last event seen."}},
       .reply = {.type = "text/event-stream", .summary = "The events, without end."},
       .handle = &follow_events});
}

}  // namespace weir::gateway
