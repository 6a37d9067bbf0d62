// What a server finds that comes after another one, and that no rank ever runs twice.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "backend/local/record.h"
#include "backend/local/runner_process.h"
#include "tests/backend/support/lab.h"

namespace weir::backend::test {
namespace {

using End = RankOutcome::End;

RankOrder gated_order(std::uint64_t job = 1) {
  RankOrder order = order_for("echo ran; read line < gate; exit 6", job);
  order.setup = "mkfifo gate";
  return order;
}

TEST(LocalRestart, takes_in_again_what_still_runs_and_learns_of_its_end) {
  Lab lab;
  const RankOrder order = gated_order();
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ran");
  lab.restart();
  const RankObservation seen = lab.await_running(order.key);
  EXPECT_EQ(seen.stage, Stage::program);
  EXPECT_GT(seen.pid, 0);
  ASSERT_TRUE(lab.backend().start(order));
  write_file(lab.work(order.key) + "/gate", "\n");
  const auto outcome = lab.await_end(order.key);
  EXPECT_EQ(outcome.exit_code, 6);
  EXPECT_EQ(outcome.started_us, seen.started_us);
  EXPECT_EQ(lab.log(order.key, Stream::program), "ran\n");
}

TEST(LocalRestart, tells_the_truth_about_what_ended_meanwhile) {
  Lab lab;
  const RankOrder order = order_for("echo ran; exit 3");
  const auto outcome = lab.run(order);
  lab.restart();
  EXPECT_EQ(lab.await_end(order.key), outcome);
}

TEST(LocalRestart, can_stop_what_an_earlier_server_started) {
  Lab lab;
  const RankOrder order = order_for("echo ready; sleep 1000");
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ready");
  lab.restart();
  ASSERT_TRUE(lab.backend().stop(order.key, "cancelled after all"));
  const auto outcome = lab.await_end(order.key);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_EQ(outcome.message, "cancelled after all");
}

TEST(LocalRestart, finds_a_runner_that_was_killed_meanwhile_vanished) {
  Lab lab;
  const RankOrder order = order_for("(setsid sleep 1000 &); echo ready; sleep 1000");
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ready");
  ::kill(static_cast<pid_t>(lab.await_running(order.key).pid), SIGKILL);
  lab.restart();
  EXPECT_EQ(lab.await_end(order.key).end, End::vanished);
  EXPECT_TRUE(lab.processes_of(order.key).empty());
}

TEST(LocalRestart, takes_a_record_it_cannot_read_for_a_vanished_rank) {
  Lab lab;
  const RankOrder order = order_for("true");
  lab.run(order);
  write_file(lab.root() + "/records/" + to_text(order.key), std::string(64, '\0') + "\n");
  lab.restart();
  EXPECT_EQ(lab.await_end(order.key).end, End::vanished);
  ASSERT_TRUE(lab.backend().forget(order.key));
}

TEST(LocalRestart, a_live_rank_runs_on_while_its_server_is_killed) {
  Lab lab;
  const RankOrder order = gated_order();
  const pid_t server = ::fork();
  if (server == 0) {
    // A server of its own process, killed in the middle of its life.
    auto other = LocalBackend::open(lab.options);
    if (!other || !(*other)->start(order)) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(server, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  lab.await_log(order.key, Stream::program, "ran");
  lab.restart();
  lab.await_running(order.key);
  write_file(lab.work(order.key) + "/gate", "\n");
  EXPECT_EQ(lab.await_end(order.key).exit_code, 6);
  EXPECT_EQ(lab.log(order.key, Stream::program), "ran\n");
}

TEST(LocalForget, removes_the_folder_and_keeps_the_logs) {
  Lab lab;
  const RankOrder order = order_for("echo kept; mkdir -p a/b; touch a/b/c; chmod 0 a/b a");
  lab.run(order);
  ASSERT_TRUE(lab.backend().forget(order.key));
  EXPECT_TRUE(lab.backend().observe().empty());
  EXPECT_FALSE(std::filesystem::exists(lab.work(order.key)));
  EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(lab.root() + "/trash"); }));
  EXPECT_EQ(lab.log(order.key, Stream::program), "kept\n");
  ASSERT_TRUE(lab.backend().forget(order.key));
}

TEST(LocalForget, leaves_nothing_of_a_rank_to_the_next_one) {
  Lab lab;
  RankOrder order = order_for("ls -A; stat -c %a .; ");
  const std::string as_new = "700\n";
  for (const char* trace : {"true", "touch file", "mkdir -p a/b", "chmod 777 .", "rm -rf $HOME",
                            "ln -s /etc link", "true"}) {
    order.run = std::string("ls -A; stat -c %a .; ") + trace;
    ++order.key.attempt;
    lab.run(order);
    EXPECT_EQ(lab.log(order.key, Stream::program), as_new) << "before: " << trace;
    ASSERT_TRUE(lab.backend().forget(order.key));
  }
  lab.restart();
  ++order.key.attempt;
  lab.run(order);
  EXPECT_EQ(lab.log(order.key, Stream::program), as_new);
}

TEST(LocalForget, is_refused_while_the_rank_runs) {
  Lab lab;
  const RankOrder order = order_for("sleep 1000");
  ASSERT_TRUE(lab.backend().start(order));
  EXPECT_EQ(lab.backend().forget(order.key).error().code, base::ErrorCode::conflict);
}

TEST(LocalForget, bars_the_key_for_ever) {
  Lab lab;
  RankOrder order = order_for("echo ran");
  lab.run(order);
  ASSERT_TRUE(lab.backend().forget(order.key));
  EXPECT_EQ(lab.backend().start(order).error().code, base::ErrorCode::conflict);
  lab.restart();
  EXPECT_EQ(lab.backend().start(order).error().code, base::ErrorCode::conflict);
  order.key.attempt = 2;
  EXPECT_EQ(lab.run(order).exit_code, 0);
}

// Runners that wait before they look at anything, as if the machine were slow.
class LateRunner : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string gate = lab.outside() / "late";
    ASSERT_EQ(::mkfifo(gate.c_str(), 0600), 0);
    write_file(lab.outside() / "late-runner",
               "#!/bin/sh\nread line < " + gate + "\nexec " + prompt_runner + " \"$@\"\n");
    ::chmod((lab.outside() / "late-runner").c_str(), 0700);
    lab.options.runner_program = lab.outside() / "late-runner";
    lab.restart();
    ASSERT_TRUE(lab.backend().start(order));
    late_pid = static_cast<pid_t>(lab.backend().observe().front().pid);
    lab.options.runner_program = prompt_runner;
  }
  void let_it_go() {
    write_file(lab.outside() / "late", "\n");
    // It was a child of this process through the server before.
    int status = 0;
    EXPECT_EQ(::waitpid(late_pid, &status, 0), late_pid);
    EXPECT_EQ(status, 0);
  }
  const std::string prompt_runner = std::string(WEIR_BINARY_DIR) + "/weir-runner";
  Lab lab;
  const RankOrder order = gated_order();
  pid_t late_pid = 0;
};

TEST_F(LateRunner, of_an_earlier_server_does_not_run_what_the_new_one_started) {
  lab.restart();
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ran");
  let_it_go();
  write_file(lab.work(order.key) + "/gate", "\n");
  EXPECT_EQ(lab.await_end(order.key).exit_code, 6);
  EXPECT_EQ(lab.log(order.key, Stream::program), "ran\n");
}

TEST_F(LateRunner, of_an_earlier_server_does_not_run_what_was_never_wanted_again) {
  lab.restart();
  EXPECT_TRUE(lab.backend().observe().empty());
  let_it_go();
  EXPECT_EQ(lab.log(order.key, Stream::program), "");
  lab.restart();
  EXPECT_TRUE(lab.backend().observe().empty());
}

TEST_F(LateRunner, of_an_earlier_server_does_not_run_what_ended_and_was_forgotten) {
  lab.restart();
  RankOrder quick = order;
  quick.setup.clear();
  quick.run = "echo ran";
  EXPECT_EQ(lab.run(quick).exit_code, 0);
  ASSERT_TRUE(lab.backend().forget(order.key));
  let_it_go();
  EXPECT_EQ(lab.log(order.key, Stream::program), "ran\n");
}

TEST_F(LateRunner, of_an_earlier_server_does_not_disturb_whoever_has_its_folder_and_record_now) {
  lab.restart();
  RankOrder quick = order;
  quick.setup.clear();
  quick.run = "echo ran";
  EXPECT_EQ(lab.run(quick).exit_code, 0);
  ASSERT_TRUE(lab.backend().forget(order.key));
  const RankOrder next = gated_order(2);
  ASSERT_TRUE(lab.backend().start(next));
  lab.await_log(next.key, Stream::program, "ran");
  let_it_go();
  write_file(lab.work(next.key) + "/gate", "\n");
  EXPECT_EQ(lab.await_end(next.key).exit_code, 6);
  EXPECT_EQ(lab.log(order.key, Stream::program), "ran\n");
  EXPECT_EQ(lab.log(next.key, Stream::program), "ran\n");
}

TEST(LocalRunner, runs_once_of_many_that_race_for_one_record) {
  Lab lab;
  const local::Layout layout(lab.root());
  for (std::uint64_t job = 1; job <= 10; ++job) {
    const RankKey key{job, 0, 1, 0};
    ASSERT_TRUE(std::filesystem::create_directory(layout.work(key)));
    local::RunnerOrder order;
    order.work_folder = layout.work(key);
    order.record_path = layout.record(key);
    order.stop_path = layout.stop(key);
    order.log_prefix = layout.log_prefix(key);
    order.run = "echo ran";
    order.environment = {"PATH=/bin"};
    order.log_bytes_max = 1 << 20;
    std::vector<local::RunnerProcess> runners;
    for (int i = 0; i < 6; ++i) {
      auto runner = local::start_runner(lab.options.runner_program);
      ASSERT_TRUE(runner);
      runners.push_back(std::move(*runner));
    }
    for (const local::RunnerProcess& runner : runners) {
      ASSERT_TRUE(local::give_order(runner, order));
      ::shutdown(runner.line.get(), SHUT_WR);  // and no other order after it
    }
    for (const local::RunnerProcess& runner : runners) EXPECT_EQ(local::wait_for(runner), 0);
    EXPECT_EQ(read_file(layout.log(key, Stream::program)), "ran\n");
    const auto record = local::read_record(layout.record(key));
    ASSERT_TRUE(record && *record);
    EXPECT_EQ((*record)->outcome->exit_code, 0);
  }
}

}  // namespace
}  // namespace weir::backend::test
