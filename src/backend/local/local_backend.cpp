#include "backend/local/local_backend.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <utility>

#include "backend/folder_names.h"
#include "backend/local/exec_beside.h"
#include "backend/local/log_reader.h"
#include "backend/local/order_for_runner.h"
#include "backend/local/runner/stop_form.h"
#include "backend/local/runner/system.h"
#include "backend/observed.h"

namespace weir::backend {
namespace {

using local::wall_clock_us;

std::string machine_cgroup_root() {
  const std::string usual = "/sys/fs/cgroup";
  const std::string beside_version_one = usual + "/unified";
  const bool is_usual = ::access((usual + "/cgroup.controllers").c_str(), F_OK) == 0;
  const bool is_beside = ::access((beside_version_one + "/cgroup.controllers").c_str(), F_OK) == 0;
  return !is_usual && is_beside ? beside_version_one : usual;
}

std::string real_path(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) != nullptr ? resolved : "";
}

}  // namespace

std::string beside_this_program(const std::string& name) {
  const std::string program = real_path("/proc/self/exe");
  return program.substr(0, program.rfind('/') + 1) + name;
}

std::string runner_beside_this_program() { return beside_this_program("weir-runner"); }

base::Result<std::unique_ptr<LocalBackend>> LocalBackend::open(LocalOptions options) {
  if (::mkdir(options.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail_errno("make folder " + options.folder, errno);
  }
  const std::string root = real_path(options.folder);
  if (root.empty()) return base::fail_errno("find folder " + options.folder, errno);
  const std::string runner = real_path(options.runner_program);
  if (runner.empty() || ::access(runner.c_str(), X_OK) != 0) {
    return base::fail(base::ErrorCode::not_found, "no runner program at " + options.runner_program);
  }
  options.runner_program = runner;
  std::unique_ptr<LocalBackend> backend(new LocalBackend(std::move(options), root));
  WEIR_TRY_STATUS(backend->layout_.create());
  WEIR_TRY_STATUS(backend->open_descriptors());
  backend->adopt_all();
  return backend;
}

LocalBackend::LocalBackend(LocalOptions options, std::string root)
    : options_(std::move(options)),
      layout_(std::move(root)),
      limit_keeping_(local::find_limit_keeping(
          options_.cgroup_root.empty() ? machine_cgroup_root() : options_.cgroup_root,
          options_.own_cgroup.empty() ? local::own_control_group() : options_.own_cgroup)),
      user_(local::user_name()),
      news_(::epoll_create1(EPOLL_CLOEXEC)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      notices_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      runners_(options_.runner_program, news_.get()),
      forgotten_(layout_),
      spares_(layout_.spare()),
      chores_(event_.get()) {}

base::Status LocalBackend::open_descriptors() {
  if (!news_ || !event_ || !notices_) return base::fail_errno("open the backend's events", errno);
  if (::inotify_add_watch(notices_.get(), layout_.records().c_str(), IN_MODIFY) < 0) {
    return base::fail_errno("watch " + layout_.records(), errno);
  }
  for (const base::Descriptor* descriptor : {&event_, &notices_}) {
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.fd = descriptor->get();
    if (::epoll_ctl(news_.get(), EPOLL_CTL_ADD, descriptor->get(), &interest) != 0) {
      return base::fail_errno("watch the backend's events", errno);
    }
  }
  return {};
}

// Takes in what an earlier server left: what runs, what ended meanwhile, and what never began.
void LocalBackend::adopt_all() {
  for (const std::string& name : names_in(layout_.trash())) {
    discard_folder(layout_.trash() + "/" + name);
  }
  spares_.find();
  std::set<RankKey> keys;
  for (const std::string& folder : {layout_.records(), layout_.work()}) {
    for (const std::string& name : names_in(folder)) {
      if (const base::Result<RankKey> key = parse_rank_key(name)) keys.insert(*key);
    }
  }
  for (const RankKey& key : keys) adopt(key);
}

void LocalBackend::adopt(const RankKey& key) {
  const std::string path = layout_.record(key);
  const base::Result<std::optional<local::Record>> read = local::read_record(path);
  if (read && !read->has_value()) return discard(key);
  Rank& rank = ranks_[key];
  rank.is_adopted = true;
  rank.seen.key = key;
  rank.seen.state = RankObservation::State::running;
  mark_changed(key);
  const local::Record record = read ? read->value() : local::Record();
  rank.seen.stage = record.stage;
  rank.seen.started_us = record.started_us;
  if (record.outcome) {
    end(rank, *record.outcome);
    const base::Result<bool> is_forgotten = forgotten_.contains(key);
    if (is_forgotten && *is_forgotten) static_cast<void>(forget(key));  // a forget() was cut short
    return;
  }
  if (adopt_living(rank)) return;
  // It may have ended between the two looks.
  if (const auto outcome = local::recorded_outcome(path)) return end(rank, *outcome);
  sweep_then_vanish(rank, record);
}

// False where no living runner holds the rank's record.
bool LocalBackend::adopt_living(Rank& rank) {
  const RankKey& key = rank.seen.key;
  const base::Result<local::Runner*> runner = runners_.adopt(key, layout_.record(key));
  if (!runner) return false;
  rank.runner = *runner;
  rank.seen.pid = rank.runner->process.pid;
  return true;
}

// A rank nobody claimed: the old server died while it started it. A runner still on its way finds
// the record taken, or its folder gone; the rank can be started afresh.
void LocalBackend::discard(const RankKey& key) {
  RankOutcome never;
  never.end = RankOutcome::End::start_failed;
  const base::Result<bool> is_ours = local::claim_and_end(layout_.record(key), never);
  if (!is_ours) return;  // nothing can be written here: start() will say so
  if (!*is_ours) return adopt(key);
  discard_folder(layout_.work(key));
  ::unlink(layout_.stop(key).c_str());
  ::unlink(layout_.record(key).c_str());
}

base::Status LocalBackend::stop(const RankKey& key, const std::string& reason, StopAfter after) {
  const auto found = ranks_.find(key);
  if (found == ranks_.end()) {
    return base::fail(base::ErrorCode::not_found, to_text(key) + " is not known here");
  }
  Rank& rank = found->second;
  if (rank.seen.outcome || rank.stop_reason) return {};
  rank.stop_reason = reason;
  if (rank.runner == nullptr) return {};  // being unpacked or swept: looked at when that is done
  const base::Descriptor file(::open(layout_.stop(key).c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  // Where it cannot be written, words are lost, and the notice.
  if (file) static_cast<void>(local::write_all(file.get(), local::stop_text({after, reason})));
  local::Runners::stop(*rank.runner);
  return {};
}

base::Status LocalBackend::forget(const RankKey& key) {
  const auto found = ranks_.find(key);
  if (found == ranks_.end()) return {};
  if (!found->second.seen.outcome) {
    return base::fail(base::ErrorCode::conflict, to_text(key) + " has not ended");
  }
  WEIR_TRY_STATUS(forgotten_.add(key));
  clear(found->second);
  changed_.erase(key);
  ranks_.erase(found);
  return {};
}

std::vector<RankObservation> LocalBackend::observe() {
  take_news();
  return tell_all(ranks_, changed_);
}

std::vector<RankObservation> LocalBackend::changes() {
  take_news();
  return tell_changed(ranks_, changed_);
}

base::Result<LogChunk> LocalBackend::read_log(const RankKey& key, Stream stream,
                                              std::int64_t offset, std::size_t bytes_max) const {
  return local::read_log_file(layout_.log(key, stream), offset, bytes_max);
}

base::Result<int> LocalBackend::exec(const RankKey& key, const std::string& command,
                                     const std::function<void(std::string_view)>& output,
                                     std::stop_token cancel) {
  {
    const std::lock_guard lock(visited_mutex_);
    visited_.insert(key);
  }
  const local::ExecOrder order{key, command, options_.runner_program};
  base::Result<int> code = local::exec_beside(layout_, order, output, cancel);
  if (!code && code.error().code == base::ErrorCode::conflict) {
    const std::lock_guard lock(visited_mutex_);
    visited_.erase(key);  // nothing was started in it
  }
  return code;
}

bool LocalBackend::was_visited(const RankKey& key) {
  const std::lock_guard lock(visited_mutex_);
  return visited_.contains(key);
}

void LocalBackend::mark_changed(const RankKey& key) {
  if (changed_.empty() && !is_taking_news_) ::eventfd_write(event_.get(), 1);
  changed_.insert(key);
}

// The folder goes before the record: a late runner that finds no record finds no folder either.
// Both are kept for another rank where surely nobody of this one is left.
void LocalBackend::clear(const Rank& rank) {
  const RankKey& key = rank.seen.key;
  bool was_visited = false;
  {
    const std::lock_guard lock(visited_mutex_);
    was_visited = visited_.erase(key) > 0;
  }
  const bool is_surely_left = !was_visited && !rank.is_adopted && rank.seen.outcome.has_value() &&
                              rank.seen.outcome->end != RankOutcome::End::vanished;
  if (!is_surely_left || !spares_.give_folder(layout_.work(key))) {
    discard_folder(layout_.work(key));
  }
  if (rank.stop_reason || rank.is_adopted) ::unlink(layout_.stop(key).c_str());
  if (!is_surely_left || !spares_.give_record(layout_.record(key))) {
    ::unlink(layout_.record(key).c_str());
  }
}

// At once where it is empty or gone; else it is only moved out of the way now.
void LocalBackend::discard_folder(const std::string& folder) {
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return;
  std::string path = folder;
  if (!folder.starts_with(layout_.trash())) {
    path = layout_.trash() + "/" + std::to_string(wall_clock_us()) + "." +
           std::to_string(trash_count_++);
    if (::rename(folder.c_str(), path.c_str()) != 0) path = folder;
  }
  // What cannot be removed stays in the trash for the next server to try.
  chores_.post([path](const std::stop_token&) { static_cast<void>(local::remove_tree(path)); },
               [] {});
}

}  // namespace weir::backend
