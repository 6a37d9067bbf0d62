#include "model/ids.h"

#include <charconv>

namespace weir::model {
namespace {

template <typename Number>
bool read_whole(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return !text.empty() && error == std::errc() && stop == end;
}

}  // namespace

std::string format_task(TaskKey key, bool is_array) {
  std::string out = std::to_string(key.job.value);
  if (is_array) out += "_" + std::to_string(key.task);
  return out;
}

std::string format_attempt(AttemptKey key) {
  return format_task(key.task_key(), true) + "." + std::to_string(key.attempt);
}

base::Result<JobReference> parse_job_reference(std::string_view text) {
  JobReference out;
  const auto underscore = text.find('_');
  const std::string_view job = text.substr(0, underscore);
  bool good = read_whole(job, out.job.value) && out.job.value != 0;
  if (good && underscore != std::string_view::npos) {
    out.one_task = true;
    good = read_whole(text.substr(underscore + 1), out.task);
  }
  if (good) return out;
  return base::fail(base::ErrorCode::invalid, "`" + std::string(text) + "` is no job id", "",
                    "a job is named like 42, one task of an array like 42_7");
}

}  // namespace weir::model
