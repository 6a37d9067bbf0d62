#include "model/job_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "model/pack.h"

namespace weir::model {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 24h, 60s

std::string contents(const files::path& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string answer_to(std::string_view yaml, const std::string& name) {
  std::string answer;
  for (const base::Error& error : check_job_file(yaml, name)) answer += error.text() + "\n";
  return answer;
}

// The job of a good file; a bad one fails the test.
JobSpec spec_of(std::string_view yaml) {
  const auto file = parse_job_file(yaml, "job.yaml");
  if (!file) {
    ADD_FAILURE() << file.error().text();
    return {};
  }
  const auto spec = to_spec(*file);
  if (!spec) ADD_FAILURE() << spec.error().text();
  return spec.value_or(JobSpec{});
}

// Each file of tests/job_files has its answer beside it. WEIR_REWRITE=1 writes what came out;
// read the difference.
TEST(JobFile, answers_malformed_files_as_written_down) {
  std::vector<files::path> paths;
  for (const auto& entry : files::directory_iterator(WEIR_SOURCE_DIR "/tests/job_files")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  ASSERT_GE(paths.size(), 50U);
  const bool rewrite = std::getenv("WEIR_REWRITE") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  for (const files::path& path : paths) {
    const std::string answer = answer_to(contents(path), path.filename().string());
    EXPECT_NE(answer, "") << path << " is taken";
    files::path expected = path;
    expected.replace_extension(".expected");
    if (rewrite) std::ofstream(expected, std::ios::binary) << answer;
    EXPECT_EQ(answer, contents(expected)) << path;
  }
}

TEST(JobFile, is_refused_beyond_a_mebibyte) {
  const std::string large = "run: |\n  echo " + std::string(2 << 20, 'x') + "\n";
  EXPECT_EQ(answer_to(large, "large.yaml"),
            "large.yaml: has 2097167 bytes, at most 1048576 are taken\n");
}

TEST(JobFile, is_refused_with_a_text_that_no_start_could_carry) {
  const std::string large = "run: |\n  echo " + std::string(300 << 10, 'x') + "\n";
  EXPECT_EQ(answer_to(large, "large.yaml"),
            "large.yaml:1:6: run: is 307206 bytes long, at most 262144 are taken; put it into a "
            "script in the workdir\n");
}

TEST(JobFile, becomes_a_spec_in_base_units) {
  JobSpec expected;
  expected.name = "train-7b";
  expected.project = "lab/nlp";
  expected.nodes = 4;
  ResourceOption option;
  option.cpus = 32;
  option.memory_bytes = std::int64_t{256} << 30;
  option.devices = {{"nvidia-h100", 8}};
  ResourceOption other = option;
  other.devices = {{"ascend-910b", 8}};
  other.env = {{"RUNTIME", "cann"}};
  // "32+" has no upper end: the rank is given what it asked for.
  expected.options = {option, other};
  expected.array = {{{0, 98, 2}, {200, 200, 1}}, 10};
  expected.time_limit = 24h;
  expected.retry = {{RetryEvent::preempted, RetryEvent::site_lost}, 5, 10, 60s};
  expected.env = {{"LR", "3e-4"}, {"STEPS", "100"}};
  expected.secrets = {"HF_TOKEN"};
  expected.setup = "pip install -r requirements.txt";
  expected.run = "torchrun --nnodes $WEIR_NUM_NODES --node-rank $WEIR_NODE_RANK train.py";
  EXPECT_EQ(spec_of(R"(
name: train-7b
kind: task
nodes: 4
resources:
  any_of:
    - {devices: nvidia-h100:8}
    - {devices: ascend-910b:8, env: {RUNTIME: cann}}
  cpus: 32+
  memory: 256GiB+
array: 0-99:2,200%10
limits: {time: 24h}
objective: finish
retry: {events: [preempted, site-lost], max: 5, notice: SIGUSR1@60s}
project: lab/nlp
priority: 50
env: {LR: "3e-4", STEPS: 100}
secrets: [HF_TOKEN]
setup: pip install -r requirements.txt
run: torchrun --nnodes $WEIR_NUM_NODES --node-rank $WEIR_NODE_RANK train.py
)"),
            expected);
}

TEST(JobFile, needs_nothing_but_run) {
  JobSpec expected;
  expected.name = "job";
  expected.run = "true";
  EXPECT_EQ(spec_of("run: 'true'\n"), expected);
  EXPECT_EQ(spec_of("run: true\n"), expected) << "a plain word is meant as text";
}

TEST(JobFile, keeps_the_upper_end_of_a_range_and_the_order_of_alternatives) {
  const JobSpec spec = spec_of(R"(
resources:
  cpus: 2
  memory: 1GiB..4GiB
  ordered: [{cpus: 8..16, memory: 2GiB}, {devices: [b:1, a]}]
run: make
)");
  ASSERT_TRUE(spec.ordered);
  ASSERT_EQ(spec.options.size(), 2U);
  EXPECT_EQ(spec.options[0].cpus, 8U);
  EXPECT_EQ(spec.options[0].cpus_most, 16U);
  EXPECT_EQ(spec.options[0].memory_bytes, std::int64_t{2} << 30);
  EXPECT_EQ(spec.options[0].memory_bytes_most, std::nullopt);
  EXPECT_EQ(spec.options[1].cpus, 2U);
  EXPECT_EQ(spec.options[1].memory_bytes_most, std::int64_t{4} << 30);
  EXPECT_EQ(spec.options[1].devices, (std::vector<DeviceCount>{{"a", 1}, {"b", 1}}));
}

TEST(JobFile, takes_elastic_gangs_and_deadlines) {
  const JobSpec spec =
      spec_of("nodes: 2..4\nlimits: {time: 1h, deadline: 2026-12-01T08:00+08:00}\nrun: x\n");
  EXPECT_EQ(spec.nodes, 2U);
  EXPECT_EQ(spec.nodes_most, 4U);
  EXPECT_EQ(spec.deadline, *base::parse_time("2026-12-01T00:00Z"));
  EXPECT_EQ(last_start(spec.deadline, spec.time_limit), *base::parse_time("2026-11-30T23:00Z"));
  EXPECT_EQ(last_start(spec.deadline, std::nullopt), spec.deadline);
  EXPECT_EQ(last_start(std::nullopt, spec.time_limit), std::nullopt);
}

TEST(JobFile, takes_what_a_start_is_chosen_by) {
  EXPECT_EQ(spec_of("run: x\n").objective, (Objective{1000, 0, 0}));
  EXPECT_EQ(spec_of("objective: carbon\nrun: x\n").objective, (Objective{0, 0, 1000}));
  const JobSpec spec = spec_of(
      "objective: {cost: 1, finish: 0.5, carbon: 0.125}\nflexibility: {max_delay: 6h}\nrun: x\n");
  EXPECT_EQ(spec.objective, (Objective{500, 1000, 125}));
  EXPECT_EQ(spec.max_delay, std::chrono::hours(6));
  EXPECT_EQ(spec_of("objective: finish=0.5,cost=1,carbon=0.125\nrun: x\n").objective,
            spec.objective);
  for (const char* const bad : {"speed", "{cost: 0}", "cost=-1", "cost=1001", "cost=.5", "cost,",
                                "cost=1.2345", "=1", "{cost: many}", "{speed: 1}", "[cost]"}) {
    EXPECT_NE(answer_to("objective: " + std::string(bad) + "\nrun: x\n", "job.yaml"), "") << bad;
  }
}

TEST(JobFile, takes_a_folder_by_its_content_only) {
  const std::string digest(64, 'a');
  EXPECT_EQ(spec_of("workdir: sha256:" + digest + "\nrun: ls\n").workdir, digest);
  const auto file = parse_job_file("workdir: ./src\nrun: ls\n", "job.yaml");
  ASSERT_TRUE(file);
  const auto spec = to_spec(*file);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().field, "workdir");
  EXPECT_EQ(answer_to("workdir: ./src\nrun: ls\n", "job.yaml"), "")
      << "in a file on disk a folder is what is meant";
}

TEST(JobFile, is_the_same_after_json) {
  for (const std::string_view yaml : {
           "run: echo\n",
           "nodes: 3\nresources: {cpus: 2..8, memory: 512MiB+, devices: 'a:1,b:2'}\nrun: x\n",
           "array: 1,3,5-9%2\nlimits: {time: 1h30m5s7ms}\nrun: x\n",
           "limits: {time: 2d}\nretry: {events: [], max: 0, notice: 42@1ms}\nrun: "
           "\"a\\nb\\u00e9\"\n",
           "resources: {any_of: [{cpus: 1, env: {A: b}}, {memory: 1GiB}]}\nenv: {C: d}\nrun: x\n",
           "nodes: 2..4\nlimits: {deadline: 2026-12-01T08:00+08:00}\nrun: x\n",
           "objective: {cost: 1, finish: 0.5}\nflexibility: {max_delay: 90m}\nrun: x\n",
           "data: {inputs: [{dataset: a@2, at: b}], outputs: [{path: o, dataset: c}]}\nrun: x\n",
           "where: {sites: [lab, 'n-*'], residency: [CN, west], latency_ms: {to: s, max: 2.5}}\n"
           "run: x\n",
       }) {
    const auto file = parse_job_file(yaml, "job.yaml");
    ASSERT_TRUE(file) << file.error().text();
    const std::string json = base::to_json(*file);
    const auto again = base::from_json<JobFile>(json);
    ASSERT_TRUE(again) << json << "\n" << again.error().text();
    EXPECT_EQ(base::to_json(*again), json);
    EXPECT_EQ(to_spec(*again).value(), to_spec(*file).value()) << json;
  }
}

TEST(JobFile, says_what_is_read_and_left_and_where_it_may_run) {
  const JobSpec spec = spec_of(R"(
data:
  inputs:
    - {dataset: corpus@3, at: data/corpus}
    - {dataset: tokenizer}
  outputs: [{path: out/checkpoints, dataset: my-model}]
where:
  sites: [lab, "north-*"]
  residency: CN
  latency_ms: {to: shanghai, max: 12.5}
run: make
)");
  EXPECT_EQ(spec.inputs,
            (std::vector<DataInput>{{"corpus", 3, "data/corpus"}, {"tokenizer", 0, "tokenizer"}}));
  EXPECT_EQ(spec.outputs, (std::vector<DataOutput>{{"out/checkpoints", "my-model"}}));
  EXPECT_EQ(spec.where.sites, (std::vector<std::string>{"lab", "north-*"}));
  EXPECT_EQ(spec.where.residency, (std::vector<std::string>{"CN"}));
  EXPECT_EQ(spec.where.near, "shanghai");
  EXPECT_EQ(spec.where.rtt_us_most, 12'500);
  EXPECT_TRUE(spec_of("run: make\n").where.is_open());
  EXPECT_EQ(spec_of("where: {residency: \"CN, west\"}\nrun: make\n").where.residency,
            (std::vector<std::string>{"CN", "west"}));
  // In another order it is the same wish.
  EXPECT_EQ(spec_of("where: {sites: [b, a]}\nrun: make\n").where,
            spec_of("where: {sites: [a, b]}\nrun: make\n").where);
}

TEST(JobFile, in_json_is_the_same_job_with_the_same_errors) {
  const auto good = base::parse_json(R"({"nodes":2,"resources":{"cpus":"4+"},"run":"make"})");
  ASSERT_TRUE(good);
  const auto spec = read_job(*good);
  ASSERT_TRUE(spec) << spec.error().text();
  EXPECT_EQ(*spec, spec_of("nodes: 2\nresources: {cpus: 4+}\nrun: make\n"));

  const auto bad = base::parse_json("{\"run\":\"make\",\n \"env\":{\"WEIR_X\":\"1\"}}", "body");
  ASSERT_TRUE(bad);
  const auto refused = read_job(*bad);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "env.WEIR_X");
  EXPECT_EQ(refused.error().place.line, 2U);
}

TEST(Signals, have_numbers_and_names) {
  EXPECT_EQ(signal_number("SIGTERM"), 15);
  EXPECT_EQ(signal_number("USR1"), 10);
  EXPECT_EQ(signal_number("34"), 34);
  EXPECT_EQ(signal_number("0"), std::nullopt);
  EXPECT_EQ(signal_number("65"), std::nullopt);
  EXPECT_EQ(signal_number("SIGSIGTERM"), std::nullopt);
  EXPECT_EQ(signal_number(""), std::nullopt);
  EXPECT_EQ(signal_name(9), "SIGKILL");
  EXPECT_EQ(signal_name(34), "34");
}

}  // namespace
}  // namespace weir::model
