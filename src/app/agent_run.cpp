#include "app/agent_run.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>

#include "agent/local_agent.h"
#include "agent/machine_nodes.h"
#include "agent/remote_control_plane.h"
#include "app/stop_signal.h"
#include "backend/local/local_backend.h"
#include "backend/slurm/slurm_backend.h"
#include "backend/weir/guard.h"
#include "backend/weir/weir_backend.h"
#include "base/log.h"
#include "sense/inventory.h"

namespace weir::app {

namespace {

// Between TERM and KILL, and for the machine to be slow.
constexpr base::Duration ending = std::chrono::seconds(15);
// The work's own watch ends it a little later than its agent would: the agent ends it better.
constexpr base::Duration agent_first = std::chrono::seconds(2);
constexpr base::Duration look_every = std::chrono::seconds(5);  // at a cluster's nodes

base::Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return base::fail_errno("make folder " + path, errno);
}

// The control plane gives a site up once its lease is over, and may have heard of it a third of
// that later than it wrote down: by then nothing of it may run any more.
agent::Settings settings_for(const AgentIdentity& identity) {
  agent::Settings settings;
  settings.site = identity.site();
  settings.fence_after = std::max(identity.lease() * 2 / 3 - ending, identity.lease() / 6);
  settings.heartbeat = std::min<base::Duration>(settings.heartbeat, settings.fence_after / 3);
  settings.answer_after = std::min<base::Duration>(settings.answer_after, settings.fence_after / 3);
  return settings;
}

// What of the cluster others hold; all of a node that Slurm would start nothing on.
std::vector<model::RankPlacement> held_by_others(
    const std::vector<backend::slurm::ClusterNode>& nodes) {
  std::vector<model::RankPlacement> held;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const backend::slurm::ClusterNode& each = nodes[i];
    model::RankPlacement rank;
    rank.node = i;
    rank.cpus = each.is_available ? each.foreign.cpus : each.node.cpus;
    rank.memory_bytes = each.is_available ? each.foreign.memory_bytes : each.node.memory_bytes;
    std::map<std::string, std::uint32_t> left = each.foreign.devices;
    for (std::uint32_t device = 0; device < each.node.devices.size(); ++device) {
      std::uint32_t& of_model = left[each.node.devices[device].model];
      if (!each.is_available || of_model > 0) rank.devices.push_back(device);
      if (of_model > 0) --of_model;
    }
    if (rank.cpus > 0 || rank.memory_bytes > 0 || !rank.devices.empty()) held.push_back(rank);
  }
  return held;
}

// The parts of an agent, built in this order and taken down in the other.
class Site {
 public:
  explicit Site(const AgentOptions& options) : options_(options) {}

  base::Status open() {
    WEIR_TRY_STATUS(make_folder(options_.folder));
    WEIR_TRY_STATUS(make_folder(options_.folder + "/blobs"));
    WEIR_TRY_STATUS(make_folder(options_.folder + "/datasets"));
    identity_.emplace(
        WEIR_TRY(AgentIdentity::open(options_.folder, options_.connection, options_.token)));
    WEIR_TRY_STATUS(open_backend());
    open_control_plane();
    WEIR_TRY_STATUS(open_agent());
    control_plane_->start();
    return {};
  }

  // Looks at what others do at the site, from time to time.
  void look() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_ < look_every) return;
    looked_ = now;
    // What is not known stays as it was last seen.
    if (slurm_ != nullptr) {
      if (const auto nodes = slurm_->nodes()) agent_->others_seen(held_by_others(*nodes));
    } else if (weir_ != nullptr) {
      if (auto held = weir_->others(weir_nodes_)) agent_->others_seen(*std::move(held));
    }
  }

  void say_where() const {
    std::printf("The agent of `%s` dials %s.\n", identity_->site().c_str(),
                options_.connection.url.c_str());
    std::fflush(stdout);
  }

  void close() {
    if (control_plane_) control_plane_->stop();
    if (agent_) agent_->stop();
    agent_.reset();
    control_plane_.reset();
  }

 private:
  base::Status open_backend() {
    const base::Duration fence = settings_for(*identity_).fence_after + agent_first;
    if (!options_.weir.url.empty()) return open_weir(fence);
    if (!options_.slurm.is_meant) {
      backend::LocalOptions local{
          options_.folder + "/runs", backend::runner_beside_this_program(), "", "", {}};
      local.fence_after = fence;
      backend_ = WEIR_TRY(backend::LocalBackend::open(std::move(local)));
      return {};
    }
    backend::SlurmOptions slurm;
    slurm.folder = options_.folder + "/slurm";
    slurm.runner_program = backend::runner_beside_this_program();
    slurm.site = identity_->site();
    slurm.configuration = options_.slurm.configuration;
    slurm.partition = options_.slurm.partition;
    slurm.account = options_.slurm.account;
    slurm.quality = options_.slurm.quality;
    slurm.constraint = options_.slurm.constraint;
    slurm.reservation = options_.slurm.reservation;
    slurm.fence_after = fence;
    auto opened = WEIR_TRY(backend::SlurmBackend::open(std::move(slurm)));
    slurm_ = opened.get();
    backend_ = std::move(opened);
    return {};
  }

  base::Status open_weir(base::Duration fence) {
    backend::WeirOptions inner;
    inner.folder = options_.folder + "/weir";
    inner.access = {options_.weir.url, options_.weir.token_file};
    inner.site = identity_->site();
    inner.fence_after = fence;
    inner.guard_program = backend::beside_this_program("weir");
    auto opened = WEIR_TRY(backend::WeirBackend::open(std::move(inner)));
    weir_ = opened.get();
    backend_ = std::move(opened);
    weir_nodes_ = WEIR_TRY(weir_->nodes());
    return {};
  }

  base::Result<std::vector<model::Node>> nodes() {
    if (weir_ != nullptr) return weir_nodes_;
    if (slurm_ != nullptr) {
      std::vector<model::Node> nodes;
      const auto cluster = WEIR_TRY(slurm_->nodes());
      for (const backend::slurm::ClusterNode& each : cluster) nodes.push_back(each.node);
      return nodes;
    }
    sense::SenseOptions what_is_here;
    what_is_here.filesystem_root = options_.machine_root;
    const sense::Machine machine = WEIR_TRY(sense::sense_machine(what_is_here));
    return agent::nodes_of(machine, options_.nodes, backend_->limits().by);
  }

  void open_control_plane() {
    agent::RemoteOptions options;
    options.url = options_.connection.url;
    options.seal_key = identity_->seal_key();
    options.connection = [this] { return identity_->connection(); };
    options.before_call = [this] { identity_->renew_if_due(); };
    options.on_changed = [this](model::ChangeWanted change) {
      agent_->wanted_changed(std::move(change));
    };
    options.read_log = [this](const model::LogQuestion& question) {
      constexpr std::size_t bytes_most = 256U << 10U;
      return backend_->read_log(
          {question.attempt.job.value, question.attempt.task, question.attempt.attempt,
           question.rank},
          static_cast<backend::Stream>(std::min<std::uint32_t>(question.stream, 2)),
          question.offset, std::min<std::size_t>(question.bytes_max, bytes_most));
    };
    control_plane_.emplace(std::move(options));
  }

  base::Status open_agent() {
    agent::LocalAgentOptions options;
    options.settings = settings_for(*identity_);
    options.nodes = WEIR_TRY(nodes());
    options.open_secret = [this](std::string_view sealed) {
      return identity_->open_secret(sealed);
    };
    options.archive_path = [this](const std::string& tenant, const std::string& sha256) {
      return archive(tenant, sha256);
    };
    options.store = options_.folder + "/datasets";
    options.mover_program = backend::beside_this_program("weir-mover");
    agent_.emplace(*control_plane_, *backend_, std::move(options));
    return {};
  }

  // Folders are fetched once: their name says what is in them.
  base::Result<std::string> archive(const std::string& tenant, const std::string& sha256) {
    std::string path = options_.folder + "/blobs/" + sha256 + ".tar.zst";
    if (::access(path.c_str(), R_OK) != 0) {
      WEIR_TRY_STATUS(control_plane_->fetch_blob(tenant, sha256, path));
    }
    return path;
  }

  const AgentOptions& options_;
  std::optional<AgentIdentity> identity_;
  std::unique_ptr<backend::Backend> backend_;
  backend::SlurmBackend* slurm_ = nullptr;  // the same, where it is one
  backend::WeirBackend* weir_ = nullptr;    // likewise
  std::vector<model::Node> weir_nodes_;     // as the control plane is told of them
  std::chrono::steady_clock::time_point looked_;
  std::optional<agent::RemoteControlPlane> control_plane_;
  std::optional<agent::LocalAgent> agent_;
};

}  // namespace

int run_agent(const AgentOptions& options) {
  const StopSignal stop;
  Site site(options);
  if (const auto opened = site.open(); !opened) {
    site.close();
    std::fprintf(stderr, "weir agent: %s\n", opened.error().text().c_str());
    return 1;
  }
  site.say_where();
  while (!stop.came_within_a_second()) site.look();
  std::printf("Stopping; work that runs goes on for as long as the site's lease.\n");
  site.close();
  return 0;
}

int guard_agent(const AgentOptions& options, const std::string& site, const std::string& fence) {
  const auto fence_after = base::parse_duration(fence);
  if (!fence_after) return 2;
  backend::inner::run_guard(
      {options.folder, {options.weir.url, options.weir.token_file}, site, *fence_after});
  return 0;
}

}  // namespace weir::app
