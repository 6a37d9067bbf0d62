// Makes a journal of a million facts, as a server that ran 200,000 jobs leaves it: long_journal
// FOLDER FACTS [snapshots]. With `snapshots`, one every 100,000 rows, as a server writes them.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "engine/engine.h"
#include "journal/sqlite_journal.h"
#include "model/pack.h"
#include "plain_sqlite.h"

namespace {

using namespace weir;
using namespace weir::model;

class Writer {
 public:
  explicit Writer(journal::Journal& journal) : journal_(journal) {}

  engine::Reply step(const Input& input) {
    now_ += std::chrono::milliseconds(1);
    engine::Step step = engine_.step(input, now_);
    facts_ += step.facts.size();
    if (step.facts.empty()) return step.reply;
    journal::Row row{
        step.sequence, base::to_us(now_), pack_input(input), pack_facts(step.facts), {}};
    chain_ = journal::chain_after(chain_, row);
    row.chain = chain_;
    rows_.push_back(std::move(row));
    constexpr std::size_t group = 1000;
    if (rows_.size() == group) flush();
    return step.reply;
  }
  void flush() {
    if (const auto kept = journal_.append(rows_); !kept) bench::stop(kept.error().text());
    rows_.clear();
  }
  void snapshot() {
    flush();
    const auto kept =
        journal_.write_snapshot({engine_.state().sequence, chain_, engine_.snapshot()});
    if (!kept) bench::stop(kept.error().text());
  }
  [[nodiscard]] std::uint64_t facts() const { return facts_; }
  [[nodiscard]] std::uint64_t rows() const { return engine_.state().sequence; }

 private:
  journal::Journal& journal_;
  engine::Engine engine_;
  base::Time now_ = base::time_from_us(1'700'000'000'000'000);
  journal::Digest chain_{};
  std::vector<journal::Row> rows_;
  std::uint64_t facts_ = 0;
};

AttemptReport report_of(JobId job, AttemptPhase phase) {
  AttemptReport report;
  report.key = {job, 0, 1};
  report.phase = phase;
  if (phase == AttemptPhase::ended) report.outcome = Outcome{};
  return report;
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) bench::stop("usage: long_journal FOLDER FACTS [snapshots]");
  const std::uint64_t facts = std::strtoull(words[2], nullptr, 10);
  const bool snapshots = count > 3 && std::string_view(words[3]) == "snapshots";
  std::filesystem::create_directories(words[1]);
  std::filesystem::permissions(words[1], std::filesystem::perms::owner_all);
  auto journal = journal::SqliteJournal::open(words[1]);
  if (!journal) bench::stop(journal.error().text());
  Writer writer(**journal);
  Node node;
  node.name = "node0";
  node.cpus = 64;
  node.memory_bytes = std::int64_t{64} << 30;
  const std::uint64_t epoch = writer.step(JoinSite{"elsewhere", {node}}).epoch;
  JobSpec spec;
  spec.name = "job";
  spec.run = "true";
  const Principal user{"default", "operator", Role::user};
  std::uint64_t last_snapshot = 0;
  while (writer.facts() < facts) {
    const JobId job = writer.step(SubmitJobs{user, "", {spec}}).jobs.at(0);
    for (const AttemptPhase phase : {AttemptPhase::running, AttemptPhase::ended}) {
      (void)writer.step(ReportSite{"elsewhere", epoch, 0, {report_of(job, phase)}, {}});
    }
    constexpr std::uint64_t rows_between = 100'000;
    if (snapshots && writer.rows() - last_snapshot >= rows_between) {
      writer.snapshot();
      last_snapshot = writer.rows();
    }
  }
  writer.flush();
  if (const auto closed = (*journal)->close(); !closed) bench::stop(closed.error().text());
  std::printf("value facts_in_journal %llu\n", static_cast<unsigned long long>(writer.facts()));
  return 0;
}
