// A Kubernetes cluster in place of an agent's machine: how it is found, and what it offers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/agent_site.h"
#include "backend/kubernetes/kubernetes_backend.h"
#include "base/result.h"
#include "model/site.h"

namespace weir::app {

struct ClusterFolder {
  std::string path;            // of the agent's own, for records and logs
  std::string instance;        // tells its objects from others'
  base::Duration fence_after;  // without a renewed lease for so long, the cluster ends the work
};

// Opens it once the cluster was heard to take this work.
// Fails: not_found (no kubeconfig, context or namespace), invalid, unavailable, refused (another
//        server, or too old), unauthenticated, forbidden, input_output.
[[nodiscard]] base::Result<std::unique_ptr<backend::KubernetesBackend>> open_kubernetes(
    const KubernetesSite& site, const ClusterFolder& folder);

// Twelve letters and digits that are the same for ever for one site of one control plane, whose
// authority (PEM) tells it from others with sites of the same name.
[[nodiscard]] std::string instance_of(const std::string& authority, const std::string& site);

[[nodiscard]] base::Result<std::vector<model::Node>> nodes_of(
    const backend::KubernetesBackend& cluster);
// What others hold of the nodes that it had when the site joined; all of one that is gone, or that
// takes no pods.
[[nodiscard]] base::Result<std::vector<model::RankPlacement>> held_in_cluster(
    const backend::KubernetesBackend& cluster, const std::vector<model::Node>& joined);

}  // namespace weir::app
