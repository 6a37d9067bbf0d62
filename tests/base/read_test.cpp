#include "base/read.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/quantity.h"

using namespace weir::base;

namespace {

enum class Objective : std::uint8_t { finish, cost, site_lost };
WEIR_DESCRIBE_ENUM(Objective, finish, cost, site_lost)

// A form of its own: "nvidia-h100:8", or the members in full.
struct Devices {
  std::string model;
  std::int64_t count = 1;
};
WEIR_DESCRIBE(Devices, model, count)

Result<Devices> read_value(const Document& document, std::type_identity<Devices>) {
  if (document.is(DocumentKind::map)) return read_members<Devices>(document);
  const std::string_view text = document.text();
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return fail(ErrorCode::invalid, "names no count", "", "write MODEL:COUNT");
  }
  const std::int64_t count = WEIR_TRY(parse_count(text.substr(colon + 1)));
  return Devices{std::string(text.substr(0, colon)), count};
}

struct Alternative {
  Devices devices;
  std::map<std::string, std::string> env;
};
WEIR_DESCRIBE(Alternative, devices, env)

struct Resources {
  std::vector<Alternative> any_of;
  std::optional<Range> cpus;
  std::optional<SizeRange> memory;
  std::int32_t nodes = 1;
  std::uint64_t disk_bytes = 0;
};
WEIR_DESCRIBE(Resources, any_of, cpus, memory, nodes, disk_bytes)

struct Shell {
  std::string command;
  static constexpr std::array<std::string_view, 1> required_fields{"command"};
};
WEIR_DESCRIBE(Shell, command)
struct WaitAWhile {
  Duration for_{};
};
WEIR_DESCRIBE(WaitAWhile, for_)

struct Job {
  std::string name = "unnamed";
  Resources resources;
  Objective objective = Objective::cost;
  std::optional<Duration> time;
  Duration grace_s = 30s;
  std::optional<Time> deadline;
  bool pausable = true;
  double weight = 1;
  std::map<std::string, std::string> env;
  std::variant<WaitAWhile, Shell> step;
  std::string run;
  std::array<int, 2> pair{};
  Bytes key;
  static constexpr std::array<std::string_view, 1> required_fields{"run"};
};
WEIR_DESCRIBE(Job, name, resources, objective, time, grace_s, deadline, pausable, weight, env, step,
              run, pair, key)

Result<Job> read_job(const std::string& text) {
  const Document document = WEIR_TRY(parse_yaml(text, "job.yaml"));
  return read_document<Job>(document);
}

std::string job_error(const std::string& text) {
  const auto job = read_job("run: x\n" + text);
  return job ? "no error" : job.error().text();
}

}  // namespace

TEST(ReadDocument, fills_a_struct_from_a_job_file) {
  const auto job = read_job(R"(
name: train
resources:
  any_of:
    - {devices: "nvidia-h100:8"}
    - {devices: {model: ascend-910b}, env: {RUNTIME: cann}}
  cpus: 32+
  memory: 256GiB+
  disk_bytes: 1.5GiB
time: 24h
grace_s: 1m30s
deadline: 2026-12-01T08:00+08:00
objective: site-lost
env: {LR: 3e-4, N: 007, T: true, E: ~}
step: {type: shell, command: ls}
run: |
  torchrun train.py
pair: [1, 2]
key: 00ff
)");
  ASSERT_TRUE(job) << job.error().text();
  EXPECT_EQ(job->name, "train");
  EXPECT_EQ(job->resources.any_of[0].devices.count, 8);
  EXPECT_EQ(job->resources.any_of[1].devices.model, "ascend-910b");
  EXPECT_EQ(job->resources.any_of[1].env.at("RUNTIME"), "cann");
  EXPECT_EQ(job->resources.cpus, (Range{32, std::nullopt}));
  EXPECT_EQ(job->resources.memory->least, std::int64_t{256} << 30);
  EXPECT_EQ(job->resources.disk_bytes, 1'610'612'736U);
  EXPECT_EQ(job->time, Duration(24h));
  EXPECT_EQ(job->grace_s, 90s);
  EXPECT_EQ(to_us(*job->deadline), 1'796'083'200'000'000);
  EXPECT_EQ(job->objective, Objective::site_lost);
  EXPECT_EQ(job->env.at("LR"), "3e-4");
  EXPECT_EQ(job->env.at("N"), "007");
  EXPECT_EQ(job->env.at("T"), "true");
  EXPECT_EQ(job->env.at("E"), "");
  EXPECT_EQ(std::get<Shell>(job->step).command, "ls");
  EXPECT_EQ(job->run, "torchrun train.py\n");
  EXPECT_EQ(job->pair[1], 2);
  EXPECT_EQ(job->key.size(), 2U);
}

TEST(ReadDocument, keeps_defaults_where_a_field_is_missing_or_null) {
  const auto job = read_job("{run: x, name: ~, time: null, resources: , grace_s: ~}");
  ASSERT_TRUE(job) << job.error().text();
  EXPECT_EQ(job->name, "unnamed");
  EXPECT_EQ(job->time, std::nullopt);
  EXPECT_EQ(job->grace_s, 30s);
  EXPECT_EQ(job->resources.nodes, 1);
  EXPECT_TRUE(job->pausable);
}

TEST(ReadDocument, says_exactly_what_is_wrong_and_where) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"nmae: x", "job.yaml:2:1: nmae: unknown field; did you mean `name`?"},
      {"resources: {cpu: 3}", "job.yaml:2:13: resources.cpu: unknown field; did you mean `cpus`?"},
      {"resources:\n  any_of:\n    - {devices: a:1}\n    - {devics: b:1}",
       "job.yaml:5:8: resources.any_of[1].devics: unknown field; did you mean `devices`?"},
      {"resources: {zzz: 3}",
       "job.yaml:2:13: resources.zzz: unknown field; known fields: any_of, cpus, memory, nodes, "
       "disk_bytes"},
      {"name: [a]", "job.yaml:2:7: name: is a list, expected text"},
      {"name: {a: 1}", "job.yaml:2:7: name: is a map, expected text"},
      {"resources: 5", "job.yaml:2:12: resources: is a whole number, expected a map"},
      {"resources: {any_of: {}}", "job.yaml:2:21: resources.any_of: is a map, expected a list"},
      {"env: [a]", "job.yaml:2:6: env: is a list, expected a map"},
      {"env: {A: [x]}", "job.yaml:2:10: env.A: is a list, expected text"},
      {"pausable: yes", "job.yaml:2:11: pausable: is text, expected true or false"},
      {"weight: heavy", "job.yaml:2:9: weight: is text, expected a number"},
      {"resources: {nodes: two}",
       "job.yaml:2:20: resources.nodes: is text, expected a whole number"},
      {"resources: {nodes: 1.5}",
       "job.yaml:2:20: resources.nodes: is a number, expected a whole number"},
      {"resources: {nodes: 3000000000}",
       "job.yaml:2:20: resources.nodes: is 3000000000, expected a whole number from -2147483648 to "
       "2147483647"},
      {"resources: {disk_bytes: -1}",
       "job.yaml:2:25: resources.disk_bytes: is -1, expected a whole number from 0 to "
       "18446744073709551615"},
      {"resources: {disk_bytes: lots}",
       "job.yaml:2:25: resources.disk_bytes: `lots` is no size; write it as 256GiB, 512MiB, "
       "1.5TiB, 500GB or a number of bytes"},
      {"objective: fast", "job.yaml:2:12: objective: `fast` is none of finish, cost, site-lost"},
      {"objective: finsh",
       "job.yaml:2:12: objective: `finsh` is none of finish, cost, site-lost; did you mean "
       "`finish`?"},
      {"objective: [cost]",
       "job.yaml:2:12: objective: is a list, expected one of finish, cost, site-lost"},
      {"time: soon",
       "job.yaml:2:7: time: `soon` is no duration; write it as 90s, 15m, 24h, 1h30m, 2d, 500ms, "
       "HH:MM:SS or D-HH:MM:SS"},
      {"time: -5",
       "job.yaml:2:7: time: `-5` is no duration; write it as 90s, 15m, 24h, 1h30m, 2d, 500ms, "
       "HH:MM:SS or D-HH:MM:SS"},
      {"time: [1]", "job.yaml:2:7: time: is a list, expected a duration such as 90s or 1h30m"},
      {"grace_s: 1e300", "job.yaml:2:10: grace_s: `1e300` is too long a time"},
      {"grace_s: .nan", "job.yaml:2:10: grace_s: `.nan` is too long a time"},
      {"deadline: 5",
       "job.yaml:2:11: deadline: is a whole number, expected a time such as "
       "2026-12-01T08:00:00+08:00"},
      {"resources: {any_of: [{devices: h100}]}",
       "job.yaml:2:32: resources.any_of[0].devices: names no count; write MODEL:COUNT"},
      {"resources: {any_of: [{devices: {modle: x}}]}",
       "job.yaml:2:33: resources.any_of[0].devices.modle: unknown field; did you mean `model`?"},
      {"resources: {cpus: 9..3}",
       "job.yaml:2:19: resources.cpus: `9..3` is a range whose end is below its start"},
      {"resources: {memory: [1]}",
       "job.yaml:2:21: resources.memory: is a list, expected a number or a range such as 32+ or "
       "16..64"},
      {"step: {command: ls}",
       "job.yaml:2:7: step: has no text under `type`; known types: wait_a_while, shell"},
      {"step: {type: shel}",
       "job.yaml:2:14: step.type: unknown type `shel`; did you mean `shell`?"},
      {"step: {type: shell}", "job.yaml:2:7: step.command: is missing"},
      {"step: {type: wait_a_while, command: x}",
       "job.yaml:2:28: step.command: unknown field; known fields: for"},
      {"pair: [1]", "job.yaml:2:7: pair: has 1 items, expected 2"},
      {"pair: [1, x]", "job.yaml:2:11: pair[1]: is text, expected a whole number"},
      {"key: 0g", "job.yaml:2:6: key: has a letter that is no hex digit (0-9, a-f)"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(job_error(text), expected) << text;
}

TEST(ReadDocument, names_a_required_field_that_is_missing) {
  EXPECT_EQ(read_job("name: x").error().text(), "job.yaml:1:1: run: is missing");
  EXPECT_EQ(read_job("run: ~").error().text(), "job.yaml:1:1: run: is missing");
  EXPECT_EQ(read_job("[]").error().text(), "job.yaml:1:1: is a list, expected a map");
}

TEST(CheckDocument, finds_every_problem_in_the_order_of_the_text) {
  const auto document =
      parse_yaml("name: [x]\nfoo: 1\nresources: {nodes: x, any_of: [{a: 1}]}\n", "job.yaml");
  ASSERT_TRUE(document);
  const std::vector<Error> errors = check_document<Job>(*document);
  std::vector<std::string> fields;
  for (const Error& error : errors) fields.push_back(error.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"name", "foo", "resources.nodes",
                                              "resources.any_of[0].a", "run"}));
}

TEST(CheckDocument, stops_counting_at_a_hundred) {
  std::string text = "{";
  for (int i = 0; i < 500; ++i) text += "x" + std::to_string(i) + ": 1, ";
  const auto document = parse_yaml(text + "}", "job.yaml");
  ASSERT_TRUE(document);
  EXPECT_EQ(check_document<Job>(*document).size(), 100U);
}

TEST(ReadDocument, holds_json_to_its_types) {
  const auto document = parse_json(R"({"run": "x", "name": 5})", "body");
  ASSERT_TRUE(document);
  EXPECT_EQ(read_document<Job>(*document).error().text(),
            "body:1:22: name: is a whole number, expected text");
}
