// kubernetes_cluster FOLDER: the stand-in as a process of its own, for tests that start programs.
//
// Two nodes of 8 processors and two A100s each take work; a third is cordoned. FOLDER/kubeconfig is
// written once it listens. SIGTERM or SIGINT ends it and all that it runs.
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigwait

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/kubernetes_stand_in/stand_in.h"

namespace {

using weir::kubernetes_stand_in::NodeFacts;
using weir::kubernetes_stand_in::StandIn;
using weir::kubernetes_stand_in::StandInOptions;

constexpr int version_with_leases = 31;

void add_nodes(StandIn& cluster) {
  for (const char* const name : {"node-0", "node-1", "node-2"}) {
    NodeFacts node;
    node.name = name;
    node.allocatable = {{"cpu", "8"}, {"memory", "16Gi"}, {"nvidia.com/gpu", "2"}, {"pods", "110"}};
    node.labels = {{"nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"}};
    node.is_cordoned = node.name == "node-2";
    cluster.add_node(node);
  }
}

// Written whole: who waits for it may read it at once.
void write_kubeconfig(const std::string& path, const StandIn& cluster, const std::string& token) {
  const std::string unfinished = path + ".new";
  std::ofstream(unfinished) << "apiVersion: v1\n"
                               "kind: Config\n"
                               "current-context: stand-in\n"
                               "contexts:\n"
                               "  - name: stand-in\n"
                               "    context: {cluster: stand-in, user: weir, namespace: weir}\n"
                               "clusters:\n"
                               "  - name: stand-in\n"
                               "    cluster: {server: \""
                            << cluster.url()
                            << "\"}\n"
                               "users:\n"
                               "  - name: weir\n"
                               "    user: {token: \""
                            << token << "\"}\n";
  std::filesystem::rename(unfinished, path);
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: kubernetes_cluster FOLDER\n");
    return 2;
  }
  // Before any thread is there, so that all of them leave these to us.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  const std::string folder = words[1];
  std::filesystem::create_directories(folder + "/nodes");
  StandInOptions options;
  options.folder = folder + "/nodes";
  options.minor = version_with_leases;
  const std::string token = options.token;
  StandIn cluster(std::move(options));
  cluster.add_namespace("weir");
  add_nodes(cluster);
  write_kubeconfig(folder + "/kubeconfig", cluster, token);
  int signal = 0;
  sigwait(&ends, &signal);
  return 0;
}
