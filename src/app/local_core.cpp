#include "app/local_core.h"

#include "model/pack.h"

namespace weir::app {

namespace {

backend::RankKey rank_key(model::AttemptKey attempt, std::uint32_t rank) {
  return {attempt.job.value, attempt.task, attempt.attempt, rank};
}

}  // namespace

void LocalCore::submit(model::Input input, std::function<void(engine::Reply)> when_durable) {
  loop_.submit(std::move(input), std::move(when_durable));
}

void LocalCore::ask(std::function<void(const engine::Engine&, base::Time)> question,
                    std::function<void()> then) {
  loop_.ask(std::move(question), std::move(then));
}

std::shared_ptr<void> LocalCore::follow(std::function<void(gateway::DurableRows)> on_rows) {
  return loop_.follow(std::move(on_rows));
}

base::Status LocalCore::read_rows(std::uint64_t from, std::uint64_t to,
                                  const std::function<bool(const gateway::DurableRow&)>& visit) {
  std::optional<base::Error> error;
  WEIR_TRY_STATUS(journal_.read(from, to, [&](const journal::Row& row) {
    auto facts = model::unpack_facts(row.facts);
    if (!facts) {
      error = facts.error();
      return false;
    }
    return visit({row.sequence, base::time_from_us(row.time_us), *std::move(facts)});
  }));
  if (error) return base::fail(*std::move(error));
  return {};
}

base::Result<std::vector<journal::ArchivedJob>> LocalCore::archived_jobs(
    const journal::ArchiveQuery& query) {
  return journal_.archived_page(query);
}

base::Result<backend::LogChunk> LocalCore::read_log(const std::string& site,
                                                    model::AttemptKey attempt, std::uint32_t rank,
                                                    backend::Stream stream, std::int64_t offset,
                                                    std::size_t bytes_max) {
  if (site == own_site_) {
    return backend_.read_log(rank_key(attempt, rank), stream, offset, bytes_max);
  }
  gateway::AgentLinks* const links = links_;
  if (links == nullptr) {
    return base::fail(base::ErrorCode::unavailable, "site `" + site + "` cannot be asked now");
  }
  return links->ask(site,
                    {0, attempt, rank, static_cast<std::uint32_t>(stream), offset, bytes_max});
}

base::Result<int> LocalCore::exec(const std::string& site, model::AttemptKey attempt,
                                  std::uint32_t rank, const std::string& command,
                                  const std::function<void(std::string_view)>& on_output,
                                  std::stop_token cancel) {
  if (site != own_site_) {
    return base::fail(base::ErrorCode::unavailable,
                      "commands run beside tasks of the control plane's own site only, and this "
                      "one runs at `" +
                          site + "`");
  }
  return backend_.exec(rank_key(attempt, rank), command, on_output, std::move(cancel));
}

base::Result<std::string> LocalCore::unseal(std::string_view sealed) {
  return secrets_.unseal(sealed);
}

base::Result<std::string> LocalCore::seal(std::string_view secret) { return secrets_.seal(secret); }

gateway::CoreStatistics LocalCore::statistics() const { return loop_.statistics(); }

}  // namespace weir::app
