#include "tests/e2e/rounds/remote_site.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/json.h"
#include "gateway/replies.h"

namespace weir::e2e {

namespace {

using base::ErrorCode;

constexpr const char* cluster_script = WEIR_SOURCE_DIR "/tests/support/slurm_cluster";
constexpr auto moment = std::chrono::milliseconds(2);
// The least that a cut-off site needs to end its work in good time.
constexpr const char* invitation = R"({"lease":"30s"})";

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

bool is_in_touch(Client& operators, const std::string& site) {
  const auto answer = operators.ask("GET", "/v1/sites");
  if (!answer) return false;
  const auto sites = base::from_json<gateway::SiteList>(answer->body);
  if (!sites) return false;
  for (const model::SiteView& each : sites->sites) {
    if (each.name == site) return each.in_touch;
  }
  return false;
}

}  // namespace

RemoteSite::RemoteSite(const Places& places, SitePlan plan, std::string folder, std::uint16_t door)
    : places_(places), plan_(std::move(plan)), folder_(std::move(folder)), door_(door) {}

RemoteSite::~RemoteSite() { close(); }

base::Status RemoteSite::open(Client& operators) {
  std::filesystem::create_directories(folder_);
  if (plan_.is_slurm) {
    const Said said = cluster({"start", folder_ + "/cluster", "--name", plan_.name, "--nodes", "3",
                               "--cpus", "8", "--gres", "gpu:a100:2"});
    if (said.code != 0) return base::fail(ErrorCode::unavailable, said.text);
    configuration_ = last_line(said.text);
  }
  link_ = WEIR_TRY(Link::open(door_));
  const auto answer =
      WEIR_TRY(operators.ask("POST", "/v1/sites/" + plan_.name + "/invitation", invitation));
  if (answer.status != 201) return base::fail(ErrorCode::unavailable, answer.body);
  const auto invited = WEIR_TRY(base::from_json<gateway::SiteToken>(answer.body));
  WEIR_TRY_STATUS(start_agent(invited.token));
  return await_joined(operators);
}

base::Status RemoteSite::await_joined(Client& operators) const {
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < std::chrono::seconds(60)) {
    if (is_in_touch(operators, plan_.name)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return base::fail(ErrorCode::unavailable, plan_.name + " does not come: see its agent.out");
}

void RemoteSite::close() {
  if (agent_.is_started()) {
    agent_.signal(SIGCONT);
    agent_.kill();
  }
  if (!configuration_.empty()) static_cast<void>(cluster({"stop", folder_ + "/cluster"}));
  configuration_.clear();
}

base::Status RemoteSite::start_agent(const std::string& token) {
  std::vector<std::string> words{"agent", "--join",
                                 "https://127.0.0.1:" + std::to_string(link_->port()), "--folder",
                                 folder_ + "/agent"};
  if (!token.empty()) words.insert(words.end(), {"--token", token});
  if (plan_.is_slurm) {
    // A controller that lost jobs drains nodes whose numbers it gives out again: what it has for
    // them is handed back.
    words.insert(words.end(), {"--slurm", "--slurm-conf", configuration_, "--begin-within", "25s"});
  } else {
    words.insert(words.end(), {"--nodes", "3"});
  }
  return agent_.start(places_.programs + "/weir", words, folder_ + "/agent.out");
}

// ---- the cluster

Said RemoteSite::cluster(const std::vector<std::string>& words) {
  return run_program(cluster_script, words);
}

Said RemoteSite::slurm(const std::string& command, const std::vector<std::string>& words) {
  return run_program(command, words, {"SLURM_CONF=" + configuration_});
}

void RemoteSite::kill_controller(base::Duration longest) {
  const std::string below = folder_ + "/cluster";
  pid_t controller = 0;
  std::ifstream(below + "/run/slurmctld.pid") >> controller;
  std::ifstream log(below + "/log/slurmctld.log");
  log.seekg(0, std::ios::end);
  const auto begun = std::chrono::steady_clock::now();
  bool is_acknowledged = false;
  std::string line;
  while (!is_acknowledged && std::chrono::steady_clock::now() - begun < longest) {
    while (!is_acknowledged && std::getline(log, line)) {
      is_acknowledged = line.find("_slurm_rpc_submit_batch_job") != std::string::npos;
    }
    log.clear();
    if (!is_acknowledged) std::this_thread::sleep_for(moment);
  }
  if (controller > 0) ::kill(controller, SIGKILL);
}

void RemoteSite::start_controller() {
  static_cast<void>(cluster({"start-controller", folder_ + "/cluster"}));
}

void RemoteSite::resume_nodes() {
  if (!plan_.is_slurm) return;
  static_cast<void>(
      slurm("scontrol", {"update", "NodeName=" + plan_.name + "[0-2]", "State=RESUME"}));
}

std::string RemoteSite::queue() {
  return plan_.is_slurm
             ? slurm("squeue", {"--noheader", "--states=PENDING,RUNNING,COMPLETING,SUSPENDED"}).text
             : "";
}

}  // namespace weir::e2e
