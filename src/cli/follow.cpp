#include "cli/follow.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>

#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/session.h"
#include "gateway/log_session.h"
#include "gateway/replies.h"

namespace weir::cli {

namespace {

void write_all(int descriptor, const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t put = ::write(descriptor, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;  // nobody reads any more: that is the reader's choice
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

// Each line with its label; text that ends within a line is given an end.
std::string with_label(const std::string& label, const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1);
    out += paint(Colour::cyan, "[" + label + "] ") + text.substr(begin, end - begin + 1);
    begin = end + 1;
  }
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
  return out;
}

std::string target_of(const LogFlags& flags, bool follow) {
  std::string target = "/v1/jobs/" + escape(flags.job) + "/logs?stream=" + flags.stream;
  if (follow) target += "&follow=true";
  if (flags.rank) target += "&rank=" + std::to_string(*flags.rank);
  if (flags.tail) target += "&tail=" + std::to_string(*flags.tail);
  return target;
}

// What was printed of each log: after a broken connection the stream begins anew.
class Printed {
 public:
  explicit Printed(bool labels) : labels_(labels) {}

  void take(const gateway::LogEntry& entry) {
    const std::string label = std::to_string(entry.task) + "." + std::to_string(entry.rank);
    Log& log = logs_[label + "/" + std::to_string(entry.attempt) + "/" + entry.stream];
    if (entry.next_offset <= log.next_offset) return;
    const std::string text = news_of(entry, log.next_offset);
    log.next_offset = entry.next_offset;
    if (!labels_) return print_log(entry.stream, "", text);
    // A label stands before whole lines: the rest of one waits for its end.
    log.stream = entry.stream;
    log.label = label;
    log.unfinished += text;
    const std::size_t lines = log.unfinished.rfind('\n') + 1;  // npos + 1 is 0
    constexpr std::size_t unfinished_max = 64 << 10;
    const std::size_t size = log.unfinished.size() > unfinished_max ? log.unfinished.size() : lines;
    print_log(log.stream, log.label, log.unfinished.substr(0, size));
    log.unfinished.erase(0, size);
  }

  void finish() {
    for (auto& [key, log] : logs_) {
      print_log(log.stream, log.label, std::exchange(log.unfinished, ""));
    }
  }

 private:
  struct Log {
    std::int64_t next_offset = 0;
    std::string stream;
    std::string label;
    std::string unfinished;
  };

  // The part of the entry behind `printed`. Where U+FFFD stands for bytes, text and offsets do not
  // go together: then all of it, for twice is better than never.
  static std::string news_of(const gateway::LogEntry& entry, std::int64_t printed) {
    const std::int64_t known = printed - entry.offset;
    const bool exact =
        static_cast<std::int64_t>(entry.text.size()) == entry.next_offset - entry.offset;
    return known > 0 && exact ? entry.text.substr(static_cast<std::size_t>(known)) : entry.text;
  }

  bool labels_;
  std::map<std::string, Log> logs_;
};

void print_status(const std::string& data) {
  const auto status = base::parse_json(data);
  const base::Document* text = status ? status->find("text") : nullptr;
  if (text == nullptr || !text->is(base::DocumentKind::text)) return;
  const std::string line = "── " + std::string(text->text()) + "\n";
  write_all(STDERR_FILENO, is_terminal(STDERR_FILENO) ? paint(Colour::dim, line) : line);
}

// The code of what was followed, a whole job or one task of it: none while the end is unknown.
std::optional<int> code_of_end(const std::string& data) {
  const auto end = base::from_json<gateway::LogEnd>(data);
  if (!end) return std::nullopt;
  model::JobSummary ended;
  ended.state = end->state;
  ended.reason = end->reason;
  ended.exit_code = end->exit_code;
  ended.signal = end->signal;
  return exit_code_of(ended);
}

}  // namespace

void print_log(const std::string& stream, const std::string& label, const std::string& text) {
  if (text.empty()) return;
  const std::string out = label.empty() ? text : with_label(label, text);
  if (stream == "program") {
    write_all(STDOUT_FILENO, out);
  } else {
    write_all(STDERR_FILENO, is_terminal(STDERR_FILENO) ? paint(Colour::dim, out) : out);
  }
}

base::Result<FollowResult> follow_job(Client& client, const LogFlags& flags) {
  Printed printed(flags.labels);
  std::optional<int> code;
  bool ended = false;
  int tries = 0;
  LogFlags rest = flags;
  const auto take = [&](const http::ServerEvent& event) {
    tries = 0;
    if (event.event == "log") {
      if (const auto entry = base::from_json<gateway::LogEntry>(event.data)) printed.take(*entry);
      rest.tail.reset();  // should it break: what is written meanwhile may be longer than the tail
    } else if (event.event == "status") {
      print_status(event.data);
    } else if (event.event == "end") {
      code = code_of_end(event.data);
      ended = true;
      return false;
    }
    return !interrupted();
  };
  // A server that restarts is away for seconds; its jobs are not.
  constexpr int tries_max = 60;
  constexpr int pause_ms = 500;
  for (;;) {
    const auto status = client.events("GET", target_of(rest, true), "", take);
    if (ended) break;
    if (interrupted()) {
      printed.finish();
      return FollowResult{true, 0};
    }
    const bool may_come_back = status || status.error().code == base::ErrorCode::unavailable;
    if (!may_come_back || ++tries == tries_max) {
      if (!status) return base::fail(status.error());
      return base::fail(base::ErrorCode::unavailable, "the server ends the stream again and again");
    }
    ::poll(nullptr, 0, pause_ms);  // unlike a sleep, a signal ends it
  }
  printed.finish();
  if (!code) return base::fail(base::ErrorCode::input_output, "the server told no end of the job");
  return FollowResult{false, *code};
}

}  // namespace weir::cli
