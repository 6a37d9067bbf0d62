#include "cli/slurm/queue_listing.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace weir::cli::slurm {

using base::ErrorCode;
using model::JobState;
using model::JobSummary;

namespace {

struct State {
  JobState ours;
  std::string_view code;
  std::string_view name;
};
constexpr std::array states{
    State{JobState::queued, "PD", "PENDING"},      State{JobState::held, "PD", "PENDING"},
    State{JobState::staging, "PD", "PENDING"},     State{JobState::starting, "CF", "CONFIGURING"},
    State{JobState::running, "R", "RUNNING"},      State{JobState::suspended, "S", "SUSPENDED"},
    State{JobState::recovering, "RQ", "REQUEUED"}, State{JobState::completing, "CG", "COMPLETING"},
    State{JobState::succeeded, "CD", "COMPLETED"}, State{JobState::failed, "F", "FAILED"},
    State{JobState::cancelled, "CA", "CANCELLED"}, State{JobState::timeout, "TO", "TIMEOUT"},
    State{JobState::preempted, "PR", "PREEMPTED"}, State{JobState::rejected, "F", "FAILED"},
    State{JobState::lost, "NF", "NODE_FAIL"},
};

const State& state_row(JobState state) { return *std::ranges::find(states, state, &State::ours); }

std::string time_text(std::optional<base::Time> time) {
  return time ? base::format_time(*time) : "N/A";
}

std::string where(const JobSummary& job, const std::string& nodes) {
  if (!nodes.empty()) return nodes;
  std::string why =
      job.reason == model::Reason::none ? "None" : std::string(base::enum_name(job.reason));
  if (job.state == JobState::held) why = "JobHeldUser";
  if (job.state == JobState::staging) why = "Staging";
  return "(" + why + ")";
}

struct Field {
  char letter;
  std::string_view title;
};
constexpr std::array fields{
    Field{'i', "JOBID"},       Field{'A', "JOBID"},    Field{'j', "NAME"},
    Field{'u', "USER"},        Field{'t', "ST"},       Field{'T', "STATE"},
    Field{'M', "TIME"},        Field{'D', "NODES"},    Field{'R', "NODELIST(REASON)"},
    Field{'r', "REASON"},      Field{'N', "NODELIST"}, Field{'P', "PARTITION"},
    Field{'Q', "PRIORITY"},    Field{'a', "ACCOUNT"},  Field{'S', "START_TIME"},
    Field{'V', "SUBMIT_TIME"},
};

std::string value_of(char field, const JobSummary& job, const std::string& nodes, base::Time now) {
  switch (field) {
    case 'i':
    case 'A':
      return std::to_string(job.id.value);
    case 'j':
      return job.name;
    case 'u':
      return job.submitted_by;
    case 't':
      return std::string(state_row(job.state).code);
    case 'T':
      return std::string(state_row(job.state).name);
    case 'M':
      return elapsed_text(job.started ? job.ended.value_or(now) - *job.started : base::Duration(0));
    case 'D':
      return std::to_string(job.nodes);
    case 'R':
      return where(job, nodes);
    case 'r':
      return job.reason == model::Reason::none ? "None" : std::string(base::enum_name(job.reason));
    case 'N':
      return nodes;
    case 'P':
      return "weir";
    case 'Q':
      return std::to_string(job.priority);
    case 'a':
      return job.project.empty() ? job.tenant : job.project;
    case 'S':
      return time_text(job.started ? job.started : job.expected_start);
    default:
      return time_text(job.submitted);
  }
}

std::string fitted(const Column& column, std::string text) {
  if (column.width == 0) return text;
  if (text.size() > column.width) text.resize(column.width);
  const std::string blanks(column.width - text.size(), ' ');
  return column.right ? blanks + text : text + blanks;
}

}  // namespace

std::string_view state_code(JobState state) { return state_row(state).code; }
std::string_view state_name(JobState state) { return state_row(state).name; }

base::Result<std::vector<JobState>> states_of(std::string_view code) {
  std::string upper(code);
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::vector<JobState> found;
  for (const State& state : states) {
    if (upper == state.code || upper == state.name || upper == "ALL") found.push_back(state.ours);
  }
  if (!found.empty()) return found;
  return base::fail(ErrorCode::invalid, "`" + std::string(code) + "` is no state of jobs", {},
                    "PD, CF, R, CG, S, CD, F, CA, TO, PR, NF or all");
}

std::string elapsed_text(base::Duration time) {
  const auto seconds =
      std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(time).count(), 0);
  constexpr std::int64_t day = 24 * 3600;
  std::array<char, 48> text{};
  const auto days = static_cast<long long>(seconds / day);
  const auto hours = static_cast<long long>(seconds % day / 3600);
  const auto minutes = static_cast<long long>(seconds % 3600 / 60);
  const auto rest = static_cast<long long>(seconds % 60);
  if (days > 0) {
    (void)std::snprintf(text.data(), text.size(), "%lld-%02lld:%02lld:%02lld", days, hours, minutes,
                        rest);
  } else if (hours > 0) {
    (void)std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", hours, minutes, rest);
  } else {
    (void)std::snprintf(text.data(), text.size(), "%lld:%02lld", minutes, rest);
  }
  return text.data();
}

base::Result<std::vector<Column>> read_format(std::string_view format) {
  std::vector<Column> columns;
  std::string before;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      before += format[i];
      continue;
    }
    Column column;
    column.before = std::exchange(before, {});
    ++i;
    if (i < format.size() && format[i] == '.') {
      column.right = true;
      ++i;
    }
    constexpr std::size_t widest = 1000;
    while (i < format.size() && format[i] >= '0' && format[i] <= '9' && column.width < widest) {
      column.width = column.width * 10 + static_cast<std::size_t>(format[i++] - '0');
    }
    column.field = i < format.size() ? format[i] : '\0';
    if (std::ranges::find(fields, column.field, &Field::letter) == fields.end()) {
      std::string known;
      for (const Field& field : fields) known += std::string(" %") + field.letter;
      return base::fail(ErrorCode::invalid,
                        std::string("nothing stands behind %") + column.field + " here", {},
                        "there are" + known);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string heading(const std::vector<Column>& columns) {
  std::string line;
  for (const Column& column : columns) {
    const auto& field = *std::ranges::find(fields, column.field, &Field::letter);
    line += column.before + fitted(column, std::string(field.title));
  }
  return line;
}

std::string row(const std::vector<Column>& columns, const JobSummary& job, const std::string& nodes,
                base::Time now) {
  std::string line;
  for (const Column& column : columns) {
    line += column.before + fitted(column, value_of(column.field, job, nodes, now));
  }
  return line;
}

}  // namespace weir::cli::slurm
