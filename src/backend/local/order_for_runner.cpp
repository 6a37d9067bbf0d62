#include "backend/local/order_for_runner.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "backend/local/leftovers.h"

namespace weir::backend::local {
namespace {

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

std::int64_t us_or_none(const std::optional<base::Duration>& duration) {
  return duration ? base::to_us(*duration) : -1;
}

std::vector<std::string> environment_of(const RankOrder& order, const std::string& folder,
                                        const std::string& user) {
  std::map<std::string_view, std::string_view> variables = {
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {"HOME", folder},
      {"TMPDIR", folder},
      {"SHELL", "/bin/sh"},
      {"LANG", "C.UTF-8"},
      {"USER", user},
      {"LOGNAME", user},
  };
  for (const auto& [name, value] : order.environment) variables[name] = value;
  for (const auto& [name, value] : order.secrets) variables[name] = value;
  variables[run_folder_variable] = folder;
  std::vector<std::string> listed;
  listed.reserve(variables.size());
  for (const auto& [name, value] : variables) {
    listed.push_back(std::string(name).append("=").append(value));
  }
  return listed;
}

}  // namespace

std::string fault_of(const RankOrder& order) {
  if (order.run.empty()) return "there is nothing to run";
  if (has_nul(order.setup) || has_nul(order.run)) return "the commands hold a NUL character";
  for (const auto* variables : {&order.environment, &order.secrets}) {
    for (const auto& [name, value] : *variables) {
      const bool is_bad_name = name.empty() || name.find('=') != std::string::npos || has_nul(name);
      if (is_bad_name) return "\"" + name + "\" cannot name a variable of the environment";
      if (has_nul(value)) return "variable " + name + " holds a NUL character";
    }
  }
  return {};
}

RunnerOrder order_for_runner(const RankOrder& order, const Layout& layout,
                             const std::string& user) {
  RunnerOrder made;
  made.name = to_text(order.key);
  made.work_folder = layout.work(order.key);
  made.record_path = layout.record(order.key);
  made.stop_path = layout.stop(order.key);
  made.log_prefix = layout.log_prefix(order.key);
  made.setup = order.setup;
  made.run = order.run;
  made.environment = environment_of(order, made.work_folder, user);
  made.cpus.assign(order.cpus.begin(), order.cpus.end());
  made.memory_bytes = order.memory_bytes.value_or(-1);
  made.cpu_count = order.cpu_count;
  made.time_limit_us = us_or_none(order.time_limit);
  made.notice_signal = order.notice_signal;
  made.notice_before_us = base::to_us(order.notice_before);
  made.kill_grace_us = base::to_us(order.kill_grace);
  made.log_bytes_max = order.log_bytes_max;
  return made;
}

std::string user_name() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> text{};
  ::getpwuid_r(::geteuid(), &entry, text.data(), text.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(::geteuid());
}

}  // namespace weir::backend::local
