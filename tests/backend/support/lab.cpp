#include "tests/backend/support/lab.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "backend/local/layout.h"
#include "backend/local/leftovers.h"

namespace weir::backend::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(30);

}  // namespace

Folder::Folder() {
  std::string path = (std::filesystem::temp_directory_path() / "weir-backend-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) std::abort();
  path_ = std::filesystem::canonical(path).string();
}
Folder::~Folder() { static_cast<void>(local::remove_tree(path_)); }

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  return files;
}

Lab::Lab() {
  options.folder = folder_ / "data";
  options.runner_program = std::string(WEIR_BINARY_DIR) + "/weir-runner";
  restart();
}

Lab::~Lab() {
  if (!backend_) return;
  for (const RankObservation& seen : backend_->observe()) {
    if (!seen.outcome) ::kill(static_cast<pid_t>(seen.pid), SIGKILL);
    static_cast<void>(local::end_leftovers(work(seen.key)));
  }
}

void Lab::restart() {
  backend_.reset();
  auto opened = LocalBackend::open(options);
  if (!opened) {
    ADD_FAILURE() << opened.error().text();
    std::abort();
  }
  backend_ = std::move(*opened);
}

RankObservation Lab::await(const RankKey& key,
                           const std::function<bool(const RankObservation&)>& is_so) {
  const auto until = Clock::now() + patience;
  for (;;) {
    for (const RankObservation& seen : backend_->observe()) {
      if (seen.key == key && is_so(seen)) return seen;
    }
    if (Clock::now() > until) break;
    pollfd news{backend_->ready_descriptor(), POLLIN, 0};
    ::poll(&news, 1, 1000);
  }
  ADD_FAILURE() << to_text(key) << " did not come to what was awaited";
  return {};
}

RankOutcome Lab::await_end(const RankKey& key) {
  const RankObservation seen =
      await(key, [](const RankObservation& rank) { return rank.outcome.has_value(); });
  return seen.outcome.value_or(RankOutcome());
}

RankObservation Lab::await_running(const RankKey& key) {
  return await(key, [](const RankObservation& rank) {
    return rank.state == RankObservation::State::running;
  });
}

std::string Lab::await_log(const RankKey& key, Stream stream, const std::string& text) {
  if (!eventually([&] { return log(key, stream).find(text) != std::string::npos; })) {
    ADD_FAILURE() << "no \"" << text << "\" in: " << log(key, stream);
  }
  return log(key, stream);
}

std::string Lab::log(const RankKey& key, Stream stream) {
  std::string all;
  for (;;) {
    const auto chunk =
        backend_->read_log(key, stream, static_cast<std::int64_t>(all.size()), 64 * 1024);
    if (!chunk || chunk->bytes.empty()) return all;
    all += chunk->bytes;
  }
}

RankOutcome Lab::run(const RankOrder& order) {
  const base::Status started = backend_->start(order);
  if (!started) ADD_FAILURE() << started.error().text();
  return await_end(order.key);
}

std::string Lab::work(const RankKey& key) const { return local::Layout(root()).work(key); }

std::vector<pid_t> Lab::processes_of(const RankKey& key) const {
  std::vector<pid_t> found;
  const std::string mark = "WEIR_RUN_FOLDER=" + work(key) + std::string(1, '\0');
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0 || !is_alive(pid)) continue;
    std::error_code ignored;
    const bool is_there = std::filesystem::read_symlink(entry.path() / "cwd", ignored) == work(key);
    const bool is_marked =
        read_file(entry.path().string() + "/environ").find(mark) != std::string::npos;
    if (is_there || is_marked) found.push_back(pid);
  }
  return found;
}

RankOrder order_for(const std::string& run, std::uint64_t job) {
  RankOrder order;
  order.key.job = job;
  order.key.attempt = 1;
  order.node = "node-0";
  order.run = run;
  order.environment["WEIR_JOB_ID"] = std::to_string(job);
  order.kill_grace = std::chrono::seconds(5);
  return order;
}

bool is_alive(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(") ");
  return name_end != std::string::npos && stat[name_end + 2] != 'Z' && stat[name_end + 2] != 'X';
}

bool eventually(const std::function<bool()>& is_so) {
  const auto until = Clock::now() + patience;
  while (!is_so()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace weir::backend::test
