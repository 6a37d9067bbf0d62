// What a rank run by the local backend finds, says and comes to.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/backend/support/lab.h"

namespace weir::backend::test {
namespace {

using End = RankOutcome::End;

TEST(LocalRun, passes_exit_codes_through) {
  Lab lab;
  for (const int code : {0, 1, 3, 255}) {
    const auto outcome = lab.run(order_for("exit " + std::to_string(code), 10 + code));
    EXPECT_EQ(outcome.end, End::exited);
    EXPECT_EQ(outcome.exit_code, code);
    EXPECT_EQ(outcome.stage, Stage::program);
  }
}

TEST(LocalRun, records_the_signal_that_ended_a_program) {
  Lab lab;
  const auto outcome = lab.run(order_for("kill -SEGV $$"));
  EXPECT_EQ(outcome.end, End::signalled);
  EXPECT_EQ(outcome.signal, SIGSEGV);
  EXPECT_EQ(outcome.message, "ended by SIGSEGV");
}

TEST(LocalRun, does_not_run_the_program_when_setup_fails) {
  Lab lab;
  RankOrder order = order_for("echo never");
  order.setup = "echo preparing; exit 7";
  const auto outcome = lab.run(order);
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.stage, Stage::setup);
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.message, "setup exited with code 7");
  EXPECT_EQ(lab.log(order.key, Stream::setup), "preparing\n");
  EXPECT_EQ(lab.log(order.key, Stream::program), "");
}

TEST(LocalRun, keeps_three_streams_apart_and_stdout_and_stderr_in_order) {
  Lab lab;
  RankOrder order = order_for("echo one; echo two >&2; echo three");
  order.setup = "echo set up";
  order.time_limit = std::chrono::hours(1);
  EXPECT_EQ(lab.run(order).exit_code, 0);
  EXPECT_EQ(lab.log(order.key, Stream::setup), "set up\n");
  EXPECT_EQ(lab.log(order.key, Stream::program), "one\ntwo\nthree\n");
  EXPECT_NE(lab.log(order.key, Stream::platform).find("limits: time 3600s"), std::string::npos);
}

TEST(LocalRun, leaves_no_log_of_a_rank_that_was_silent_and_ended_well) {
  Lab lab;
  RankOrder order = order_for("true");
  order.time_limit = std::chrono::hours(1);
  EXPECT_EQ(lab.run(order).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_empty(lab.root() + "/logs"));
  order.key.attempt = 2;
  order.run = "exit 1";
  EXPECT_EQ(lab.run(order).exit_code, 1);
  EXPECT_NE(lab.log(order.key, Stream::platform).find("limits: time 3600s"), std::string::npos);
}

TEST(LocalRun, tells_when_it_runs_and_in_which_stage) {
  Lab lab;
  RankOrder order = order_for("read line < program");
  order.setup = "mkfifo setup program; read line < setup";
  ASSERT_TRUE(lab.backend().start(order));
  const RankObservation in_setup = lab.await_running(order.key);
  EXPECT_EQ(in_setup.stage, Stage::setup);
  EXPECT_GT(in_setup.pid, 0);
  EXPECT_GT(in_setup.started_us, 0);
  ASSERT_TRUE(
      eventually([&] { return std::filesystem::exists(lab.work(order.key) + "/program"); }));
  write_file(lab.work(order.key) + "/setup", "go\n");
  lab.await(order.key, [](const RankObservation& seen) {
    return seen.state == RankObservation::State::running && seen.stage == Stage::program;
  });
  write_file(lab.work(order.key) + "/program", "go\n");
  EXPECT_EQ(lab.await_end(order.key).exit_code, 0);
}

TEST(LocalRun, runs_a_script_by_its_own_interpreter) {
  Lab lab;
  RankOrder order = order_for("#!/usr/bin/sed -n 2p\nread by sed\n");
  // The kernel gives the rest of the line as one argument: "-n 2p" is one word to sed.
  order.run = "#!/bin/cat\nread by cat\n";
  EXPECT_EQ(lab.run(order).exit_code, 0);
  EXPECT_EQ(lab.log(order.key, Stream::program), "#!/bin/cat\nread by cat\n");
}

TEST(LocalRun, runs_text_longer_than_one_argument_may_be) {
  Lab lab;
  const std::string padding(300 * 1024, '#');
  const RankOrder order = order_for(padding + "\necho arrived\n");
  EXPECT_EQ(lab.run(order).exit_code, 0);
  EXPECT_EQ(lab.log(order.key, Stream::program), "arrived\n");
}

TEST(LocalRun, says_so_when_a_script_has_no_interpreter) {
  Lab lab;
  const auto outcome = lab.run(order_for("#!/no/such/program\n"));
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_EQ(outcome.message, "cannot run #!/no/such/program: No such file or directory");
}

TEST(LocalRun, gives_a_clean_environment_and_nothing_of_the_servers) {
  ::setenv("WEIR_TEST_SERVER_TOKEN", "must-not-be-seen", 1);
  Lab lab;
  RankOrder order = order_for("env; pwd; ls /proc/self/fd | wc -l; umask");
  order.environment["WEIR_NODE_RANK"] = "3";
  order.secrets["HF_TOKEN"] = "hf_0123";
  EXPECT_EQ(lab.run(order).exit_code, 0);
  ::unsetenv("WEIR_TEST_SERVER_TOKEN");
  const std::string said = lab.log(order.key, Stream::program);
  const std::string folder = lab.work(order.key);
  EXPECT_EQ(said.find("must-not-be-seen"), std::string::npos) << said;
  for (const std::string& line : {std::string("WEIR_NODE_RANK=3"), std::string("HF_TOKEN=hf_0123"),
                                  "HOME=" + folder, "TMPDIR=" + folder, folder + "\n4\n0077\n"}) {
    EXPECT_NE(said.find(line), std::string::npos) << line << " is not in\n" << said;
  }
}

TEST(LocalRun, keeps_secrets_off_the_disk_and_off_every_command_line) {
  Lab lab;
  RankOrder order = order_for("echo \"$SECRET\" | cksum; read line < gate");
  order.setup = "mkfifo gate";
  order.secrets["SECRET"] = "s3cr3t-that-nobody-may-find";
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "\n");
  for (const std::string& file : files_below(lab.root())) {
    EXPECT_EQ(read_file(file).find(order.secrets["SECRET"]), std::string::npos) << file;
  }
  const auto processes = lab.processes_of(order.key);
  EXPECT_GE(processes.size(), 2U);
  for (const pid_t pid : processes) {
    const std::string line = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    EXPECT_EQ(line.find(order.secrets["SECRET"]), std::string::npos) << line;
  }
  write_file(lab.work(order.key) + "/gate", "\n");
  EXPECT_EQ(lab.await_end(order.key).exit_code, 0);
}

TEST(LocalRun, may_not_gain_privileges) {
  Lab lab;
  const RankOrder order = order_for("grep NoNewPrivs /proc/self/status");
  lab.run(order);
  EXPECT_EQ(lab.log(order.key, Stream::program), "NoNewPrivs:\t1\n");
}

TEST(LocalRun, makes_an_allocation_over_the_memory_limit_fail) {
  Lab lab;
  RankOrder order = order_for("dd if=/dev/zero of=/dev/null bs=256M count=1");
  EXPECT_EQ(lab.run(order).exit_code, 0);
  order.key.attempt = 2;
  order.memory_bytes = std::int64_t{64} << 20;
  const auto outcome = lab.run(order);
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_NE(lab.log(order.key, Stream::program).find("memory exhausted"), std::string::npos);
  EXPECT_NE(lab.log(order.key, Stream::platform).find("limits: memory 64MiB"), std::string::npos);
}

TEST(LocalRun, keeps_to_its_cpus) {
  Lab lab;
  RankOrder order = order_for("nproc");
  order.cpus = {0};
  lab.run(order);
  EXPECT_EQ(lab.log(order.key, Stream::program), "1\n");
  order.key.attempt = 2;
  order.cpus = {1023};
  const auto outcome = lab.run(order);
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_NE(outcome.message.find("cannot keep to cpus 1023"), std::string::npos);
}

TEST(LocalRun, cuts_the_log_visibly_and_lets_the_program_go_on) {
  Lab lab;
  RankOrder order = order_for("head -c 3000000 /dev/zero | tr '\\0' x; exit 4");
  order.log_bytes_max = 1 << 20;
  EXPECT_EQ(lab.run(order).exit_code, 4);
  const std::string mark = "\n[weir: log cut here: over 1MiB]\n";
  const std::string log = lab.log(order.key, Stream::program);
  EXPECT_EQ(log.size(), (1U << 20) + mark.size());
  EXPECT_TRUE(log.ends_with("x" + mark));
}

TEST(LocalRun, meters_wall_time_cpu_time_and_memory) {
  Lab lab;
  RankOrder order = order_for(
      "dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null;"
      "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 0.1");
  const auto outcome = lab.run(order);
  EXPECT_GE(outcome.usage.wall_us, 100'000);
  EXPECT_GT(outcome.usage.cpu_us, 10'000);
  EXPECT_GE(outcome.usage.peak_memory_bytes.value_or(0), std::int64_t{64} << 20);
  EXPECT_EQ(outcome.ended_us - outcome.started_us, outcome.usage.wall_us);
}

TEST(LocalRun, runs_a_key_once_however_often_it_is_started) {
  Lab lab;
  RankOrder order = order_for("echo ran; read line < gate");
  order.setup = "mkfifo gate";
  ASSERT_TRUE(lab.backend().start(order));
  ASSERT_TRUE(lab.backend().start(order));
  lab.await_log(order.key, Stream::program, "ran");
  ASSERT_TRUE(lab.backend().start(order));
  write_file(lab.work(order.key) + "/gate", "\n");
  lab.await_end(order.key);
  ASSERT_TRUE(lab.backend().start(order));
  EXPECT_EQ(lab.await_end(order.key).exit_code, 0);
  EXPECT_EQ(lab.log(order.key, Stream::program), "ran\n");
}

TEST(LocalRun, observes_orders_that_cannot_be_carried_out) {
  Lab lab;
  RankOrder order = order_for("true");
  order.environment["A=B"] = "x";
  EXPECT_EQ(lab.run(order).end, End::start_failed);
  order = order_for(std::string("echo a\0b", 8), 2);
  EXPECT_EQ(lab.run(order).message, "the commands hold a NUL character");
  order = order_for("true", 3);
  order.secrets["BIG"] = std::string(16 << 20, 'x');
  EXPECT_NE(lab.run(order).message.find("Argument list too long"), std::string::npos);
}

TEST(LocalRun, reads_a_log_in_pieces_from_any_offset) {
  Lab lab;
  const RankOrder order = order_for("printf 0123456789");
  lab.run(order);
  const auto piece = lab.backend().read_log(order.key, Stream::program, 3, 4);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->bytes, "3456");
  EXPECT_EQ(piece->next_offset, 7);
  EXPECT_EQ(lab.backend().read_log(order.key, Stream::setup, 0, 4)->bytes, "");
}

TEST(LocalRun, says_only_what_changed) {
  Lab lab;
  lab.run(order_for("true", 1));
  const RankOrder second = order_for("true", 2);
  EXPECT_TRUE(lab.backend().changes().empty());
  ASSERT_TRUE(lab.backend().start(second));
  const auto changed = lab.backend().changes();
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed.front().key, second.key);
}

}  // namespace
}  // namespace weir::backend::test
