// The report page: what it says of a run, that names cannot break it, and that a browser shows it.
#include "twin/page/page.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/json.h"
#include "twin/page/figures_table.h"
#include "twin/page/html.h"
#include "twin/trial.h"

namespace weir::twin::page::test {
namespace {

namespace files = std::filesystem;

PageRun run_of(const std::string& yaml) {
  auto scenario = parse_scenario(yaml, "scenario.yaml");
  EXPECT_TRUE(scenario.has_value()) << (scenario ? "" : scenario.error().text());
  if (!scenario) return {};
  const auto loaded = load_work(*scenario);
  EXPECT_TRUE(loaded.has_value());
  if (!loaded) return {};
  JobSketcher sketcher(loaded->jobs, scenario->start);
  TrialHooks hooks;
  hooks.job = [&](const JobOutcome& job, const TraceJob& trace) { sketcher.add(job, trace); };
  PageRun run;
  run.figures = run_trial(*scenario, loaded->jobs, hooks);
  run.jobs = sketcher.sketch(run.figures);
  return run;
}

const std::string work = R"(
workload:
  synthetic:
    jobs: 400
    every: 3m
    tenants: {ann: 3, ben: 1}
    mix:
      - {weight: 5, cpus: 4, run_time: 1m..1h}
      - {weight: 3, nodes: 2, cpus: 4, devices: nvidia-a100:4, run_time: 5m..4h}
    limit_percent: 100..400
)";
const std::string two_sites = R"(
seed: 3
sites:
  - {name: north, pools: [{count: 4, cpus: 16, memory: 64GiB, devices: nvidia-a100:4}]}
  - {name: south, pools: [{count: 4, cpus: 32}]}
)";

const PageRun& plain_run() {
  static const PageRun run = run_of("name: plain\n" + two_sites + work);
  return run;
}

TEST(JobSketch, the_curve_of_waiting_has_the_spread_of_the_figures) {
  const PageRun& run = plain_run();
  const std::vector<WaitPoint>& waits = run.jobs.waits;
  ASSERT_FALSE(waits.empty());
  EXPECT_EQ(waits.back().share, 1.0);
  EXPECT_EQ(waits.back().wait_s, run.figures.wait.max_s);
  const auto at = [&](double share) {
    return std::find_if(waits.begin(), waits.end(),
                        [&](const WaitPoint& point) { return point.share >= share; })
        ->wait_s;
  };
  EXPECT_EQ(at(0.95), run.figures.wait.p95_s);
  EXPECT_EQ(at(0.99), run.figures.wait.p99_s);
  const auto at_once = static_cast<double>(run.jobs.started_at_once);
  const auto started = static_cast<double>(run.jobs.started);
  for (const WaitPoint& point : waits) {
    const bool within = point.wait_s <= base::Duration(1'000'000);
    EXPECT_EQ(within, point.share * started <= at_once + 0.5) << point.share;
  }
  EXPECT_GT(run.figures.wait.max_s.count(), 0) << "a run in which nobody waits shows nothing";
}

TEST(JobSketch, the_load_of_the_sites_adds_up_to_what_was_allocated) {
  const PageRun& run = plain_run();
  ASSERT_EQ(run.jobs.sites.size(), 2U);
  const double width_h = static_cast<double>(run.jobs.length_s.count()) / 3.6e9 / 240;
  for (std::size_t i = 0; i < 2; ++i) {
    const SiteLoad& load = run.jobs.sites[i];
    EXPECT_EQ(load.site, run.figures.sites[i].site);
    double hours = 0;
    for (const double share : load.share) {
      EXPECT_LE(share, 1.0);
      hours += share * static_cast<double>(load.total) * width_h;
    }
    const bool devices = load.resource == "devices";
    const double expected =
        devices ? run.figures.sites[i].device_hours : run.figures.sites[i].cpu_hours;
    EXPECT_NEAR(hours, expected, 0.001 * expected + 0.01) << load.site;
  }
}

TEST(JobSketch, bars_of_a_lane_do_not_overlap_and_are_the_largest) {
  const JobSketch& jobs = plain_run().jobs;
  ASSERT_EQ(jobs.bars.size(), JobSketcher::bars_most);
  for (std::size_t i = 1; i < jobs.bars.size(); ++i) {
    const JobBar& before = jobs.bars[i - 1];
    if (before.lane != jobs.bars[i].lane) continue;
    EXPECT_LE(before.ended_s.value(), jobs.bars[i].started_s);
    EXPECT_EQ(before.site, jobs.bars[i].site);
  }
  EXPECT_LT(jobs.bars_share, 1.0);
  EXPECT_GT(jobs.bars_share,
            static_cast<double>(jobs.bars.size()) / static_cast<double>(jobs.started));
}

TEST(JobSketch, many_sites_are_shown_as_the_largest_and_the_rest_together) {
  std::string sites = "name: many\nsites:\n";
  for (int i = 0; i < 60; ++i) {
    sites += "  - {name: s" + std::to_string(i) + ", pools: [{count: " + std::to_string(1 + i % 7) +
             ", cpus: 8, memory: 32GiB, devices: nvidia-a100:4}]}\n";
  }
  const PageRun run = run_of(sites + work);
  ASSERT_EQ(run.jobs.sites.size(), JobSketcher::sites_most);
  EXPECT_EQ(run.jobs.sites.back().sites, 60 - (JobSketcher::sites_most - 1));
  std::int64_t devices = 0;
  for (const SiteLoad& load : run.jobs.sites) devices += load.total;
  std::uint64_t all = 0;
  for (const SiteFigures& site : run.figures.sites) all += site.devices;
  EXPECT_EQ(static_cast<std::uint64_t>(devices), all);
}

TEST(JobSketch, of_no_job_is_empty) {
  const Workload none;
  const JobSketch sketch = JobSketcher(none, base::Time{}).sketch({});
  EXPECT_EQ(sketch.jobs, 0U);
  EXPECT_TRUE(sketch.waits.empty() && sketch.sites.empty() && sketch.bars.empty());
}

TEST(Html, names_of_strangers_are_escaped) {
  EXPECT_EQ(escaped("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
  EXPECT_EQ(escaped("算堰\x01\xff"), "算堰\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(json_in_script(R"({"a":"</script><!--"})"), R"({"a":"\u003c/script>\u003c!--"})");
}

TEST(FiguresTable, shows_what_is_unknown_as_unknown) {
  Figures figures;
  figures.resources.push_back({"devices", 8, 10, 5, 4, 0.5, 0.6, 0.4, {}});
  const std::array<const Figures*, 1> runs{&figures};
  const std::array<std::string, 1> names{"one"};
  const std::string table = figures_table(names, runs);
  EXPECT_NE(table.find("<td>50.0%</td>"), std::string::npos);
  EXPECT_NE(table.find("certified rate</th><td>–</td>"), std::string::npos);
  EXPECT_EQ(table.find("still waiting"), std::string::npos);
}

std::size_t times_in(std::string_view text, std::string_view wanted) {
  std::size_t times = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + wanted.size())) {
    ++times;
  }
  return times;
}

PageRun hostile_run() {
  PageRun run = plain_run();
  const std::string name = "</script><script>document.title='broken'</script>\"'&{{data}}";
  run.figures.scenario = name;
  for (TenantFigures& tenant : run.figures.tenants) tenant.tenant += name;
  for (SiteFigures& site : run.figures.sites) site.site += name;
  for (SiteLoad& load : run.jobs.sites) load.site += name;
  for (JobBar& bar : run.jobs.bars) {
    bar.tenant += name;
    bar.site += name;
  }
  return run;
}

TEST(Page, names_cannot_break_out_of_their_place) {
  const std::vector<PageRun> plain{plain_run()};
  const std::vector<PageRun> hostile{hostile_run()};
  const std::string expected = render_page(plain);
  const std::string page = render_page(hostile);
  for (const char* mark : {"<script", "</script", "<b", "<style"}) {
    EXPECT_EQ(times_in(page, mark), times_in(expected, mark)) << mark;
  }
}

TEST(Page, asks_for_nothing_from_outside) {
  const std::vector<PageRun> runs{plain_run()};
  const std::string page = render_page(runs);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  const std::string before = page.substr(0, page.find("<script type="));
  for (const char* mark : {"src=\"", "href=", "@import", "url(", "http:", "https:"}) {
    EXPECT_EQ(times_in(before, mark), 0U) << mark;
  }
  EXPECT_EQ(times_in(page, "<link"), 0U);
  EXPECT_EQ(times_in(page, "{{"), 0U) << "no part of the template is left open";
}

TEST(Page, is_the_same_for_the_same_runs_and_tells_runs_of_one_name_apart) {
  const std::vector<PageRun> runs{plain_run(), plain_run()};
  const std::string page = render_page(runs);
  EXPECT_EQ(page, render_page(runs));
  EXPECT_NE(page.find("<th scope=\"col\">plain, seed 3 (1)</th>"), std::string::npos);
  EXPECT_NE(page.find("<th scope=\"col\">plain, seed 3 (2)</th>"), std::string::npos);
}

TEST(Page, tells_of_each_row_of_the_trace_that_gave_no_job) {
  PageRun run = plain_run();
  run.rows.rows = 28'476;
  run.rows.malformed_rows = 3;
  run.rows.malformed = {{7, "run time", "`<b>` is no number"}, {9, "", "has 8 columns"}};
  run.rows.notes["waits for another job's end: not taken"] = 12;
  const std::vector<PageRun> runs{run};
  const std::string page = render_page(runs);
  EXPECT_NE(page.find("28,476 rows were read; 3 of them gave no job."), std::string::npos);
  EXPECT_NE(page.find("<li>line 7: run time: `&lt;b&gt;` is no number</li>"), std::string::npos);
  EXPECT_NE(page.find("<li>line 9: has 8 columns</li>"), std::string::npos);
  EXPECT_NE(page.find("<li>and 1 more that gave no job</li>"), std::string::npos);
  EXPECT_NE(page.find("<li>12 rows: waits for another job&#39;s end: not taken</li>"),
            std::string::npos);
}

std::optional<std::string> chromium() {
  std::istringstream folders(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string program = folder + "/chromium";
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return std::nullopt;
}

// What the page has become once a browser has run its scripts.
class PageInBrowser : public testing::Test {
 protected:
  void SetUp() override {
    if (!chromium()) GTEST_SKIP() << "there is no chromium on the PATH";
    folder_ = (files::temp_directory_path() / "weir-page-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) files::remove_all(folder_, ignored);
  }
  std::string shown(const std::vector<PageRun>& runs) {
    std::ofstream(folder_ + "/page.html") << render_page(runs);
    const std::string command =
        "timeout 120 " + *chromium() +
        " --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
        " --disable-component-update --user-data-dir='" +
        folder_ + "/profile' --window-size=1440,2400 --dump-dom 'file://" + folder_ +
        "/page.html' 2>/dev/null";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    std::string dom;
    std::array<char, 65536> block{};
    for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;) {
      dom.append(block.data(), got);
    }
    EXPECT_EQ(::pclose(pipe), 0);
    return dom;
  }
  static void expect_charts(const std::string& dom, std::size_t charts) {
    const std::string root = dom.substr(0, dom.find("<head"));
    EXPECT_EQ(root.find("data-error"), std::string::npos) << root;
    EXPECT_NE(root.find("data-charts=\"" + std::to_string(charts) + "\""), std::string::npos)
        << root;
    EXPECT_EQ(times_in(dom.substr(0, dom.find("id=\"data\"")), "<canvas"), charts);
  }

 private:
  std::string folder_;
};

TEST_F(PageInBrowser, shows_every_chart_of_one_run_and_of_several) {
  expect_charts(shown({plain_run()}), 5);
  PageRun other = plain_run();
  other.figures.scenario = "other";
  expect_charts(shown({plain_run(), other}), 5);
}

TEST_F(PageInBrowser, is_not_broken_by_names) {
  const std::string dom = shown({hostile_run()});
  expect_charts(dom, 5);
  EXPECT_EQ(dom.find("<title>broken"), std::string::npos);
}

TEST_F(PageInBrowser, says_what_is_missing_where_nothing_ran) {
  PageRun empty;
  empty.figures.scenario = "empty";
  const std::string dom = shown({empty});
  expect_charts(dom, 0);
  EXPECT_NE(dom.find("No job started."), std::string::npos);
}

}  // namespace
}  // namespace weir::twin::page::test
