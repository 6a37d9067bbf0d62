// Every published trace there is in the folder that WEIR_DATA names, read whole, with exact counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <queue>
#include <set>

#include "twin/traces/openb.h"
#include "twin/traces/read_trace.h"
#include "twin/traces/text_file.h"
#include "twin/traces/throughput_table.h"

namespace weir::twin::traces::test {
namespace {

namespace files = std::filesystem;

class TraceData : public testing::Test {
 protected:
  void SetUp() override {
    const char* const folder = std::getenv("WEIR_DATA");
    if (folder == nullptr) GTEST_SKIP() << "WEIR_DATA names no folder of recorded traces";
    folder_ = folder;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] TraceReading read(const std::string& name, const TraceOptions& options = {}) const {
    auto reading = read_trace({}, path(name), options);
    if (!reading) {
      ADD_FAILURE() << reading.error().text();
      return {};
    }
    return *std::move(reading);
  }
  [[nodiscard]] const files::path& folder() const { return folder_; }

 private:
  files::path folder_;
};

struct Expected {
  const char* file;
  TraceKind kind;
  std::uint64_t jobs;
  std::uint64_t malformed;
  std::uint64_t without_run_time;
};
constexpr Expected expected[]{
    {"swf/kth_sp2.swf", TraceKind::swf, 28'475, 1, 0},
    {"swf/NASA-iPSC-1993-3.swf", TraceKind::swf, 42'264, 0, 0},
    {"swf/lublin_256.swf", TraceKind::swf, 10'000, 0, 0},
    {"alibaba_openb/openb_pod_list_default.csv", TraceKind::openb_pods, 8'152, 0, 897},
    {"alibaba_openb/openb_pod_list_cpu050.csv", TraceKind::openb_pods, 7'439, 0, 878},
    {"alibaba_openb/openb_pod_list_cpu200.csv", TraceKind::openb_pods, 8'832, 0, 927},
    {"alibaba_openb/openb_pod_list_gpushare40.csv", TraceKind::openb_pods, 8'152, 0, 981},
    {"alibaba_openb/openb_pod_list_gpushare80.csv", TraceKind::openb_pods, 8'152, 0, 1'146},
    {"alibaba_openb/openb_pod_list_gpuspec10.csv", TraceKind::openb_pods, 8'152, 0, 897},
    {"alibaba_openb/openb_pod_list_gpuspec25.csv", TraceKind::openb_pods, 8'152, 0, 897},
    {"alibaba_openb/openb_pod_list_multigpu20.csv", TraceKind::openb_pods, 8'324, 0, 8'324},
    {"alibaba_openb/openb_pod_list_multigpu40.csv", TraceKind::openb_pods, 8'746, 0, 8'746},
    {"gavel/continuous_multiple_seed0.tsv", TraceKind::gavel_stream, 7'000, 0, 0},
    {"gavel/continuous_multiple_seed42.tsv", TraceKind::gavel_stream, 7'000, 0, 0},
    {"gavel/continuous_single_seed0.tsv", TraceKind::gavel_stream, 7'000, 0, 0},
    {"gavel/continuous_single_seed42.tsv", TraceKind::gavel_stream, 7'000, 0, 0},
    {"gavel/traces/0e4a51.trace", TraceKind::gavel_trace, 1'181, 0, 1'181},
    {"gavel/traces/7f04ca.trace", TraceKind::gavel_trace, 972, 0, 972},
    {"gavel/traces/b436b2.trace", TraceKind::gavel_trace, 2'000, 0, 2'000},
    {"gavel/traces/physical_cluster/artifact_evaluation.trace", TraceKind::gavel_trace, 15, 0, 15},
    {"gavel/traces/physical_cluster/debug.trace", TraceKind::gavel_trace, 14, 0, 14},
    {"gavel/traces/physical_cluster/debug_v2.trace", TraceKind::gavel_trace, 14, 0, 14},
    {"gavel/traces/physical_cluster/highmem_test.trace", TraceKind::gavel_trace, 8, 0, 8},
    {"gavel/traces/physical_cluster/max_min_fairness.trace", TraceKind::gavel_trace, 96, 0, 96},
    {"gavel/traces/physical_cluster/medium_test.trace", TraceKind::gavel_trace, 20, 0, 20},
    {"gavel/traces/physical_cluster/minimize_makespan.trace", TraceKind::gavel_trace, 100, 0, 100},
    {"gavel/traces/physical_cluster/small_test.trace", TraceKind::gavel_trace, 20, 0, 20},
    {"philly/philly.csv", TraceKind::philly, 82'247, 0, 0},
    {"gaia/azure-100k.csv", TraceKind::gaia, 99'988, 0, 0},
    {"gaia/pai-100k.csv", TraceKind::gaia, 99'998, 0, 0},
    {"lets_wait_awhile/ml_jobs_3387.csv", TraceKind::wait_awhile, 3'387, 0, 0},
};

TEST_F(TraceData, every_trace_is_read_whole_with_its_exact_counts) {
  for (const Expected& each : expected) {
    SCOPED_TRACE(each.file);
    const TraceReading reading = read(each.file);
    EXPECT_EQ(reading.kind, each.kind);
    EXPECT_EQ(reading.workload.jobs.size(), each.jobs);
    EXPECT_EQ(reading.report.malformed_rows, each.malformed);
    EXPECT_EQ(reading.report.rows, each.jobs + each.malformed);
    const auto unknown = std::count_if(reading.workload.jobs.begin(), reading.workload.jobs.end(),
                                       [](const TraceJob& job) { return !job.run_time_known; });
    EXPECT_EQ(static_cast<std::uint64_t>(unknown), each.without_run_time);
  }
}

// What lies beside the traces in the folders they came in, and is none.
bool is_no_trace(const files::path& file) {
  const std::string name = file.filename();
  return name.ends_with(".txt") || name.ends_with(".json") || name == "ger_ci.csv" ||
         name == "throughput_isolated_steps_per_s.csv" || name.ends_with("_per_job_jct_s.tsv") ||
         name.starts_with("openb_node_list") ||
         file.parent_path().filename().string().starts_with("replay_");
}

TEST_F(TraceData, no_trace_of_the_folders_is_left_out) {
  std::set<std::string> told;
  for (const Expected& each : expected) told.insert(each.file);
  for (const char* name : {"swf", "alibaba_openb", "gavel", "philly", "gaia", "lets_wait_awhile"}) {
    for (const auto& entry : files::recursive_directory_iterator(folder() / name)) {
      if (!entry.is_regular_file() || is_no_trace(entry.path())) continue;
      EXPECT_TRUE(told.contains(entry.path().lexically_relative(folder()))) << entry.path();
    }
  }
}

TEST_F(TraceData, the_row_of_kth_that_gives_no_job_says_why) {
  const TraceReading reading = read("swf/kth_sp2.swf");
  EXPECT_EQ(reading.machine_processors, 100);
  EXPECT_EQ(reading.machine_nodes, 100);
  ASSERT_EQ(reading.report.malformed.size(), 1U);
  EXPECT_EQ(reading.report.malformed[0].line, 27'313U - 15 + 25);
  EXPECT_EQ(reading.report.malformed[0].field, "allocated processors");
}

struct StrictFifo {
  double mean_wait_s;
  std::int64_t makespan_s;
};

// Jobs start in their order, each once enough processors are free.
StrictFifo strict_fifo(const Workload& workload, std::uint32_t processors) {
  using End = std::pair<base::Duration, std::uint32_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> running;
  base::Duration now{};
  base::Duration waited{};
  base::Duration last{};
  for (const TraceJob& job : workload.jobs) {
    now = std::max(now, job.submit);
    while (!running.empty() && (running.top().first <= now || processors < job.nodes)) {
      now = std::max(now, running.top().first);
      processors += running.top().second;
      running.pop();
    }
    processors -= job.nodes;
    running.emplace(now + job.run_time, job.nodes);
    waited += now - job.submit;
    last = std::max(last, now + job.run_time);
  }
  return {static_cast<double>(waited.count()) / 1e6 / static_cast<double>(workload.jobs.size()),
          (last - workload.jobs.front().submit).count() / 1'000'000};
}

// Published: strict FIFO on what was used waits 390,083.03 s; AccaSim, which takes what was
// requested, has a makespan of 28,779,758 s and waits 389,853.73 s.
TEST_F(TraceData, strict_fifo_on_kth_gives_the_published_figures) {
  const StrictFifo used = strict_fifo(read("swf/kth_sp2.swf").workload, 100);
  EXPECT_NEAR(used.mean_wait_s, 390'083.03, 0.005);
  TraceOptions options;
  options.processors = SwfColumn::requested;
  const StrictFifo requested = strict_fifo(read("swf/kth_sp2.swf", options).workload, 100);
  EXPECT_EQ(requested.makespan_s, 28'779'758);
  EXPECT_NEAR(requested.mean_wait_s, 389'853.73, 2.0);
}

TEST_F(TraceData, the_nodes_of_openb_are_those_of_the_paper) {
  const auto read_nodes = [&](const char* name) {
    const auto text = read_text_file(path(name));
    auto reading = read_openb_nodes(text ? *text : std::string());
    if (!reading) ADD_FAILURE() << reading.error().text();
    return reading ? *std::move(reading) : NodeReading();
  };
  const NodeReading with_devices = read_nodes("alibaba_openb/openb_node_list_gpu_node.csv");
  EXPECT_EQ(with_devices.nodes.size(), 1'213U);
  EXPECT_EQ(with_devices.report.malformed_rows, 0U);
  std::uint32_t devices = 0;
  for (const TraceNode& node : with_devices.nodes) devices += node.devices;
  EXPECT_EQ(devices, 6'212U);
  const NodeReading all = read_nodes("alibaba_openb/openb_node_list_all_node.csv");
  EXPECT_EQ(all.nodes.size(), 1'523U);
  EXPECT_EQ(all.report.malformed_rows, 0U);
}

TEST_F(TraceData, gavels_table_tells_the_time_that_its_streams_tell) {
  const auto text = read_text_file(path("gavel/simulation_throughputs.json"));
  ASSERT_TRUE(text) << text.error().text();
  const auto table = read_gavel_throughputs(*text);
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->kinds.size(), 83U);
  EXPECT_EQ(table->places.size(), 6U);
  EXPECT_EQ(table->pairs.size(), 5'415U);
  EXPECT_EQ(std::count(table->isolated.begin(), table->isolated.end(), std::nullopt), 6);
  const std::uint32_t v100 = table->find_place("v100").value();
  const Workload workload = read("gavel/continuous_multiple_seed42.tsv").workload;
  for (const TraceJob& job : workload.jobs) {
    const auto kind = table->find_kind(workload.job_classes[job.job_class], job.nodes);
    ASSERT_TRUE(kind) << job.number;
    const double seconds = job.steps / table->rate(*kind, v100).value();
    EXPECT_NEAR(seconds, static_cast<double>(job.run_time.count()) / 1e6, 2e-6) << job.number;
  }
}

TEST_F(TraceData, is_read_quickly) {
  for (const char* name : {"swf/kth_sp2.swf", "philly/philly.csv", "gaia/azure-100k.csv"}) {
    const std::clock_t start = std::clock();
    const TraceReading reading = read(name);
    const double cpu_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::cout << name << ": " << reading.report.rows << " rows, "
              << static_cast<std::int64_t>(static_cast<double>(reading.report.rows) / cpu_s)
              << " a CPU second\n";
    EXPECT_LT(cpu_s, 10.0);
  }
}

}  // namespace
}  // namespace weir::twin::traces::test
