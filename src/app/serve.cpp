#include "app/serve.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>

#include "agent/local_agent.h"
#include "agent/machine_nodes.h"
#include "allocation/allocator.h"
#include "app/agent_door.h"
#include "app/files.h"
#include "app/local_core.h"
#include "app/restore.h"
#include "app/stop_signal.h"
#include "app/version.h"
#include "backend/local/local_backend.h"
#include "base/log.h"
#include "engine/wishes.h"
#include "gateway/blobs.h"
#include "gateway/gateway.h"
#include "gateway/machine_time.h"
#include "journal/checkpointer.h"
#include "journal/data_folder.h"
#include "journal/sqlite_journal.h"

namespace weir::app {

namespace {

// The machine that the control plane itself runs on.
const std::string own_site = "local";

// The engine loop as the agent of the same process sees it.
class LoopControlPlane final : public agent::ControlPlane {
 public:
  explicit LoopControlPlane(EngineLoop& loop) : loop_(loop) {}

  void send(model::Input input, std::function<void(const engine::Reply&)> answer) override {
    loop_.submit(std::move(input), std::move(answer));
  }
  void fetch_wanted(const std::string& site,
                    std::function<void(model::WantedState)> answer) override {
    auto wanted = std::make_shared<std::optional<model::WantedState>>();
    loop_.ask(
        [site, wanted](const engine::Engine& engine, base::Time) {
          const auto id = engine.index().site_by_name.find(site);
          if (id != engine.index().site_by_name.end()) {
            *wanted = engine::wanted_state(engine.state(), id->second);
          }
        },
        [wanted, answer = std::move(answer)] {
          if (*wanted) answer(**std::move(wanted));
        });
  }

 private:
  EngineLoop& loop_;
};

// Gives an input and waits for its durable reply.
engine::Reply submit_and_wait(EngineLoop& loop, model::Input input) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<engine::Reply> reply;
  loop.submit(std::move(input), [&](engine::Reply answer) {
    const std::scoped_lock lock(mutex);
    reply = std::move(answer);
    answered.notify_all();
  });
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return reply.has_value(); });
  return *std::move(reply);
}

// On the first start: an operator's token, in a file for this user alone. The server itself keeps
// only its hash.
base::Result<bool> make_operator_token(EngineLoop& loop, const std::string& path, bool has_tokens) {
  if (has_tokens) return false;
  const std::string token = gateway::TokenBook::make_token();
  WEIR_TRY_STATUS(write_private_file(path, token + "\n"));
  const model::Principal weir{"default", "weir serve", model::Role::operator_};
  const auto reply =
      submit_and_wait(loop, model::CreateToken{weir, gateway::TokenBook::hash_of(token), "default",
                                               "operator", model::Role::operator_});
  if (reply.error) return base::fail(*reply.error);
  return true;
}

void print_how_to_go_on(const ServeOptions& options, const std::string& url, bool first_start,
                        std::size_t nodes) {
  std::printf("Weir %s serves %s on %s (%zu node%s).\n", version, options.data_folder.c_str(),
              url.c_str(), nodes, nodes == 1 ? "" : "s");
  if (first_start) {
    std::printf("An operator token is in %s/operator.token; `weir` finds it by itself.\n",
                options.data_folder.c_str());
  }
  std::printf(
      "Try, in another terminal:\n"
      "  weir run -- echo hello     run a command and follow it\n"
      "  weir nodes                 what this machine offers\n"
      "  weir ls -a                 all jobs\n"
      "Ctrl-C stops the server; work that runs goes on.\n");
  std::fflush(stdout);
}

// The parts of a server, built in this order and taken down in the other.
class House {
 public:
  explicit House(const ServeOptions& options) : options_(options) {}

  base::Status open() {
    folder_.emplace(
        WEIR_TRY(journal::DataFolder::claim(options_.data_folder, gateway::machine_time())));
    journal_ = WEIR_TRY(journal::SqliteJournal::open(options_.data_folder));
    checkpointer_.emplace(*journal_);
    secrets_.emplace(WEIR_TRY(SecretBox::open(folder_->path_of("secret.key"))));
    backend_ = WEIR_TRY(backend::LocalBackend::open(
        {folder_->path_of("runs"), backend::runner_beside_this_program(), "", "", {}}));
    WEIR_TRY_STATUS(open_loop());
    WEIR_TRY_STATUS(open_agent());
    return open_gateway();
  }

  void tick() { loop_->submit(model::Tick{}, {}); }

  base::Status close() {
    if (gateway_) gateway_->stop();
    if (door_) door_->close();
    if (server_) server_->stop();
    if (agent_) agent_->stop();
    if (loop_) loop_->stop();
    door_.reset();
    server_.reset();
    links_ = nullptr;
    if (core_) core_->set_links(nullptr);
    gateway_.reset();
    agent_.reset();
    loop_.reset();
    checkpointer_.reset();
    return journal_ ? journal_->close() : base::Status{};
  }

 private:
  base::Status open_loop() {
    engine::Engine engine = WEIR_TRY(restore(*journal_));
    const bool has_tokens = !engine.state().tokens.empty();
    EngineLoopOptions options;
    options.clock = &gateway::machine_time;
    // The first site that ever joins is our own.
    const auto own = engine.index().site_by_name.find(own_site);
    const model::SiteId own_id =
        own == engine.index().site_by_name.end() ? model::SiteId{1} : own->second;
    options.on_wanted_changed = [this, own_id](const model::ChangeWanted& change) {
      gateway::AgentLinks* const links = links_;
      if (change.site != own_id) {
        if (links != nullptr) links->wanted_changed(change);
      } else if (agent_is_up_) {
        agent_->wanted_changed(change);
      }
    };
    options.share_out = [this](const auto& question, const auto& rates) {
      if (!allocator_ || rates != allocator_rates_) {
        allocator_rates_ = rates;
        allocator_ = std::make_unique<allocation::Allocator>(rates, 1);
      }
      return allocator_->share_out(question);
    };
    options.on_failure = [](const base::Error& error) {
      base::log_error("the journal failed: the server must end", {{"error", error.text()}});
      // The state in memory is ahead of what is kept, and nothing of it may be told to anybody.
      std::_Exit(1);
    };
    loop_.emplace(std::move(engine), *journal_, std::move(options));
    core_.emplace(*loop_, *journal_, *backend_, *secrets_, own_site);
    const auto reply = submit_and_wait(*loop_, model::StartControlPlane{version});
    if (reply.error) return base::fail(*reply.error);
    if (!has_tokens) {
      const model::Principal self{"operator", "weir", model::Role::operator_};
      const auto set = submit_and_wait(*loop_, model::SetPolicy{self, model::weir_policy()});
      if (set.error) return base::fail(*set.error);
    }
    first_start_ =
        WEIR_TRY(make_operator_token(*loop_, folder_->path_of("operator.token"), has_tokens));
    return {};
  }

  base::Status open_agent() {
    sense::SenseOptions what_is_here;
    what_is_here.filesystem_root = options_.machine_root;
    const sense::Machine machine = WEIR_TRY(sense::sense_machine(what_is_here));
    for (const std::string& unknown : machine.unknown) {
      base::log_debug("not known of this machine", {{"what", unknown}});
    }
    agent::LocalAgentOptions options;
    options.settings.site = own_site;
    options.nodes = WEIR_TRY(agent::nodes_of(machine, options_.nodes, backend_->limits().by));
    node_count_ = options.nodes.size();
    options.open_secret = [this](std::string_view sealed) { return secrets_->unseal(sealed); };
    options.archive_path = [this](const std::string& tenant, const std::string& sha256) {
      return base::Result<std::string>(gateway::blob_path(options_.data_folder, tenant, sha256));
    };
    options.store = folder_->path_of("datasets");
    if (::mkdir(options.store.c_str(), 0700) != 0 && errno != EEXIST) {
      return base::fail_errno("make folder " + options.store, errno);
    }
    options.mover_program = backend::beside_this_program("weir-mover");
    control_plane_.emplace(*loop_);
    agent_.emplace(*control_plane_, *backend_, std::move(options));
    agent_is_up_ = true;
    if (!agent_->wait_until_joined(std::chrono::seconds(10))) {
      return base::fail(base::ErrorCode::unavailable, "this machine's agent did not come up");
    }
    return {};
  }

  base::Status open_gateway() {
    gateway::GatewayOptions options;
    options.data_folder = options_.data_folder;
    options.version = version;
    options.http_statistics = [this] {
      return server_ ? server_->statistics() : http::HttpServerStatistics{};
    };
    if (!options_.agents.address.empty()) {
      door_ = WEIR_TRY(AgentDoor::make(options_.data_folder, options_.agents));
      options.agents = door_->certifier();
    }
    gateway_ = WEIR_TRY(gateway::Gateway::open(*core_, std::move(options)));
    links_ = &gateway_->agent_links();
    core_->set_links(links_);
    http::HttpServerOptions http;
    http.address = options_.address;
    http.port = options_.port;
    http.plan_body = [this](const http::HttpRequest& head) { return gateway_->plan_body(head); };
    http.report = [](std::string_view what) { base::log_warning("http", {{"what", what}}); };
    server_ = WEIR_TRY(http::HttpServer::listen(
        std::move(http), [this](http::HttpRequest request, http::ResponseWriter writer) {
          gateway_->handle(std::move(request), std::move(writer));
        }));
    if (door_) WEIR_TRY_STATUS(door_->open(*server_));
    WEIR_TRY_STATUS(folder_->write_address(server_->url()));
    if (!options_.quiet) {
      print_how_to_go_on(options_, server_->url(), first_start_, node_count_);
      if (door_) std::printf("Agents dial in at %s.\n", door_->url().c_str());
      std::fflush(stdout);
    }
    return {};
  }

  const ServeOptions& options_;
  std::optional<journal::DataFolder> folder_;
  std::unique_ptr<journal::SqliteJournal> journal_;
  std::optional<journal::Checkpointer> checkpointer_;
  std::optional<SecretBox> secrets_;
  std::unique_ptr<backend::LocalBackend> backend_;
  model::ThroughputTable allocator_rates_;
  std::unique_ptr<allocation::Allocator> allocator_;  // none: no shares were asked for yet
  std::optional<EngineLoop> loop_;
  std::optional<LocalCore> core_;
  std::optional<LoopControlPlane> control_plane_;
  std::optional<agent::LocalAgent> agent_;
  std::atomic<bool> agent_is_up_{false};
  std::unique_ptr<gateway::Gateway> gateway_;
  std::atomic<gateway::AgentLinks*> links_{nullptr};
  std::unique_ptr<http::HttpServer> server_;
  std::unique_ptr<AgentDoor> door_;  // null: no agent joins
  bool first_start_ = false;
  std::size_t node_count_ = 0;
};

}  // namespace

int serve(const ServeOptions& options) {
  const StopSignal stop;
  House house(options);
  const auto failed = [](const base::Error& error) {
    std::fprintf(stderr, "weir serve: %s\n", error.text().c_str());
    return 1;
  };
  if (const auto opened = house.open(); !opened) {
    (void)house.close();
    return failed(opened.error());
  }
  while (!stop.came_within_a_second()) house.tick();
  if (!options.quiet) std::printf("Stopping; work that runs goes on.\n");
  if (const auto closed = house.close(); !closed) return failed(closed.error());
  return 0;
}

}  // namespace weir::app
