// A site apart from the control plane: a Slurm cluster of its own or a machine, the agent that
// speaks for it, and the line between the two, each of which a test may break.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/e2e/rounds/link.h"
#include "tests/e2e/rounds/load.h"
#include "tests/e2e/rounds/process.h"
#include "tests/e2e/rounds/server.h"

namespace weir::e2e {

struct SitePlan {
  std::string name;
  bool is_slurm = false;
};

class RemoteSite {
 public:
  // `folder` is the site's own, `door` the port where the control plane takes agents.
  RemoteSite(const Places& places, SitePlan plan, std::string folder, std::uint16_t door);
  ~RemoteSite();
  RemoteSite(const RemoteSite&) = delete;
  RemoteSite& operator=(const RemoteSite&) = delete;

  // Starts all of it, and has it join. Fails: unavailable, some part does not come up.
  [[nodiscard]] base::Status open(Client& operators);
  // Ends all of it in order.
  void close();

  [[nodiscard]] const SitePlan& plan() const { return plan_; }
  [[nodiscard]] Link& link() { return *link_; }
  [[nodiscard]] Process& agent() { return agent_; }
  [[nodiscard]] base::Status start_agent(const std::string& token = {});

  // Waits until the cluster has acknowledged one more job, at most so long, then kills its
  // controller at once.
  void kill_controller(base::Duration longest);
  void start_controller();
  // As its administrator would: nodes that a crash left drained are taken back into use.
  void resume_nodes();
  // What its cluster has in its queue, for people; "": nothing.
  [[nodiscard]] std::string queue();
  // What its jobs' folders lie below.
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  [[nodiscard]] Said cluster(const std::vector<std::string>& words);
  [[nodiscard]] Said slurm(const std::string& command, const std::vector<std::string>& words);
  [[nodiscard]] base::Status await_joined(Client& operators) const;

  const Places& places_;
  SitePlan plan_;
  std::string folder_;
  std::uint16_t door_;
  std::string configuration_;  // of its Slurm
  std::unique_ptr<Link> link_;
  Process agent_;
};

}  // namespace weir::e2e
