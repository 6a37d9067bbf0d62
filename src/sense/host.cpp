#include "sense/host.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include "sense/text.h"

namespace weir::sense {
namespace {

// The value of PRETTY_NAME, without the quotes around it.
std::string distribution(const std::filesystem::path& root) {
  constexpr std::string_view key = "PRETTY_NAME=";
  for (const char* file : {"etc/os-release", "usr/lib/os-release"}) {
    const auto text = read_text(root / file);
    if (!text) continue;
    for (auto line : split(*text, '\n')) {
      if (!line.starts_with(key)) continue;
      line.remove_prefix(key.size());
      if (line.size() >= 2 && (line.front() == '"' || line.front() == '\'') &&
          line.back() == line.front()) {
        line = line.substr(1, line.size() - 2);
      }
      return std::string(line);
    }
  }
  return {};
}

void read_running(Machine& machine) {
  ::utsname names{};
  if (::uname(&names) != 0) return;
  machine.host_name = names.nodename;
  machine.kernel = fmt::format("{} {}", names.sysname, names.release);
  machine.architecture = names.machine;
}

void read_recorded(const std::filesystem::path& root, Machine& machine) {
  const auto kernel = root / "proc/sys/kernel";
  machine.host_name = read_text(kernel / "hostname").value_or("");
  if (machine.host_name.empty()) machine.host_name = read_text(root / "etc/hostname").value_or("");
  const auto release = read_text(kernel / "osrelease");
  if (release) {
    machine.kernel = fmt::format("{} {}", read_text(kernel / "ostype").value_or("Linux"), *release);
  }
  machine.architecture = read_text(kernel / "arch").value_or("");  // since Linux 6.1
}

}  // namespace

void read_host(const std::filesystem::path& root, Machine& machine) {
  if (root == "/") {
    read_running(machine);
  } else {
    read_recorded(root, machine);
  }
  machine.operating_system = distribution(root);
  const auto missing = [&](const std::string& value, const char* what, const char* where) {
    if (value.empty())
      machine.unknown.push_back(fmt::format("{}: {} does not tell it", what, where));
  };
  missing(machine.host_name, "host name", "/proc/sys/kernel/hostname");
  missing(machine.operating_system, "operating system", "/etc/os-release");
  missing(machine.kernel, "kernel", "/proc/sys/kernel/osrelease");
  missing(machine.architecture, "architecture", "/proc/sys/kernel/arch");
}

}  // namespace weir::sense
