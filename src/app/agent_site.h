// What an agent speaks for: a machine, or a cluster that others run, each behind one face.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/result.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/site.h"

namespace weir::app {

// A Slurm cluster in place of this machine; "" of each: as Slurm has it.
struct SlurmSite {
  bool is_meant = false;
  std::string configuration;  // path of slurm.conf
  std::string partition;
  std::string account;
  std::string quality;  // QoS
  std::string constraint;
  std::string reservation;
};

// A Kubernetes cluster; "" of each but the image: as kubectl has it, or as a pod finds it.
struct KubernetesSite {
  bool is_meant = false;
  std::string kubeconfig;  // path
  std::string context;     // of the kubeconfig
  std::string name_space;
  std::string image;  // that ranks run in
  std::string queue;  // of Kueue
};

// Another Weir.
struct WeirSite {
  std::string url;         // of its REST API; "": none is meant
  std::string token_file;  // of a user there
};

// At most one of the clusters is meant; where none is, it is this machine.
struct SiteChoice {
  std::uint32_t nodes = 1;         // how many nodes this machine is cut into
  std::string machine_root = "/";  // the file system that says what is on this machine
  SlurmSite slurm = {};
  KubernetesSite kubernetes = {};
  WeirSite weir = {};
};

// Which site of which control plane it is, and where it keeps what it needs.
struct SiteIdentity {
  std::string name;
  std::string authority;       // PEM, of the control plane
  std::string folder;          // of the agent
  base::Duration fence_after;  // without a renewed lease for so long, the site ends the work itself
};

class AgentSite {
 public:
  AgentSite() = default;
  AgentSite(const AgentSite&) = delete;
  AgentSite& operator=(const AgentSite&) = delete;
  virtual ~AgentSite() = default;

  [[nodiscard]] virtual backend::Backend& backend() = 0;
  // What the site offers, as it joins. Fails: unavailable, input_output.
  [[nodiscard]] virtual base::Result<std::vector<model::Node>> nodes() = 0;
  // What others hold of the nodes that it joined with; all of one that takes no work. Fails
  // likewise.
  [[nodiscard]] virtual base::Result<std::vector<model::RankPlacement>> held_by_others(
      const std::vector<model::Node>& joined) = 0;
  // Whether it has a queue of its own, in which work may wait.
  [[nodiscard]] virtual bool has_queue() const { return true; }
};

// Fails: as the backend that is meant.
[[nodiscard]] base::Result<std::unique_ptr<AgentSite>> open_agent_site(
    const SiteChoice& choice, const SiteIdentity& identity);

// All of these nodes: nothing begins there.
[[nodiscard]] std::vector<model::RankPlacement> all_of(const std::vector<model::Node>& nodes);

}  // namespace weir::app
