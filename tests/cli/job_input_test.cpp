#include "cli/job_input.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <filesystem>
#include <fstream>

#include "cli/shell_words.h"

namespace weir::cli {
namespace {

namespace files = std::filesystem;

class JobInputTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (files::temp_directory_path() / "weir-cli-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { files::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& text) const {
    const files::path path = folder_ / "job.yaml";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  [[nodiscard]] const files::path& folder() const { return folder_; }

 private:
  files::path folder_;
};

std::string text_of(const JobReading& reading) {
  std::string text;
  for (const base::Error& error : reading.problems) text += error.text() + "\n";
  return text;
}

JobFlags with_command(std::vector<std::string> words) {
  JobFlags flags;
  flags.command = std::move(words);
  return flags;
}

TEST_F(JobInputTest, comes_from_the_file_with_flags_above_it) {
  JobFlags flags;
  flags.file = file(R"(
name: from-file
nodes: 2
priority: 10
resources:
  cpus: 2
  any_of: [{cpus: 4, devices: a:1}, {memory: 2GiB}]
env: {A: file, B: file}
secrets: [S]
limits: {time: 1h}
run: echo
)");
  flags.name = "from-flag";
  flags.nodes = "3";
  flags.cpus = "8..16";
  flags.time = "30m";
  flags.array = "0-9%2";
  flags.priority = 90;
  flags.env = {"B=flag=x", "C="};
  flags.secrets = {"T"};
  const JobReading reading = read_job_input(flags);
  ASSERT_EQ(text_of(reading), "");
  const auto spec = model::to_spec(reading.input.job);
  ASSERT_TRUE(spec) << spec.error().text();
  EXPECT_EQ(spec->name, "from-flag");
  EXPECT_EQ(spec->nodes, 3U);
  EXPECT_EQ(spec->priority, 90);
  EXPECT_EQ(spec->time_limit, base::Duration(std::chrono::minutes(30)));
  EXPECT_EQ(spec->array.size(), 10U);
  EXPECT_EQ(spec->array.at_once, 2U);
  ASSERT_EQ(spec->options.size(), 2U);
  for (const model::ResourceOption& option : spec->options) {
    EXPECT_EQ(option.cpus, 8U) << "a flag holds for every alternative";
    EXPECT_EQ(option.cpus_most, 16U);
  }
  EXPECT_EQ(spec->options[0].devices, (std::vector<model::DeviceCount>{{"a", 1}}));
  EXPECT_EQ(spec->options[1].memory_bytes, std::int64_t{2} << 30);
  EXPECT_EQ(spec->env,
            (std::map<std::string, std::string>{{"A", "file"}, {"B", "flag=x"}, {"C", ""}}));
  EXPECT_EQ(spec->secrets, (std::vector<std::string>{"S", "T"}));
  EXPECT_EQ(spec->run, "echo");
}

TEST_F(JobInputTest, tells_all_that_is_wrong_with_the_flags) {
  JobFlags flags = with_command({"make"});
  flags.cpus = "many";
  flags.memory = "4 gigs";
  flags.nodes = "4..2";
  flags.time = "soon";
  flags.deadline = "tomorrow";
  flags.env = {"A"};
  EXPECT_EQ(text_of(read_job_input(flags)),
            "--nodes: `4..2` is no number of nodes; write it like 4, or 2..4 for a gang of any "
            "size between\n"
            "--cpus: `many` is no whole number of 0 or more\n"
            "--memory: `4 gigs` is no size; write it as 256GiB, 512MiB, 1.5TiB, 500GB or a number "
            "of bytes\n"
            "--time: `soon` is no duration; write it as 90s, 15m, 24h, 1h30m, 2d, 500ms, HH:MM:SS "
            "or D-HH:MM:SS\n"
            "--deadline: `tomorrow` is no time; write it as 2026-12-01T08:00:00+08:00, with the "
            "offset from UTC or Z\n"
            "--env: `A` has no =; write --env NAME=VALUE\n");
}

TEST_F(JobInputTest, takes_data_and_places_from_flags) {
  JobFlags flags;
  flags.file = file(R"(
data: {inputs: [{dataset: tokenizer}]}
where: {sites: anywhere, residency: SG}
run: echo
)");
  flags.inputs = {"corpus@3:data/corpus", "images"};
  flags.outputs = {"out/a:b:my-model"};
  flags.where_sites = {"lab", "north-*"};
  flags.residency = {"CN"};
  const JobReading reading = read_job_input(flags);
  ASSERT_EQ(text_of(reading), "");
  const auto spec = model::to_spec(reading.input.job);
  ASSERT_TRUE(spec) << spec.error().text();
  EXPECT_EQ(spec->inputs, (std::vector<model::DataInput>{{"tokenizer", 0, "tokenizer"},
                                                         {"corpus", 3, "data/corpus"},
                                                         {"images", 0, "images"}}));
  EXPECT_EQ(spec->outputs, (std::vector<model::DataOutput>{{"out/a:b", "my-model"}}));
  EXPECT_EQ(spec->where.sites, (std::vector<std::string>{"lab", "north-*"}));
  EXPECT_EQ(spec->where.residency, (std::vector<std::string>{"CN"}));

  JobFlags wrong = with_command({"make"});
  wrong.outputs = {"out", ":model"};
  EXPECT_EQ(
      text_of(read_job_input(wrong)),
      "--output: `out` names no path and dataset; write --output out/checkpoints:my-model: "
      "where it lies, then what it becomes\n"
      "--output: `:model` names no path and dataset; write --output out/checkpoints:my-model: "
      "where it lies, then what it becomes\n");
  JobFlags unknown = with_command({"make"});
  unknown.inputs = {"corpus@new"};
  EXPECT_EQ(text_of(read_job_input(unknown)),
            "data.inputs[0].dataset: `corpus@new` is no dataset; write it like corpus, or corpus@3 "
            "for its version 3; see: weir datasets\n");
}

TEST_F(JobInputTest, holds_flags_to_the_limits_of_the_job) {
  JobFlags flags = with_command({"make"});
  flags.priority = 101;
  EXPECT_EQ(text_of(read_job_input(flags)), "priority: 101 is not between 0 and 100\n");
  flags.priority.reset();
  flags.env = {"WEIR_X=1"};
  EXPECT_EQ(
      text_of(read_job_input(flags)),
      "env.WEIR_X: names that begin with WEIR_ are set by Weir itself; choose another name\n");
}

TEST_F(JobInputTest, tells_the_problems_of_the_file_with_their_places) {
  JobFlags flags;
  flags.file = file("nods: 2\nrun: [a]\n");
  EXPECT_EQ(text_of(read_job_input(flags)),
            flags.file + ":1:1: nods: unknown field; did you mean `nodes`?\n" + flags.file +
                ":2:6: run: is a list, expected text; several commands stand line by line below "
                "`run: |`\n");
}

TEST_F(JobInputTest, needs_a_file_or_a_command_and_not_both) {
  EXPECT_EQ(text_of(read_job_input({})),
            "neither a job file nor a command was given; weir run job.yaml, or weir run -- "
            "COMMAND\n");
  JobFlags both = with_command({"make"});
  both.file = "job.yaml";
  EXPECT_EQ(text_of(read_job_input(both)),
            "a job file and a command were given; give one of the two\n");
}

TEST_F(JobInputTest, says_what_is_wrong_with_the_file_itself) {
  JobFlags flags;
  flags.file = (folder() / "none.yaml").string();
  EXPECT_EQ(text_of(read_job_input(flags)), "there is no file " + flags.file +
                                                "; a command goes behind two dashes: weir run -- " +
                                                flags.file + "\n");
  flags.file = folder().string();
  EXPECT_EQ(text_of(read_job_input(flags)), flags.file + " is a folder; name the job file in it\n");
  flags.file = file(std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(text_of(read_job_input(flags)),
            flags.file + " is larger than 1MiB: is it a job file?\n");
  flags.file = "/dev/zero";
  EXPECT_EQ(text_of(read_job_input(flags)), "/dev/zero is larger than 1MiB: is it a job file?\n");
}

TEST_F(JobInputTest, means_a_work_folder_from_where_it_was_written) {
  JobFlags flags;
  flags.file = file("workdir: src\nrun: make\n");
  const JobReading by_file = read_job_input(flags);
  ASSERT_EQ(text_of(by_file), "");
  EXPECT_EQ(by_file.input.workdir, (folder() / "src").string());
  EXPECT_EQ(by_file.input.job.workdir, "");
  flags.workdir = "here";
  EXPECT_EQ(read_job_input(flags).input.workdir, "here");
  flags.workdir.reset();
  const std::string uploaded = "sha256:" + std::string(64, 'a');
  flags.file = file("workdir: " + uploaded + "\nrun: make\n");
  const JobReading known = read_job_input(flags);
  EXPECT_EQ(known.input.workdir, "");
  EXPECT_EQ(known.input.job.workdir, uploaded);
}

TEST_F(JobInputTest, is_named_by_its_command) {
  const auto name = [](std::vector<std::string> words) {
    const JobReading reading = read_job_input(with_command(std::move(words)));
    EXPECT_EQ(text_of(reading), "");
    return reading.input.job.name;
  };
  EXPECT_EQ(name({"/usr/bin/make", "all"}), "make");
  EXPECT_EQ(name({"python3 train.py --lr 1"}), "python3");
  EXPECT_EQ(name({"date\nls"}), "date");
  EXPECT_EQ(name({std::string(200, 'x')}), "");
  EXPECT_EQ(name({"./bin/"}), "");
}

TEST(ShellLine, keeps_words_apart_and_one_word_as_it_stands) {
  EXPECT_EQ(shell_line({"echo $HOME | wc"}), "echo $HOME | wc");
  EXPECT_EQ(shell_line({"echo", "$HOME", "a b", "it's", "", "x=1", "~"}),
            R"(echo '$HOME' 'a b' 'it'\''s' '' x=1 '~')");
  EXPECT_EQ(shell_line({"ls", "*.txt", "a\nb"}), "ls '*.txt' 'a\nb'");
}

}  // namespace
}  // namespace weir::cli
