#include "cli/follow.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <thread>

#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/session.h"
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

std::string with_label(const std::string& label, const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1);
    out += paint(Colour::cyan, "[" + label + "] ") + text.substr(begin, end - begin + 1);
    begin = end + 1;
  }
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

std::string target_of(const LogFlags& flags, bool follow) {
  std::string target = "/v1/jobs/" + escape(flags.job) + "/logs?stream=" + flags.stream;
  if (follow) target += "&follow=true";
  if (flags.rank) target += "&rank=" + std::to_string(*flags.rank);
  if (flags.tail) target += "&tail=" + std::to_string(*flags.tail);
  return target;
}

// Which bytes of which log were printed: after a broken connection the stream begins anew.
class Printed {
 public:
  void take(const gateway::LogEntry& entry, bool labels) {
    const std::string label = std::to_string(entry.task) + "." + std::to_string(entry.rank);
    std::int64_t& next = next_[label + "/" + std::to_string(entry.attempt) + "/" + entry.stream];
    if (entry.next_offset <= next) return;
    print_log(entry.stream, labels ? label : "", unseen(entry, next));
    next = entry.next_offset;
  }

 private:
  // The text from `seen` on. Where it stands for bytes that are no UTF-8 its places are not those
  // of the log: then all of it, as it is better to say something twice than not at all.
  static std::string unseen(const gateway::LogEntry& entry, std::int64_t seen) {
    const auto bytes = static_cast<std::int64_t>(entry.text.size());
    if (seen <= entry.offset || bytes != entry.next_offset - entry.offset) return entry.text;
    return entry.text.substr(static_cast<std::size_t>(seen - entry.offset));
  }

  std::map<std::string, std::int64_t> next_;
};

struct StatusLine {
  std::string text;
};

}  // namespace

void print_log(const std::string& stream, const std::string& label, const std::string& text) {
  const std::string out = label.empty() ? text : with_label(label, text);
  if (stream == "program") {
    write_all(STDOUT_FILENO, out);
  } else {
    write_all(STDERR_FILENO, is_terminal(STDERR_FILENO) ? paint(Colour::dim, out) : out);
  }
}

base::Result<FollowResult> follow_job(Client& client, const LogFlags& flags) {
  Printed printed;
  bool ended = false;
  const auto take = [&](const gateway::ServerEvent& event) {
    if (event.event == "log") {
      if (const auto entry = base::from_json<gateway::LogEntry>(event.data)) {
        printed.take(*entry, flags.labels);
      }
    } else if (event.event == "status") {
      const auto status = base::parse_json(event.data);
      const base::Document* text = status ? status->find("text") : nullptr;
      if (text != nullptr && text->is(base::DocumentKind::text)) {
        const std::string line = "── " + std::string(text->text()) + "\n";
        write_all(STDERR_FILENO, is_terminal(STDERR_FILENO) ? paint(Colour::dim, line) : line);
      }
    } else if (event.event == "end") {
      ended = true;
      return false;
    }
    return !interrupted();
  };
  // A server that restarts is away for seconds; its jobs are not.
  constexpr int tries_max = 30;
  for (int tries = 0; !ended; ++tries) {
    const auto status = client.events("GET", target_of(flags, true), "", take);
    if (interrupted()) return FollowResult{true, 0};
    if (ended) break;
    const bool may_come_back = status || status.error().code == base::ErrorCode::unavailable;
    if (!may_come_back || tries == tries_max) {
      if (!status) return base::fail(status.error());
      return base::fail(base::ErrorCode::unavailable, "the server ended the stream too often");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  const auto reference = WEIR_TRY(model::parse_job_reference(flags.job));
  const auto view = WEIR_TRY(
      client.ask<model::JobView>("GET", "/v1/jobs/" + std::to_string(reference.job.value)));
  return FollowResult{false, exit_code_of(view.summary)};
}

}  // namespace weir::cli
