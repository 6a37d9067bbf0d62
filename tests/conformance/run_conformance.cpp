// What a rank finds, says and comes to.
#include <csignal>
#include <filesystem>
#include <set>
#include <stop_token>
#include <thread>

#include "backend/workdir/pack.h"
#include "tests/backend/support/lab.h"
#include "tests/conformance/site.h"

namespace weir::backend::conformance {
namespace {

using End = RankOutcome::End;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_P(Conformance, exit_codes_pass_through) {
  for (const int code : {0, 3, 255}) {
    const RankOutcome outcome = run(order_for("exit " + std::to_string(code)));
    EXPECT_EQ(outcome.end, End::exited);
    EXPECT_EQ(outcome.exit_code, code);
    EXPECT_EQ(outcome.stage, Stage::program);
    EXPECT_GE(outcome.ended_us, outcome.started_us);
  }
}

TEST_P(Conformance, a_signal_is_told_apart_from_an_exit) {
  const RankOutcome outcome = run(order_for("kill -SEGV $$"));
  EXPECT_EQ(outcome.end, End::signalled);
  EXPECT_EQ(outcome.signal, SIGSEGV);
}

TEST_P(Conformance, setup_that_fails_keeps_the_program_from_running) {
  RankOrder order = order_for("echo never");
  order.setup = "echo preparing; exit 7";
  const RankOutcome outcome = run(order);
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.stage, Stage::setup);
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(log(order.key, Stream::setup), "preparing\n");
  EXPECT_EQ(log(order.key), "");
}

TEST_P(Conformance, variables_reach_the_program_and_the_servers_own_do_not) {
  ::setenv("WEIR_TEST_SERVER_TOKEN", "must-not-be-seen", 1);
  RankOrder order = order_for("env; pwd");
  order.environment["GREETING"] = "good day, 'you'";
  order.secrets["TOKEN"] = "t0ken with \"marks\"";
  EXPECT_EQ(run(order).exit_code, 0);
  ::unsetenv("WEIR_TEST_SERVER_TOKEN");
  const std::string said = log(order.key);
  EXPECT_NE(said.find("GREETING=good day, 'you'\n"), std::string::npos) << said;
  EXPECT_NE(said.find("TOKEN=t0ken with \"marks\"\n"), std::string::npos) << said;
  EXPECT_EQ(said.find("must-not-be-seen"), std::string::npos) << said;
  EXPECT_NE(said.find("\n" + site().folder_of(order.key) + "\n"), std::string::npos) << said;
}

TEST_P(Conformance, workdir_and_inputs_are_where_the_program_looks) {
  const test::Folder outside;
  const std::string folder = outside / "job";
  ASSERT_EQ(std::system(("mkdir -p " + folder + "/deep").c_str()), 0);
  test::write_file(folder + "/deep/file", "packed\n");
  test::write_file(outside / "data", "given\n");
  ASSERT_TRUE(workdir::pack(folder, outside / "job.tar.zst"));
  RankOrder order = order_for("cat deep/file inputs/data");
  order.workdir_archive = outside / "job.tar.zst";
  order.inputs["inputs/data"] = outside / "data";
  EXPECT_EQ(run(order).exit_code, 0);
  EXPECT_EQ(log(order.key), "packed\ngiven\n");
}

TEST_P(Conformance, a_bad_order_fails_to_start_and_says_why) {
  RankOrder order = order_for("echo never");
  order.workdir_archive = "/no/such/archive.tar.zst";
  const RankOutcome outcome = run(order);
  EXPECT_EQ(outcome.end, End::start_failed);
  EXPECT_NE(outcome.message, "");
  EXPECT_EQ(log(order.key), "");
}

TEST_P(Conformance, secrets_are_in_no_listing) {
  RankOrder order = order_for("echo \"$SECRET\" | cksum; echo ready; sleep 60");
  order.secrets["SECRET"] = "s3cr3t-that-nobody-may-find";
  start(order);
  await_log(order.key, Stream::program, "ready");
  const std::string shown = site().listings();
  EXPECT_GT(shown.size(), 100U);
  EXPECT_EQ(shown.find(order.secrets["SECRET"]), std::string::npos);
  ASSERT_TRUE(backend().stop(order.key, "seen enough"));
  await_end(order.key);
  // Nor does anything of it stay behind.
  const auto files = test::files_below(site().root());
  EXPECT_FALSE(files.empty());
  for (const std::string& file : files) {
    EXPECT_EQ(test::read_file(file).find(order.secrets["SECRET"]), std::string::npos) << file;
  }
}

TEST_P(Conformance, the_time_limit_ends_what_goes_on) {
  RankOrder order = order_for("echo begun; sleep 60");
  order.time_limit = milliseconds(1500);
  const RankOutcome outcome = run(order);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_GE(outcome.usage.wall_us, 1'400'000);
  EXPECT_LT(outcome.usage.wall_us, 10'000'000);
  EXPECT_EQ(log(order.key), "begun\n");
}

TEST_P(Conformance, notice_comes_before_the_time_limit) {
  RankOrder order =
      order_for("trap 'echo noticed; exit 5' USR1; echo set; while :; do sleep 0.05; done");
  order.time_limit = seconds(20);
  order.notice_signal = SIGUSR1;
  order.notice_before = seconds(18);
  const RankOutcome outcome = run(order);
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_NE(log(order.key).find("noticed\n"), std::string::npos);
}

TEST_P(Conformance, memory_over_the_limit_is_not_had) {
  RankOrder order = order_for("dd if=/dev/zero of=/dev/null bs=600M count=1");
  order.memory_bytes = std::int64_t{128} << 20;
  const RankOutcome outcome = run(order);
  EXPECT_TRUE(outcome.out_of_memory || outcome.exit_code != 0 || outcome.signal != 0)
      << outcome.message;
}

TEST_P(Conformance, logs_are_read_by_offset_and_after_the_end) {
  const RankOrder order = order_for("printf 0123456789; exit 1");
  EXPECT_EQ(run(order).exit_code, 1);
  const auto middle = backend().read_log(order.key, Stream::program, 4, 3);
  ASSERT_TRUE(middle);
  EXPECT_EQ(middle->bytes, "456");
  EXPECT_EQ(middle->next_offset, 7);
  const auto past = backend().read_log(order.key, Stream::program, 100, 3);
  ASSERT_TRUE(past);
  EXPECT_EQ(past->bytes, "");
  EXPECT_EQ(log({99, 0, 1, 0}), "") << "a log that is not there is empty";
  ASSERT_TRUE(backend().forget(order.key));
  EXPECT_EQ(log(order.key), "0123456789") << "a log outlives its rank";
}

TEST_P(Conformance, a_log_grows_while_the_rank_runs) {
  const RankOrder order = order_for("echo one; while [ ! -e go ]; do sleep 0.02; done; echo two");
  start(order);
  await_log(order.key, Stream::program, "one\n");
  EXPECT_EQ(seen(order.key).state == RankObservation::State::ended, false);
  test::write_file(site().folder_of(order.key) + "/go", "");
  EXPECT_EQ(await_end(order.key).exit_code, 0);
  EXPECT_EQ(log(order.key), "one\ntwo\n");
}

TEST_P(Conformance, a_key_never_runs_twice) {
  const test::Folder outside;
  const RankOrder order = order_for("echo ran >> " + (outside / "count"));
  start(order);
  EXPECT_TRUE(backend().start(order)) << "a known key is left as it is";
  await_end(order.key);
  EXPECT_TRUE(backend().start(order));
  site().restart();
  EXPECT_TRUE(backend().start(order));
  let_pass(milliseconds(300));
  ASSERT_TRUE(backend().forget(order.key));
  EXPECT_TRUE(backend().forget(order.key)) << "forgotten already";
  const base::Status again = backend().start(order);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::ErrorCode::conflict);
  site().restart();
  EXPECT_FALSE(backend().start(order)) << "nor by another server";
  EXPECT_EQ(test::read_file(outside / "count"), "ran\n");
}

TEST_P(Conformance, only_what_ended_is_forgotten) {
  const RankOrder order = order_for("sleep 60");
  start(order);
  const base::Status early = backend().forget(order.key);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, base::ErrorCode::conflict);
  await_running(order.key);
  EXPECT_FALSE(backend().forget(order.key));
  ASSERT_TRUE(backend().stop(order.key, "enough"));
  await_end(order.key);
  EXPECT_TRUE(backend().forget(order.key));
  EXPECT_FALSE(backend().work_folder(order.key));
}

TEST_P(Conformance, a_gang_runs_at_once_each_rank_on_its_node) {
  const test::Folder outside;
  std::vector<RankOrder> gang;
  const RankOrder first = order_for("");
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    RankOrder order = first;
    order.key.rank = rank;
    order.node = site().nodes()[rank % site().nodes().size()];
    order.environment["WEIR_NODE_RANK"] = std::to_string(rank);
    // Nobody goes on before all are there.
    order.run = "touch " + (outside / "$WEIR_NODE_RANK") + "; while [ $(ls " + outside.path() +
                " | wc -l) -lt 3 ]; do sleep 0.02; done; echo together";
    gang.push_back(order);
  }
  for (const RankOrder& order : gang) start(order);
  for (const RankOrder& order : gang) {
    EXPECT_EQ(await_end(order.key).exit_code, 0);
    EXPECT_EQ(log(order.key), "together\n");
  }
}

TEST_P(Conformance, many_at_once_each_come_to_their_own_end) {
  constexpr int count = 60;
  std::vector<RankKey> keys;
  for (int i = 0; i < count; ++i) {
    RankOrder order = order_for("echo $WEIR_JOB_ID; exit " + std::to_string(i % 7));
    order.node = site().nodes()[static_cast<std::size_t>(i) % site().nodes().size()];
    keys.push_back(order.key);
    start(order);
  }
  for (int i = 0; i < count; ++i) {
    const RankKey& key = keys[static_cast<std::size_t>(i)];
    EXPECT_EQ(await_end(key).exit_code, i % 7);
    EXPECT_EQ(log(key), std::to_string(key.job) + "\n");
  }
  EXPECT_EQ(backend().observe().size(), static_cast<std::size_t>(count));
}

TEST_P(Conformance, a_command_runs_beside_a_rank) {
  RankOrder order = order_for("echo ready; sleep 60");
  order.secrets["SECRET"] = "open sesame";
  std::string said;
  const auto take = [&](std::string_view bytes) { said += bytes; };
  EXPECT_FALSE(backend().exec(order.key, "true", take, {})) << "nothing runs yet";
  start(order);
  await_log(order.key, Stream::program, "ready");
  await_running(order.key);
  const auto code = backend().exec(order.key, "pwd; echo $SECRET; exit 42", take, {});
  ASSERT_TRUE(code) << code.error().text();
  EXPECT_EQ(*code, 42) << said;
  EXPECT_EQ(said, backend().work_folder(order.key).value_or("") + "\nopen sesame\n");
  std::stop_source source;
  std::thread cancel([&] {
    std::this_thread::sleep_for(milliseconds(500));
    source.request_stop();
  });
  const auto began = std::chrono::steady_clock::now();
  static_cast<void>(backend().exec(order.key, "sleep 50", take, source.get_token()));
  cancel.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(15));
  EXPECT_EQ(seen(order.key).state, RankObservation::State::running) << "the rank goes on";
}

}  // namespace
}  // namespace weir::backend::conformance
