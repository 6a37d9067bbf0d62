#include "agent/local_agent.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "sense/cut.h"

namespace weir::agent {

base::Result<std::vector<model::Node>> nodes_of(const sense::Machine& machine, std::uint32_t count,
                                                const std::string& limits_by) {
  const auto shares = WEIR_TRY(sense::cut_machine(machine, count));
  std::vector<model::Node> nodes;
  for (const sense::NodeShare& share : shares) {
    model::Node node;
    node.name = "node" + std::to_string(nodes.size());
    node.cpus = share.cpus;
    node.memory_bytes = share.memory_bytes.value_or(0);
    node.cpu_list.assign(share.cpu_indexes.begin(), share.cpu_indexes.end());
    node.shares_cpus = share.shared;
    node.cpu_model = machine.cpu_model;
    node.limits_by = limits_by;
    for (const std::size_t index : share.devices) {
      const sense::Device& device = machine.devices[index];
      node.devices.push_back({device.model, device.vendor, device.kind, device.pci_address,
                              device.memory_bytes, device.numa_node});
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

// What other threads have to say, and the descriptor that says so.
struct LocalAgent::Mailbox {
  Mailbox() : descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    WEIR_CHECK(descriptor >= 0, "the system gives an eventfd");
  }
  ~Mailbox() { ::close(descriptor); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  void post(Event event) {
    const std::scoped_lock lock(mutex);
    if (closed) return;
    if (events.empty()) ring();
    events.push_back(std::move(event));
  }
  std::vector<Event> take() {
    const std::scoped_lock lock(mutex);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(descriptor, &count, sizeof count);
    return std::exchange(events, {});
  }
  void close_now() {
    const std::scoped_lock lock(mutex);
    closed = true;
    events.clear();
    ring();
  }
  bool is_closed() {
    const std::scoped_lock lock(mutex);
    return closed;
  }
  void ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto put = ::write(descriptor, &one, sizeof one);
  }

  std::mutex mutex;
  std::vector<Event> events;
  bool closed = false;
  int descriptor;
};

LocalAgent::LocalAgent(ControlPlane& control_plane, backend::Backend& backend,
                       LocalAgentOptions options)
    : control_plane_(control_plane),
      backend_(backend),
      options_(std::move(options)),
      core_(options_.settings),
      mailbox_(std::make_shared<Mailbox>()) {
  thread_ = std::thread([this] { run(); });
}

LocalAgent::~LocalAgent() { stop(); }

void LocalAgent::stop() {
  mailbox_->close_now();
  if (thread_.joinable()) thread_.join();
}

void LocalAgent::wanted_changed(const model::ChangeWanted& change) {
  mailbox_->post([change](LocalAgent& agent) { agent.core_.wanted_changed(change); });
}

bool LocalAgent::wait_until_joined(base::Duration at_most) {
  std::unique_lock lock(joined_mutex_);
  return joined_changed_.wait_for(lock, at_most, [&] { return joined_; });
}

void LocalAgent::run() {
  core_.observed(backend_.observe());
  while (!mailbox_->is_closed()) {
    for (const Event& event : mailbox_->take()) event(*this);
    core_.observed(backend_.changes());
    // A start that is refused at once is told to the core, which then has more to do.
    for (auto actions = core_.settle(options_.clock()); !actions.empty();
         actions = core_.settle(options_.clock())) {
      for (const Action& action : actions) act(action);
    }
    wait_for_something();
  }
}

void LocalAgent::wait_for_something() {
  constexpr base::Duration longest = std::chrono::seconds(60);
  const base::Time now = options_.clock();
  const base::Time wake = std::min(core_.next_wake(), now + longest);
  const auto until = std::max(wake - now, base::Duration(0));
  // Rounded up, so that the time has really come when the wait is over.
  const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(until).count();
  std::array<pollfd, 2> waited{pollfd{mailbox_->descriptor, POLLIN, 0},
                               pollfd{backend_.ready_descriptor(), POLLIN, 0}};
  while (::poll(waited.data(), waited.size(), static_cast<int>(timeout)) < 0 && errno == EINTR) {
  }
}

void LocalAgent::act(const Action& action) {
  const auto note = [](const char* what, const backend::RankKey& key, const base::Status& status) {
    if (status || status.error().code == base::ErrorCode::not_found) return;
    base::log_warning(what, {{"rank", to_text(key)}, {"error", status.error().text()}});
  };
  if (const auto* begin = std::get_if<StartRank>(&action)) {
    start(*begin);
  } else if (const auto* end = std::get_if<StopRank>(&action)) {
    note("rank not stopped", end->key, backend_.stop(end->key, end->reason));
  } else if (const auto* forget = std::get_if<ForgetRank>(&action)) {
    note("rank not forgotten", forget->key, backend_.forget(forget->key));
  } else if (const auto* send = std::get_if<SendReport>(&action)) {
    control_plane_.send(send->report, [mailbox = mailbox_, sequence = send->report.sequence](
                                          const engine::Reply& reply) {
      const bool refused = reply.error && reply.error->code != base::ErrorCode::unavailable;
      mailbox->post([=, version = reply.wanted_version](LocalAgent& agent) {
        if (refused) {
          agent.core_.refused(sequence);
        } else {
          agent.core_.acknowledged(sequence, version);
        }
      });
    });
  } else if (std::holds_alternative<FetchWanted>(action)) {
    control_plane_.fetch_wanted(core_.settings().site, [mailbox =
                                                            mailbox_](model::WantedState state) {
      mailbox->post([state = std::move(state)](LocalAgent& agent) { agent.core_.wanted(state); });
    });
  } else {
    control_plane_.send(model::JoinSite{core_.settings().site, options_.nodes},
                        [mailbox = mailbox_](const engine::Reply& reply) {
                          if (reply.error) return;
                          mailbox->post([epoch = reply.epoch](LocalAgent& agent) {
                            agent.core_.joined(epoch);
                            const std::scoped_lock lock(agent.joined_mutex_);
                            agent.joined_ = true;
                            agent.joined_changed_.notify_all();
                          });
                        });
  }
}

void LocalAgent::start(const StartRank& action) {
  auto order = order_of(action);
  const base::Status begun = order ? backend_.start(*order) : base::fail(order.error());
  if (begun) return;
  base::log_warning("rank not started",
                    {{"rank", to_text(action.key)}, {"error", begun.error().text()}});
  core_.start_refused(action.key, begun.error());
}

base::Result<backend::RankOrder> LocalAgent::order_of(const StartRank& action) const {
  const model::AttemptWish& wish = *action.wish;
  const model::RankWish& rank = wish.ranks[action.key.rank];
  backend::RankOrder order;
  order.key = action.key;
  order.node = rank.node;
  order.setup = wish.setup;
  order.run = wish.run;
  order.environment = action.environment;
  for (const auto& [name, sealed] : wish.sealed_secrets) {
    order.secrets[name] = WEIR_TRY(options_.open_secret(sealed));
  }
  if (!wish.workdir.empty())
    order.workdir_archive = options_.archive_path(wish.tenant, wish.workdir);
  if (rank.node_index < options_.nodes.size()) {
    const auto& cpus = options_.nodes[rank.node_index].cpu_list;
    order.cpus.assign(cpus.begin(), cpus.end());
  }
  order.cpu_count = rank.cpus;
  if (rank.memory_bytes > 0) order.memory_bytes = rank.memory_bytes;
  order.time_limit = wish.time_limit;
  order.notice_signal = wish.notice_signal;
  order.notice_before = wish.notice_before;
  order.kill_grace = options_.kill_grace;
  order.log_bytes_max = options_.log_bytes_max;
  return order;
}

}  // namespace weir::agent
