// A Slurm backend over a folder of its own, on one cluster for all tests of a run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/slurm/slurm_backend.h"
#include "tests/backend/support/lab.h"
#include "tests/conformance/backend_under_test.h"

namespace weir::backend::conformance {

class SlurmUnderTest final : public BackendUnderTest {
 public:
  SlurmUnderTest();
  // What still runs is cancelled, and waited for: the next test finds the cluster free.
  ~SlurmUnderTest() override;

  [[nodiscard]] Backend& backend() override { return *backend_; }
  void restart() override;
  bool restart_with_fence(base::Duration fence_after) override;
  [[nodiscard]] std::vector<std::string> nodes() const override { return {"lab0", "lab1", "lab2"}; }
  [[nodiscard]] std::uint32_t cpus_of_node() const override { return 8; }
  [[nodiscard]] bool has_queue() const override { return true; }
  [[nodiscard]] std::string device_variable() const override { return "CUDA_VISIBLE_DEVICES"; }
  [[nodiscard]] std::vector<std::string> device_names() const override { return {"0", "1"}; }
  [[nodiscard]] std::string root() const override { return options_.folder; }
  [[nodiscard]] std::string listings() override;
  void kill_watcher(const RankKey& key) override;
  [[nodiscard]] bool has_controller() const override { return true; }
  void kill_controller() override;
  void start_controller() override;
  void let_others_in() override;
  [[nodiscard]] std::vector<NodeTold> nodes_told() override;

  // Runs one of Slurm's commands here and gives what it printed.
  static std::string slurm_says(std::vector<std::string> words, std::string input = {});

 private:
  test::Folder folder_;
  SlurmOptions options_;
  std::unique_ptr<SlurmBackend> backend_;
  bool was_controller_killed_ = false;
  bool is_node_drained_ = false;
};

}  // namespace weir::backend::conformance
