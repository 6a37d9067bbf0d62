// The Slurm backend over a controller that loses answers, forgets jobs and is away.
#include "backend/slurm/slurm_backend.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <mutex>
#include <optional>
#include <thread>

#include "backend/slurm/command.h"
#include "tests/backend/support/lab.h"

namespace weir::backend::test {
namespace {

using End = RankOutcome::End;
using slurm::Job;
using slurm::JobNumber;
using slurm::JobState;
using std::chrono::milliseconds;

// What the test decides of the controller, and what it saw. Guarded by its mutex.
struct Cluster {
  std::mutex mutex;
  std::vector<Job> jobs;
  std::vector<slurm::Submission> submissions;
  std::vector<JobNumber> cancelled;
  std::vector<JobNumber> signalled;
  bool is_away = false;
  bool loses_answers = false;
  std::string refuses;
  JobNumber next = 100;
};

class FakeController final : public slurm::Controller {
 public:
  explicit FakeController(Cluster& cluster) : cluster_(cluster) {}

  base::Result<JobNumber> submit(const slurm::Submission& submission) override {
    const std::lock_guard lock(cluster_.mutex);
    if (cluster_.is_away) return away();
    cluster_.submissions.push_back(submission);
    if (!cluster_.refuses.empty()) {
      return base::fail(base::ErrorCode::refused, cluster_.refuses);
    }
    Job job;
    job.number = cluster_.next++;
    job.name = submission.name;
    job.comment = submission.comment;
    job.state = JobState::pending;
    job.state_name = "PENDING";
    cluster_.jobs.push_back(job);
    if (cluster_.loses_answers) return away();
    return job.number;
  }
  base::Result<std::vector<Job>> jobs() override {
    const std::lock_guard lock(cluster_.mutex);
    if (cluster_.is_away) return away();
    return cluster_.jobs;
  }
  base::Status cancel(JobNumber job) override {
    const std::lock_guard lock(cluster_.mutex);
    cluster_.cancelled.push_back(job);
    return {};
  }
  base::Status signal(JobNumber job, int /*signal*/) override {
    const std::lock_guard lock(cluster_.mutex);
    cluster_.signalled.push_back(job);
    return {};
  }
  base::Result<std::vector<slurm::NodeFacts>> nodes() override { return away(); }
  base::Result<std::vector<slurm::Switch>> switches() override { return away(); }
  base::Result<slurm::Version> version() override { return slurm::Version{"22.05.8", 22, 5, true}; }
  base::Result<slurm::Settings> settings() override { return slurm::Settings{}; }

 private:
  static tl::unexpected<base::Error> away() {
    return base::fail(base::ErrorCode::unavailable, "nobody answers");
  }
  Cluster& cluster_;
};

class SlurmBackendTest : public ::testing::Test {
 protected:
  SlurmBackendTest() { restart(); }

  void restart(std::optional<base::Duration> fence_after = std::nullopt) {
    backend_.reset();
    SlurmOptions options;
    options.folder = folder_ / "site";
    options.runner_program = std::string(WEIR_BINARY_DIR) + "/weir-runner";
    options.fence_after = fence_after;
    options.pace.busy = options.pace.calm = milliseconds(5);
    options.pace.rest_factor = 1;
    options.pace.absence = milliseconds(60);
    auto opened = SlurmBackend::open(options, std::make_unique<FakeController>(cluster));
    ASSERT_TRUE(opened) << opened.error().text();
    backend_ = std::move(*opened);
  }
  SlurmBackend& backend() { return *backend_; }

  // What the controller would do once the job has its node.
  static int run_script(const slurm::Submission& submission) {
    const auto end =
        slurm::run_command({{"sh", "-c", submission.script}, {}, {}}, std::chrono::seconds(30));
    return end ? end->code : -1;
  }
  slurm::Submission await_submission(std::size_t count) {
    EXPECT_TRUE(until([&] {
      const std::lock_guard lock(cluster.mutex);
      return cluster.submissions.size() >= count;
    }));
    const std::lock_guard lock(cluster.mutex);
    return cluster.submissions.back();
  }
  bool until(const std::function<bool()>& is_so) {
    return eventually([&] {
      static_cast<void>(backend_->observe());
      return is_so();
    });
  }
  RankOutcome await_end(const RankKey& key) {
    RankOutcome outcome;
    EXPECT_TRUE(until([&] {
      for (const RankObservation& seen : backend_->observe()) {
        if (seen.key == key && seen.outcome) outcome = *seen.outcome;
        if (seen.key == key && seen.outcome) return true;
      }
      return false;
    }));
    return outcome;
  }
  void await_number(const RankKey& key) {
    EXPECT_TRUE(until([&] { return backend_->job_of(key)->number != 0; }));
  }

  Cluster cluster;

 private:
  Folder folder_;
  std::unique_ptr<SlurmBackend> backend_;
};

TEST_F(SlurmBackendTest, tells_a_refusal_in_the_controllers_words) {
  cluster.refuses = "Invalid account";
  const RankOrder order = order_for("true");
  ASSERT_TRUE(backend().start(order));
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_EQ(outcome.message, "Invalid account");
}

TEST_F(SlurmBackendTest, finds_a_job_by_its_name_when_the_answer_was_lost) {
  cluster.loses_answers = true;
  const RankOrder order = order_for("exit 3");
  ASSERT_TRUE(backend().start(order));
  const slurm::Submission submission = await_submission(1);
  await_number(order.key);
  EXPECT_EQ(run_script(submission), 3);
  EXPECT_EQ(await_end(order.key).exit_code, 3);
  EXPECT_EQ(cluster.submissions.size(), 1U);
}

TEST_F(SlurmBackendTest, submits_again_what_the_controller_forgot) {
  const RankOrder order = order_for("exit 3");
  ASSERT_TRUE(backend().start(order));
  await_submission(1);
  await_number(order.key);
  {
    const std::lock_guard lock(cluster.mutex);
    cluster.jobs.clear();
  }
  const slurm::Submission again = await_submission(2);
  EXPECT_EQ(run_script(again), 3);
  EXPECT_EQ(await_end(order.key).exit_code, 3);
}

TEST_F(SlurmBackendTest, gives_up_on_a_controller_that_forgets_each_time) {
  const RankOrder order = order_for("true");
  ASSERT_TRUE(backend().start(order));
  for (std::size_t count = 1; count <= 3; ++count) {
    await_submission(count);
    await_number(order.key);
    const std::lock_guard lock(cluster.mutex);
    cluster.jobs.clear();
  }
  EXPECT_EQ(await_end(order.key).end, End::start_failed);
  EXPECT_EQ(cluster.submissions.size(), 3U);
}

TEST_F(SlurmBackendTest, runs_an_order_once_however_often_its_job_runs) {
  const RankOrder order = order_for("echo ran >> count");
  ASSERT_TRUE(backend().start(order));
  const slurm::Submission submission = await_submission(1);
  EXPECT_EQ(run_script(submission), 0);
  EXPECT_NE(run_script(submission), 0) << "the order was taken";
  EXPECT_EQ(await_end(order.key).exit_code, 0);
  EXPECT_EQ(read_file(backend().work_folder(order.key).value_or("") + "/count"), "ran\n");
}

TEST_F(SlurmBackendTest, ends_what_waits_without_asking_anybody) {
  const RankOrder order = order_for("echo ran > ran");
  ASSERT_TRUE(backend().start(order));
  const slurm::Submission submission = await_submission(1);
  await_number(order.key);
  {
    const std::lock_guard lock(cluster.mutex);
    cluster.is_away = true;
  }
  ASSERT_TRUE(backend().stop(order.key, "not needed"));
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "not needed");
  EXPECT_NE(run_script(submission), 0) << "its order was withdrawn";
  restart();
  EXPECT_EQ(await_end(order.key).message, "not needed");
}

TEST_F(SlurmBackendTest, tells_how_a_job_ended_that_never_began) {
  const RankOrder order = order_for("true");
  ASSERT_TRUE(backend().start(order));
  const slurm::Submission submission = await_submission(1);
  write_file(submission.output, "sh: weir-runner: not found\n");
  {
    const std::lock_guard lock(cluster.mutex);
    cluster.jobs[0].state = JobState::boot_fail;
    cluster.jobs[0].state_name = "BOOT_FAIL";
  }
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_NE(outcome.message.find("BOOT_FAIL"), std::string::npos) << outcome.message;
  EXPECT_NE(outcome.message.find("weir-runner: not found"), std::string::npos) << outcome.message;
}

TEST_F(SlurmBackendTest, loses_nothing_when_the_controller_was_away_all_along) {
  {
    const std::lock_guard lock(cluster.mutex);
    cluster.is_away = true;
  }
  const RankOrder order = order_for("exit 4");
  ASSERT_TRUE(backend().start(order));
  EXPECT_TRUE(until([&] { return backend().listing_cost().listings > 5; }));
  restart();
  EXPECT_TRUE(until([&] { return backend().listing_cost().listings > 5; }));
  EXPECT_EQ(backend().observe().front().state, RankObservation::State::starting);
  {
    const std::lock_guard lock(cluster.mutex);
    cluster.is_away = false;
  }
  EXPECT_EQ(run_script(await_submission(1)), 4);
  EXPECT_EQ(await_end(order.key).exit_code, 4);
}

TEST_F(SlurmBackendTest, work_ends_itself_when_the_lease_is_not_renewed) {
  restart(milliseconds(300));
  const RankOrder order = order_for("sleep 60");
  ASSERT_TRUE(backend().start(order));
  EXPECT_NE(run_script(await_submission(1)), 0);
  const RankOutcome outcome = await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "its site's agent was not heard of for 0.3s");
}

TEST_F(SlurmBackendTest, work_goes_on_while_the_lease_is_renewed) {
  restart(milliseconds(1'000));
  const RankOrder order = order_for("sleep 2; exit 5");
  ASSERT_TRUE(backend().start(order));
  const slurm::Submission submission = await_submission(1);
  std::jthread agent([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      EXPECT_TRUE(backend().renew_lease());
      std::this_thread::sleep_for(milliseconds(100));
    }
  });
  EXPECT_EQ(run_script(submission), 5);
  EXPECT_EQ(await_end(order.key).exit_code, 5);
}

TEST_F(SlurmBackendTest, cancels_jobs_of_its_name_that_nobody_wants) {
  const RankOrder order = order_for("true");
  ASSERT_TRUE(backend().start(order));
  await_submission(1);
  {
    const std::lock_guard lock(cluster.mutex);
    Job other = cluster.jobs[0];
    other.number = 7;
    other.name = "weir-site-99_0.1.0";
    cluster.jobs.push_back(other);
    other.number = 8;
    other.comment = "of another folder";
    cluster.jobs.push_back(other);
  }
  EXPECT_TRUE(until([&] {
    const std::lock_guard lock(cluster.mutex);
    return !cluster.cancelled.empty();
  }));
  const std::lock_guard lock(cluster.mutex);
  EXPECT_EQ(cluster.cancelled.front(), 7U);
}

TEST_F(SlurmBackendTest, asks_for_what_the_order_names_and_nothing_secret) {
  RankOrder order = order_for("true");
  order.cpu_count = 4;
  order.memory_bytes = (std::int64_t{100} << 20) + 1;
  order.devices["h100"] = 2;
  order.time_limit = std::chrono::minutes(10);
  order.secrets["TOKEN"] = "s3cr3t";
  ASSERT_TRUE(backend().start(order));
  const slurm::Submission asked = await_submission(1);
  EXPECT_EQ(asked.name, "weir-site-1_0.1.0");
  EXPECT_EQ(asked.node, "node-0");
  EXPECT_EQ(asked.cpus, 4U);
  EXPECT_EQ(asked.memory_mib, 101U);
  EXPECT_EQ(asked.gres.at("gpu:h100"), 2U);
  EXPECT_EQ(asked.minutes, 12U) << "Slurm's own limit comes after ours";
  std::string words = asked.script;
  for (const std::string& word : slurm::sbatch_words(asked)) words += word + " ";
  EXPECT_EQ(words.find("s3cr3t"), std::string::npos) << words;
}

}  // namespace
}  // namespace weir::backend::test
