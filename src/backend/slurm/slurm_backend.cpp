#include "backend/slurm/slurm_backend.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "backend/folder_names.h"
#include "backend/local/log_reader.h"
#include "backend/local/order_for_runner.h"
#include "backend/observed.h"
#include "backend/slurm/exec_in_job.h"

namespace weir::backend {
namespace {

// srun --overlap, without which a second step waits for the first.
constexpr int overlap_year = 20;
constexpr int overlap_month = 11;

std::string real_path(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) != nullptr ? resolved : "";
}

bool is_good_name(const std::string& site) {
  constexpr std::string_view marks = "-_.";
  return !site.empty() && site.size() <= 64 && std::all_of(site.begin(), site.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

}  // namespace

base::Result<std::unique_ptr<SlurmBackend>> SlurmBackend::open(SlurmOptions options) {
  slurm::CommandOptions commands;
  commands.configuration = options.configuration;
  commands.folder = options.commands;
  commands.user = local::user_name();
  return open(std::move(options), std::make_unique<slurm::CommandController>(commands));
}

base::Result<std::unique_ptr<SlurmBackend>> SlurmBackend::open(
    SlurmOptions options, std::unique_ptr<slurm::Controller> controller) {
  if (!is_good_name(options.site)) {
    return base::fail(base::ErrorCode::invalid,
                      "\"" + options.site + "\" cannot stand in the names of jobs");
  }
  if (::mkdir(options.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail_errno("make folder " + options.folder, errno);
  }
  const std::string root = real_path(options.folder);
  if (root.empty()) return base::fail_errno("find folder " + options.folder, errno);
  if (::access(options.runner_program.c_str(), X_OK) != 0) {
    return base::fail(base::ErrorCode::not_found, "no runner program at " + options.runner_program);
  }
  std::unique_ptr<SlurmBackend> backend(
      new SlurmBackend(std::move(options), root, std::move(controller)));
  WEIR_TRY_STATUS(backend->prepare());
  return backend;
}

SlurmBackend::SlurmBackend(SlurmOptions options, const std::string& root,
                           std::unique_ptr<slurm::Controller> controller)
    : options_(std::move(options)),
      controller_(std::move(controller)),
      folder_(root),
      user_(local::user_name()),
      news_(::epoll_create1(EPOLL_CLOEXEC)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      notices_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      forgotten_(folder_.layout()),
      chores_(event_.get()) {}

base::Status SlurmBackend::prepare() {
  WEIR_TRY_STATUS(folder_.create());
  runner_ = WEIR_TRY(folder_.install_runner(options_.runner_program));
  version_ = WEIR_TRY(controller_->version());
  find_out_about_cluster();
  if (options_.fence_after) WEIR_TRY_STATUS(renew_lease());
  WEIR_TRY_STATUS(open_descriptors());
  adopt_all();
  clerk_ = std::make_unique<slurm::Clerk>(*controller_, event_.get(), options_.pace);
  return {};
}

base::Status SlurmBackend::open_descriptors() {
  if (!news_ || !event_ || !notices_) return base::fail_errno("open the backend's events", errno);
  const std::string records = folder_.layout().records();
  // Of what other machines write a shared folder may tell nothing: listings then lead to a look.
  if (::inotify_add_watch(notices_.get(), records.c_str(), IN_MODIFY | IN_MOVED_TO) < 0) {
    return base::fail_errno("watch " + records, errno);
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

void SlurmBackend::find_out_about_cluster() {
  const base::Result<slurm::Settings> settings = controller_->settings();
  if (settings && settings->limits_memory) {
    limits_ = {"slurm-cgroup", "Slurm keeps jobs to their memory and processors by cgroups"};
  } else {
    limits_ = {"rlimit", settings ? "this Slurm does not keep jobs to their memory: each process "
                                    "of a rank is kept to it by rlimit"
                                  : "the controller did not say how limits are kept"};
  }
}

// Takes in what an earlier server left: what waits, what runs, what ended meanwhile.
void SlurmBackend::adopt_all() {
  const local::Layout& layout = folder_.layout();
  for (const std::string& name : names_in(layout.trash())) {
    discard_folder(layout.trash() + "/" + name);
  }
  std::set<RankKey> keys;
  for (const std::string& folder :
       {layout.records(), layout.work(), folder_.orders(), folder_.notes()}) {
    for (const std::string& name : names_in(folder)) {
      // "42_7.1.0", and beside it "42_7.1.0.taken".
      if (const auto key = parse_rank_key(name.substr(0, name.find(".withdrawn")))) {
        keys.insert(*key);
      } else if (const auto taken = parse_rank_key(name.substr(0, name.find(".taken")))) {
        keys.insert(*taken);
      }
    }
  }
  for (const RankKey& key : keys) adopt(key);
}

void SlurmBackend::adopt(const RankKey& key) {
  const local::Layout& layout = folder_.layout();
  const auto record = local::read_record(layout.record(key));
  const bool is_claimed = !record || record->has_value();  // a spoilt one belongs to somebody
  const bool was_accepted = is_claimed || folder_.order_waits(key) || folder_.was_taken(key) ||
                            folder_.was_withdrawn(key);
  if (!was_accepted) {
    // The old server died while it filled the folder: it can be started afresh.
    discard_folder(layout.work(key));
    return folder_.remove(key);
  }
  Rank& rank = ranks_[key];
  rank.seen.key = key;
  rank.note = folder_.read_note(key).value_or(slurm::Note());
  if (!rank.note.jobs.empty()) rank.job.number = rank.note.jobs.back();
  mark_changed(key);
  if (is_claimed || folder_.was_taken(key)) {
    set_phase(rank, Phase::begun);
    refresh(rank);
  } else if (folder_.was_withdrawn(key)) {
    set_phase(rank, Phase::queued);
    static_cast<void>(end_unbegun(rank, RankOutcome::End::stopped, "stopped before it began"));
  } else {
    set_phase(rank, Phase::unsure);
  }
  const base::Result<bool> is_forgotten = forgotten_.contains(key);
  if (rank.seen.outcome && is_forgotten && *is_forgotten) {
    static_cast<void>(forget(key));  // one was cut short
  }
}

// Whoever has the order decides: where no runner took it, none ever will.
base::Status SlurmBackend::stop(const RankKey& key, const std::string& reason, StopAfter after) {
  const auto found = ranks_.find(key);
  if (found == ranks_.end()) {
    return base::fail(base::ErrorCode::not_found, to_text(key) + " is not known here");
  }
  Rank& rank = found->second;
  if (rank.seen.outcome || rank.stop_reason) return {};
  rank.stop_reason = reason;
  clerk_->set_haste(slurm::Haste::busy);
  if (rank.phase == Phase::preparing) return {};  // looked at when that is done
  const slurm::JobNumber job = rank.job.number;
  if (end_unbegun(rank, RankOutcome::End::stopped, reason)) {
    if (job != 0) clerk_->cancel(job);
    return {};
  }
  const base::Status put = folder_.put_stop(key, {after, reason});
  if (!put) rank.stop_reason.reset();  // to be tried again
  if (put && job != 0) clerk_->signal(job, SIGTERM);
  return put;
}

base::Status SlurmBackend::forget(const RankKey& key) {
  const auto found = ranks_.find(key);
  if (found == ranks_.end()) return {};
  if (!found->second.seen.outcome) {
    return base::fail(base::ErrorCode::conflict, to_text(key) + " has not ended");
  }
  WEIR_TRY_STATUS(forgotten_.add(key));
  discard_folder(folder_.layout().work(key));
  folder_.remove(key);
  ::unlink(folder_.layout().record(key).c_str());
  changed_.erase(key);
  ranks_.erase(found);
  return {};
}

std::vector<RankObservation> SlurmBackend::observe() {
  take_news();
  return tell_all(ranks_, changed_);
}

std::vector<RankObservation> SlurmBackend::changes() {
  take_news();
  return tell_changed(ranks_, changed_);
}

base::Result<LogChunk> SlurmBackend::read_log(const RankKey& key, Stream stream,
                                              std::int64_t offset, std::size_t bytes_max) const {
  return local::read_log_file(folder_.layout().log(key, stream), offset, bytes_max);
}

base::Result<int> SlurmBackend::exec(const RankKey& key, const std::string& command,
                                     const std::function<void(std::string_view)>& output,
                                     std::stop_token cancel) {
  if (std::pair(version_.year, version_.month) < std::pair(overlap_year, overlap_month)) {
    return base::fail(base::ErrorCode::refused,
                      "Slurm " + version_.text + " runs nothing beside a job's work; 20.11 does");
  }
  slurm::JobNumber job = 0;
  {
    const std::lock_guard lock(running_mutex_);
    const auto found = running_.find(key);
    if (found != running_.end()) job = found->second;
  }
  const auto* const commands = dynamic_cast<slurm::CommandController*>(controller_.get());
  if (job == 0 || commands == nullptr) {
    return base::fail(base::ErrorCode::conflict, to_text(key) + " does not run");
  }
  return slurm::exec_in_job(
      commands->command({"srun", "--jobid=" + std::to_string(job), "--overlap", "--nodes=1",
                         "--ntasks=1", "--mem=0", "--quiet", "--input=0", "--chdir=/", runner_,
                         "--beside", folder_.layout().record(key)},
                        command),
      output, cancel);
}

base::Result<std::string> SlurmBackend::work_folder(const RankKey& key) const {
  if (ranks_.contains(key)) return folder_.layout().work(key);
  return base::fail(base::ErrorCode::not_found, "no rank " + to_text(key) + " is known here");
}

base::Result<std::vector<slurm::ClusterNode>> SlurmBackend::nodes() const {
  const std::vector<slurm::NodeFacts> facts = WEIR_TRY(controller_->nodes());
  std::vector<slurm::Job> own = WEIR_TRY(controller_->jobs());
  std::erase_if(own, [&](const slurm::Job& job) { return !key_of(job); });
  auto nodes =
      slurm::cluster_nodes(facts, own, WEIR_TRY(controller_->switches()), options_.device_names);
  const std::lock_guard lock(names_mutex_);
  for (const slurm::ClusterNode& each : nodes) {
    for (const model::Device& device : each.node.devices) {
      generic_resources_[device.model] = device.address.substr(0, device.address.rfind(':'));
    }
  }
  return nodes;
}

std::optional<SlurmBackend::JobView> SlurmBackend::job_of(const RankKey& key) const {
  const auto found = ranks_.find(key);
  return found == ranks_.end() ? std::nullopt : std::optional<JobView>(found->second.job);
}

std::string SlurmBackend::name_of_job(const RankKey& key) const {
  return "weir-" + options_.site + "-" + to_text(key);
}

// Only jobs that this folder's servers submitted: others may have a site of the same name.
std::optional<RankKey> SlurmBackend::key_of(const slurm::Job& job) const {
  const std::string start = "weir-" + options_.site + "-";
  if (job.comment != "weir " + folder_.instance() || !job.name.starts_with(start)) {
    return std::nullopt;
  }
  const auto key = parse_rank_key(std::string_view(job.name).substr(start.size()));
  return key ? std::optional<RankKey>(*key) : std::nullopt;
}

void SlurmBackend::mark_changed(const RankKey& key) {
  if (changed_.empty() && !is_taking_news_) ::eventfd_write(event_.get(), 1);
  changed_.insert(key);
}

// Moved out of the way now, removed beside.
void SlurmBackend::discard_folder(const std::string& folder) {
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return;
  std::string path = folder;
  if (!folder.starts_with(folder_.layout().trash())) {
    path = folder_.layout().trash() + folder.substr(folder.rfind('/'));
    if (::rename(folder.c_str(), path.c_str()) != 0) path = folder;
  }
  chores_.post([path](const std::stop_token&) { static_cast<void>(local::remove_tree(path)); },
               [] {});
}

}  // namespace weir::backend
