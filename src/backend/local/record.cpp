#include "backend/local/record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <iterator>

#include "backend/local/runner/record_form.h"
#include "backend/local/runner/system.h"
#include "base/descriptor.h"

namespace weir::backend::local {
namespace {

// Takes one line apart, word by word; the first word that does not fit spoils the rest.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const std::size_t end = rest_.find(' ');
    const std::string_view taken = rest_.substr(0, end);
    if (taken.empty()) good_ = false;
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return taken;
  }
  template <typename Number>
  Number number() {
    const std::string_view digits = word();
    Number value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
    if (error != std::errc{} || end != digits.end()) good_ = false;
    return value;
  }
  std::optional<std::int64_t> number_or_dash() {
    if (rest_.starts_with("- ") || rest_ == "-") {
      word();
      return std::nullopt;
    }
    return number<std::int64_t>();
  }
  Stage stage() {
    const std::string_view name = word();
    if (name != "setup" && name != "program") good_ = false;
    return name == "setup" ? Stage::setup : Stage::program;
  }
  RankOutcome::End end() {
    const std::string_view name = word();
    for (std::size_t i = 0; i < std::size(end_names); ++i) {
      if (name == end_names[i]) return static_cast<RankOutcome::End>(i);
    }
    good_ = false;
    return RankOutcome::End::vanished;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

bool read_line(std::string_view line, bool is_first, Record& record) {
  Words words(line);
  const std::string_view kind = words.word();
  if (is_first != (kind == "claim") || record.outcome) return false;
  if (kind == "claim") {
    record.runner_pid = words.number<std::int64_t>();
    record.started_us = words.number<std::int64_t>();
    record.stage = words.stage();
    record.memory_bytes = words.number_or_dash();
    return words.good() && words.rest().empty();
  }
  if (kind == "stage") {
    record.stage = words.stage();
    return words.good() && words.rest().empty();
  }
  if (kind != "ended") return false;
  RankOutcome outcome;
  outcome.end = words.end();
  outcome.stage = words.stage();
  outcome.exit_code = words.number<int>();
  outcome.signal = words.number<int>();
  outcome.out_of_memory = words.number<int>() != 0;
  outcome.started_us = words.number<std::int64_t>();
  outcome.ended_us = words.number<std::int64_t>();
  outcome.usage.wall_us = words.number<std::int64_t>();
  outcome.usage.cpu_us = words.number<std::int64_t>();
  outcome.usage.peak_memory_bytes = words.number_or_dash();
  outcome.message = words.rest();
  record.stage = outcome.stage;
  record.outcome = std::move(outcome);
  return words.good();
}

base::Result<base::Descriptor> open_record(const std::string& path, int how) {
  base::Descriptor record(::open(path.c_str(), how | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!record) return base::fail_errno("open " + path, errno);
  return record;
}

}  // namespace

base::Result<Record> parse_record(std::string_view text) {
  Record record;
  bool is_first = true;
  text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos) break;
    const std::string_view line = text.substr(at, newline - at);
    if (!read_line(line, is_first, record)) {
      return base::fail(
          base::ErrorCode::invalid,
          "a rank's record has a line that no runner writes: " + std::string(line.substr(0, 200)));
    }
    is_first = false;
    at = newline + 1;
  }
  if (is_first) return base::fail(base::ErrorCode::invalid, "a rank's record has no whole line");
  return record;
}

base::Result<std::optional<Record>> read_record(const std::string& path) {
  const base::Descriptor record(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!record && errno == ENOENT) return std::optional<Record>();
  if (!record) return base::fail_errno("open " + path, errno);
  std::string text(4096, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t count = ::read(record.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("read " + path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (size == text.size()) text.resize(size * 2);
  }
  if (size <= head_bytes) return std::optional<Record>();
  return std::optional<Record>(WEIR_TRY(parse_record(std::string_view(text).substr(0, size))));
}

std::optional<RankOutcome> recorded_outcome(const std::string& path) {
  const base::Result<std::optional<Record>> record = read_record(path);
  return record && record->has_value() ? record->value().outcome : std::nullopt;
}

pid_t record_holder(const std::string& path) {
  const base::Descriptor record(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!record) return 0;
  struct flock lock{};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(record.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
}

base::Result<bool> claim_and_end(const std::string& path, const RankOutcome& outcome) {
  const base::Descriptor record = WEIR_TRY(open_record(path, O_RDWR | O_CREAT | O_APPEND));
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(record.get(), F_SETLK, &lock) != 0) return false;
  struct stat about{};
  if (::fstat(record.get(), &about) != 0) return base::fail_errno("stat " + path, errno);
  if (about.st_size > static_cast<off_t>(head_bytes)) return false;
  const std::string lines =
      claim_line(0, outcome.started_us, outcome.stage, std::nullopt) + ended_line(outcome);
  if (!write_all(record.get(), lines)) return base::fail_errno("write " + path, errno);
  return true;
}

base::Status replace_with_end(const std::string& path, const Record& known,
                              const RankOutcome& outcome) {
  const std::string next = path + ".new";
  const base::Descriptor record = WEIR_TRY(open_record(next, O_WRONLY | O_CREAT | O_TRUNC));
  const std::string lines =
      claim_line(known.runner_pid, known.started_us, outcome.stage, known.memory_bytes) +
      ended_line(outcome);
  if (!write_all(record.get(), lines)) return base::fail_errno("write " + next, errno);
  if (::rename(next.c_str(), path.c_str()) != 0) return base::fail_errno("rename " + next, errno);
  return {};
}

}  // namespace weir::backend::local
