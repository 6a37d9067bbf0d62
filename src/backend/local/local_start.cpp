// LocalBackend: from an order to a runner.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "backend/local/input_links.h"
#include "backend/local/leftovers.h"
#include "backend/local/local_backend.h"
#include "base/check.h"

namespace weir::backend {
namespace {

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// "" where the order can be carried out; else what is wrong with it.
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

std::int64_t us_or_none(const std::optional<base::Duration>& duration) {
  return duration ? base::to_us(*duration) : -1;
}

}  // namespace

base::Status LocalBackend::start(const RankOrder& order) {
  if (ranks_.contains(order.key)) return {};
  if (WEIR_TRY(forgotten_.contains(order.key))) {
    return base::fail(base::ErrorCode::conflict,
                      to_text(order.key) + " ran before and was forgotten; it never runs again");
  }
  WEIR_TRY_STATUS(make_work_folder(order.key));
  // Without a spare one the runner makes its record itself.
  static_cast<void>(spares_.take_record(layout_.record(order.key)));
  Rank& rank = ranks_[order.key];
  rank.seen.key = order.key;
  rank.order = std::make_unique<RankOrder>(order);
  mark_changed(order.key);
  if (const std::string fault = fault_of(order); !fault.empty()) {
    end_unbegun(rank, RankOutcome::End::start_failed, fault);
  } else if (order.workdir_archive.empty()) {
    begin(rank);
  } else {
    unpack_then_begin(rank);
  }
  return {};
}

base::Status LocalBackend::make_work_folder(const RankKey& key) {
  const std::string folder = layout_.work(key);
  if (spares_.take_folder(folder)) return {};
  if (::mkdir(folder.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return base::fail_errno("make folder " + folder, errno);
  // Left by a start that failed half-way; no record means that no runner was in it.
  discard_folder(folder);
  if (::mkdir(folder.c_str(), 0700) != 0) return base::fail_errno("make folder " + folder, errno);
  return {};
}

base::Result<std::string> LocalBackend::work_folder(const RankKey& key) const {
  if (ranks_.contains(key)) return layout_.work(key);
  return base::fail(base::ErrorCode::not_found, "no rank " + to_text(key) + " is known here");
}

void LocalBackend::unpack_then_begin(Rank& rank) {
  const RankKey key = rank.seen.key;
  const auto unpacked = std::make_shared<base::Status>();
  chores_.post(
      [archive = rank.order->workdir_archive, folder = layout_.work(key),
       limits = options_.unpack_limits, unpacked](const std::stop_token& stop) {
        *unpacked = workdir::unpack_file(archive, folder, limits, stop);
      },
      [this, key, unpacked] {
        Rank& ready = ranks_.at(key);
        if (ready.stop_reason) {
          end_unbegun(ready, RankOutcome::End::stopped, *ready.stop_reason);
        } else if (!*unpacked) {
          end_unbegun(ready, RankOutcome::End::start_failed,
                      "the work folder: " + unpacked->error().text());
        } else {
          begin(ready);
        }
      });
}

void LocalBackend::begin(Rank& rank) {
  WEIR_CHECK(rank.order != nullptr, "a rank that has not begun has its order");
  if (const auto linked = local::link_inputs(layout_.work(rank.seen.key), rank.order->inputs);
      !linked) {
    return end_unbegun(rank, RankOutcome::End::start_failed, linked.error().text());
  }
  ++rank.starts;
  const base::Result<local::Runner*> runner =
      runners_.engage(rank.seen.key, runner_order(*rank.order));
  if (!runner) return end_unbegun(rank, RankOutcome::End::start_failed, runner.error().text());
  rank.runner = *runner;
  rank.seen.pid = rank.runner->process.pid;
}

local::RunnerOrder LocalBackend::runner_order(const RankOrder& order) const {
  local::RunnerOrder made;
  made.name = to_text(order.key);
  made.work_folder = layout_.work(order.key);
  made.record_path = layout_.record(order.key);
  made.stop_path = layout_.stop(order.key);
  made.log_prefix = layout_.log_prefix(order.key);
  made.setup = order.setup;
  made.run = order.run;
  made.environment = environment_of(order);
  made.cpus.assign(order.cpus.begin(), order.cpus.end());
  made.memory_bytes = order.memory_bytes.value_or(-1);
  made.cpu_count = order.cpu_count;
  if (!limit_keeping_.parent.empty()) {
    made.cgroup = limit_keeping_.parent + "/" + to_text(order.key);
  }
  made.time_limit_us = us_or_none(order.time_limit);
  made.notice_signal = order.notice_signal;
  made.notice_before_us = base::to_us(order.notice_before);
  made.kill_grace_us = base::to_us(order.kill_grace);
  made.log_bytes_max = order.log_bytes_max;
  return made;
}

// Nothing of the server's own environment: it may hold what a program must not see.
std::vector<std::string> LocalBackend::environment_of(const RankOrder& order) const {
  const std::string folder = layout_.work(order.key);
  std::map<std::string_view, std::string_view> variables = {
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {"HOME", folder},
      {"TMPDIR", folder},
      {"SHELL", "/bin/sh"},
      {"LANG", "C.UTF-8"},
      {"USER", user_},
      {"LOGNAME", user_},
  };
  for (const auto& [name, value] : order.environment) variables[name] = value;
  for (const auto& [name, value] : order.secrets) variables[name] = value;
  variables[local::run_folder_variable] = folder;
  std::vector<std::string> listed;
  listed.reserve(variables.size());
  for (const auto& [name, value] : variables) {
    listed.push_back(std::string(name).append("=").append(value));
  }
  return listed;
}

}  // namespace weir::backend
