// sbatch's words and lines, as what Weir is asked for.
#include "cli/slurm/batch_script.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cli/slurm/amounts.h"
#include "cli/slurm/queue_listing.h"

namespace weir::cli::slurm::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Words = std::vector<std::string>;

BatchReading read(const Words& words, const std::string& script) {
  return read_batch(words, "/srv/ada", [&](const std::string& name) -> base::Result<std::string> {
    if (name == "gone.sh") return base::fail(base::ErrorCode::not_found, "unable to open file");
    return script;
  });
}

std::string problems_of(const BatchReading& reading) {
  std::string text;
  for (const base::Error& problem : reading.problems) text += problem.text() + "\n";
  return text;
}

constexpr const char* train = R"(#!/bin/bash
#SBATCH --job-name=train   # what it is called
#SBATCH -n 4 --cpus-per-task=2
#SBATCH --mem-per-cpu=500M
#SBATCH --gres=gpu:nvidia-h100:2
#SBATCH --time=1-02:30:00
#SBATCH --array=0-15%4
#SBATCH --signal=B:USR1@120
#SBATCH --mail-type="END,FAIL"
#SBATCH -A vision
# a remark

srun hostname
#SBATCH --time=1
)";

TEST(BatchScript, reads_what_a_script_asks_for) {
  const BatchReading reading = read({"train.sh"}, train);
  EXPECT_EQ(problems_of(reading), "");
  const JobFlags& job = reading.batch.job;
  EXPECT_EQ(job.name, "train");
  EXPECT_EQ(job.cpus, "8");
  EXPECT_EQ(job.memory, std::to_string(std::int64_t{8} * 500 * 1024 * 1024) + "B");
  EXPECT_EQ(job.devices, "nvidia-h100:2");
  EXPECT_EQ(job.time, base::format_duration_exact(hours(26) + minutes(30)))
      << "a line behind the first command is none of its";
  EXPECT_EQ(job.array, "0-15%4");
  EXPECT_EQ(job.project, "vision");
  ASSERT_TRUE(reading.batch.notice);
  EXPECT_EQ(reading.batch.notice->signal, 10);
  EXPECT_EQ(reading.batch.notice->before, seconds(120));
  ASSERT_EQ(reading.batch.passed_over.size(), 1U);
  EXPECT_EQ(reading.batch.passed_over[0], "--mail-type: Weir sends no mail");
}

TEST(BatchScript, words_overrule_lines) {
  const BatchReading reading =
      read({"-J", "other", "--time", "10", "--parsable", "train.sh", "--lr", "0.1"}, train);
  EXPECT_EQ(problems_of(reading), "");
  EXPECT_EQ(reading.batch.job.name, "other");
  EXPECT_EQ(reading.batch.job.time, "10m");
  EXPECT_TRUE(reading.batch.only_number);
  EXPECT_NE(reading.batch.job.command.front().find("slurm_script\" '--lr' '0.1' >"),
            std::string::npos)
      << reading.batch.job.command.front();
}

TEST(BatchScript, names_what_weir_does_not_have_and_what_would_do) {
  const BatchReading reading =
      read({"train.sh"},
           "#!/bin/sh\n#SBATCH --nodes=4\n#SBATCH -p gpu\n"
           "#SBATCH --gres=gpu:2\n#SBATCH --bogus=1\n#SBATCH --time=soon\n");
  EXPECT_EQ(
      problems_of(reading),
      "train.sh:2:1: --nodes: a script on several nodes starts its other tasks by srun, which "
      "Weir does not have; a job file with `nodes: 4` starts its command on each of them: "
      "weir submit\n"
      "train.sh:3:1: -p: is not there in Weir; Weir has sites, and chooses the best; `where: "
      "{sites: [...]}` in a job file\n"
      "train.sh:4:1: --gres: names no model of device, and Weir has many; say which: "
      "--gres=gpu:nvidia-h100:2; those there are: weir devices\n"
      "train.sh:5:1: --bogus: is no option of sbatch that Weir knows\n"
      "train.sh:6:1: --time: `soon` is no time; write it like 30 (minutes), 1:30:00 or "
      "2-12:30:00\n");
}

TEST(BatchScript, wants_a_script_with_a_shell_or_a_line_to_wrap) {
  EXPECT_NE(problems_of(read({"gone.sh"}, "")), "");
  EXPECT_NE(problems_of(read({"train.sh"}, "echo hello\n")).find("#!"), std::string::npos);
  EXPECT_NE(problems_of(read({"--wrap", "hostname", "train.sh"}, "#!/bin/sh\n")), "");
  EXPECT_NE(problems_of(read({"-n", "2147483647", "-c", "2147483647", "--mem-per-cpu=8T", "a.sh"},
                             "#!/bin/sh\n"))
                .find("more memory than there is"),
            std::string::npos);
  EXPECT_NE(problems_of(read({"train.sh", "-J"}, "#!/bin/sh\n#SBATCH -J\n")), "");
  const BatchReading wrapped = read({"--wrap=hostname -f"}, "");
  EXPECT_EQ(problems_of(wrapped), "");
  EXPECT_EQ(wrapped.batch.job.name, "wrap");
  EXPECT_NE(wrapped.batch.job.command.front().find("\nhostname -f\n"), std::string::npos);
}

TEST(BatchScript, reads_times_and_memory_as_slurm_does) {
  const auto time = [](std::string_view text) {
    const auto read = parse_slurm_time(text);
    return read && *read ? **read : base::Duration(0);
  };
  EXPECT_EQ(time("30"), minutes(30));
  EXPECT_EQ(time("30:15"), minutes(30) + seconds(15));
  EXPECT_EQ(time("1:30:15"), hours(1) + minutes(30) + seconds(15));
  EXPECT_EQ(time("2-12"), hours(60));
  EXPECT_EQ(time("2-12:30"), hours(60) + minutes(30));
  EXPECT_EQ(time("2-12:30:15"), hours(60) + minutes(30) + seconds(15));
  EXPECT_FALSE(*parse_slurm_time("UNLIMITED"));
  for (const char* const bad : {"", "-", "1:2:3:4", "a", "1-", "-5", "99999999999999999999"}) {
    EXPECT_FALSE(parse_slurm_time(bad)) << bad;
  }
  EXPECT_EQ(parse_slurm_memory("2"), std::int64_t{2} << 20);
  EXPECT_EQ(parse_slurm_memory("2K"), 2048);
  EXPECT_EQ(parse_slurm_memory("2g"), std::int64_t{2} << 30);
  EXPECT_EQ(parse_slurm_memory("2GB"), std::int64_t{2} << 30);
  for (const char* const bad : {"", "G", "-1", "0", "1.5G", "9223372036854775807T"}) {
    EXPECT_FALSE(parse_slurm_memory(bad)) << bad;
  }
}

RC_GTEST_PROP(BatchScript, never_falls_over_any_text, (std::string lines, std::string word)) {
  (void)read({"train.sh"}, "#!/bin/sh\n#SBATCH " + lines);
  (void)read({word, "train.sh"}, "#!/bin/sh\n");
  (void)read_format(lines);
  (void)parse_slurm_time(word);
  (void)parse_slurm_memory(word);
}

TEST(QueueListing, looks_as_people_know_it) {
  const auto columns = *read_format(usual_format);
  EXPECT_EQ(heading(columns),
            "             JOBID PARTITION     NAME     USER ST       TIME  NODES NODELIST(REASON)");
  model::JobSummary job;
  job.id = {42};
  job.name = "a-long-name";
  job.submitted_by = "ada";
  job.state = model::JobState::running;
  job.started = base::time_from_us(0);
  EXPECT_EQ(row(columns, job, "node0", base::time_from_us(0) + hours(25) + minutes(1)),
            "                42      weir a-long-n      ada  R 1-01:01:00      1 node0");
  job.state = model::JobState::queued;
  job.started.reset();
  job.reason = model::Reason::waits_for_capacity;
  EXPECT_EQ(row(columns, job, "", base::time_from_us(0)),
            "                42      weir a-long-n      ada PD       0:00      1 "
            "(waits-for-capacity)");
  EXPECT_EQ(row(*read_format("%i|%T"), job, "", base::time_from_us(0)), "42|PENDING");
  const auto bad = read_format("%i %Z");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().text().find("%Z"), std::string::npos);
}

}  // namespace
}  // namespace weir::cli::slurm::test
