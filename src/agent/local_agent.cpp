#include "agent/local_agent.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"

namespace weir::agent {
namespace {

// The core only compares times with each other: a clock that nobody sets is the right one.
base::Time steady_now() {
  return base::Time(std::chrono::duration_cast<base::Duration>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

void warn_of(const char* event, const backend::RankKey& key, const base::Error& error) {
  const std::string rank = backend::to_text(key);
  const std::string text = error.text();
  base::log_warning(event, {{"rank", rank}, {"error", text}});
}

}  // namespace

// What other threads have to tell the core. It outlives the agent for as long as an answer to it is
// under way.
class LocalAgent::Mailbox {
 public:
  using Message = std::function<void(AgentCore&)>;

  Mailbox() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    WEIR_CHECK(event_ >= 0, "an eventfd can be made");
  }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { ::close(event_); }

  void put(Message message) {
    {
      const std::scoped_lock lock(mutex_);
      messages_.push_back(std::move(message));
    }
    wake();
  }
  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);
  }
  [[nodiscard]] std::vector<Message> take() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(event_, &count, sizeof count);
    const std::scoped_lock lock(mutex_);
    return std::exchange(messages_, {});
  }
  [[nodiscard]] int event() const { return event_; }

 private:
  int event_;
  std::mutex mutex_;
  std::vector<Message> messages_;
};

LocalAgent::LocalAgent(ControlPlane& control_plane, backend::Backend& backend,
                       LocalAgentOptions options)
    : control_plane_(control_plane),
      backend_(backend),
      options_(std::move(options)),
      core_(options_.settings),
      mailbox_(std::make_shared<Mailbox>()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

LocalAgent::~LocalAgent() { stop(); }

void LocalAgent::stop() {
  thread_.request_stop();
  mailbox_->wake();
  if (thread_.joinable()) thread_.join();
}

void LocalAgent::wanted_changed(model::ChangeWanted change) {
  mailbox_->put([change = std::move(change)](AgentCore& core) mutable {
    core.wanted_changed(std::move(change));
  });
}

void LocalAgent::others_seen(std::vector<model::RankPlacement> held) {
  mailbox_->put(
      [held = std::move(held)](AgentCore& core) mutable { core.others_seen(std::move(held)); });
}

bool LocalAgent::wait_until_joined(std::chrono::milliseconds timeout) {
  std::unique_lock lock(joined_mutex_);
  return joined_changed_.wait_for(lock, timeout, [this] { return joined_; });
}

void LocalAgent::run(const std::stop_token& stop) {
  core_.observed(backend_.observe());
  while (!stop.stop_requested()) {
    settle();
    wait();
    for (const Mailbox::Message& message : mailbox_->take()) message(core_);
    core_.observed(backend_.changes());
    hear_movers();
  }
}

void LocalAgent::settle() {
  // Acting may bring news at once (a start that is refused), from which more follows.
  while (true) {
    std::vector<Action> actions = core_.settle(steady_now());
    if (actions.empty()) break;
    for (Action& action : actions) act(action);
  }
  if (core_.last_heard() != lease_as_of_) {
    lease_as_of_ = core_.last_heard();
    const base::Status renewed = backend_.renew_lease();
    if (!renewed) base::log_warning("the lease", {{"error", renewed.error().message}});
  }
  if (core_.epoch() == 0) return;
  const std::scoped_lock lock(joined_mutex_);
  if (!std::exchange(joined_, true)) joined_changed_.notify_all();
}

void LocalAgent::wait() {
  std::vector<pollfd> sources{{mailbox_->event(), POLLIN, 0},
                              {backend_.ready_descriptor(), POLLIN, 0}};
  for (const Publication& publication : publications_) {
    if (publication.mover) sources.push_back({publication.mover->descriptor(), POLLIN, 0});
  }
  const base::Time now = steady_now();
  const bool over = std::any_of(publications_.begin(), publications_.end(),
                                [](const Publication& each) { return !each.mover; });
  const base::Time latest = now + (over ? base::Duration(0) : std::chrono::seconds(10));
  const base::Time wake = std::clamp(core_.next_wake(), now, latest);
  // Rounded up: waking before the time would find nothing to do.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - now);
  const int ready = ::poll(sources.data(), sources.size(), static_cast<int>(left.count()));
  WEIR_CHECK(ready >= 0 || errno == EINTR, "poll takes our descriptors");
}

void LocalAgent::act(Action& action) {
  if (auto* start_rank = std::get_if<StartRank>(&action)) {
    start(*start_rank);
  } else if (const auto* stop_rank = std::get_if<StopRank>(&action)) {
    const auto stopped = backend_.stop(stop_rank->key, stop_rank->reason, stop_rank->after);
    if (!stopped) warn_of("a rank could not be stopped", stop_rank->key, stopped.error());
  } else if (const auto* forget = std::get_if<ForgetRank>(&action)) {
    const auto forgotten = backend_.forget(forget->key);
    if (!forgotten) warn_of("a rank could not be forgotten", forget->key, forgotten.error());
  } else if (auto* report = std::get_if<SendReport>(&action)) {
    send_report(std::move(*report));
  } else if (const auto* outputs = std::get_if<PublishOutputs>(&action)) {
    publish(*outputs);
  } else if (std::holds_alternative<FetchWanted>(action)) {
    fetch();
  } else {
    join_site();
  }
}

void LocalAgent::start(StartRank& action) {
  const backend::RankKey key = action.key;
  if (const auto why = options_.refusal ? options_.refusal(*action.wish) : std::nullopt) {
    core_.refused_here(attempt_key(key), why->reason, why->passes);
    return core_.start_refused(key, {base::ErrorCode::refused, why->reason, "", "", {}});
  }
  auto order = order_of(action);
  const base::Status started = order ? backend_.start(*order) : base::fail(order.error());
  if (started) return;
  warn_of("a rank could not be started", key, started.error());
  core_.start_refused(key, started.error());
}

base::Result<backend::RankOrder> LocalAgent::order_of(StartRank& action) const {
  const model::AttemptWish& wish = *action.wish;
  const model::RankWish& share = wish.ranks[action.key.rank];
  backend::RankOrder order;
  order.key = action.key;
  order.node = share.node;
  order.setup = wish.setup;
  order.run = wish.run;
  order.environment = std::move(action.environment);
  for (const auto& [name, sealed] : wish.sealed_secrets) {
    order.secrets[name] = WEIR_TRY(options_.open_secret(sealed));
  }
  if (!wish.workdir.empty()) {
    order.workdir_archive = WEIR_TRY(options_.archive_path(wish.tenant, wish.workdir));
  }
  for (const model::InputWish& input : wish.inputs) {
    order.inputs[input.at] =
        input.location.empty() ? options_.store + "/" + input.manifest : input.location;
  }
  // Where the machine is one node, every processor is the node's.
  if (options_.nodes.size() > 1 && share.node_index < options_.nodes.size()) {
    const auto& cpus = options_.nodes[share.node_index].cpu_list;
    order.cpus.assign(cpus.begin(), cpus.end());
  }
  if (share.node_index < options_.nodes.size()) {
    const auto& devices = options_.nodes[share.node_index].devices;
    for (const std::uint32_t device : share.devices) {
      if (device < devices.size()) ++order.devices[devices[device].model];
    }
  }
  if (share.memory_bytes > 0) order.memory_bytes = share.memory_bytes;
  order.cpu_count = share.cpus;
  order.time_limit = wish.time_limit;
  order.notice_signal = wish.notice_signal;
  order.notice_before = wish.notice_before;
  return order;
}

// ---- what jobs leave

void LocalAgent::publish(const PublishOutputs& action) {
  publications_.push_back({action.key, action.outputs, {}, std::nullopt, ""});
  begin_publishing(publications_.back());
}

// The next of its outputs, from the folder of its first rank.
void LocalAgent::begin_publishing(Publication& publication) {
  if (publication.done.size() == publication.outputs.size()) return;
  const auto folder = backend_.work_folder(rank_key(publication.key, 0));
  if (!folder) {
    publication.trouble = folder.error().text();
    return;
  }
  mover::PublishOrder order;
  order.folder = *folder + "/" + publication.outputs[publication.done.size()].path;
  order.store = options_.store;
  auto started = mover::MoverProcess::start(options_.mover_program, order);
  if (!started) {
    publication.trouble = started.error().text();
    return;
  }
  publication.mover = std::move(*started);
}

void LocalAgent::hear_movers() {
  for (Publication& publication : publications_) {
    while (publication.mover) {
      const auto message = publication.mover->next();
      if (!message) break;
      const auto* const outcome = std::get_if<mover::Outcome>(&*message);
      if (outcome == nullptr) continue;
      const model::DataOutput& output = publication.outputs[publication.done.size()];
      if (outcome->done) {
        publication.done.push_back({output.dataset, base::to_hex(outcome->version),
                                    std::max<std::int64_t>(outcome->progress.total_bytes, 1)});
      } else {
        publication.trouble =
            output.path + ": " + (outcome->trouble ? outcome->trouble->message : "it was stopped");
      }
      publication.mover.reset();
      if (publication.trouble.empty()) begin_publishing(publication);
    }
  }
  std::erase_if(publications_, [&](Publication& publication) {
    if (publication.mover) return false;
    core_.published(publication.key, std::move(publication.done), std::move(publication.trouble));
    return true;
  });
}

void LocalAgent::join_site() {
  control_plane_.send(
      model::JoinSite{options_.settings.site, options_.nodes},
      [mailbox = mailbox_](const engine::Reply& reply) {
        if (reply.error) return;
        mailbox->put([epoch = reply.epoch](AgentCore& core) { core.joined(epoch); });
      });
}

void LocalAgent::send_report(SendReport action) {
  const std::uint64_t sequence = action.report.sequence;
  control_plane_.send(std::move(action.report),
                      [mailbox = mailbox_, sequence](const engine::Reply& reply) {
                        if (!reply.error) {
                          mailbox->put([sequence, version = reply.wanted_version](AgentCore& core) {
                            core.acknowledged(sequence, version);
                          });
                        } else if (reply.error->code == base::ErrorCode::conflict ||
                                   reply.error->code == base::ErrorCode::not_found) {
                          mailbox->put([sequence](AgentCore& core) { core.refused(sequence); });
                        }
                        // Anything else is no answer: the report is sent again.
                      });
}

void LocalAgent::fetch() {
  control_plane_.fetch_wanted(options_.settings.site,
                              [mailbox = mailbox_](model::WantedState wanted) {
                                mailbox->put([wanted = std::move(wanted)](AgentCore& core) mutable {
                                  core.wanted(std::move(wanted));
                                });
                              });
}

}  // namespace weir::agent
