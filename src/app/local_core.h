// The house behind the gateway where everything lives in one process: engine loop, journal and one
// backend on this machine.
#pragma once

#include "app/engine_loop.h"
#include "app/secret_box.h"
#include "backend/backend.h"
#include "gateway/core.h"

namespace weir::app {

class LocalCore final : public gateway::Core {
 public:
  // All must outlive this object.
  LocalCore(EngineLoop& loop, journal::Journal& journal, backend::Backend& backend,
            const SecretBox& secrets)
      : loop_(loop), journal_(journal), backend_(backend), secrets_(secrets) {}

  void submit(model::Input input, std::function<void(engine::Reply)> when_durable) override;
  void ask(std::function<void(const engine::Engine&, base::Time now)> question,
           std::function<void()> then) override;
  [[nodiscard]] std::shared_ptr<void> follow(
      std::function<void(gateway::DurableRows)> on_rows) override;
  base::Status read_rows(std::uint64_t from, std::uint64_t to,
                         const std::function<bool(const gateway::DurableRow&)>& visit) override;
  [[nodiscard]] base::Result<std::vector<journal::ArchivedJob>> archived_jobs(
      const journal::ArchiveQuery& query) override;
  [[nodiscard]] base::Result<backend::LogChunk> read_log(model::AttemptKey attempt,
                                                         std::uint32_t rank, backend::Stream stream,
                                                         std::int64_t offset,
                                                         std::size_t bytes_max) override;
  [[nodiscard]] base::Result<int> exec(model::AttemptKey attempt, std::uint32_t rank,
                                       const std::string& command,
                                       const std::function<void(std::string_view)>& on_output,
                                       std::stop_token cancel) override;
  [[nodiscard]] base::Result<std::string> seal(std::string_view secret) override;
  [[nodiscard]] gateway::CoreStatistics statistics() const override;

 private:
  EngineLoop& loop_;
  journal::Journal& journal_;
  backend::Backend& backend_;
  const SecretBox& secrets_;
};

}  // namespace weir::app
