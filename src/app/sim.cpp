#include "app/sim.h"

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "journal/data_folder.h"
#include "journal/sqlite_journal.h"
#include "twin/jobs_csv.h"
#include "twin/page/page.h"
#include "twin/trial.h"

namespace weir::app {

namespace {

using twin::page::PageRun;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// A file that is written from its beginning, and whose last byte is known to be there at the end.
class OutFile {
 public:
  base::Status open(const std::string& path) {
    path_ = path;
    file_.open(path, std::ios::binary | std::ios::trunc);
    if (file_) return {};
    return base::fail_errno("open " + path, errno);
  }
  void add(std::string_view text) {
    file_.write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  base::Status close() {
    file_.close();
    if (file_) return {};
    return base::fail(base::ErrorCode::input_output, "could not write all of " + path_);
  }

 private:
  std::string path_;
  std::ofstream file_;
};

base::Status write_file(const std::string& path, std::string_view text) {
  OutFile file;
  WEIR_TRY_STATUS(file.open(path));
  file.add(text);
  return file.close();
}

base::Status make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return base::fail_errno("make the folder " + folder, error.value());
}

// Writes a run's journal, many rows at once.
class RunJournal {
 public:
  static base::Result<RunJournal> begin(const std::string& folder) {
    const base::Time now(std::chrono::duration_cast<base::Duration>(
        std::chrono::system_clock::now().time_since_epoch()));
    auto claim = WEIR_TRY(journal::DataFolder::claim(folder, now));
    auto journal = WEIR_TRY(journal::SqliteJournal::open(folder));
    if (journal->last_sequence() == 0) return RunJournal(std::move(claim), std::move(journal));
    return base::fail(base::ErrorCode::refused, folder + " holds a journal already", "",
                      "name a new folder");
  }
  void add(const journal::Row& row) {
    rows_.push_back(row);
    constexpr std::size_t rows_at_once = 1000;
    if (rows_.size() == rows_at_once) flush();
  }
  base::Status end() {
    flush();
    return status_;
  }

 private:
  RunJournal(journal::DataFolder claim, std::unique_ptr<journal::SqliteJournal> journal)
      : claim_(std::move(claim)), journal_(std::move(journal)) {}
  void flush() {
    if (status_) status_ = journal_->append(rows_);
    rows_.clear();
  }

  journal::DataFolder claim_;
  std::unique_ptr<journal::SqliteJournal> journal_;
  std::vector<journal::Row> rows_;
  base::Status status_;
};

SimRun run(const twin::Scenario& scenario, const twin::LoadedWork& work,
           const twin::TrialHooks& hooks) {
  const double before = cpu_seconds();
  SimRun result;
  result.figures = twin::run_trial(scenario, work.jobs, hooks);
  result.rows = work.report;
  result.cpu_s = cpu_seconds() - before;
  return result;
}

}  // namespace

ScenarioReading read_scenario(const std::string& path) {
  ScenarioReading reading;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    reading.problems.push_back(
        {base::ErrorCode::invalid, "cannot read the scenario " + path, {}, {}, {}});
    return reading;
  }
  reading.problems = twin::check_scenario(text.str(), path);
  if (!reading.problems.empty()) return reading;
  reading.scenario = *twin::parse_scenario(text.str(), path);
  if (reading.scenario.name.empty()) {
    reading.scenario.name = std::filesystem::path(path).stem().string();
  }
  const auto beside = [&](const std::string& name) {
    return (std::filesystem::path(path).parent_path() / name).string();
  };
  if (auto& trace = reading.scenario.workload.trace) trace->file = beside(trace->file);
  if (auto& throughput = reading.scenario.throughput; throughput && !throughput->file.empty()) {
    throughput->file = beside(throughput->file);
  }
  for (twin::SiteForm& site : reading.scenario.sites) {
    if (site.node_list) site.node_list->file = beside(site.node_list->file);
  }
  if (auto& network = reading.scenario.network; network && !network->file.empty()) {
    network->file = beside(network->file);
  }
  if (auto& power = reading.scenario.power) {
    for (twin::SitePowerForm& site : power->sites) {
      if (site.carbon) site.carbon->file = beside(site.carbon->file);
      if (site.price) site.price->file = beside(site.price->file);
    }
  }
  if (auto status = twin::read_files(reading.scenario); !status) {
    reading.problems.push_back(std::move(status).error());
  }
  return reading;
}

base::Result<SimRun> run_sim(const twin::Scenario& scenario, const SimFolders& folders,
                             const SimProgress& progress) {
  const twin::LoadedWork work = WEIR_TRY(twin::load_work(scenario));
  twin::TrialHooks hooks;
  hooks.progress = progress;
  std::optional<RunJournal> journal;
  if (!folders.journal.empty()) {
    journal.emplace(WEIR_TRY(RunJournal::begin(folders.journal)));
    hooks.row = [&](const journal::Row& row) { journal->add(row); };
  }
  const auto close_journal = [&] { return journal ? journal->end() : base::Status(); };
  if (folders.out.empty()) {
    SimRun result = run(scenario, work, hooks);
    WEIR_TRY_STATUS(close_journal());
    return result;
  }
  const std::string& folder = folders.out;
  WEIR_TRY_STATUS(make_folder(folder));
  OutFile csv;
  WEIR_TRY_STATUS(csv.open(folder + "/jobs.csv"));
  csv.add(twin::jobs_csv_heading());
  std::vector<std::string> sites;
  for (const twin::SiteForm& site : scenario.sites) sites.push_back(site.name);
  const twin::JobsCsv rows(work.jobs, sites, scenario.start);
  twin::page::JobSketcher sketcher(work.jobs, scenario.start);
  hooks.job = [&](const twin::JobOutcome& job, const twin::TraceJob& trace) {
    csv.add(rows.row(job, trace));
    sketcher.add(job, trace);
  };
  SimRun result = run(scenario, work, hooks);
  WEIR_TRY_STATUS(close_journal());
  WEIR_TRY_STATUS(csv.close());
  WEIR_TRY_STATUS(write_file(folder + "/figures.json", base::to_json(result.figures) + "\n"));
  const std::vector<PageRun> runs{{result.figures, sketcher.sketch(result.figures), work.report}};
  WEIR_TRY_STATUS(write_file(folder + "/page.html", twin::page::render_page(runs)));
  return result;
}

base::Result<twin::Comparison> compare_sims(const std::vector<twin::Scenario>& scenarios,
                                            std::uint32_t seeds, const std::string& folder,
                                            const SimProgress& progress) {
  if (!folder.empty()) WEIR_TRY_STATUS(make_folder(folder));
  const auto work_of = [](const twin::Scenario& scenario) {
    return base::to_json(scenario.workload) +
           (scenario.throughput ? base::to_json(*scenario.throughput) : "");
  };
  const std::string work = work_of(scenarios.front());
  for (const twin::Scenario& scenario : scenarios) {
    if (work_of(scenario) == work) continue;
    return base::fail(base::ErrorCode::invalid,
                      "`" + scenario.name + "` has other work than `" + scenarios.front().name +
                          "`: only runs of the same work can be compared",
                      "workload", "write the same `workload` and `throughput` into each");
  }
  std::vector<std::vector<twin::Figures>> runs(scenarios.size());
  std::vector<PageRun> page;
  std::uint64_t runs_done = 0;
  const std::uint64_t runs_all = scenarios.size() * seeds;
  for (std::uint32_t i = 0; i < seeds; ++i) {
    twin::Scenario first = scenarios.front();
    first.seed += i;
    const twin::LoadedWork loaded = WEIR_TRY(twin::load_work(first));
    for (std::size_t k = 0; k < scenarios.size(); ++k) {
      twin::Scenario scenario = scenarios[k];
      scenario.seed = first.seed;
      twin::TrialHooks hooks;
      hooks.progress = [&](std::uint64_t done, std::uint64_t total) {
        if (progress) progress(runs_done * total + done, runs_all * total);
      };
      twin::page::JobSketcher sketcher(loaded.jobs, scenario.start);
      const bool on_page = i == 0 && !folder.empty();
      if (on_page) {
        hooks.job = [&](const twin::JobOutcome& job, const twin::TraceJob& trace) {
          sketcher.add(job, trace);
        };
      }
      const SimRun result = run(scenario, loaded, hooks);
      if (on_page) {
        page.push_back({result.figures, sketcher.sketch(result.figures), loaded.report});
      }
      runs[k].push_back(result.figures);
      ++runs_done;
    }
  }
  twin::Comparison comparison = twin::compare(runs);
  if (folder.empty()) return comparison;
  WEIR_TRY_STATUS(write_file(folder + "/comparison.json", base::to_json(comparison) + "\n"));
  WEIR_TRY_STATUS(write_file(folder + "/page.html", twin::page::render_page(page)));
  return comparison;
}

}  // namespace weir::app
