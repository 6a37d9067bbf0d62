// A Weir backend over an inner Weir of its own: a real `weir serve` on a free port of loopback.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "backend/weir/weir_backend.h"
#include "tests/backend/support/lab.h"
#include "tests/conformance/backend_under_test.h"

namespace weir::backend::conformance {

class WeirUnderTest final : public BackendUnderTest {
 public:
  WeirUnderTest();
  // What still runs there is cancelled, and waited for.
  ~WeirUnderTest() override;

  [[nodiscard]] Backend& backend() override { return *backend_; }
  void restart() override;
  bool restart_with_fence(base::Duration fence_after) override;
  [[nodiscard]] std::vector<std::string> nodes() const override {
    return {"local/node0", "local/node1", "local/node2"};
  }
  [[nodiscard]] std::uint32_t cpus_of_node() const override { return 1; }
  [[nodiscard]] std::string root() const override { return folder_.path(); }
  [[nodiscard]] std::string listings() override;
  void kill_watcher(const RankKey& key) override;
  [[nodiscard]] bool has_controller() const override { return true; }
  void kill_controller() override;
  void start_controller() override;
  bool checks_others(const RankOrder& order) override;
  [[nodiscard]] std::string refuses(const std::string& property) const override;

  // The body of an answer of the inner Weir to its operator.
  std::string asks(const std::string& method, const std::string& target,
                   const std::string& body = {});

 private:
  [[nodiscard]] std::string data() const { return folder_ / "inner"; }
  [[nodiscard]] bool is_idle();

  test::Folder folder_;
  WeirOptions options_;
  std::string url_;
  pid_t server_ = 0;
  std::unique_ptr<WeirBackend> backend_;
};

}  // namespace weir::backend::conformance
