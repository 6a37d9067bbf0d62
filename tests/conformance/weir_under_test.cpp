#include "tests/conformance/weir_under_test.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "backend/local/layout.h"
#include "backend/local/record.h"
#include "base/json.h"
#include "http/client.h"

namespace weir::backend::conformance {
namespace {

const std::string program = std::string(WEIR_BINARY_DIR) + "/weir";

std::string why_not_here() {
  if (::access(program.c_str(), X_OK) == 0) return {};
  return "there is no " + program;
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// "http://127.0.0.1:4711" of "Weir 0.1.0 serves /x on http://127.0.0.1:4711 (3 nodes).", or "".
std::string url_in(const std::string& said) {
  const std::size_t begin = said.find("http://");
  return begin == std::string::npos ? "" : said.substr(begin, said.find(' ', begin) - begin);
}

pid_t spawn(const std::vector<std::string>& words, const std::string& home,
            const std::string& output) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::string place = "WEIR_HOME=" + home;
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  std::vector<char*> environment{place.data(), path.data(), nullptr};
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  for (const int stream : {1, 2}) {
    ::posix_spawn_file_actions_addopen(&files, stream, output.c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND, 0600);
  }
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, words.front().c_str(), &files, nullptr, arguments.data(),
                                  environment.data());
  ::posix_spawn_file_actions_destroy(&files);
  return error == 0 ? pid : 0;
}

struct TokenAnswer {
  std::uint64_t id = 0;
  std::string token;
  std::string tenant;
  std::string principal;
  std::string role;
};
WEIR_DESCRIBE(TokenAnswer, id, token, tenant, principal, role)

// Ends what jobs of the inner Weir in `folder` left behind.
void end_processes_of(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string environment = test::read_file(entry.path().string() + "/environ");
    if (environment.find("WEIR_RUN_FOLDER=" + folder) != std::string::npos) {
      ::kill(static_cast<pid_t>(std::stol(name)), SIGKILL);
    }
  }
}

}  // namespace

WeirUnderTest::WeirUnderTest() {
  std::filesystem::create_directory(data());
  start_controller();
  const std::string made =
      asks("POST", "/v1/tokens", R"({"tenant":"outer","principal":"agent","role":"user"})");
  const auto token = base::from_json<TokenAnswer>(made);
  EXPECT_TRUE(token) << made;
  options_.folder = folder_ / "agent";
  options_.access = {url_, folder_ / "token"};
  test::write_file(options_.access.token_file, token ? token->token + "\n" : "");
  options_.site = "under-test";
  options_.pace.deaf_listing = std::chrono::milliseconds(300);
  restart();
}

WeirUnderTest::~WeirUnderTest() {
  backend_.reset();
  if (server_ == 0) start_controller();
  const bool is_clear = test::eventually([this] { return is_idle(); });
  EXPECT_TRUE(is_clear) << "jobs are left at the inner Weir";
  ::kill(server_, SIGTERM);
  ::waitpid(server_, nullptr, 0);
  end_processes_of(folder_.path());
}

// Cancels what has not ended; true once there is nothing of the kind.
bool WeirUnderTest::is_idle() {
  const auto page = base::from_json<model::JobPage>(asks("GET", "/v1/jobs?limit=1000"));
  if (!page) return false;
  for (const model::JobSummary& job : page->jobs) {
    asks("POST", "/v1/jobs/" + std::to_string(job.id.value) + "/cancel");
  }
  return page->jobs.empty();
}

void WeirUnderTest::restart() {
  backend_.reset();
  auto opened = WeirBackend::open(options_);
  if (!opened) {
    ADD_FAILURE() << opened.error().text();
    std::abort();
  }
  backend_ = std::move(*opened);
}

bool WeirUnderTest::restart_with_fence(base::Duration fence_after) {
  options_.fence_after = fence_after;
  options_.guard_program = program;
  restart();
  return true;
}

void WeirUnderTest::kill_controller() {
  ::kill(server_, SIGKILL);
  ::waitpid(server_, nullptr, 0);
  server_ = 0;
}

void WeirUnderTest::start_controller() {
  const std::string said = folder_ / "server.out";
  test::write_file(said, "");
  const std::string port = url_.empty() ? "0" : url_.substr(url_.rfind(':') + 1);
  server_ = spawn({program, "serve", "--nodes", "3", "--port", port}, data(), said);
  const bool serves = test::eventually([&] { return !url_in(test::read_file(said)).empty(); });
  if (server_ == 0 || !serves) {
    ADD_FAILURE() << "no inner Weir: " << test::read_file(said);
    std::abort();
  }
  url_ = url_in(test::read_file(said));
}

std::string WeirUnderTest::asks(const std::string& method, const std::string& target,
                                const std::string& body) {
  auto http = http::HttpClient::connect(url_);
  if (!http) return "error: " + http.error().text();
  http::HeaderList headers{
      {"Authorization", "Bearer " + trimmed(test::read_file(data() + "/operator.token"))}};
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  const auto answer = http->request(method, target, headers, body);
  return answer ? answer->body : "error: " + answer.error().text();
}

std::string WeirUnderTest::listings() {
  std::string all = asks("GET", "/v1/jobs?all=true&limit=1000") + asks("GET", "/v1/secrets") +
                    asks("GET", "/v1/journal?limit=10000") + asks("GET", "/v1/nodes");
  for (const RankObservation& seen : backend_->observe()) {
    const auto job = backend_->job_of(seen.key);
    if (!job) continue;
    const std::string path = "/v1/jobs/" + std::to_string(job->value);
    all += asks("GET", path) + asks("GET", path + "/history") + asks("GET", path + "/logs");
  }
  return all;
}

void WeirUnderTest::kill_watcher(const RankKey& key) {
  const auto job = backend_->job_of(key);
  if (!job) return;
  const local::Layout layout(data() + "/runs");
  const pid_t pid = local::record_holder(layout.record({job->value, 0, 1, 0}));
  if (pid > 0) ::kill(pid, SIGKILL);
}

// One node of the inner Weir's is ours, another has work of its own.
bool WeirUnderTest::checks_others(const RankOrder& order) {
  asks("POST", "/v1/jobs", R"({"run":"sleep 60"})");
  const auto known = backend_->nodes();
  EXPECT_TRUE(known && known->size() == 3 && (*known)[1].name == "local/node1");
  EXPECT_TRUE(backend_->start(order));
  const bool is_seen =
      known && test::eventually([&] {
        static_cast<void>(backend_->observe());
        const auto others = backend_->others(*known);
        return backend_->job_of(order.key) && others && others->size() == 1 &&
               others->front().cpus == 1 &&
               asks("GET", "/v1/sites").find(R"("cpus_free":1,)") != std::string::npos;
      });
  EXPECT_TRUE(is_seen) << "one node is ours, the other is another's";
  asks("PUT", "/v1/sites/local/standing", R"({"standing":"drained"})");
  const auto drained = known ? backend_->others(*known) : base::fail(known.error());
  EXPECT_TRUE(drained && drained->size() == 3) << "nothing is free where no work is begun";
  return true;
}

std::string WeirUnderTest::refuses(const std::string& property) const {
  if (property == "devices_are_the_ones_handed_out") {
    return "the inner Weir's own agent hands devices out, and says which in WEIR_DEVICES";
  }
  if (property == "an_end_is_told_while_the_controller_is_away") {
    return "all that is known of an inner Weir's work, it tells itself";
  }
  return {};
}

Kind weir_kind() {
  return {"weir", why_not_here, [] { return std::make_unique<WeirUnderTest>(); }};
}

}  // namespace weir::backend::conformance
