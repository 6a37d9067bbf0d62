#include "backend/local/runner/control_group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "backend/local/runner/system.h"

namespace weir::backend::local {
namespace {

constexpr std::int64_t period_us = 100'000;

}  // namespace

std::string ControlGroup::create(std::int64_t memory_bytes, std::uint32_t cpu_count) const {
  if (::mkdir(folder_.c_str(), 0755) != 0 && errno != EEXIST) {
    return "cannot make cgroup " + folder_ + ": " + error_text(errno);
  }
  if (memory_bytes >= 0) {
    if (!set("memory.max", std::to_string(memory_bytes))) {
      return "cannot set memory.max of " + folder_ + ": " + error_text(errno);
    }
    // Neither file is on every kernel, and the limit holds without them.
    static_cast<void>(set("memory.swap.max", "0"));
    static_cast<void>(set("memory.oom.group", "1"));
  }
  if (cpu_count > 0) {
    const std::string quota =
        std::to_string(cpu_count * period_us) + " " + std::to_string(period_us);
    if (!set("cpu.max", quota)) {
      return "cannot set cpu.max of " + folder_ + ": " + error_text(errno);
    }
  }
  return {};
}

int ControlGroup::open_members() const {
  return ::open((folder_ + "/cgroup.procs").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
}

void ControlGroup::kill_all() const { static_cast<void>(set("cgroup.kill", "1")); }

void ControlGroup::remove() const { ::rmdir(folder_.c_str()); }

std::optional<std::int64_t> ControlGroup::peak_memory_bytes() const {
  return number("memory.peak", "");
}
std::optional<std::int64_t> ControlGroup::cpu_us() const {
  return number("cpu.stat", "usage_usec ");
}
bool ControlGroup::ran_out_of_memory() const {
  return number("memory.events", "oom_kill ").value_or(0) > 0;
}

bool ControlGroup::set(const char* name, const std::string& value) const {
  const int descriptor =
      ::open((folder_ + "/" + name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return false;
  const bool written = write_all(descriptor, value);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return written;
}

std::optional<std::int64_t> ControlGroup::number(const char* name, const char* word) const {
  const std::string text = "\n" + read_small_file(folder_ + "/" + name);
  const std::string marked = std::string("\n") + word;
  const std::size_t at = text.find(marked);
  if (at == std::string::npos) return std::nullopt;
  std::int64_t value = 0;
  const char* const begin = text.data() + at + marked.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace weir::backend::local
