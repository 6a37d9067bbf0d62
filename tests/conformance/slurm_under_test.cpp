#include "tests/conformance/slurm_under_test.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "backend/local/layout.h"
#include "backend/local/order_for_runner.h"
#include "backend/local/record.h"
#include "backend/slurm/command.h"

namespace weir::backend::conformance {
namespace {

constexpr const char* script = WEIR_SOURCE_DIR "/tests/support/slurm_cluster";

std::string run(std::vector<std::string> words, std::string input = {}) {
  slurm::Command command;
  command.words = std::move(words);
  command.input = std::move(input);
  const char* const path = std::getenv("PATH");
  command.environment = {std::string("PATH=") + (path != nullptr ? path : "") +
                             ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                         "LANG=C"};
  if (const char* const conf = std::getenv("SLURM_CONF"); conf != nullptr) {
    command.environment.push_back(std::string("SLURM_CONF=") + conf);
  }
  const auto end = slurm::run_command(command, std::chrono::seconds(90));
  if (!end) return "error: " + end.error().text();
  return end->code == 0 ? end->output : "error: " + end->error + end->output;
}

// The one cluster, started with its first use.
class Cluster {
 public:
  static Cluster& get() {
    static Cluster cluster;
    return cluster;
  }
  [[nodiscard]] const std::string& conf() {
    if (!conf_.empty()) return conf_;
    folder_.emplace();
    conf_ = run(
        {script, "start", folder_->path(), "--nodes", "3", "--cpus", "8", "--gres", "gpu:a100:2"});
    while (!conf_.empty() && conf_.back() == '\n') conf_.pop_back();
    if (conf_.starts_with("error: ") || conf_.empty()) {
      ADD_FAILURE() << "the cluster did not start: " << conf_;
    }
    ::setenv("SLURM_CONF", conf_.c_str(), 1);
    return conf_;
  }
  void verb(const char* word) {
    if (folder_) static_cast<void>(run({script, word, folder_->path()}));
  }
  void end() {
    verb("stop");
    folder_.reset();
    conf_.clear();
  }

 private:
  std::optional<test::Folder> folder_;
  std::string conf_;
};

std::string why_not_here() {
  const std::string where = ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin:";
  for (const char* const program : {"slurmctld", "slurmd", "sbatch", "squeue"}) {
    bool is_there = false;
    for (const char* const folder : {"/usr/local/sbin/", "/usr/sbin/", "/usr/bin/", "/bin/"}) {
      is_there = is_there || ::access((std::string(folder) + program).c_str(), X_OK) == 0;
    }
    if (!is_there)
      return std::string("there is no ") + program + "; scripts/setup test installs it";
  }
  return {};
}

}  // namespace

SlurmUnderTest::SlurmUnderTest() {
  options_.configuration = Cluster::get().conf();
  options_.folder = folder_ / "site";
  options_.runner_program = std::string(WEIR_BINARY_DIR) + "/weir-runner";
  options_.site = "under-test";
  options_.device_names = {{"gpu:a100", "nvidia-a100"}};
  options_.pace.busy = std::chrono::milliseconds(100);
  options_.pace.calm = std::chrono::milliseconds(300);
  restart();
}

SlurmUnderTest::~SlurmUnderTest() {
  backend_.reset();
  if (is_node_drained_) slurm_says({"scontrol", "update", "NodeName=lab2", "State=RESUME"});
  // A controller that forgot jobs gives their numbers out again: the next test gets another one.
  if (was_controller_killed_) {
    Cluster::get().end();
    return;
  }
  static_cast<void>(test::eventually([] {
    slurm_says({"scancel", "--user", local::user_name()});
    return slurm_says({"squeue", "--noheader", "--format=%A"}).empty();
  }));
}

void SlurmUnderTest::restart() {
  backend_.reset();
  auto opened = SlurmBackend::open(options_);
  if (!opened) {
    ADD_FAILURE() << opened.error().text();
    std::abort();
  }
  backend_ = std::move(*opened);
}

bool SlurmUnderTest::restart_with_fence(base::Duration fence_after) {
  options_.fence_after = fence_after;
  restart();
  return true;
}

std::string SlurmUnderTest::slurm_says(std::vector<std::string> words, std::string input) {
  return run(std::move(words), std::move(input));
}

std::string SlurmUnderTest::listings() {
  std::string all = slurm_says({"scontrol", "-dd", "show", "jobs"}) +
                    slurm_says({"squeue", "--states=all", "--format=%all"}) +
                    slurm_says({"squeue", "--json"});
  for (const RankObservation& seen : backend_->observe()) {
    const auto job = backend_->job_of(seen.key);
    if (!job || job->number == 0) continue;
    all += slurm_says({"scontrol", "write", "batch_script", std::to_string(job->number), "-"});
  }
  return all;
}

void SlurmUnderTest::kill_watcher(const RankKey& key) {
  const auto record = local::read_record(local::Layout(options_.folder).record(key));
  if (record && record->has_value()) {
    ::kill(static_cast<pid_t>(record->value().runner_pid), SIGKILL);
  }
}

void SlurmUnderTest::kill_controller() {
  was_controller_killed_ = true;
  Cluster::get().verb("kill-controller");
}
void SlurmUnderTest::start_controller() { Cluster::get().verb("start-controller"); }

void SlurmUnderTest::let_others_in() {
  slurm_says({"sbatch", "--wrap=sleep 60", "--nodelist=lab1", "--cpus-per-task=3", "--mem=1000M",
              "--gres=gpu:a100:1", "--output=/dev/null"});
  slurm_says({"scontrol", "update", "NodeName=lab2", "State=DRAIN", "Reason=test"});
  is_node_drained_ = true;
}

std::vector<NodeTold> SlurmUnderTest::nodes_told() {
  std::vector<NodeTold> told;
  const auto nodes = backend_->nodes();
  if (!nodes) ADD_FAILURE() << nodes.error().text();
  if (!nodes) return told;
  for (const slurm::ClusterNode& each : *nodes) {
    NodeTold node{each.node.name, each.node.cpus};
    for (const model::Device& device : each.node.devices) node.devices.push_back(device.model);
    node.is_available = each.is_available;
    node.foreign_cpus = each.foreign.cpus;
    node.foreign_memory_bytes = each.foreign.memory_bytes;
    node.foreign_devices = each.foreign.devices;
    told.push_back(std::move(node));
  }
  return told;
}

Kind slurm_kind() {
  return {"slurm", why_not_here, [] { return std::make_unique<SlurmUnderTest>(); },
          [] { Cluster::get().end(); }};
}

}  // namespace weir::backend::conformance
