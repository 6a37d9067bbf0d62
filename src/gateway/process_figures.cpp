#include "gateway/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace weir::gateway {
namespace {

// proc(5) of stat, counted after the name in brackets, which may hold anything.
constexpr std::size_t field_start_time = 19;
constexpr std::size_t field_virtual_bytes = 20;
constexpr std::size_t field_resident_pages = 21;

std::string read_all(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> stat_fields() {
  const std::string text = read_all("/proc/self/stat");
  const std::size_t close = text.rfind(") ");
  std::vector<std::string> fields;
  if (close == std::string::npos) return fields;
  std::istringstream words(text.substr(close + 2));
  for (std::string word; words >> word;) fields.push_back(word);
  return fields;
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::optional<double> boot_time() {
  const std::string text = read_all("/proc/stat");
  constexpr std::string_view name = "\nbtime ";
  const std::size_t at = text.find(name);
  if (at == std::string::npos) return std::nullopt;
  return number(text.substr(at + name.size(), 20));
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::optional<double> count_files() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  return count - 1;  // the one that was open to count
}

}  // namespace

ProcessFigures process_figures() {
  ProcessFigures figures;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    figures.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  const std::vector<std::string> fields = stat_fields();
  if (fields.size() > field_resident_pages) {
    figures.virtual_bytes = number(fields[field_virtual_bytes]);
    if (const auto pages = number(fields[field_resident_pages])) {
      figures.resident_bytes = *pages * static_cast<double>(sysconf(_SC_PAGESIZE));
    }
    const auto since_boot = number(fields[field_start_time]);
    const auto boot = boot_time();
    if (since_boot && boot) {
      figures.start_time_s = *boot + *since_boot / static_cast<double>(sysconf(_SC_CLK_TCK));
    }
  }
  figures.open_files = count_files();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    figures.files_max = static_cast<double>(limit.rlim_cur);
  }
  return figures;
}

}  // namespace weir::gateway
