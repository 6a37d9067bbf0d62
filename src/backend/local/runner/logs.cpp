#include "backend/local/runner/logs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

// "2026-12-01T08:00:00Z". Not gmtime(): that one reads the time zone's files first.
std::string stamp(std::int64_t time_us) {
  const std::int64_t seconds = time_us / 1'000'000;
  const std::int64_t second_of_day = seconds % 86'400;
  // Days to date, counted in eras of 400 years that begin on 1 March (Howard Hinnant,
  // "chrono-Compatible Low-Level Date Algorithms").
  const std::int64_t days = seconds / 86'400 + 719'468;
  const std::int64_t era = days / 146'097;
  const std::int64_t day_of_era = days % 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  char text[96];
  std::snprintf(text, sizeof text, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lldZ",
                static_cast<long long>(year), static_cast<long long>(month),
                static_cast<long long>(day), static_cast<long long>(second_of_day / 3600),
                static_cast<long long>(second_of_day / 60 % 60),
                static_cast<long long>(second_of_day % 60));
  return text;
}

// Tenths, and none where the number is whole.
std::string with_one_decimal(std::int64_t value, std::int64_t unit, const char* name) {
  std::string text = std::to_string(value / unit);
  const std::int64_t tenths = value % unit * 10 / unit;
  if (tenths != 0) text += "." + std::to_string(tenths);
  return text + name;
}

}  // namespace

Logs::~Logs() {
  for (const File& file : files_) {
    if (file.descriptor >= 0) ::close(file.descriptor);
  }
}

void Logs::write(Stream stream, std::string_view bytes) {
  if (bytes.empty()) return;
  const std::string_view kept =
      bytes.substr(0, static_cast<std::size_t>(std::max<std::int64_t>(bytes_left_, 0)));
  bytes_left_ -= static_cast<std::int64_t>(kept.size());
  if (!kept.empty()) append(stream, kept);
  File& file = files_[static_cast<std::size_t>(stream)];
  if (kept.size() == bytes.size() || file.is_cut) return;
  file.is_cut = true;
  append(stream, "\n[weir: log cut here: over " + bytes_in_words(bytes_max_) + "]\n");
}

void Logs::say(const std::string& words) {
  append(Stream::platform, stamp(wall_clock_us()) + " " + words + "\n");
}

void Logs::say_with_first(const std::string& words) {
  waiting_ += stamp(wall_clock_us()) + " " + words + "\n";
}

void Logs::say_what_waits() {
  if (!waiting_.empty()) append(Stream::platform, std::exchange(waiting_, {}));
}

void Logs::append(Stream stream, std::string_view bytes) {
  say_what_waits();
  File& file = files_[static_cast<std::size_t>(stream)];
  if (file.descriptor < 0) file.descriptor = open_log(prefix_ + name_of(stream) + ".log");
  if (file.descriptor >= 0 && write_all(file.descriptor, bytes)) return;
  if (trouble_.empty()) trouble_ = std::string("some of its log was lost: ") + error_text(errno);
}

int Logs::open_log(const std::string& path) {
  constexpr int how = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  const int descriptor = ::open(path.c_str(), how, 0600);
  if (descriptor >= 0 || errno != ENOENT) return descriptor;
  ::mkdir(path.substr(0, path.rfind('/')).c_str(), 0700);
  return ::open(path.c_str(), how, 0600);
}

std::string bytes_in_words(std::int64_t bytes) {
  const char* const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t power = 0;
  std::int64_t unit = 1;
  while (power + 1 < std::size(names) && bytes >= unit * 1024) {
    unit *= 1024;
    ++power;
  }
  return with_one_decimal(bytes, unit, names[power]);
}

std::string seconds_in_words(std::int64_t us) { return with_one_decimal(us, 1'000'000, "s"); }

std::string signal_in_words(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

}  // namespace weir::backend::local
