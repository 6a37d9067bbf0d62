#include "app/kubernetes_site.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "backend/kubernetes/features.h"
#include "base/hash.h"
#include "http/target.h"

namespace weir::app {

namespace {

using backend::kubernetes::Access;
using backend::kubernetes::Answer;
using backend::kubernetes::Connection;
using backend::kubernetes::NodeShape;
using base::ErrorCode;

constexpr const char* service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr base::Duration patience = std::chrono::seconds(10);

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): none sets it
  return value != nullptr ? value : "";
}

// The one that is asked for; else the first of $KUBECONFIG's that is there, or kubectl's own.
std::string kubeconfig_path(const KubernetesSite& site) {
  if (!site.kubeconfig.empty()) return site.kubeconfig;
  std::string list = variable("KUBECONFIG");
  if (list.empty()) return variable("HOME") + "/.kube/config";
  std::string first = list.substr(0, list.find(':'));
  for (std::size_t end = 0; !list.empty(); list.erase(0, end)) {
    const std::string path = list.substr(0, list.find(':'));
    if (!path.empty() && ::access(path.c_str(), R_OK) == 0) return path;
    end = std::min(path.size() + 1, list.size());
  }
  return first;
}

base::Result<Access> access_by_kubeconfig(const KubernetesSite& site) {
  const std::string path = kubeconfig_path(site);
  const auto text = backend::kubernetes::read_text_file(path);
  if (!text) {
    base::Error error = text.error();
    error.hint = "name one with --kubeconfig, or run the agent in a pod with a service account";
    return base::fail(std::move(error));
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  auto access = backend::kubernetes::access_of_kubeconfig(*text, folder, site.context);
  if (!access) {
    base::Error error = access.error();
    error.message = path + ": " + error.message;
    return base::fail(std::move(error));
  }
  return access;
}

base::Result<Access> access_of(const KubernetesSite& site) {
  auto access = base::Result<Access>(base::fail(ErrorCode::not_found, "not looked for"));
  // Who names a kubeconfig or a context means that one, also in a pod.
  if (site.kubeconfig.empty() && site.context.empty()) {
    access = backend::kubernetes::access_of_service_account(
        service_account, variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT"));
  }
  if (!access) access = WEIR_TRY(access_by_kubeconfig(site));
  if (!site.name_space.empty()) access->name_space = site.name_space;
  if (access->name_space.empty()) access->name_space = "default";
  return access;
}

base::Status expect_good(const base::Result<Answer>& answer) {
  if (!answer) return base::fail(answer.error());
  if (!answer->is_good()) return base::fail(backend::kubernetes::error_of(*answer));
  return {};
}

// Asks for what will be asked for all the time, so that what is wrong is said at the beginning.
base::Status try_out(const Access& access) {
  Connection connection(access, patience, {});
  const auto found = WEIR_TRY(backend::kubernetes::discover(connection));
  if (!found.features.removes_finished) {
    return base::fail(ErrorCode::refused,
                      "it is Kubernetes " + found.version +
                          ", which cannot end the work of an agent that is gone",
                      "", "1.21 or newer can");
  }
  const std::string name_space = "/namespaces/" + http::encode_component(access.name_space);
  const auto there = connection.request("GET", "/api/v1" + name_space);
  if (there && there->status == 404) {
    return base::fail(ErrorCode::not_found, "it has no namespace \"" + access.name_space + "\"", "",
                      "make it, or name another with --namespace");
  }
  if (there && there->status == 401) return expect_good(there);  // 403: it need not be seen
  WEIR_TRY_STATUS(
      expect_good(connection.request("GET", "/apis/batch/v1" + name_space + "/jobs?limit=1")));
  WEIR_TRY_STATUS(expect_good(connection.request("GET", "/api/v1/nodes?limit=1")));
  return expect_good(connection.request("GET", "/api/v1/pods?limit=1"));
}

std::string hint_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
      return "see whether `kubectl cluster-info` reaches it from this machine";
    case ErrorCode::unauthenticated:
      return "the token or certificate of the kubeconfig holds no longer, or is another cluster's";
    case ErrorCode::forbidden:
      return "docs/en/sites.md lists what the agent's account has to be allowed";
    default:
      return {};
  }
}

model::RankPlacement held_of(std::uint32_t index, const model::Node& node, const NodeShape& now) {
  const backend::kubernetes::ForeignUse foreign = backend::kubernetes::foreign_use_of(now);
  model::RankPlacement held;
  held.node = index;
  held.cpus = std::min(foreign.cpus, node.cpus);
  held.memory_bytes = std::min(foreign.memory_bytes, node.memory_bytes);
  std::map<std::string, std::uint32_t> left = foreign.devices;
  for (std::uint32_t i = 0; i < node.devices.size(); ++i) {
    std::uint32_t& of_model = left[node.devices[i].model];
    if (of_model == 0) continue;
    --of_model;
    held.devices.push_back(i);
  }
  return held;
}

}  // namespace

base::Result<std::unique_ptr<backend::KubernetesBackend>> open_kubernetes(
    const KubernetesSite& site, const ClusterFolder& folder) {
  backend::KubernetesOptions options;
  options.access = WEIR_TRY(access_of(site));
  if (const base::Status tried = try_out(options.access); !tried) {
    base::Error error = tried.error();
    error.message = "no work can be run in the Kubernetes cluster at " + options.access.server +
                    ", namespace " + options.access.name_space + ": " + error.message;
    if (error.hint.empty()) error.hint = hint_for(error.code);
    return base::fail(std::move(error));
  }
  options.folder = folder.path;
  options.instance = folder.instance;
  options.image = site.image;
  options.queue = site.queue;
  options.fence_after = folder.fence_after;
  return backend::KubernetesBackend::open(std::move(options));
}

std::string instance_of(const std::string& authority, const std::string& site) {
  constexpr std::size_t letters = 12;
  return base::to_hex(base::sha256(authority + "\n" + site)).substr(0, letters);
}

base::Result<std::vector<model::Node>> nodes_of(const backend::KubernetesBackend& cluster) {
  std::vector<model::Node> nodes;
  const std::vector<NodeShape> shapes = WEIR_TRY(cluster.nodes());
  nodes.reserve(shapes.size());
  for (const NodeShape& each : shapes) nodes.push_back(each.node);
  return nodes;
}

base::Result<std::vector<model::RankPlacement>> held_in_cluster(
    const backend::KubernetesBackend& cluster, const std::vector<model::Node>& joined) {
  std::map<std::string, NodeShape> shapes;
  const std::vector<NodeShape> told = WEIR_TRY(cluster.nodes());
  for (const NodeShape& each : told) shapes.emplace(each.node.name, each);
  const std::vector<model::RankPlacement> all = all_of(joined);
  std::vector<model::RankPlacement> held;
  for (std::uint32_t i = 0; i < joined.size(); ++i) {
    const auto now = shapes.find(joined[i].name);
    const bool is_there = now != shapes.end() && backend::kubernetes::takes_pods(now->second);
    model::RankPlacement rank = is_there ? held_of(i, joined[i], now->second) : all[i];
    if (rank.cpus > 0 || rank.memory_bytes > 0 || !rank.devices.empty()) {
      held.push_back(std::move(rank));
    }
  }
  return held;
}

}  // namespace weir::app
