// What Slurm's commands print, as recorded from 22.05 and as other versions word it.
#include "backend/slurm/answers.h"

#include <gtest/gtest.h>

#include <set>

#include "backend/slurm/host_list.h"

namespace weir::backend::slurm {
namespace {

TEST(SlurmAnswers, reads_a_listing_of_jobs) {
  const auto jobs = parse_jobs(
      "41|RUNNING|2|100M|gres:gpu:a100:1|lab1|None|weir 0a1b|weir-lab-1_0.1.0\n"
      "42|PENDING|1|1.50G|N/A||ReqNodeNotAvail, UnavailableNodes:lab0|weir 0a1b|weir-lab-2_0.1.0\n"
      "43|CANCELLED+|1|0|N/A|lab2|None|(null)|sbatch\n");
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].number, 41U);
  EXPECT_EQ(jobs[0].state, JobState::running);
  EXPECT_EQ(jobs[0].cpus, 2U);
  EXPECT_EQ(jobs[0].memory_mib, 100U);
  EXPECT_EQ(jobs[0].gres, (std::map<std::string, std::uint32_t>{{"gpu:a100", 1}}));
  EXPECT_EQ(jobs[0].nodes, "lab1");
  EXPECT_EQ(jobs[0].comment, "weir 0a1b");
  EXPECT_EQ(jobs[0].name, "weir-lab-1_0.1.0");
  EXPECT_EQ(jobs[1].memory_mib, 1536U);
  EXPECT_EQ(jobs[1].reason, "ReqNodeNotAvail, UnavailableNodes:lab0");
  EXPECT_EQ(jobs[2].state, JobState::cancelled);
}

TEST(SlurmAnswers, leaves_out_lines_that_do_not_fit) {
  EXPECT_TRUE(parse_jobs("").empty());
  EXPECT_TRUE(parse_jobs("slurm_load_jobs error: Unable to contact slurm controller\n").empty());
  EXPECT_TRUE(parse_jobs("x|RUNNING|2|1M|N/A|n|None|c|name\n").empty());
  EXPECT_EQ(parse_jobs("7|RUNNING|2|1M|N/A|n|None|a|b|c\n8|RUNNING|1|1M|N/A|n|None|c|d\n").size(),
            1U);
}

// Recorded from `scontrol --oneliner --details show nodes`.
constexpr const char* recorded_node =
    "NodeName=lab1 Arch=x86_64 CoresPerSocket=8  CPUAlloc=2 CPUEfctv=8 CPUTot=8 CPULoad=1.32 "
    "AvailableFeatures=fast,ib ActiveFeatures=fast Gres=gpu:a100:2(S:0-1),npu:4 GresDrain=N/A "
    "GresUsed=gpu:a100:1(IDX:0),npu:0 NodeAddr=127.0.0.1 NodeHostName=vm Port=17820 "
    "Version=22.05.8 OS=Linux 6.1.0 #1 SMP PREEMPT_DYNAMIC Debian 6.1.0-1  RealMemory=16000 "
    "AllocMem=100 FreeMem=21908 Sockets=1 Boards=1 MemSpecLimit=1000 State=IDLE+DRAIN "
    "ThreadsPerCore=1 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A Partitions=main,debug  "
    "BootTime=2026-11-23T03:52:45 CfgTRES=cpu=8,mem=16000M,billing=8 AllocTRES=cpu=2,mem=100M "
    "Reason=State=DOWN NodeName=other CPUTot=99 [root@2026-11-23T14:31:13]";

TEST(SlurmAnswers, reads_nodes_and_is_not_misled_by_an_administrators_words) {
  const auto nodes = parse_nodes(std::string(recorded_node) + "\nNodeName=bare\n\n");
  ASSERT_EQ(nodes.size(), 2U);
  const NodeFacts& node = nodes[0];
  EXPECT_EQ(node.name, "lab1");
  EXPECT_EQ(node.state, "IDLE+DRAIN");
  EXPECT_EQ(node.cpus, 8U);
  EXPECT_EQ(node.cpus_used, 2U);
  EXPECT_EQ(node.memory_mib, 15'000U);
  EXPECT_EQ(node.memory_used_mib, 100U);
  EXPECT_EQ(node.gres, (std::map<std::string, std::uint32_t>{{"gpu:a100", 2}, {"npu", 4}}));
  EXPECT_EQ(node.gres_used, (std::map<std::string, std::uint32_t>{{"gpu:a100", 1}, {"npu", 0}}));
  EXPECT_EQ(node.features, (std::vector<std::string>{"fast"}));
  EXPECT_EQ(node.partitions, (std::vector<std::string>{"main", "debug"}));
}

TEST(SlurmAnswers, reads_resources_in_every_spelling) {
  using Counts = std::map<std::string, std::uint32_t>;
  EXPECT_EQ(parse_gres("gres:gpu:2"), (Counts{{"gpu", 2}}));
  EXPECT_EQ(parse_gres("gres/gpu:a100=2,gres/npu=8"), (Counts{{"gpu:a100", 2}, {"npu", 8}}));
  EXPECT_EQ(parse_gres("gpu:(null):0(IDX:N/A)"), (Counts{{"gpu", 0}}));
  EXPECT_EQ(parse_gres("gpu:a100:4(IDX:0,2-4),gpu:v100"),
            (Counts{{"gpu:a100", 4}, {"gpu:v100", 1}}));
  EXPECT_EQ(parse_gres("N/A"), Counts());
  EXPECT_EQ(parse_gres("(null)"), Counts());
}

TEST(SlurmAnswers, reads_versions_numbers_and_settings) {
  EXPECT_EQ(parse_version("slurm-wlm 22.05.8\n"), (Version{"22.05.8", 22, 5, false}));
  EXPECT_EQ(parse_version("slurm 23.11.4-1.2").year, 23);
  EXPECT_EQ(parse_version("nonsense").year, 0);
  EXPECT_EQ(parse_job_number("1042\n"), 1042U);
  EXPECT_EQ(parse_job_number("1042;lab\n"), 1042U);
  EXPECT_EQ(parse_job_number("Submitted batch job 7"), 0U);
  EXPECT_TRUE(parse_settings("TaskPlugin              = task/affinity,task/cgroup\n"
                             "ConstrainRAMSpace       = yes\n")
                  .limits_memory);
  EXPECT_FALSE(parse_settings("TaskPlugin = task/none\nConstrainRAMSpace = yes\n").limits_memory);
}

TEST(SlurmAnswers, tells_a_refusal_from_an_answer_that_was_lost) {
  EXPECT_TRUE(is_refusal("sbatch: error: Invalid generic resource (gres) specification"));
  EXPECT_TRUE(
      is_refusal("sbatch: error: Batch job submission failed: Invalid partition name specified"));
  EXPECT_TRUE(
      is_refusal("sbatch: error: Memory specification can not be satisfied\nsbatch: error: "
                 "Batch job submission failed: Requested node configuration is not "
                 "available"));
  EXPECT_FALSE(
      is_refusal("sbatch: error: Batch job submission failed: Unable to contact slurm "
                 "controller (connect failure)"));
  EXPECT_FALSE(
      is_refusal("sbatch: error: Batch job submission failed: Socket timed out on "
                 "send/recv operation"));
  EXPECT_FALSE(
      is_refusal("sbatch: slurm_msg_sendto: address:port=127.0.0.1:20594 msg_type=4003: "
                 "Unexpected missing socket error\nsbatch: error: Batch job submission "
                 "failed: Unexpected missing socket error"));
  EXPECT_FALSE(is_refusal("sbatch: fatal: Unable to process configuration file"));
}

TEST(SlurmHostList, unfolds_ranges_and_keeps_zeros) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(expand_host_list("n[08-10,2],login").value_or(Names()),
            (Names{"n08", "n09", "n10", "n2", "login"}));
  EXPECT_EQ(expand_host_list("r[1-2]n[1-2]x").value_or(Names()),
            (Names{"r1n1x", "r1n2x", "r2n1x", "r2n2x"}));
  EXPECT_EQ(expand_host_list("").value_or(Names{"?"}), Names());
  EXPECT_FALSE(expand_host_list("n[1-2"));
  EXPECT_FALSE(expand_host_list("n]1"));
  EXPECT_FALSE(expand_host_list("n[3-1]"));
  EXPECT_FALSE(expand_host_list("n[1-999999999]"));
  EXPECT_FALSE(expand_host_list("n[a]"));
}

TEST(SlurmStates, stand_in_one_table_that_reads_both_ways) {
  std::set<std::string_view> words;
  for (const StateRow& row : state_table()) {
    EXPECT_EQ(&row_of(row.state), &row);
    EXPECT_EQ(job_state_of(row.slurm), row.state);
    EXPECT_TRUE(words.insert(row.slurm).second) << row.slurm;
  }
  EXPECT_EQ(job_state_of("CANCELLED by 1000"), JobState::cancelled);
  EXPECT_EQ(job_state_of("A_NEW_STATE"), JobState::unknown);
  using enum JobState;
  for (const JobState state : {pending, configuring, requeued}) {
    EXPECT_EQ(row_of(state).progress, Progress::waits);
  }
  for (const JobState state : {running, suspended, unknown}) {
    EXPECT_EQ(row_of(state).progress, Progress::runs);
  }
  for (const JobState state : {completed, failed, timeout, cancelled, node_fail, preempted,
                               out_of_memory, boot_fail, deadline, revoked}) {
    EXPECT_EQ(row_of(state).progress, Progress::ended);
  }
  EXPECT_EQ(row_of(timeout).end, RankOutcome::End::timed_out);
  EXPECT_EQ(row_of(node_fail).end, RankOutcome::End::vanished);
}

TEST(SlurmStates, reasons_read_both_ways) {
  std::set<std::string_view> words;
  for (const ReasonRow& row : reason_table()) {
    EXPECT_EQ(reason_of(row.slurm), row.reason) << row.slurm;
    EXPECT_EQ(reason_of(slurm_reason_of(row.reason)), row.reason) << row.slurm;
    EXPECT_TRUE(words.insert(row.slurm).second) << row.slurm;
  }
  EXPECT_EQ(reason_of("ReqNodeNotAvail, UnavailableNodes:n7"), model::Reason::waits_for_capacity);
  EXPECT_EQ(reason_of("QOSGrpNodeLimit"), model::Reason::waits_for_quota);
  EXPECT_EQ(reason_of("SomethingNew"), model::Reason::waits_for_capacity);
}

}  // namespace
}  // namespace weir::backend::slurm
