#include "app/agent_run.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>

#include "agent/local_agent.h"
#include "agent/remote_control_plane.h"
#include "agent/site_policy.h"
#include "app/stop_signal.h"
#include "backend/local/local_backend.h"
#include "backend/weir/guard.h"

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

// Minutes after midnight, by this machine's clock.
int minute_of_day() {
  constexpr int minutes_of_hour = 60;
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return local.tm_hour * minutes_of_hour + local.tm_min;
}

// The parts of an agent, built in this order and taken down in the other.
class Site {
 public:
  explicit Site(const AgentOptions& options) : options_(options) {}

  base::Status open() {
    if (!options_.policy.empty()) policy_ = WEIR_TRY(agent::read_site_policy(options_.policy));
    WEIR_TRY_STATUS(make_folder(options_.folder));
    WEIR_TRY_STATUS(make_folder(options_.folder + "/blobs"));
    WEIR_TRY_STATUS(make_folder(options_.folder + "/datasets"));
    identity_.emplace(
        WEIR_TRY(AgentIdentity::open(options_.folder, options_.connection, options_.token)));
    site_ = WEIR_TRY(
        open_agent_site(options_.site, {identity_->site(), identity_->authority(), options_.folder,
                                        settings_for(*identity_).fence_after + agent_first}));
    open_control_plane();
    WEIR_TRY_STATUS(open_agent());
    control_plane_->start();
    return {};
  }

  // Looks at what others do at the site, from time to time. At hours that are the owner's own, all
  // of it is held.
  void look() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_ < look_every) return;
    looked_ = now;
    if (!agent::is_open_at(policy_, minute_of_day())) return agent_->others_seen(all_of(nodes_));
    // What is not known stays as it was last seen.
    if (auto held = site_->held_by_others(nodes_)) agent_->others_seen(*std::move(held));
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
      return site_->backend().read_log(
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
    if (site_->has_queue()) options.settings.begin_within = options_.begin_within;
    nodes_ = WEIR_TRY(site_->nodes());
    options.nodes = nodes_;
    options.refusal = [this](const model::AttemptWish& wish) {
      return agent::refusal(policy_, wish, nodes_, minute_of_day());
    };
    options.open_secret = [this](std::string_view sealed) {
      return identity_->open_secret(sealed);
    };
    options.archive_path = [this](const std::string& tenant, const std::string& sha256) {
      return archive(tenant, sha256);
    };
    options.store = options_.folder + "/datasets";
    options.mover_program = backend::beside_this_program("weir-mover");
    agent_.emplace(*control_plane_, site_->backend(), std::move(options));
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
  agent::SitePolicy policy_;
  std::unique_ptr<AgentSite> site_;
  std::vector<model::Node> nodes_;  // as the site joined with them
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
      {options.folder, {options.site.weir.url, options.site.weir.token_file}, site, *fence_after});
  return 0;
}

}  // namespace weir::app
