#include "gateway/event_session.h"

#include <charconv>

#include "base/json.h"
#include "gateway/archive.h"
#include "gateway/fact_text.h"
#include "gateway/problem.h"
#include "http/event_stream.h"

namespace weir::gateway {
namespace {

constexpr std::size_t part_bytes = 64U << 10U;
constexpr std::size_t rows_at_once = 1000;
constexpr std::size_t looked_up_max = 1000;

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

}  // namespace

base::Result<EventCursor> parse_event_id(std::string_view id) {
  EventCursor cursor;
  const std::size_t dot = id.find('.');
  bool good = read_number(id.substr(0, dot), cursor.sequence);
  if (good && dot != std::string_view::npos) {
    good = read_number(id.substr(dot + 1), cursor.next_facts) && cursor.sequence > 0;
    if (good) --cursor.sequence;  // the row that was told in part
  }
  if (good) return cursor;
  return base::fail(base::ErrorCode::invalid, "`" + std::string(id) + "` is no id of an event",
                    "Last-Event-ID", "an id is the number of a row of the journal: 17");
}

EventSession::EventSession(http::StreamWriter writer, Core& core, RowFeed& feed,
                           const JobTenants& tenants, model::Principal by, EventCursor from)
    : Session(std::move(writer)),
      core_(core),
      feed_(feed),
      tenants_(tenants),
      by_(std::move(by)),
      told_(from) {
  feed_.add_follower();
}

Session::Pumped EventSession::pump() {
  written_ = 0;
  const auto status =
      feed_.read(told_.sequence, rows_at_once, [this](const DurableRow& row) { return tell(row); });
  if (!status) {
    writer_.write(http::format_event({{}, "error", problem_of(status.error()).body, {}}));
    return Pumped::over;
  }
  return told_.sequence < feed_.last_sequence() ? Pumped::more : Pumped::idle;
}

// False once there is enough for this time.
bool EventSession::tell(const DurableRow& row) {
  std::string facts;
  for (std::size_t i = static_cast<std::size_t>(told_.next_facts); i < row.facts.size(); ++i) {
    const model::Fact& fact = row.facts[i];
    if (!visible(fact)) continue;
    if (!facts.empty()) facts += ',';
    append_fact(facts, fact);
    if (facts.size() < part_bytes || i + 1 == row.facts.size()) continue;
    write_part(row, std::move(facts), std::to_string(row.sequence) + "." + std::to_string(i + 1));
    facts.clear();
    told_.next_facts = i + 1;
    if (written_ >= Follower::queued_bytes_max) return false;
  }
  if (!facts.empty()) write_part(row, std::move(facts), std::to_string(row.sequence));
  told_ = {row.sequence, 0};
  return written_ < Follower::queued_bytes_max;
}

void EventSession::write_part(const DurableRow& row, std::string&& facts, const std::string& id) {
  std::string data = R"({"sequence":)" + std::to_string(row.sequence) + R"(,"time":)";
  base::append_json_time(data, row.time);
  data += R"(,"facts":[)";
  data += facts;
  data += "]}";
  std::string text = http::format_event({id, "facts", std::move(data), {}});
  written_ += text.size();
  writer_.write(std::move(text));
}

bool EventSession::visible(const model::Fact& fact) {
  if (by_.role == model::Role::operator_) return true;
  if (const auto* submitted = std::get_if<model::JobSubmitted>(&fact)) {
    return submitted->by.tenant == by_.tenant;
  }
  const auto job = job_of(fact);
  return job && is_own(*job);
}

bool EventSession::is_own(model::JobId job) {
  if (const auto tenant = tenants_.of(job)) return *tenant == by_.tenant;
  if (const auto known = looked_.find(job); known != looked_.end()) return known->second;
  const auto archived = archived_job(core_, by_, job);
  const bool own = archived && archived->has_value();
  if (looked_.size() >= looked_up_max) looked_.clear();
  looked_.emplace(job, own);
  return own;
}

}  // namespace weir::gateway
