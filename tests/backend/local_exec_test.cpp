// Commands beside a rank that runs.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <mutex>
#include <stop_token>
#include <thread>

#include "tests/backend/support/lab.h"

namespace weir::backend::test {
namespace {

class LocalExec : public ::testing::Test {
 protected:
  void SetUp() override {
    order.secrets["SECRET"] = "open sesame";
    order.cpus = {0};
    order.memory_bytes = std::int64_t{64} << 20;
    order.kill_grace = std::chrono::milliseconds(200);
    ASSERT_TRUE(lab.backend().start(order));
    lab.await_log(order.key, Stream::program, "ready");
  }
  base::Result<int> exec(const std::string& command, std::stop_token cancel = {}) {
    return lab.backend().exec(
        order.key, command,
        [this](std::string_view bytes) {
          const std::lock_guard lock(mutex);
          output += bytes;
        },
        std::move(cancel));
  }
  std::string said() {
    const std::lock_guard lock(mutex);
    return output;
  }
  Lab lab;
  RankOrder order = order_for("echo ready; sleep 1000");
  std::mutex mutex;
  std::string output;
};

TEST_F(LocalExec, has_folder_environment_and_cpus_of_the_rank) {
  const auto code = exec("pwd; echo $SECRET $WEIR_JOB_ID; nproc; echo oops >&2; exit 42");
  ASSERT_TRUE(code) << code.error().text();
  EXPECT_EQ(*code, 42);
  EXPECT_EQ(said(), lab.work(order.key) + "\nopen sesame 1\n1\noops\n");
}

TEST_F(LocalExec, keeps_the_memory_limit_of_the_rank) {
  EXPECT_NE(exec("dd if=/dev/zero of=/dev/null bs=256M count=1").value_or(0), 0);
  EXPECT_NE(said().find("memory exhausted"), std::string::npos);
}

TEST_F(LocalExec, tells_a_signal_as_shells_do) {
  EXPECT_EQ(exec("kill -KILL $$").value_or(0), 128 + SIGKILL);
}

TEST_F(LocalExec, works_after_a_restart_of_the_server) {
  lab.restart();
  EXPECT_EQ(exec("echo $SECRET").value_or(-1), 0);
  EXPECT_EQ(said(), "open sesame\n");
}

TEST_F(LocalExec, ends_when_it_is_cancelled) {
  std::stop_source cancel;
  std::atomic<int> code = -1;
  std::thread caller(
      [&] { code = exec("echo begun; sleep 1000", cancel.get_token()).value_or(-2); });
  EXPECT_TRUE(eventually([&] { return said() == "begun\n"; }));
  cancel.request_stop();
  caller.join();
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST_F(LocalExec, ends_with_its_rank_and_leaves_no_process) {
  std::atomic<int> code = -1;
  std::thread caller([&] {
    code = exec("trap '' TERM; (setsid sleep 1000 &); echo begun; sleep 1000").value_or(-2);
  });
  EXPECT_TRUE(eventually([&] { return said() == "begun\n"; }));
  EXPECT_TRUE(lab.backend().stop(order.key, "cancelled"));
  caller.join();
  EXPECT_EQ(code, 128 + SIGKILL);
  lab.await_end(order.key);
  EXPECT_TRUE(eventually([&] { return lab.processes_of(order.key).empty(); }));
}

TEST_F(LocalExec, is_refused_where_nothing_runs) {
  ASSERT_TRUE(lab.backend().stop(order.key, "cancelled"));
  lab.await_end(order.key);
  EXPECT_EQ(exec("true").error().code, base::ErrorCode::conflict);
  EXPECT_EQ(
      lab.backend().exec(RankKey{77, 0, 1, 0}, "true", [](std::string_view) {}, {}).error().code,
      base::ErrorCode::conflict);
}

}  // namespace
}  // namespace weir::backend::test
