// The house behind a gateway under test: a real engine in memory, rows in a list, logs in a map.
//
// Everything is done at once, on the thread that asks. A site of one's own can be played.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "gateway/core.h"

namespace weir::gateway {

class MemoryCore final : public Core {
 public:
  void submit(model::Input input, std::function<void(engine::Reply)> when_durable) override;
  void ask(std::function<void(const engine::Engine&, base::Time now)> question,
           std::function<void()> then) override;
  [[nodiscard]] std::shared_ptr<void> follow(std::function<void(DurableRows)> on_rows) override;
  base::Status read_rows(std::uint64_t from, std::uint64_t to,
                         const std::function<bool(const DurableRow&)>& visit) override;
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
  [[nodiscard]] CoreStatistics statistics() const override;

  // ---- for tests

  engine::Reply give(model::Input input);
  // A site of equal nodes joins, or joins again.
  void join_site(const std::string& name, std::uint32_t nodes = 1, std::uint32_t cpus = 4);
  // What its agent reports.
  void report(const std::string& site, model::AttemptReport report);
  void report_running(const std::string& site, model::AttemptKey attempt);
  void report_ended(const std::string& site, model::AttemptKey attempt, model::Outcome outcome);
  // A transfer to the site has brought all of its bytes.
  void report_transfer(const std::string& site, model::TransferId transfer);
  // What is running now, by key.
  [[nodiscard]] std::vector<model::AttemptKey> attempts();

  void write_log(model::AttemptKey attempt, std::uint32_t rank, backend::Stream stream,
                 std::string_view bytes);
  void archive(journal::ArchivedJob job);
  [[nodiscard]] std::size_t rows();
  [[nodiscard]] std::uint64_t journal_reads() const { return journal_reads_; }

  // What exec does; by default it says the command and ends with 0.
  std::function<base::Result<int>(const std::string& command,
                                  const std::function<void(std::string_view)>&, std::stop_token)>
      on_exec;

 private:
  mutable std::recursive_mutex mutex_;
  engine::Engine engine_;
  base::Time now_ = base::time_from_us(1'700'000'000'000'000);
  std::vector<std::shared_ptr<const DurableRow>> rows_;
  std::map<std::uint64_t, journal::ArchivedJob> archive_;
  std::map<std::tuple<model::AttemptKey, std::uint32_t, backend::Stream>, std::string> logs_;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> sites_;  // epoch, last sequence
  std::function<void(DurableRows)> on_rows_;
  std::uint64_t steps_ = 0;
  std::atomic<std::uint64_t> journal_reads_ = 0;
};

}  // namespace weir::gateway
