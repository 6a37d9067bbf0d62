#include "tests/gateway/support/memory_core.h"

#include <algorithm>

#include "engine/questions.h"

namespace weir::gateway {

void MemoryCore::submit(model::Input input, std::function<void(engine::Reply)> when_durable) {
  engine::Reply reply;
  {
    const std::lock_guard lock(mutex_);
    now_ += std::chrono::milliseconds(1);
    engine::Step step = engine_.step(input, now_);
    ++steps_;
    for (const model::Effect& effect : step.effects) {
      if (const auto* job = std::get_if<model::ArchiveJob>(&effect)) {
        archive_[job->job.value] = {job->tenant, job->job.value, engine::archive_text(job->view)};
      }
    }
    if (!step.facts.empty()) {
      rows_.push_back(
          std::make_shared<const DurableRow>(DurableRow{step.sequence, now_, step.facts}));
      if (on_rows_) on_rows_({&rows_.back(), 1});
    }
    reply = std::move(step.reply);
  }
  when_durable(std::move(reply));
}

void MemoryCore::ask(std::function<void(const engine::Engine&, base::Time)> question,
                     std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    question(engine_, now_);
  }
  then();
}

std::shared_ptr<void> MemoryCore::follow(std::function<void(DurableRows)> on_rows) {
  const std::lock_guard lock(mutex_);
  on_rows_ = std::move(on_rows);
  return {this, [](MemoryCore* core) {
            const std::lock_guard end(core->mutex_);
            core->on_rows_ = nullptr;
          }};
}

base::Status MemoryCore::read_rows(std::uint64_t from, std::uint64_t to,
                                   const std::function<bool(const DurableRow&)>& visit) {
  ++journal_reads_;
  std::vector<std::shared_ptr<const DurableRow>> rows;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t last = std::min<std::uint64_t>(to, rows_.size());
    for (std::uint64_t i = from; i <= last; ++i) rows.push_back(rows_[i - 1]);
  }
  for (const auto& row : rows) {
    if (!visit(*row)) break;
  }
  return {};
}

base::Result<std::vector<journal::ArchivedJob>> MemoryCore::archived_jobs(
    const journal::ArchiveQuery& query) {
  const std::lock_guard lock(mutex_);
  std::vector<journal::ArchivedJob> page;
  for (auto at = archive_.rbegin(); at != archive_.rend() && page.size() < query.limit; ++at) {
    if (query.before && at->first >= *query.before) continue;
    if (query.tenant && at->second.tenant != *query.tenant) continue;
    page.push_back(at->second);
  }
  return page;
}

base::Result<backend::LogChunk> MemoryCore::read_log(const std::string&, model::AttemptKey attempt,
                                                     std::uint32_t rank, backend::Stream stream,
                                                     std::int64_t offset, std::size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  const std::string& log = logs_[{attempt, rank, stream}];
  const auto from = std::min(static_cast<std::size_t>(offset), log.size());
  std::string bytes = log.substr(from, bytes_max);
  const auto next = offset + static_cast<std::int64_t>(bytes.size());
  return backend::LogChunk{std::move(bytes), next};
}

base::Result<int> MemoryCore::exec(const std::string&, model::AttemptKey, std::uint32_t,
                                   const std::string& command,
                                   const std::function<void(std::string_view)>& on_output,
                                   std::stop_token cancel) {
  if (on_exec) return on_exec(command, on_output, std::move(cancel));
  on_output("ran " + command + "\n");
  return 0;
}

base::Result<std::string> MemoryCore::unseal(std::string_view sealed) {
  return "unsealed " + std::string(sealed);
}

base::Result<std::string> MemoryCore::seal(std::string_view secret) {
  return "sealed:" + std::to_string(secret.size());
}

CoreStatistics MemoryCore::statistics() const {
  const std::lock_guard lock(mutex_);
  CoreStatistics statistics;
  statistics.steps = steps_;
  statistics.rows = rows_.size();
  return statistics;
}

engine::Reply MemoryCore::give(model::Input input) {
  engine::Reply kept;
  submit(std::move(input), [&](engine::Reply reply) { kept = std::move(reply); });
  return kept;
}

void MemoryCore::join_site(const std::string& name, std::uint32_t nodes, std::uint32_t cpus) {
  model::JoinSite join{name, {}};
  for (std::uint32_t i = 0; i < nodes; ++i) {
    model::Node node;
    node.name = "node" + std::to_string(i);
    node.cpus = cpus;
    node.memory_bytes = std::int64_t{16} << 30;
    node.devices = {{"nvidia-h100", "nvidia", "gpu", "0000:17:00.0", std::nullopt, std::nullopt}};
    join.nodes.push_back(std::move(node));
  }
  sites_[name] = {give(join).epoch, 0};
}

void MemoryCore::report(const std::string& site, model::AttemptReport report) {
  auto& [epoch, sequence] = sites_.at(site);
  give(model::ReportSite{site, epoch, ++sequence, {std::move(report)}, {}});
}

void MemoryCore::report_running(const std::string& site, model::AttemptKey attempt) {
  report(site, {attempt, model::AttemptPhase::running, now_, std::nullopt, {}, 0, {}});
}

void MemoryCore::report_ended(const std::string& site, model::AttemptKey attempt,
                              model::Outcome outcome) {
  report(site, {attempt, model::AttemptPhase::ended, now_, std::move(outcome), {}, 0, {}});
}

void MemoryCore::report_transfer(const std::string& site, model::TransferId transfer) {
  auto& [epoch, sequence] = sites_.at(site);
  give(model::ReportSite{
      site, epoch, ++sequence, {}, {{transfer, model::TransferPhase::done, 0, ""}}});
}

std::vector<model::AttemptKey> MemoryCore::attempts() {
  const std::lock_guard lock(mutex_);
  std::vector<model::AttemptKey> keys;
  for (const auto& [id, job] : engine_.state().jobs) {
    for (const engine::RunningAttempt& run : job.running) keys.push_back(run.key);
  }
  return keys;
}

void MemoryCore::write_log(model::AttemptKey attempt, std::uint32_t rank, backend::Stream stream,
                           std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  logs_[{attempt, rank, stream}] += bytes;
}

void MemoryCore::archive(journal::ArchivedJob job) {
  const std::lock_guard lock(mutex_);
  archive_[job.job] = std::move(job);
}

std::size_t MemoryCore::rows() {
  const std::lock_guard lock(mutex_);
  return rows_.size();
}

}  // namespace weir::gateway
