#include "gateway/exec_runs.h"

#include <chrono>

#include "gateway/follower.h"
#include "gateway/log_reading.h"
#include "http/event_stream.h"

namespace weir::gateway {
namespace {

std::string output_event(std::string_view text) {
  std::string data = R"({"text":)";
  base::append_json_text(data, text);
  data += '}';
  return http::format_event({{}, "output", std::move(data), {}});
}

// Holds the command up, by not reading its output, while its reader is behind.
void wait_for_reader(const http::StreamWriter& writer, const std::stop_token& stop) {
  while (writer.is_open() && writer.queued_bytes() > Follower::queued_bytes_max &&
         !stop.stop_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

base::Status ExecRuns::start(const std::shared_ptr<Call>& call, ExecCommand command) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return base::fail(base::ErrorCode::unavailable, "the server is ending");
  std::erase_if(runs_, [](const auto& run) { return run->over.load(); });
  if (runs_.size() >= at_once_max) {
    return base::fail(base::ErrorCode::too_many,
                      std::to_string(at_once_max) + " commands run already, the most at once", "",
                      "try again when one has ended");
  }
  auto run = std::make_unique<Run>();
  const http::StreamWriter writer = call->stream_events();
  Run* const here = run.get();
  std::stop_source source;
  writer.on_close([source](http::StreamEnd) mutable { source.request_stop(); });
  run->thread = std::jthread([this, here, writer, source,
                              command = std::move(command)](const std::stop_token& own) mutable {
    const std::stop_callback both(own, [source]() mutable { source.request_stop(); });
    serve(writer, command, source.get_token());
    writer.close();
    here->over = true;
  });
  runs_.push_back(std::move(run));
  return {};
}

void ExecRuns::serve(const http::StreamWriter& writer, const ExecCommand& command,
                     const std::stop_token& stop) {
  std::string rest;  // of a character that is not whole yet
  const auto on_output = [&](std::string_view bytes) {
    rest += bytes;
    const std::size_t whole = whole_characters(rest);
    if (whole == 0) return;
    wait_for_reader(writer, stop);
    writer.write(output_event(std::string_view(rest).substr(0, whole)));
    rest.erase(0, whole);
  };
  const auto code =
      core_.exec(command.site, command.attempt, command.rank, command.text, on_output, stop);
  if (!rest.empty()) writer.write(output_event(rest));
  if (code) {
    writer.write(http::format_event({{}, "exit", R"({"code":)" + std::to_string(*code) + "}", {}}));
  } else {
    writer.write(http::format_event({{}, "error", problem_of(code.error()).body, {}}));
  }
}

void ExecRuns::stop() {
  std::vector<std::unique_ptr<Run>> runs;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    runs.swap(runs_);
  }
  for (const auto& run : runs) run->thread.request_stop();
  runs.clear();  // joins
}

}  // namespace weir::gateway
