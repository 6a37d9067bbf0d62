// A Kubernetes backend over a stand-in of a control plane, and waiting for what it observes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "backend/kubernetes/kubernetes_backend.h"
#include "tests/backend/support/lab.h"
#include "tests/kubernetes_stand_in/stand_in.h"

namespace weir::backend::test {

class KubernetesSite {
 public:
  // One node, "node-0", of 8 processors and two A100s.
  explicit KubernetesSite(kubernetes_stand_in::StandInOptions stand_in_options = {});

  [[nodiscard]] KubernetesBackend& backend() { return *backend_; }
  [[nodiscard]] kubernetes_stand_in::StandIn& cluster() { return *cluster_; }
  // Another server over the same folder; the one before is gone.
  void restart();
  void close() { backend_.reset(); }
  // The options of the next server.
  KubernetesOptions options;

  // Waits (up to 30 s) until `is_so` holds of what is observed of the rank.
  RankObservation await(const RankKey& key,
                        const std::function<bool(const RankObservation&)>& is_so);
  RankOutcome await_end(const RankKey& key);
  void await_running(const RankKey& key);
  std::string await_log(const RankKey& key, Stream stream, const std::string& text);
  [[nodiscard]] std::string log(const RankKey& key, Stream stream);
  // Starts, and waits for the end.
  RankOutcome run(const RankOrder& order);
  [[nodiscard]] const Folder& outside() const { return folder_; }

 private:
  Folder folder_;
  std::unique_ptr<kubernetes_stand_in::StandIn> cluster_;
  std::unique_ptr<KubernetesBackend> backend_;
};

}  // namespace weir::backend::test
