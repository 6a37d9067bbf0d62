#include "tests/agent/support/house.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <thread>

#include "base/check.h"
#include "engine/wishes.h"

namespace weir::agent::test {
namespace {

constexpr auto patience = std::chrono::seconds(30);

base::Time now() {
  return base::Time(std::chrono::duration_cast<base::Duration>(
      std::chrono::system_clock::now().time_since_epoch()));
}

std::filesystem::path fresh_folder() {
  std::string path = (std::filesystem::temp_directory_path() / "weir-agent-XXXXXX").string();
  return ::mkdtemp(path.data());
}

}  // namespace

void MemoryControlPlane::connect(LocalAgent* agent) {
  const std::scoped_lock lock(mutex_);
  agent_ = agent;
}

void MemoryControlPlane::send(model::Input input,
                              std::function<void(const engine::Reply&)> answer) {
  answer(step(input));
}

engine::Reply MemoryControlPlane::step(const model::Input& input) {
  const std::scoped_lock lock(mutex_);
  reports_ += static_cast<std::uint64_t>(std::holds_alternative<model::ReportSite>(input));
  engine::Step step = engine_.step(input, now());
  for (const model::Effect& effect : step.effects) {
    const auto* change = std::get_if<model::ChangeWanted>(&effect);
    if (change != nullptr && agent_ != nullptr) agent_->wanted_changed(*change);
  }
  changed_.notify_all();
  return std::move(step.reply);
}

void MemoryControlPlane::fetch_wanted(const std::string& site,
                                      std::function<void(model::WantedState)> answer) {
  model::WantedState wanted;
  {
    const std::scoped_lock lock(mutex_);
    wanted = engine::wanted_state(engine_.state(), engine_.index().site_by_name.at(site));
  }
  answer(std::move(wanted));
}

model::JobId MemoryControlPlane::submit(model::JobSpec spec) {
  const engine::Reply reply =
      step(model::SubmitJobs{{"lab", "ada", model::Role::user}, "", {std::move(spec)}});
  if (reply.error) ADD_FAILURE() << reply.error->text();
  return reply.jobs.empty() ? model::JobId{} : reply.jobs.front();
}

engine::JobRecord MemoryControlPlane::await(
    model::JobId job, const std::function<bool(const engine::JobRecord&)>& is_so) {
  std::unique_lock lock(mutex_);
  const bool came =
      changed_.wait_for(lock, patience, [&] { return is_so(engine_.state().jobs.at(job)); });
  EXPECT_TRUE(came) << "job " << job.value << " is "
                    << base::enum_name(engine_.state().jobs.at(job).state);
  return engine_.state().jobs.at(job);
}

engine::JobRecord MemoryControlPlane::await_end(model::JobId job) {
  return await(job, [](const engine::JobRecord& record) { return is_terminal(record.state); });
}

engine::JobRecord MemoryControlPlane::await_running(model::JobId job) {
  return await(job, [](const engine::JobRecord& record) {
    return record.state == model::JobState::running;
  });
}

model::Dataset MemoryControlPlane::dataset(const std::string& tenant, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto id = engine_.index().find_dataset(tenant, name, 0);
  WEIR_CHECK(id.has_value(), "the dataset is there");
  return engine_.state().datasets.at(*id);
}

House::House(std::uint32_t nodes) : folder_(fresh_folder()) {
  backend_ = *backend::LocalBackend::open(
      {folder_.string() + "/runs", std::string(WEIR_BINARY_DIR) + "/weir-runner", "", "", {}});
  for (std::uint32_t i = 0; i < nodes; ++i) {
    model::Node& node = options.nodes.emplace_back();
    node.name = "node" + std::to_string(i);
    node.cpus = 4;
    node.memory_bytes = std::int64_t{1} << 30;
  }
  options.open_secret = [](std::string_view sealed) -> base::Result<std::string> {
    if (!sealed.starts_with("sealed:")) {
      return base::fail(base::ErrorCode::invalid, "this secret was sealed for another server");
    }
    return std::string(sealed.substr(7));
  };
  options.archive_path = [this](const std::string& tenant, const std::string& sha256) {
    return base::Result<std::string>(folder_.string() + "/" + tenant + "/" + sha256);
  };
  options.store = folder_.string() + "/datasets";
  std::filesystem::create_directories(options.store);
  options.mover_program = std::string(WEIR_BINARY_DIR) + "/weir-mover";
  start_agent();
}

House::~House() {
  stop_agent();
  for (const backend::RankObservation& seen : backend_->observe()) {
    if (!seen.outcome) (void)backend_->stop(seen.key, "the test is over");
  }
  const auto latest = std::chrono::steady_clock::now() + patience;
  const auto alive = [&] {
    for (const backend::RankObservation& seen : backend_->observe()) {
      if (!seen.outcome) return true;
    }
    return false;
  };
  while (alive() && std::chrono::steady_clock::now() < latest) std::this_thread::yield();
  backend_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void House::start_agent() {
  agent_ = std::make_unique<LocalAgent>(plane, *backend_, options);
  plane.connect(agent_.get());
  EXPECT_TRUE(agent_->wait_until_joined(patience));
}

void House::stop_agent() {
  plane.connect(nullptr);
  if (agent_) agent_->stop();
  agent_.reset();
}

std::string House::log(const backend::RankKey& key) const {
  return backend_->read_log(key, backend::Stream::program, 0, 1 << 20)->bytes;
}

bool House::becomes_empty() {
  stop_agent();
  start_agent();  // so that the backend is this thread's in between
  const auto latest = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < latest) {
    stop_agent();
    if (backend_->observe().empty()) return true;
    start_agent();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

model::JobSpec job_of(const std::string& text) {
  model::JobSpec spec;
  spec.name = "test";
  spec.run = text;
  return spec;
}

}  // namespace weir::agent::test
