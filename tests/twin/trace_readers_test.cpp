// The readers on small texts of their own. Whole traces: trace_data_test.cpp.
#include "twin/traces/readers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "twin/traces/builder.h"
#include "twin/traces/openb.h"
#include "twin/traces/read_trace.h"
#include "twin/traces/text_file.h"

namespace weir::twin::traces::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s
using Malformed = std::vector<MalformedRow>;

TraceReading read(std::string_view text, const TraceOptions& options = {}) {
  auto reading = read_trace_text({}, text, options);
  if (!reading) {
    ADD_FAILURE() << reading.error().text();
    return {};
  }
  return *std::move(reading);
}

constexpr std::string_view swf = R"(; Version: 2.2
; MaxNodes: 64
; MaxProcs: 128
; UnixStartTime: 843480031
   7   600  30   100    4  -1 -1    8  3600 2048  1  12   3   5 -1 -1 -1 -1
   5   600  -1     0    1  -1 -1   -1    -1   -1  1  -1  -1  -1 -1 -1 -1 -1

   8   500   0    60   -1  -1 -1   -1    60   -1  1  12   3  -1 -1 -1 -1 -1
   9   700   0    -1    2  -1 -1    2    60   -1  5  12   3  -1 -1 -1 -1 -1
  10   800   0   1.5   -1  -1 -1    2    60   -1  1  12   3  -1 -1 -1  7 10
  11   900   0    10    2  -1 -1    2
  12   90x   0    10    2  -1 -1    2    60   -1  1  12   3  -1 -1 -1 -1 -1
)";

TEST(Swf, jobs_come_out_by_submit_then_number) {
  const TraceReading reading = read(swf);
  EXPECT_EQ(reading.kind, TraceKind::swf);
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].number, 5U);
  EXPECT_EQ(jobs[0].run_time, 0s);
  EXPECT_EQ(jobs[0].time_limit, std::nullopt);
  EXPECT_EQ(jobs[0].recorded_wait, std::nullopt);
  EXPECT_EQ(reading.workload.users[jobs[0].user], "unknown");
  EXPECT_EQ(jobs[1].number, 7U);
  EXPECT_EQ(jobs[1].submit, 600s);
  EXPECT_EQ(jobs[1].recorded_wait, 30s);
  EXPECT_EQ(jobs[1].run_time, 100s);
  EXPECT_EQ(jobs[1].time_limit, 1h);
  EXPECT_EQ(jobs[1].nodes, 4U);
  EXPECT_EQ(jobs[1].cpus_milli, 1000U);
  EXPECT_EQ(jobs[1].memory_bytes, 2048 * 1024);
  EXPECT_EQ(reading.workload.users[jobs[1].user], "user-12");
  EXPECT_EQ(reading.workload.tenants[jobs[1].tenant], "group-3");
  EXPECT_EQ(reading.workload.job_classes[jobs[1].job_class], "program-5");
  EXPECT_EQ(jobs[2].run_time, 1500ms);
  EXPECT_EQ(jobs[2].nodes, 2U) << "allocated unknown: the requested are taken";
}

TEST(Swf, the_header_tells_of_the_machine) {
  const TraceReading reading = read(swf);
  EXPECT_EQ(reading.machine_nodes, 64);
  EXPECT_EQ(reading.machine_processors, 128);
  EXPECT_EQ(reading.start, base::time_from_us(843'480'031'000'000));
}

TEST(Swf, rows_that_give_no_job_are_kept_with_line_field_and_reason) {
  const TraceReading reading = read(swf);
  EXPECT_EQ(reading.report.rows, 7U);
  EXPECT_EQ(reading.report.blank_lines, 1U);
  EXPECT_EQ(reading.report.malformed_rows, 4U);
  EXPECT_EQ(reading.report.malformed,
            (Malformed{
                {8, "allocated processors",
                 "`-1` and the requested processors do not say how many it takes"},
                {9, "run time", "`-1` does not say how long it ran"},
                {11, "", "has 8 columns where a job has 18"},
                {12, "submit time", "`90x` is no number"},
            }));
  EXPECT_EQ(reading.report.notes, (std::map<std::string, std::uint64_t>{
                                      {"allocated processors unknown: the requested are taken", 1},
                                      {"waits for another job's end: not taken", 1},
                                  }));
}

TEST(Swf, what_was_requested_can_be_taken_instead_of_what_was_used) {
  TraceOptions options;
  options.processors = SwfColumn::requested;
  options.run_time = SwfColumn::requested;
  options.units_per_node = 4;
  const auto jobs = read(swf, options).workload.jobs;
  ASSERT_EQ(jobs.size(), 4U) << "the row without a run time has a requested time";
  EXPECT_EQ(jobs[1].number, 7U);
  EXPECT_EQ(jobs[1].run_time, 1h);
  EXPECT_EQ(jobs[1].nodes, 2U);
  EXPECT_EQ(jobs[1].cpus_milli, 4000U);
  EXPECT_EQ(jobs[1].memory_bytes, 4 * 2048 * 1024);
}

TEST(Malformed, are_all_counted_and_as_many_shown_as_asked_for) {
  TraceOptions options;
  options.malformed_shown = 1;
  const TraceReading reading = read(swf, options);
  EXPECT_EQ(reading.report.malformed_rows, 4U);
  ASSERT_EQ(reading.report.malformed.size(), 1U);
  EXPECT_EQ(reading.report.malformed[0].line, 8U);
}

TEST(Ranks, are_the_fewest_of_equal_size_that_nodes_can_hold) {
  EXPECT_EQ(cut_to_ranks(12, 8), (Ranks{2, 6}));
  EXPECT_EQ(cut_to_ranks(16, 8), (Ranks{2, 8}));
  EXPECT_EQ(cut_to_ranks(13, 8), (Ranks{13, 1}));
  EXPECT_EQ(cut_to_ranks(5, 8), (Ranks{1, 5}));
  EXPECT_EQ(cut_to_ranks(3, 3, 2), (Ranks{3, 1}));
}

RC_GTEST_PROP(Ranks, hold_all_units_and_no_fewer_would_do, ()) {
  const auto units = *rc::gen::inRange<std::uint32_t>(1, 2000);
  const auto most = *rc::gen::inRange<std::uint32_t>(1, 70);
  const auto least = *rc::gen::inRange<std::uint32_t>(1, units + 1);
  const Ranks ranks = cut_to_ranks(units, most, least);
  RC_ASSERT(ranks.count * ranks.each == units);
  RC_ASSERT(ranks.each <= most);
  RC_ASSERT(ranks.count >= least);
  for (std::uint32_t fewer = least; fewer < ranks.count; ++fewer) {
    RC_ASSERT(units % fewer != 0 || units / fewer > most);
  }
}

constexpr std::string_view pods =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
    "deletion_time,scheduled_time\n"
    "openb-pod-0002,6000,12288,1,460,,LS,Running,427061,12902960,427069\n"
    "openb-pod-0001,12000,0,8,1000,V100M16|V100M32|V100M32,BE,Succeeded,100,250,100\n"
    "openb-pod-0003,8000,30517,0,0,,BE,Pending,9992086,10013821,\n"
    "openb-pod-0004,8000,30517,2,500,,BE,Running,5,6,5\n"
    "openb-pod-0005,8000,30517,1,0,,BE,Running,5,6,5\n"
    "openb-pod-0006,8000,30517,1,1001,,BE,Running,5,6,5\n"
    "openb-pod-0007,8000,30517,0,0,,BE,Running,5,9,10\n"
    "openb-pod-0008,8000,30517,0,0,,BE,Running,5,4,\n"
    "openb-pod-0009,8000,30517,1,1000,T4||P100,BE,Running,5,9,6\n";

TEST(OpenbPods, ask_for_whole_devices_a_share_or_none) {
  const TraceReading reading = read(pods);
  EXPECT_EQ(reading.kind, TraceKind::openb_pods);
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].number, 1U);
  EXPECT_EQ(jobs[0].devices_milli, 8000U);
  EXPECT_EQ(jobs[0].run_time, 150s);
  EXPECT_EQ(reading.workload.device_models, (std::vector<std::string>{"V100M16", "V100M32"}));
  EXPECT_EQ(jobs[0].device_models, (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(jobs[1].devices_milli, 460U);
  EXPECT_EQ(jobs[1].cpus_milli, 6000U);
  EXPECT_EQ(jobs[1].memory_bytes, std::int64_t{12} << 30);
  EXPECT_EQ(jobs[1].recorded_wait, 8s);
  EXPECT_TRUE(jobs[1].device_models.empty());
  EXPECT_EQ(reading.workload.job_classes[jobs[1].job_class], "LS");
}

TEST(OpenbPods, that_were_never_scheduled_have_no_known_run_time) {
  const TraceReading reading = read(pods);
  const TraceJob& pending = reading.workload.jobs.at(2);
  EXPECT_EQ(pending.number, 3U);
  EXPECT_FALSE(pending.run_time_known);
  EXPECT_EQ(pending.recorded_wait, std::nullopt);
  EXPECT_EQ(reading.report.notes.at("the trace tells no run time"), 1U);
}

TEST(OpenbPods, that_cannot_be_are_malformed) {
  EXPECT_EQ(read(pods).report.malformed,
            (Malformed{
                {5, "gpu_milli", "`500` of each of several devices: only one can be shared"},
                {6, "gpu_milli", "`0` of 1 devices"},
                {7, "gpu_milli", "`1001` is above 1000"},
                {8, "scheduled_time", "`10` is after it was deleted"},
                {9, "deletion_time", "`4` is before it was created"},
                {10, "gpu_spec", "`T4||P100` names an empty model"},
            }));
}

TEST(OpenbPods, may_come_without_times) {
  const TraceReading reading =
      read("name,cpu_milli,memory_mib,num_gpu,gpu_milli\nopenb-pod-0007,1000,1,1,1000\n");
  ASSERT_EQ(reading.workload.jobs.size(), 1U);
  EXPECT_EQ(reading.workload.jobs[0].number, 7U);
  EXPECT_FALSE(reading.workload.jobs[0].run_time_known);
}

TEST(OpenbNodes, are_read_in_their_order) {
  const auto reading = read_openb_nodes(
      "sn,cpu_milli,memory_mib,gpu,model\nn1,32000,1024,0,\nn0,96000,2048,8,G2\n"
      "n2,96000,2048,8,\nn3,96000,2048,0,T4\n,1,1,0,\n");
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->nodes,
            (std::vector<TraceNode>{{"n1", 32000, std::int64_t{1} << 30, 0, ""},
                                    {"n0", 96000, std::int64_t{2} << 30, 8, "G2"}}));
  EXPECT_EQ(reading->report.malformed, (Malformed{{4, "model", "`` is the model of 8 devices"},
                                                  {5, "model", "`T4` is the model of 0 devices"},
                                                  {6, "sn", "`` is no name"}}));
}

TEST(GavelTrace, of_seven_nine_and_ten_columns_is_read) {
  const TraceReading reading = read(
      "LM (batch size 10)\tpython main.py --bs 10 \t--steps\t1\t2182663\t10817.5\t4\n"
      "A3C\tpython3 main.py\t--max-steps\t0\t8857\t2\t1\t-1.000000\t7\n"
      "A3C\tpython3 main.py\trl\t--max-steps\t0\t8857\t1\t2\t30\t0\n"
      "A3C\tpython3 main.py\trl\n"
      "A3C\tpython3 main.py\trl\t--max-steps\t0\tmany\t1\t1\t-1.000000\t0\n\n");
  EXPECT_EQ(reading.kind, TraceKind::gavel_trace);
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].number, 3U);
  EXPECT_EQ(jobs[1].submit, 7s);
  EXPECT_EQ(jobs[1].nodes, 2U);
  EXPECT_EQ(jobs[1].devices_milli, 1000U);
  EXPECT_EQ(jobs[1].steps, 8857.0);
  EXPECT_FALSE(jobs[1].run_time_known);
  EXPECT_EQ(jobs[2].submit, 10817500ms);
  EXPECT_EQ(jobs[2].nodes, 4U);
  EXPECT_EQ(reading.workload.job_classes[jobs[2].job_class], "LM (batch size 10)");
  EXPECT_EQ(reading.report.malformed,
            (Malformed{{4, "", "has 3 columns where a job has 7, 9 or 10"},
                       {5, "total_steps", "`many` is no number"}}));
  EXPECT_EQ(reading.report.notes.at("a priority weight other than 1: not taken"), 1U);
  EXPECT_EQ(reading.report.notes.at("a service level objective: not taken"), 1U);
}

TEST(GavelStream, arrivals_are_stretched_to_the_rate_that_is_asked_for) {
  constexpr std::string_view text =
      "job_id\tunit_arrival\tjob_type\tscale_factor\ttotal_steps\tduration_v100_s\n"
      "0\t0.0\tA3C\t8\t17484476.26110642\t68344.35010595087\n"
      "1\t0.5\tLM (batch size 10)\t1\t343170.5\t31016.6\n";
  TraceOptions options;
  options.jobs_per_hour = 0.4;
  options.units_per_node = 4;
  const TraceReading reading = read(text, options);
  EXPECT_EQ(reading.kind, TraceKind::gavel_stream);
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].steps, 17484476.26110642);
  EXPECT_EQ(jobs[0].run_time, base::Duration(68'344'350'106));
  EXPECT_EQ(jobs[0].nodes, 2U);
  EXPECT_EQ(jobs[0].devices_milli, 4000U);
  EXPECT_EQ(jobs[1].submit, 4500s);
  options.jobs_per_hour = 0;
  EXPECT_EQ(read_trace_text({}, text, options).error().field, "jobs_per_hour");
}

TEST(Philly, submits_are_counted_from_the_first) {
  const TraceReading reading = read(
      "timestamp,duration,num_gpus,gpu_time,cluster\n"
      "2017-10-09 07:01:55,66.0,8,528.0,11cb48\n"
      "2017-10-09 06:13:03,2951.5,1,2951.5,6214e9\n"
      "2017-10-32 06:13:03,2951.0,1,2951.0,6214e9\n"
      "2017-10-09 06:13:03,-1,1,1,6214e9\n"
      "2017-10-09 06:13:03,1,0,1,6214e9\n\n");
  EXPECT_EQ(reading.kind, TraceKind::philly);
  EXPECT_EQ(reading.start, base::parse_time("2017-10-09T06:13:03Z").value());
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].number, 2U);
  EXPECT_EQ(jobs[0].submit, 0s);
  EXPECT_EQ(jobs[0].run_time, 2951500ms);
  EXPECT_EQ(jobs[1].submit, 48min + 52s);
  EXPECT_EQ(jobs[1].nodes, 8U);
  EXPECT_EQ(reading.workload.tenants[jobs[1].tenant], "11cb48");
  EXPECT_EQ(reading.report.malformed,
            (Malformed{{4, "timestamp",
                        "`2017-10-32 06:13:03` is no time; it should look like "
                        "2020-06-09 18:41:01"},
                       {5, "duration", "`-1` is below 0"},
                       {6, "num_gpus", "`0` is below 1"}}));
}

TEST(Gaia, hours_become_durations) {
  const TraceReading reading =
      read("arrival_time,length,cpus\n0.0,0.75,4\n0.1,19.083333333333332,30\n1,1,x\n1,nan,2\n");
  EXPECT_EQ(reading.kind, TraceKind::gaia);
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].run_time, 45min);
  EXPECT_EQ(jobs[0].cpus_milli, 4000U);
  EXPECT_EQ(jobs[1].submit, 6min);
  EXPECT_EQ(jobs[1].run_time, 19h + 5min);
  EXPECT_EQ(reading.report.malformed, (Malformed{{4, "cpus", "`x` is no whole number"},
                                                 {5, "length", "`nan` is no number"}}));
}

TEST(Helios, jobs_are_shared_out_over_their_nodes) {
  const TraceReading reading = read(
      "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,"
      "queue\n"
      "1425512,uVMrF,vchbv,16,33,2,FAILED,2020-06-09 18:41:27,2020-06-09 18:41:29,"
      "2020-06-09 18:45:36,247,2\n"
      "1425511,uXBbc,vcJkd,0,1,1,COMPLETED,2020-06-09 18:41:01,2020-06-09 18:41:01,"
      "2020-06-10 04:55:09,36848,0\n"
      "1425513,u,v,3,4,2,COMPLETED,2020-06-09 18:42:00,2020-06-09 18:42:00,"
      "2020-06-09 18:43:00,61,0\n"
      "1425514,u,v,1,4,2,COMPLETED,2020-06-09 18:42:00,2020-06-09 18:42:00,"
      "2020-06-09 18:43:00,60,0\n"
      "1425515,u,v,1,4,1,CANCELLED,2020-06-09 18:42:00,,,,\n"
      "1425516,u,v,1,4,1,FAILED,2020-06-09 18:42:00,2020-06-09 18:41:00,2020-06-09 18:43:00,"
      "60,0\n");
  EXPECT_EQ(reading.kind, TraceKind::helios);
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].number, 1425511U);
  EXPECT_EQ(jobs[0].devices_milli, 0U);
  EXPECT_EQ(jobs[0].run_time, 36848s);
  EXPECT_EQ(jobs[1].nodes, 2U);
  EXPECT_EQ(jobs[1].devices_milli, 8000U);
  EXPECT_EQ(jobs[1].cpus_milli, 16500U);
  EXPECT_EQ(jobs[1].recorded_wait, 2s);
  EXPECT_EQ(reading.workload.tenants[jobs[1].tenant], "vchbv");
  EXPECT_EQ(jobs[2].nodes, 3U) << "three devices on two nodes: a rank for each";
  EXPECT_EQ(jobs[2].run_time, 60s);
  EXPECT_EQ(reading.report.notes.at("`duration` is not end less start: the latter is taken"), 1U);
  EXPECT_EQ(reading.report.malformed,
            (Malformed{{5, "gpu_num", "`1` devices cannot be shared out over 2 nodes"},
                       {6, "start_time", "`` says it never started"},
                       {7, "start_time", "`2020-06-09 18:41:00` is before it was submitted"}}));
}

TEST(Helios, acme_adds_type_memory_and_zones) {
  const TraceReading reading = read(
      "job_id,user,node_num,gpu_num,cpu_num,mem_per_pod_GB,shared_mem_per_pod,type,state,"
      "submit_time,start_time,end_time,fail_time,stop_time,duration,queue,gpu_time\n"
      "dlctk696s0jbvitv,uf794,8,64,960,1000,100.0,Pretrain,FAILED,2023-05-17 11:00:58+00:00,"
      "2023-05-17 11:01:08+00:00,2023-05-17 11:01:16+00:00,2023-05-17 11:01:16+00:00,,18,10.0,"
      "1152.0\n"
      "dlc2,uf794,1,8,16,,,Other,FAILED,2023-05-17 19:00:59+08:00,2023-05-17 11:01:08+00:00,"
      "2023-05-17 11:01:16+00:00,,,,,\n");
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].number, 1U) << "an id that is no number: its row";
  EXPECT_EQ(jobs[0].nodes, 8U);
  EXPECT_EQ(jobs[0].devices_milli, 8000U);
  EXPECT_EQ(jobs[0].cpus_milli, 120'000U);
  EXPECT_EQ(jobs[0].memory_bytes, 1'000'000'000'000);
  EXPECT_EQ(jobs[0].run_time, 8s) << "Kalos' `duration` counts the queue too";
  EXPECT_EQ(reading.workload.job_classes[jobs[0].job_class], "Pretrain");
  EXPECT_EQ(jobs[1].submit, 1s) << "zones are heeded";
}

TEST(Pollux, and_sia_workloads_are_read) {
  const TraceReading reading = read(
      "name,time,application,num_replicas,batch_size\n"
      "cifar10-0,107,cifar10,6,2048\nbert-2,811.66189,bert,12,384\nncf-1,135,ncf,0,256\n");
  EXPECT_EQ(reading.kind, TraceKind::pollux);
  const auto& jobs = reading.workload.jobs;
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].nodes, 6U);
  EXPECT_EQ(reading.workload.job_classes[jobs[0].job_class], "cifar10 (batch size 2048)");
  EXPECT_EQ(jobs[1].number, 2U);
  EXPECT_EQ(jobs[1].submit, base::Duration(811'661'890));
  EXPECT_FALSE(jobs[1].run_time_known);
  EXPECT_EQ(reading.report.malformed, (Malformed{{4, "num_replicas", "`0` is below 1"}}));
}

TEST(WaitAwhile, minutes_become_durations) {
  const TraceReading reading =
      read("job_id,arrival_min_from_2020-01-01,duration_min\n0,570,3180\n1,630,\n");
  EXPECT_EQ(reading.kind, TraceKind::wait_awhile);
  ASSERT_EQ(reading.workload.jobs.size(), 1U);
  EXPECT_EQ(reading.workload.jobs[0].submit, 570min);
  EXPECT_EQ(reading.workload.jobs[0].run_time, 53h);
  EXPECT_EQ(base::format_time(reading.start.value()), "2020-01-01T00:00:00Z");
  EXPECT_EQ(reading.report.malformed_rows, 1U);
}

TEST(ReadTrace, says_which_kinds_it_knows_where_it_knows_none) {
  EXPECT_EQ(read_trace_text({}, "a,b\n1,2\n").error().text(),
            "kind: its first line, `a,b`, is of no known trace; say which kind it is: swf, "
            "openb-pods, gavel-trace, gavel-stream, philly, gaia, helios, pollux, wait-awhile");
  EXPECT_EQ(read_trace_text({}, "").error().message, "the trace is empty");
  EXPECT_EQ(read_trace_text({}, "sn,cpu_milli,memory_mib,gpu,model\n").error().message,
            "is a list of nodes and tells of no job");
}

TEST(ReadTrace, a_kind_that_is_told_is_held_to) {
  EXPECT_EQ(read_trace_text(TraceKind::philly, "arrival_time,length,cpus\n").error().text(),
            "timestamp: there is no column `timestamp`; its columns are `arrival_time`, `length`, "
            "`cpus`");
}

TEST(ReadTrace, reads_files_plain_and_packed_and_names_them_in_errors) {
  std::string folder = (std::filesystem::temp_directory_path() / "weir-trace-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string plain = folder + "/a.swf";
  std::ofstream(plain) << swf;
  const auto from_plain = read_trace({}, plain);
  ASSERT_TRUE(from_plain);
  EXPECT_EQ(from_plain->workload.jobs.size(), 3U);
  // gzip of "arrival_time,length,cpus\n1,2,3\n", by gzip 1.12.
  constexpr std::array<unsigned char, 51> packed{
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x4b, 0x2c, 0x2a,
      0xca, 0x2c, 0x4b, 0xcc, 0x89, 0x2f, 0xc9, 0xcc, 0x4d, 0xd5, 0xc9, 0x49, 0xcd,
      0x4b, 0x2f, 0xc9, 0xd0, 0x49, 0x2e, 0x28, 0x2d, 0xe6, 0x32, 0xd4, 0x31, 0xd2,
      0x31, 0xe6, 0x02, 0x00, 0x73, 0xd6, 0x55, 0x4d, 0x1f, 0x00, 0x00, 0x00};
  const std::string gz = folder + "/c.csv.gz";
  std::ofstream(gz).write(reinterpret_cast<const char*>(packed.data()), packed.size());
  const auto from_packed = read_trace({}, gz);
  ASSERT_TRUE(from_packed) << from_packed.error().text();
  EXPECT_EQ(from_packed->workload.jobs.size(), 1U);
  EXPECT_EQ(read_text_file(gz, 10).error().code, base::ErrorCode::too_large);
  std::ofstream(gz).write(reinterpret_cast<const char*>(packed.data()), 30);
  EXPECT_EQ(read_trace({}, gz).error().code, base::ErrorCode::input_output);
  EXPECT_TRUE(read_trace({}, folder + "/missing").error().message.find("missing") !=
              std::string::npos);
  std::ofstream(folder + "/b.csv") << "a,b\n";
  EXPECT_EQ(read_trace({}, folder + "/b.csv").error().place.file, folder + "/b.csv");
  std::filesystem::remove_all(folder);
}

std::string swf_line(const TraceJob& job) {
  return std::to_string(job.number) + " " + std::to_string(job.submit / 1s) + " " +
         std::to_string(*job.recorded_wait / 1s) + " " + std::to_string(job.run_time / 1s) + " " +
         std::to_string(job.nodes) + " -1 -1 -1 " + std::to_string(*job.time_limit / 1s) +
         " -1 1 " + std::to_string(job.user) + " -1 -1 -1 -1 -1 -1\n";
}

RC_GTEST_PROP(Swf, jobs_that_were_written_read_back, ()) {
  const auto jobs = *rc::gen::container<std::vector<TraceJob>>(rc::gen::exec([] {
    TraceJob job;
    job.submit = *rc::gen::inRange(0, 1'000'000) * 1s;
    job.recorded_wait = *rc::gen::inRange(0, 1'000'000) * 1s;
    job.run_time = *rc::gen::inRange(0, 1'000'000) * 1s;
    job.time_limit = *rc::gen::inRange(0, 1'000'000) * 1s;
    job.nodes = *rc::gen::inRange<std::uint32_t>(1, 100'000);
    job.user = *rc::gen::inRange<std::uint32_t>(0, 50);
    return job;
  }));
  std::string text = "; MaxProcs: 1\n";
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    TraceJob numbered = jobs[i];
    numbered.number = i;
    text += swf_line(numbered);
  }
  const auto reading = read_trace_text(TraceKind::swf, text);
  RC_ASSERT(reading.has_value());
  RC_ASSERT(reading->workload.jobs.size() == jobs.size());
  for (const TraceJob& seen : reading->workload.jobs) {
    const TraceJob& written = jobs.at(seen.number);
    RC_ASSERT(seen.submit == written.submit);
    RC_ASSERT(seen.recorded_wait == written.recorded_wait);
    RC_ASSERT(seen.run_time == written.run_time);
    RC_ASSERT(seen.time_limit == written.time_limit);
    RC_ASSERT(seen.nodes == written.nodes);
    RC_ASSERT(reading->workload.users[seen.user] == "user-" + std::to_string(written.user));
  }
}

}  // namespace
}  // namespace weir::twin::traces::test
