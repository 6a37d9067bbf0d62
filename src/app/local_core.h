// The house behind the gateway: engine loop, journal, the backend of this machine's own site, and
// the agents of others.
#pragma once

#include <atomic>
#include <string>

#include "app/engine_loop.h"
#include "app/secret_box.h"
#include "backend/backend.h"
#include "gateway/agent_links.h"
#include "gateway/core.h"

namespace weir::app {

class LocalCore final : public gateway::Core {
 public:
  // All must outlive this object.
  LocalCore(EngineLoop& loop, journal::Journal& journal, backend::Backend& backend,
            const SecretBox& secrets, std::string own_site)
      : loop_(loop),
        journal_(journal),
        backend_(backend),
        secrets_(secrets),
        own_site_(std::move(own_site)) {}

  // Where the agents of other sites are asked; null: nowhere yet, or no more.
  void set_links(gateway::AgentLinks* links) { links_ = links; }

  void submit(model::Input input, std::function<void(engine::Reply)> when_durable) override;
  void ask(std::function<void(const engine::Engine&, base::Time now)> question,
           std::function<void()> then) override;
  [[nodiscard]] std::shared_ptr<void> follow(
      std::function<void(gateway::DurableRows)> on_rows) override;
  base::Status read_rows(std::uint64_t from, std::uint64_t to,
                         const std::function<bool(const gateway::DurableRow&)>& visit) override;
  [[nodiscard]] base::Result<std::vector<journal::ArchivedJob>> archived_jobs(
      const journal::ArchiveQuery& query) override;
  [[nodiscard]] base::Result<backend::LogChunk> read_log(const std::string& site,
                                                         model::AttemptKey attempt,
                                                         std::uint32_t rank, backend::Stream stream,
                                                         std::int64_t offset,
                                                         std::size_t bytes_max) override;
  [[nodiscard]] base::Result<int> exec(const std::string& site, model::AttemptKey attempt,
                                       std::uint32_t rank, const std::string& command,
                                       const std::function<void(std::string_view)>& on_output,
                                       std::stop_token cancel) override;
  [[nodiscard]] base::Result<std::string> unseal(std::string_view sealed) override;
  [[nodiscard]] base::Result<std::string> seal(std::string_view secret) override;
  [[nodiscard]] gateway::CoreStatistics statistics() const override;

 private:
  EngineLoop& loop_;
  journal::Journal& journal_;
  backend::Backend& backend_;
  const SecretBox& secrets_;
  const std::string own_site_;
  std::atomic<gateway::AgentLinks*> links_ = nullptr;
};

}  // namespace weir::app
