#include "agent/local_agent.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/machine_nodes.h"
#include "tests/agent/support/house.h"

namespace weir::agent::test {
namespace {

using model::JobState;
using model::Reason;

const model::Principal ada{"lab", "ada", model::Role::user};

TEST(LocalAgent, runs_a_job_to_its_recorded_end) {
  House house;
  const model::JobId job = house.plane.submit(job_of("echo hello; exit 3"));
  const engine::JobRecord ended = house.plane.await_end(job);
  EXPECT_EQ(ended.state, JobState::failed);
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.message, "exit code 3");
  EXPECT_EQ(house.log({job.value, 0, 1, 0}), "hello\n");
  EXPECT_GT(ended.ended.at(0).outcome.usage.wall_us, 0);
}

TEST(LocalAgent, runs_a_gang_whose_ranks_know_each_other) {
  House house(3);
  model::JobSpec spec = job_of("echo $WEIR_NODE_RANK of $WEIR_NUM_NODES on $WEIR_NODE");
  spec.nodes = 3;
  const model::JobId job = house.plane.submit(spec);
  EXPECT_EQ(house.plane.await_end(job).state, JobState::succeeded);
  EXPECT_EQ(house.log({job.value, 0, 1, 0}), "0 of 3 on node0\n");
  EXPECT_EQ(house.log({job.value, 0, 1, 2}), "2 of 3 on node2\n");
}

TEST(LocalAgent, one_rank_that_fails_ends_its_gang) {
  House house(2);
  model::JobSpec spec = job_of("[ $WEIR_NODE_RANK = 1 ] && exit 5; sleep 600");
  spec.nodes = 2;
  const engine::JobRecord ended = house.plane.await_end(house.plane.submit(spec));
  EXPECT_EQ(ended.state, JobState::failed);
  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_EQ(ended.message, "rank 1: exit code 5");
}

TEST(LocalAgent, a_cancelled_job_ends_and_leaves_nothing) {
  House house;
  const model::JobId job = house.plane.submit(job_of("sleep 600"));
  (void)house.plane.await_running(job);
  (void)house.plane.step(model::CancelJob{ada, job});
  const engine::JobRecord ended = house.plane.await_end(job);
  EXPECT_EQ(ended.state, JobState::cancelled);
  EXPECT_EQ(ended.ended.at(0).outcome.reason, Reason::cancelled_by_user);
  EXPECT_TRUE(house.becomes_empty());
}

TEST(LocalAgent, another_agent_takes_over_what_runs_and_tells_what_ended_meanwhile) {
  House house;
  const model::JobId first = house.plane.submit(job_of("exit 7"));
  const model::JobId second = house.plane.submit(job_of("sleep 600"));
  (void)house.plane.await_running(second);
  house.stop_agent();
  // What is submitted while no agent is there waits for one.
  const model::JobId third = house.plane.submit(job_of("true"));
  house.start_agent();
  EXPECT_EQ(house.plane.await_end(first).exit_code, 7);
  EXPECT_EQ(house.plane.await_end(third).state, JobState::succeeded);
  const engine::JobRecord running = house.plane.await_running(second);
  EXPECT_EQ(running.running.at(0).key.attempt, 1U);
  (void)house.plane.step(model::CancelJob{ada, second});
  EXPECT_EQ(house.plane.await_end(second).state, JobState::cancelled);
}

TEST(LocalAgent, opens_secrets_for_the_program_alone) {
  House house;
  (void)house.plane.step(model::PutSecret{ada, "TOKEN", "sealed:hush"});
  model::JobSpec spec = job_of("echo $TOKEN");
  spec.secrets = {"TOKEN"};
  const model::JobId job = house.plane.submit(spec);
  EXPECT_EQ(house.plane.await_end(job).state, JobState::succeeded);
  EXPECT_EQ(house.log({job.value, 0, 1, 0}), "hush\n");
}

TEST(LocalAgent, a_secret_that_does_not_open_is_a_failed_start) {
  House house;
  (void)house.plane.step(model::PutSecret{ada, "TOKEN", "of another server"});
  model::JobSpec spec = job_of("true");
  spec.secrets = {"TOKEN"};
  spec.retry.max = 0;
  const engine::JobRecord ended = house.plane.await_end(house.plane.submit(spec));
  EXPECT_EQ(ended.state, JobState::failed);
  EXPECT_EQ(ended.reason, Reason::start_failed);
  EXPECT_EQ(ended.message, "this secret was sealed for another server");
}

TEST(LocalAgent, many_small_jobs_all_end_well) {
  House house(2);
  model::SubmitJobs submission{ada, "", {}};
  submission.jobs.assign(100, job_of("true"));
  const engine::Reply reply = house.plane.step(submission);
  ASSERT_EQ(reply.jobs.size(), 100U);
  for (const model::JobId job : reply.jobs) {
    EXPECT_EQ(house.plane.await_end(job).state, JobState::succeeded);
  }
  EXPECT_TRUE(house.becomes_empty());
}

TEST(MachineNodes, are_named_in_order_and_have_their_share) {
  sense::Machine machine;
  machine.cpus = 4;
  machine.cpu_indexes = {0, 1, 2, 3};
  machine.cpu_model = "a processor";
  machine.memory_bytes = std::int64_t{8} << 30;
  machine.devices.push_back({"nvidia-h100", "", "NVIDIA", "gpu", "0000:18:00.0", 0, 0,
                             std::int64_t{80} << 30, 0, "", ""});
  const auto nodes = nodes_of(machine, 2, "cgroup-v2");
  ASSERT_TRUE(nodes.has_value()) << nodes.error().text();
  ASSERT_EQ(nodes->size(), 2U);
  EXPECT_EQ(nodes->at(0).name, "node0");
  EXPECT_EQ(nodes->at(1).name, "node1");
  EXPECT_EQ(nodes->at(1).cpus, 2U);
  EXPECT_EQ(nodes->at(1).limits_by, "cgroup-v2");
  EXPECT_GT(nodes->at(0).memory_bytes, 0);
  EXPECT_EQ(nodes->at(0).devices.size() + nodes->at(1).devices.size(), 1U);
}

// ---- data

// A dataset of lab's that lies in a folder of this machine.
void put_words(House& house, const std::string& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/words.txt") << "one two three\n";
  model::Dataset dataset;
  dataset.name = "words";
  dataset.bytes = 14;
  dataset.labels.sensitivity = model::Sensitivity::open;
  dataset.replicas.push_back({"local", folder, {}, {}});
  model::NetworkTable network;
  network.sites.push_back({"local", "CN", "", model::Sensitivity::internal, std::nullopt});
  const model::Principal planner{"lab", "op", model::Role::operator_};
  ASSERT_FALSE(house.plane.step(model::SetNetwork{planner, std::move(network)}).error);
  const auto reply = house.plane.step(model::PutDataset{planner, std::move(dataset)});
  ASSERT_FALSE(reply.error) << reply.error->text();
}

TEST(LocalAgent, a_job_finds_what_it_reads_and_leaves_a_version_before_its_end_is_told) {
  House house;
  const std::string folder = house.options.store + "/../words";
  put_words(house, folder);
  model::JobSpec spec = job_of("mkdir -p out; wc -w < data/in/words.txt > out/count");
  spec.inputs.push_back({"words", 0, "data/in"});
  spec.outputs.push_back({"out", "counts"});
  const model::JobId job = house.plane.submit(spec);
  const engine::JobRecord ended = house.plane.await_end(job);
  ASSERT_EQ(ended.state, JobState::succeeded) << ended.message;
  const model::Dataset made = house.plane.dataset("lab", "counts");
  EXPECT_EQ(made.made_by, job);
  EXPECT_EQ(made.made_from, (std::vector<model::DatasetVersion>{{"words", 1}}));
  std::ifstream count(house.options.store + "/" + made.manifest + "/count");
  int words = 0;
  count >> words;
  EXPECT_EQ(words, 3);

  // The next job reads what this one has left, from the site's own store.
  model::JobSpec next = job_of("cat counts/count");
  next.inputs.push_back({"counts", 0, "counts"});
  const model::JobId reader = house.plane.submit(next);
  EXPECT_EQ(house.plane.await_end(reader).state, JobState::succeeded);
  EXPECT_EQ(house.log({reader.value, 0, 1, 0}), "3\n");
}

TEST(LocalAgent, what_was_to_be_left_and_is_not_there_fails_the_job) {
  House house;
  model::JobSpec spec = job_of("true");
  spec.retry.max = 0;
  spec.outputs.push_back({"out", "counts"});
  const engine::JobRecord ended = house.plane.await_end(house.plane.submit(spec));
  EXPECT_EQ(ended.state, JobState::failed);
  EXPECT_NE(ended.message.find("could not be kept: out: "), std::string::npos) << ended.message;
}

TEST(LocalAgent, an_input_takes_no_place_that_is_taken) {
  House house;
  put_words(house, house.options.store + "/../words");
  model::JobSpec spec = job_of("true");
  spec.retry.max = 0;
  spec.inputs.push_back({"words", 0, "data"});
  spec.inputs.push_back({"words", 0, "data/more"});
  const engine::JobRecord ended = house.plane.await_end(house.plane.submit(spec));
  EXPECT_EQ(ended.reason, Reason::start_failed);
  EXPECT_NE(ended.message.find("`data` on the way to it is no folder"), std::string::npos)
      << ended.message;
}

}  // namespace
}  // namespace weir::agent::test
