// Limits by cgroup version 2, on a tree of plain files that stands for the kernel's.
#include <gtest/gtest.h>

#include <filesystem>

#include "backend/local/limit_keeping.h"
#include "tests/backend/support/lab.h"

namespace weir::backend::test {
namespace {

void make_group(const std::string& folder, const std::string& controllers) {
  std::filesystem::create_directories(folder);
  write_file(folder + "/cgroup.controllers", controllers);
  write_file(folder + "/cgroup.subtree_control", "");
}

TEST(LimitKeeping, uses_rlimits_and_says_why_where_there_is_no_cgroup_v2) {
  const Folder root;
  const auto keeping = local::find_limit_keeping(root.path(), "/");
  EXPECT_EQ(keeping.used.by, "rlimit");
  EXPECT_NE(keeping.used.why.find("no cgroup v2 at " + root.path()), std::string::npos);
  EXPECT_EQ(keeping.parent, "");
}

TEST(LimitKeeping, uses_rlimits_and_says_why_where_controllers_are_missing) {
  const Folder root;
  make_group(root.path(), "hugetlb pids\n");
  const auto keeping = local::find_limit_keeping(root.path(), "/");
  EXPECT_EQ(keeping.used.by, "rlimit");
  EXPECT_NE(keeping.used.why.find("has no memory and cpu controllers"), std::string::npos);
}

TEST(LimitKeeping, makes_a_group_for_ranks_in_the_root) {
  const Folder root;
  make_group(root.path(), "cpuset cpu io memory pids\n");
  make_group(root / "weir-ranks", "cpu memory\n");
  const auto keeping = local::find_limit_keeping(root.path(), "/");
  EXPECT_EQ(keeping.used.by, "cgroup-v2") << keeping.used.why;
  EXPECT_EQ(keeping.parent, root / "weir-ranks");
  EXPECT_EQ(read_file(root / "cgroup.subtree_control"), "+memory +cpu");
  EXPECT_EQ(read_file(root / "weir-ranks/cgroup.subtree_control"), "+memory +cpu");
}

TEST(LimitKeeping, moves_the_server_into_a_leaf_of_a_group_that_was_handed_to_it) {
  const Folder root;
  make_group(root / "system.slice/weir.service", "cpu memory\n");
  make_group(root / "system.slice/weir.service/weir-ranks", "cpu memory\n");
  std::filesystem::create_directories(root / "system.slice/weir.service/weir-server");
  write_file(root / "system.slice/weir.service/weir-server/cgroup.procs", "");
  for (const std::string own :
       {"/system.slice/weir.service", "/system.slice/weir.service/weir-server"}) {
    const auto keeping = local::find_limit_keeping(root.path(), own);
    EXPECT_EQ(keeping.used.by, "cgroup-v2") << keeping.used.why;
    EXPECT_EQ(keeping.parent, root / "system.slice/weir.service/weir-ranks");
  }
  EXPECT_EQ(read_file(root / "system.slice/weir.service/weir-server/cgroup.procs"),
            std::to_string(::getpid()));
}

TEST(LocalLimits, set_by_cgroup_are_written_before_the_program_and_metered_after_it) {
  const Folder root;
  make_group(root.path(), "cpu memory\n");
  make_group(root / "weir-ranks", "cpu memory\n");
  const std::string group = root / "weir-ranks/1_0.1.0";
  std::filesystem::create_directories(group);
  write_file(group + "/memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\n");
  write_file(group + "/memory.peak", "123456\n");
  write_file(group + "/cpu.stat", "usage_usec 777\nuser_usec 700\n");
  Lab lab;
  lab.options.cgroup_root = root.path();
  lab.options.own_cgroup = "/";
  lab.restart();
  EXPECT_EQ(lab.backend().limits().by, "cgroup-v2");
  RankOrder order = order_for("cat " + group + "/memory.max; ulimit -d; exit 137");
  order.memory_bytes = std::int64_t{64} << 20;
  order.cpu_count = 3;
  const auto outcome = lab.run(order);
  EXPECT_EQ(lab.log(order.key, Stream::program), "67108864unlimited\n");
  EXPECT_EQ(read_file(group + "/cpu.max"), "300000 100000");
  EXPECT_EQ(read_file(group + "/memory.swap.max"), "0");
  EXPECT_EQ(read_file(group + "/memory.oom.group"), "1");
  EXPECT_EQ(read_file(group + "/cgroup.procs"), "0");
  EXPECT_TRUE(outcome.out_of_memory);
  EXPECT_EQ(outcome.message, "exited with code 137: over its memory limit of 64MiB");
  EXPECT_EQ(outcome.usage.cpu_us, 777);
  EXPECT_EQ(outcome.usage.peak_memory_bytes, 123456);
}

TEST(LocalLimits, that_a_cgroup_refuses_keep_the_rank_from_running) {
  const Folder root;
  make_group(root.path(), "cpu memory\n");
  make_group(root / "weir-ranks", "cpu memory\n");
  // A folder where a file should be: opening it for writing fails, as the kernel's file may.
  std::filesystem::create_directories(root / "weir-ranks/1_0.1.0/memory.max");
  Lab lab;
  lab.options.cgroup_root = root.path();
  lab.options.own_cgroup = "/";
  lab.restart();
  RankOrder order = order_for("echo ran");
  order.memory_bytes = 1 << 20;
  const auto outcome = lab.run(order);
  EXPECT_EQ(outcome.end, RankOutcome::End::start_failed);
  EXPECT_NE(outcome.message.find("cannot set memory.max"), std::string::npos);
  EXPECT_EQ(lab.log(order.key, Stream::program), "");
}

}  // namespace
}  // namespace weir::backend::test
