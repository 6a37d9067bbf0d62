// A Kubernetes backend over a stand-in of a cluster with three nodes, whose containers are
// processes of this machine.
#pragma once

#include <string>
#include <vector>

#include "tests/backend/support/kubernetes_site.h"
#include "tests/conformance/backend_under_test.h"

namespace weir::backend::conformance {

class KubernetesUnderTest final : public BackendUnderTest {
 public:
  KubernetesUnderTest();

  [[nodiscard]] Backend& backend() override { return site_.backend(); }
  void restart() override { site_.restart(); }
  bool restart_with_fence(base::Duration fence_after) override;
  [[nodiscard]] std::vector<std::string> nodes() const override {
    return {"node-0", "node-1", "node-2"};
  }
  [[nodiscard]] std::uint32_t cpus_of_node() const override { return 8; }
  [[nodiscard]] bool has_queue() const override { return true; }
  [[nodiscard]] std::string device_variable() const override { return "NVIDIA_VISIBLE_DEVICES"; }
  [[nodiscard]] std::vector<std::string> device_names() const override {
    return {"GPU-0", "GPU-1"};
  }
  // The backend's own folder and those of its containers.
  [[nodiscard]] std::string root() const override { return site_.outside().path(); }
  [[nodiscard]] std::string folder_of(const RankKey& key) override;
  // Jobs, pods and events, and every command line of the nodes. Who may read Secrets may read them.
  [[nodiscard]] std::string listings() override;
  void kill_watcher(const RankKey& key) override;
  [[nodiscard]] bool has_controller() const override { return true; }
  void kill_controller() override { site_.cluster().go_away(); }
  // What changed before is gone from its memory, as after a long time.
  void start_controller() override;
  void let_others_in() override;
  [[nodiscard]] std::vector<NodeTold> nodes_told() override;
  [[nodiscard]] std::string refuses(const std::string& property) const override;

 private:
  // Of the pod that runs a rank, or ran it; "" where there is none.
  [[nodiscard]] std::string uid_of_pod(const RankKey& key);
  void ask(const std::string& method, const std::string& target, const std::string& body,
           const std::string& type);

  test::KubernetesSite site_;
};

}  // namespace weir::backend::conformance
