#include "app/what_if.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "app/restore.h"
#include "base/check.h"
#include "base/read.h"
#include "engine/forecast.h"
#include "journal/copy.h"
#include "journal/sqlite_journal.h"
#include "model/job_file.h"
#include "model/pack.h"
#include "twin/fork.h"
#include "twin/scenario.h"

namespace weir::app {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

// A copied journal in a folder that only we may enter, and that goes with it.
class JournalCopy {
 public:
  static Result<JournalCopy> of(const std::string& data_folder) {
    std::error_code error;
    std::string folder = (std::filesystem::temp_directory_path(error) / "weir-XXXXXX").string();
    if (error || ::mkdtemp(folder.data()) == nullptr) {
      return base::fail_errno("make a folder for the copy of the journal", errno);
    }
    JournalCopy copy(folder);
    WEIR_TRY_STATUS(journal::copy_journal(data_folder, folder));
    copy.journal_ = WEIR_TRY(journal::SqliteJournal::open(folder));
    return copy;
  }
  JournalCopy(JournalCopy&& other) noexcept
      : folder_(std::exchange(other.folder_, {})), journal_(std::move(other.journal_)) {}
  JournalCopy& operator=(JournalCopy&&) = delete;
  JournalCopy(const JournalCopy&) = delete;
  JournalCopy& operator=(const JournalCopy&) = delete;
  ~JournalCopy() {
    journal_.reset();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] journal::Journal& journal() { return *journal_; }

 private:
  explicit JournalCopy(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;  // empty: moved from
  std::unique_ptr<journal::SqliteJournal> journal_;
};

Result<std::string> text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return fail(ErrorCode::not_found, "cannot read the job file " + path);
  }
  return text.str();
}

Result<model::JobSpec> read_job_file(const std::string& path) {
  const std::string text = WEIR_TRY(text_of_file(path));
  model::JobFile file = WEIR_TRY(model::parse_job_file(text, path));
  file.workdir.clear();  // it asks for nothing that a forecast looks at
  return model::to_spec(file);
}

// "north:4x{cpus: 64}": the site, how many, and a pool as scenarios write it.
Result<twin::AddedNodes> read_nodes(const std::string& text) {
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::invalid, "`" + text + "` " + why, "",
                "write SITE:COUNTx{…}, like north:4x{cpus: 64, memory: 512GiB, "
                "devices: nvidia-a100:8}");
  };
  const auto brace = text.find('{');
  const auto colon = text.rfind(':', brace);
  if (brace == std::string::npos || colon == std::string::npos || colon > brace) {
    return bad("names no nodes");
  }
  std::string count = text.substr(colon + 1, brace - colon - 1);
  for (const std::string_view times : {"x", "×"}) {
    if (count.ends_with(times)) count.resize(count.size() - times.size());
  }
  const auto many = base::parse_count(count);
  constexpr std::int64_t most = 100'000;
  if (!many || *many < 1 || *many > most) return bad("names no number of nodes");
  const auto document = base::parse_yaml(text.substr(brace), {});
  if (!document) return bad("has a shape that cannot be read: " + document.error().message);
  auto pool = WEIR_TRY(base::read_document<twin::PoolForm>(*document));
  pool.count = static_cast<std::uint32_t>(*many);
  pool.name = "added-" + pool.name;
  twin::Scenario scenario;
  twin::SiteForm& site = scenario.sites.emplace_back();
  site.name = text.substr(0, colon);
  site.pools = {pool};
  twin::SiteModel model = std::move(twin::site_models(scenario).front());
  return twin::AddedNodes{std::move(model.name), std::move(model.nodes)};
}

Result<twin::Change> change_of(const WhatIfOptions& options, const model::Policy& now) {
  twin::Change change;
  if (options.order || options.backfill || options.placing || options.choice) {
    change.policy = now;
    change.policy->order = options.order.value_or(now.order);
    change.policy->backfill = options.backfill.value_or(now.backfill);
    change.policy->placing = options.placing.value_or(now.placing);
    change.policy->choice = options.choice.value_or(now.choice);
  }
  for (const std::string& path : options.job_files) {
    change.jobs.push_back(WEIR_TRY(read_job_file(path)));
  }
  change.without_sites = options.without_sites;
  for (const std::string& text : options.nodes) {
    change.nodes.push_back(WEIR_TRY(read_nodes(text)));
  }
  return change;
}

}  // namespace

Result<WhatIf> what_if(const WhatIfOptions& options) {
  JournalCopy copy = WEIR_TRY(JournalCopy::of(options.data_folder));
  WhatIf answer;
  answer.sequence = options.sequence.value_or(copy.journal().last_sequence());
  const PastEngine past = WEIR_TRY(restore_at(copy.journal(), answer.sequence));
  answer.now = past.now;
  const twin::Change change = WEIR_TRY(change_of(options, past.engine.state().policy));
  answer.run_times = options.run_times.value_or(answer.run_times);
  const auto play = [&](const twin::Change& with) {
    return twin::play_fork(past.engine, past.now, with, answer.run_times);
  };
  const auto as_it_is = WEIR_TRY(play({}));
  const auto changed = WEIR_TRY(play(change));
  std::map<model::JobId, std::optional<base::Time>> before;
  for (const twin::ForkedJob& job : as_it_is) before[job.job] = job.start;
  for (const twin::ForkedJob& job : changed) {
    WhatIfRow row{job.job, job.name, job.tenant, job.added, {}, job.start};
    if (!job.added) row.start = before[job.job];
    answer.jobs.push_back(std::move(row));
  }
  return answer;
}

// ---- --check

namespace {

// By nearest rank. Requires: not empty, sorted.
base::Duration percentile(const std::vector<base::Duration>& sorted, std::size_t percent) {
  return sorted[(sorted.size() * percent + 99) / 100 - 1];
}

// One kind of forecast, held against what came.
class ForecastJudge {
 public:
  ForecastJudge(ForecastKind kind, engine::RunTimes run_times) {
    error_.forecast = kind;
    error_.run_times = run_times;
  }

  // Jobs that were submitted just now and wait.
  void expect(const std::vector<model::JobId>& jobs, const engine::Engine& engine, base::Time now) {
    if (error_.forecast == ForecastKind::laid_out) {
      const engine::QueueForecast forecast(engine, now, error_.run_times);
      for (const model::JobId id : jobs) {
        const auto answer = forecast.of(id);
        expected_[id] = answer.start ? answer.start->time : std::nullopt;
      }
      return;
    }
    const auto played = twin::play_fork(engine, now, {}, error_.run_times);
    WEIR_CHECK(played.has_value(), "a fork without a change can be played");
    for (const twin::ForkedJob& job : *played) {
      if (std::binary_search(jobs.begin(), jobs.end(), job.job)) expected_[job.job] = job.start;
    }
  }
  void note_placed(model::JobId job, base::Time now) {
    const auto at = expected_.find(job);
    if (at == expected_.end()) return;
    if (at->second) {
      const base::Duration error = now - *at->second;
      if (error < base::Duration::zero()) ++error_.earlier;
      if (error > base::Duration::zero()) ++error_.later;
      errors_.push_back(std::chrono::abs(error));
    } else {
      ++error_.unknown;
    }
    expected_.erase(at);
  }
  ForecastError finish() {
    error_.compared = errors_.size();
    if (errors_.empty()) return error_;
    std::sort(errors_.begin(), errors_.end());
    error_.median_s = percentile(errors_, 50);
    error_.p90_s = percentile(errors_, 90);
    error_.max_s = errors_.back();
    return error_;
  }

 private:
  ForecastError error_;
  std::map<model::JobId, std::optional<base::Time>> expected_;
  std::vector<base::Duration> errors_;
};

// The waits of a journal, and all kinds of forecasts of them.
class Checker {
 public:
  Checker() {
    for (const ForecastKind kind : {ForecastKind::laid_out, ForecastKind::played}) {
      for (const auto run_times : {engine::RunTimes::limits, engine::RunTimes::expected}) {
        judges_.emplace_back(kind, run_times);
      }
    }
  }
  void take(const model::Input& input, const engine::Step& step, const engine::Engine& engine,
            base::Time now) {
    for (const model::Fact& fact : step.facts) {
      const auto* placed = std::get_if<model::TaskPlaced>(&fact);
      if (placed != nullptr) note_placed(placed->attempt.job, now);
    }
    if (!std::holds_alternative<model::SubmitJobs>(input) || step.reply.repeated) return;
    std::vector<model::JobId> waiting;
    for (const model::JobId id : step.reply.jobs) {
      ++check_.jobs;
      const engine::JobRecord& job = engine.state().jobs.at(id);
      if (job.next_ordinal > 0 || !job.wants_place()) {
        ++check_.at_once;
        continue;
      }
      waiting.push_back(id);
      submitted_.emplace(id, now);
    }
    if (waiting.empty()) return;
    for (ForecastJudge& judge : judges_) judge.expect(waiting, engine, now);
  }
  ForecastCheck finish() {
    check_.unfinished = submitted_.size();
    std::sort(waits_.begin(), waits_.end());
    if (!waits_.empty()) check_.wait_median_s = percentile(waits_, 50);
    for (ForecastJudge& judge : judges_) check_.errors.push_back(judge.finish());
    return check_;
  }

 private:
  void note_placed(model::JobId job, base::Time now) {
    const auto at = submitted_.find(job);
    if (at == submitted_.end()) return;
    waits_.push_back(now - at->second);
    submitted_.erase(at);
    for (ForecastJudge& judge : judges_) judge.note_placed(job, now);
  }

  ForecastCheck check_;
  std::vector<ForecastJudge> judges_;
  std::map<model::JobId, base::Time> submitted_;  // those that wait
  std::vector<base::Duration> waits_;
};

}  // namespace

Result<ForecastCheck> check_forecasts(
    const std::string& data_folder,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress) {
  JournalCopy copy = WEIR_TRY(JournalCopy::of(data_folder));
  const std::uint64_t total = copy.journal().last_sequence();
  engine::Engine engine;
  Checker checker;
  std::optional<base::Error> error;
  WEIR_TRY_STATUS(copy.journal().read(1, total, [&](const journal::Row& row) {
    const auto input = model::unpack_input(row.input);
    if (!input) {
      error = input.error();
      return false;
    }
    const base::Time now = base::time_from_us(row.time_us);
    checker.take(*input, engine.step(*input, now), engine, now);
    constexpr std::uint64_t rows_between = 100;
    if (progress && row.sequence % rows_between == 0) progress(row.sequence, total);
    return true;
  }));
  if (error) return fail(*std::move(error));
  return checker.finish();
}

}  // namespace weir::app
