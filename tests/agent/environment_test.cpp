#include "agent/environment.h"

#include <gtest/gtest.h>

#include "tests/agent/support/script.h"

namespace weir::agent::test {
namespace {

model::AttemptWish gang() {
  model::AttemptWish wish = run_wish(42, 2, {1, 3});
  wish.job_name = "train";
  wish.ranks[1].cpus = 4;
  wish.ranks[1].devices = {0, 2};
  return wish;
}

TEST(Environment, tells_a_rank_who_and_where_it_is) {
  const auto env = rank_environment(gang(), 1, "127.0.0.1");
  EXPECT_EQ(env.at("WEIR_JOB_ID"), "42");
  EXPECT_EQ(env.at("WEIR_JOB_NAME"), "train");
  EXPECT_EQ(env.at("WEIR_TASK"), "42");
  EXPECT_EQ(env.at("WEIR_ATTEMPT"), "2");
  EXPECT_EQ(env.at("WEIR_NODE"), "node3");
  EXPECT_EQ(env.at("WEIR_NODE_RANK"), "1");
  EXPECT_EQ(env.at("WEIR_NUM_NODES"), "2");
  EXPECT_EQ(env.at("WEIR_NODE_LIST"), "node1,node3");
  EXPECT_EQ(env.at("WEIR_CPUS"), "4");
  EXPECT_EQ(env.at("WEIR_DEVICES"), "0,2");
  EXPECT_EQ(env.at("WEIR_MASTER_ADDR"), "127.0.0.1");
  EXPECT_FALSE(env.contains("WEIR_ARRAY_INDEX"));
}

TEST(Environment, gives_the_array_index_to_tasks_of_arrays_only) {
  model::AttemptWish wish = gang();
  wish.is_array = true;
  wish.key.task = 7;
  const auto env = rank_environment(wish, 0, "127.0.0.1");
  EXPECT_EQ(env.at("WEIR_ARRAY_INDEX"), "7");
  EXPECT_EQ(env.at("WEIR_TASK"), "42_7");
}

TEST(Environment, says_so_where_a_rank_has_no_devices) {
  EXPECT_EQ(rank_environment(gang(), 0, "").at("WEIR_DEVICES"), "");
}

TEST(Environment, names_one_port_to_all_ranks_and_mostly_others_to_other_attempts) {
  const auto port = [](const model::AttemptWish& wish, std::uint32_t rank) {
    return std::stoi(rank_environment(wish, rank, "").at("WEIR_MASTER_PORT"));
  };
  EXPECT_EQ(port(gang(), 0), port(gang(), 1));
  int equal = 0;
  for (std::uint64_t job = 1; job <= 200; ++job) {
    const int one = port(run_wish(job), 0);
    EXPECT_GE(one, 20'000);
    EXPECT_LT(one, 30'000);
    equal += static_cast<int>(one == port(run_wish(job + 1), 0));
    equal += static_cast<int>(one == port(run_wish(job, 2), 0));
  }
  EXPECT_LT(equal, 3);
}

TEST(Environment, a_job_sets_its_own_variables_but_none_of_ours) {
  model::AttemptWish wish = gang();
  wish.env = {{"LR", "3e-4"}, {"WEIR_NODE_RANK", "99"}, {"WEIR_OTHER", "x"}};
  const auto env = rank_environment(wish, 0, "");
  EXPECT_EQ(env.at("LR"), "3e-4");
  EXPECT_EQ(env.at("WEIR_NODE_RANK"), "0");
  EXPECT_FALSE(env.contains("WEIR_OTHER"));
}

}  // namespace
}  // namespace weir::agent::test
