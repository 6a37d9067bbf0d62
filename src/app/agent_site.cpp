#include "app/agent_site.h"

#include <map>

#include "agent/machine_nodes.h"
#include "app/kubernetes_site.h"
#include "backend/local/local_backend.h"
#include "backend/slurm/slurm_backend.h"
#include "backend/weir/weir_backend.h"
#include "sense/inventory.h"

namespace weir::app {

namespace {

using model::Node;
using model::RankPlacement;

class MachineSite final : public AgentSite {
 public:
  MachineSite(const SiteChoice& choice, std::unique_ptr<backend::Backend> backend)
      : choice_(choice), backend_(std::move(backend)) {}

  [[nodiscard]] backend::Backend& backend() override { return *backend_; }
  [[nodiscard]] base::Result<std::vector<Node>> nodes() override {
    sense::SenseOptions what_is_here;
    what_is_here.filesystem_root = choice_.machine_root;
    const sense::Machine machine = WEIR_TRY(sense::sense_machine(what_is_here));
    return agent::nodes_of(machine, choice_.nodes, backend_->limits().by);
  }
  [[nodiscard]] base::Result<std::vector<RankPlacement>> held_by_others(
      const std::vector<Node>& /*joined*/) override {
    return std::vector<RankPlacement>();
  }
  [[nodiscard]] bool has_queue() const override { return false; }

 private:
  const SiteChoice choice_;
  std::unique_ptr<backend::Backend> backend_;
};

// All of a node that Slurm would start nothing on.
RankPlacement held_of(std::uint32_t index, const backend::slurm::ClusterNode& now) {
  RankPlacement held;
  held.node = index;
  held.cpus = now.is_available ? now.foreign.cpus : now.node.cpus;
  held.memory_bytes = now.is_available ? now.foreign.memory_bytes : now.node.memory_bytes;
  std::map<std::string, std::uint32_t> left = now.foreign.devices;
  for (std::uint32_t device = 0; device < now.node.devices.size(); ++device) {
    std::uint32_t& of_model = left[now.node.devices[device].model];
    if (!now.is_available || of_model > 0) held.devices.push_back(device);
    if (of_model > 0) --of_model;
  }
  return held;
}

class SlurmCluster final : public AgentSite {
 public:
  explicit SlurmCluster(std::unique_ptr<backend::SlurmBackend> backend)
      : backend_(std::move(backend)) {}

  [[nodiscard]] backend::Backend& backend() override { return *backend_; }
  [[nodiscard]] base::Result<std::vector<Node>> nodes() override {
    std::vector<Node> nodes;
    const auto cluster = WEIR_TRY(backend_->nodes());
    for (const backend::slurm::ClusterNode& each : cluster) nodes.push_back(each.node);
    return nodes;
  }
  [[nodiscard]] base::Result<std::vector<RankPlacement>> held_by_others(
      const std::vector<Node>& /*joined*/) override {
    std::vector<RankPlacement> held;
    const auto cluster = WEIR_TRY(backend_->nodes());
    for (std::uint32_t i = 0; i < cluster.size(); ++i) {
      RankPlacement rank = held_of(i, cluster[i]);
      if (rank.cpus > 0 || rank.memory_bytes > 0 || !rank.devices.empty()) {
        held.push_back(std::move(rank));
      }
    }
    return held;
  }

 private:
  std::unique_ptr<backend::SlurmBackend> backend_;
};

class KubernetesCluster final : public AgentSite {
 public:
  explicit KubernetesCluster(std::unique_ptr<backend::KubernetesBackend> backend)
      : backend_(std::move(backend)) {}

  [[nodiscard]] backend::Backend& backend() override { return *backend_; }
  [[nodiscard]] base::Result<std::vector<Node>> nodes() override { return nodes_of(*backend_); }
  [[nodiscard]] base::Result<std::vector<RankPlacement>> held_by_others(
      const std::vector<Node>& joined) override {
    return held_in_cluster(*backend_, joined);
  }

 private:
  std::unique_ptr<backend::KubernetesBackend> backend_;
};

class InnerWeir final : public AgentSite {
 public:
  explicit InnerWeir(std::unique_ptr<backend::WeirBackend> backend)
      : backend_(std::move(backend)) {}

  [[nodiscard]] backend::Backend& backend() override { return *backend_; }
  [[nodiscard]] base::Result<std::vector<Node>> nodes() override { return backend_->nodes(); }
  [[nodiscard]] base::Result<std::vector<RankPlacement>> held_by_others(
      const std::vector<Node>& joined) override {
    return backend_->others(joined);
  }

 private:
  std::unique_ptr<backend::WeirBackend> backend_;
};

base::Result<std::unique_ptr<AgentSite>> open_machine(const SiteChoice& choice,
                                                      const SiteIdentity& identity) {
  backend::LocalOptions options{
      identity.folder + "/runs", backend::runner_beside_this_program(), "", "", {}};
  options.fence_after = identity.fence_after;
  return std::make_unique<MachineSite>(choice,
                                       WEIR_TRY(backend::LocalBackend::open(std::move(options))));
}

base::Result<std::unique_ptr<AgentSite>> open_slurm(const SlurmSite& slurm,
                                                    const SiteIdentity& identity) {
  backend::SlurmOptions options;
  options.folder = identity.folder + "/slurm";
  options.runner_program = backend::runner_beside_this_program();
  options.site = identity.name;
  options.configuration = slurm.configuration;
  options.partition = slurm.partition;
  options.account = slurm.account;
  options.quality = slurm.quality;
  options.constraint = slurm.constraint;
  options.reservation = slurm.reservation;
  options.fence_after = identity.fence_after;
  return std::make_unique<SlurmCluster>(WEIR_TRY(backend::SlurmBackend::open(std::move(options))));
}

base::Result<std::unique_ptr<AgentSite>> open_weir(const WeirSite& weir,
                                                   const SiteIdentity& identity) {
  backend::WeirOptions options;
  options.folder = identity.folder + "/weir";
  options.access = {weir.url, weir.token_file};
  options.site = identity.name;
  options.fence_after = identity.fence_after;
  options.guard_program = backend::beside_this_program("weir");
  return std::make_unique<InnerWeir>(WEIR_TRY(backend::WeirBackend::open(std::move(options))));
}

base::Result<std::unique_ptr<AgentSite>> open_cluster(const KubernetesSite& kubernetes,
                                                      const SiteIdentity& identity) {
  return std::make_unique<KubernetesCluster>(WEIR_TRY(open_kubernetes(
      kubernetes, {identity.folder + "/kubernetes", instance_of(identity.authority, identity.name),
                   identity.fence_after})));
}

}  // namespace

base::Result<std::unique_ptr<AgentSite>> open_agent_site(const SiteChoice& choice,
                                                         const SiteIdentity& identity) {
  if (choice.kubernetes.is_meant) return open_cluster(choice.kubernetes, identity);
  if (choice.slurm.is_meant) return open_slurm(choice.slurm, identity);
  if (!choice.weir.url.empty()) return open_weir(choice.weir, identity);
  return open_machine(choice, identity);
}

std::vector<RankPlacement> all_of(const std::vector<Node>& nodes) {
  std::vector<RankPlacement> all(nodes.size());
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    all[i].node = i;
    all[i].cpus = nodes[i].cpus;
    all[i].memory_bytes = nodes[i].memory_bytes;
    for (std::uint32_t device = 0; device < nodes[i].devices.size(); ++device) {
      all[i].devices.push_back(device);
    }
  }
  return all;
}

}  // namespace weir::app
