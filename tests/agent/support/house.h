// A whole small Weir without gateway and journal: a real engine in memory, a real local backend in
// a folder of its own, and the agent between them.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/local_agent.h"
#include "backend/local/local_backend.h"
#include "engine/engine.h"

namespace weir::agent::test {

// The engine behind a lock. Nothing is kept: this process is all there is.
class MemoryControlPlane final : public ControlPlane {
 public:
  void send(model::Input input, std::function<void(const engine::Reply&)> answer) override;
  void fetch_wanted(const std::string& site,
                    std::function<void(model::WantedState)> answer) override;

  // Where changes of the wanted state go from now on; null: nowhere.
  void connect(LocalAgent* agent);
  engine::Reply step(const model::Input& input);
  [[nodiscard]] model::JobId submit(model::JobSpec spec);
  // Waits up to 30 s until `is_so` holds of the job.
  [[nodiscard]] engine::JobRecord await(model::JobId job,
                                        const std::function<bool(const engine::JobRecord&)>& is_so);
  [[nodiscard]] engine::JobRecord await_end(model::JobId job);
  [[nodiscard]] engine::JobRecord await_running(model::JobId job);
  // The newest version. Requires: there is one.
  [[nodiscard]] model::Dataset dataset(const std::string& tenant, const std::string& name);
  [[nodiscard]] std::uint64_t reports() const { return reports_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  engine::Engine engine_;
  LocalAgent* agent_ = nullptr;
  std::uint64_t reports_ = 0;
};

class House {
 public:
  explicit House(std::uint32_t nodes = 1);
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  // The agent's end, and the beginning of another one over the same backend.
  void start_agent();
  void stop_agent();
  [[nodiscard]] std::string log(const backend::RankKey& key) const;
  // Waits up to 30 s until the backend knows of no rank.
  [[nodiscard]] bool becomes_empty();

  MemoryControlPlane plane;
  LocalAgentOptions options;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<backend::LocalBackend> backend_;
  std::unique_ptr<LocalAgent> agent_;
};

// A job of one rank that runs `text`.
[[nodiscard]] model::JobSpec job_of(const std::string& text);

}  // namespace weir::agent::test
