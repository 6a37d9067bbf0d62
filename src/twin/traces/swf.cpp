#include <array>
#include <charconv>

#include "twin/traces/builder.h"
#include "twin/traces/field.h"
#include "twin/traces/lines.h"
#include "twin/traces/readers.h"

namespace weir::twin::traces {
namespace {

constexpr std::int64_t most_number = std::int64_t{1} << 53;
constexpr std::int64_t most_memory_kb = std::int64_t{1} << 43;

constexpr std::array<std::string_view, 18> columns{"job number",
                                                   "submit time",
                                                   "wait time",
                                                   "run time",
                                                   "allocated processors",
                                                   "cpu time",
                                                   "used memory",
                                                   "requested processors",
                                                   "requested time",
                                                   "requested memory",
                                                   "status",
                                                   "user",
                                                   "group",
                                                   "executable",
                                                   "queue",
                                                   "partition",
                                                   "preceding job",
                                                   "think time"};
enum Place : std::uint8_t {
  job_number,
  submit_time,
  wait_time,
  run_time,
  allocated_processors,
  requested_processors = 7,
  requested_time,
  requested_memory,
  user = 11,
  group,
  executable,
  preceding_job = 16,
};

using Words = std::array<std::string_view, columns.size()>;

base::Result<Words> words_of(std::string_view line) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  Words words;
  std::size_t count = 0;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t start = at;
    while (at < line.size() && !is_space(line[at])) ++at;
    if (at > start && count < words.size()) words[count] = line.substr(start, at - start);
    if (at > start) ++count;
    while (at < line.size() && is_space(line[at])) ++at;
  }
  if (count == words.size()) return words;
  return base::fail(base::ErrorCode::invalid,
                    "has " + std::to_string(count) + " columns where a job has 18");
}

Field field_at(const Words& words, Place place) { return {columns[place], words[place]}; }

// None: unknown, which SWF writes as -1.
base::Result<std::optional<std::int64_t>> known_count(const Words& words, Place place,
                                                      std::int64_t most) {
  const std::int64_t value = WEIR_TRY(whole_number(field_at(words, place), -1, most));
  return value < 0 ? std::nullopt : std::optional(value);
}
base::Result<std::optional<base::Duration>> known_time(const Words& words, Place place) {
  const Field field = field_at(words, place);
  if (field.text == "-1" || WEIR_TRY(number(field)) < 0) return std::nullopt;
  return WEIR_TRY(duration_of(field));
}

std::string name_of(std::string_view what, std::optional<std::int64_t> number) {
  return number ? std::string(what) + "-" + std::to_string(*number) : std::string();
}

base::Result<std::uint32_t> processors_of(const Words& words, TraceBuilder& builder) {
  auto wanted = WEIR_TRY(known_count(words, allocated_processors, most_units));
  auto other = WEIR_TRY(known_count(words, requested_processors, most_units));
  const bool requested = builder.options().processors == SwfColumn::requested;
  if (requested) std::swap(wanted, other);
  if (wanted.value_or(0) == 0 && other.value_or(0) > 0) {
    builder.note(requested ? "requested processors unknown: the allocated are taken"
                           : "allocated processors unknown: the requested are taken");
    wanted = other;
  }
  if (wanted && *wanted > 0) return static_cast<std::uint32_t>(*wanted);
  return bad_field(field_at(words, allocated_processors),
                   "and the requested processors do not say how many it takes");
}

base::Result<base::Duration> run_time_of(const Words& words,
                                         const std::optional<base::Duration>& requested,
                                         TraceBuilder& builder) {
  const auto recorded = WEIR_TRY(known_time(words, run_time));
  if (builder.options().run_time == SwfColumn::requested) {
    if (requested) return *requested;
    if (recorded) builder.note("requested time unknown: the run time is taken");
  }
  if (recorded) return *recorded;
  return bad_field(field_at(words, run_time), "does not say how long it ran");
}

base::Result<TraceJob> job_of(std::string_view line, TraceBuilder& builder) {
  const Words words = WEIR_TRY(words_of(line));
  TraceJob job;
  job.number = static_cast<std::uint64_t>(
      WEIR_TRY(whole_number(field_at(words, job_number), 0, most_number)));
  job.submit = WEIR_TRY(duration_of(field_at(words, submit_time)));
  job.recorded_wait = WEIR_TRY(known_time(words, wait_time));
  job.time_limit = WEIR_TRY(known_time(words, requested_time));
  const auto memory = WEIR_TRY(known_count(words, requested_memory, most_memory_kb));
  const auto by_user = WEIR_TRY(known_count(words, user, most_number));
  const auto of_group = WEIR_TRY(known_count(words, group, most_number));
  const auto program = WEIR_TRY(known_count(words, executable, most_number));
  const auto after = WEIR_TRY(known_count(words, preceding_job, most_number));
  const std::uint32_t processors = WEIR_TRY(processors_of(words, builder));
  job.run_time = WEIR_TRY(run_time_of(words, job.time_limit, builder));

  const Ranks ranks = cut_to_ranks(processors, builder.options().units_per_node);
  job.nodes = ranks.count;
  job.cpus_milli = ranks.each * 1000;
  job.memory_bytes = memory.value_or(0) * 1024 * ranks.each;
  job.user = builder.users.index_of(name_of("user", by_user));
  job.tenant = builder.tenants.index_of(name_of("group", of_group));
  job.job_class = builder.job_classes.index_of(name_of("program", program));
  if (after) builder.note("waits for another job's end: not taken");
  return job;
}

// "; MaxProcs: 100"
void read_header(std::string_view line, TraceReading& reading) {
  const std::size_t start = line.find_first_not_of("; \t");
  const std::size_t colon = line.find(':');
  if (start == std::string_view::npos || colon == std::string_view::npos || colon < start) return;
  const std::string_view name = line.substr(start, colon - start);
  const std::size_t value = line.find_first_not_of(" \t", colon + 1);
  if (value == std::string_view::npos) return;
  const std::string_view text = line.substr(value, line.find_first_of(" \t", value) - value);
  const auto count = whole_number({name, text}, 0, most_number / 1'000'000);
  if (!count) return;
  if (name == "MaxNodes") reading.machine_nodes = *count;
  if (name == "MaxProcs") reading.machine_processors = *count;
  if (name == "UnixStartTime") reading.start = base::time_from_us(*count * 1'000'000);
}

}  // namespace

base::Result<TraceReading> read_swf(std::string_view text, const TraceOptions& options) {
  TraceBuilder builder(TraceKind::swf, options);
  Lines lines(text);
  while (lines.next()) {
    if (lines.is_blank()) {
      builder.add_blank_line();
    } else if (lines.line().starts_with(';')) {
      read_header(lines.line(), builder.reading());
    } else {
      builder.add(lines.number(), job_of(lines.line(), builder));
    }
  }
  return std::move(builder).finish();
}

}  // namespace weir::twin::traces
