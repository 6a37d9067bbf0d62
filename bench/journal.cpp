// The journal in SQLite against plain SQLite with the same rows, and how fast it is read again.
//
// Both write to the same disk in turns of a second, so that what else the machine does falls on
// both. Plain SQLite is as its manual has it for durable commits: WAL, synchronous=FULL, one
// prepared insert, its own checkpoints. The time to make rows is left out on both sides, the
// journal's check of the hash chain is not.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "figure.h"
#include "journal/checkpointer.h"
#include "journal/sqlite_journal.h"
#include "plain_sqlite.h"

namespace {

using namespace weir;
using namespace weir::journal;
using bench::PlainSqlite;
using bench::RowSource;
using bench::stop;
using Clock = std::chrono::steady_clock;

constexpr std::size_t row_bytes = 400;
constexpr double turn_s = 1.0;
constexpr int turns = 3;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// What one side did in its turns.
struct Tally {
  std::size_t rows = 0;
  double seconds = 0;
  std::vector<double> group_ms;

  [[nodiscard]] double rate() const { return static_cast<double>(rows) / seconds; }
  // The time of the group that `percent` of all groups were quicker than.
  [[nodiscard]] double group_ms_at(std::size_t percent) {
    std::sort(group_ms.begin(), group_ms.end());
    return group_ms[std::min(group_ms.size() * percent / 100, group_ms.size() - 1)];
  }
};

template <typename Append>
void take_turn(Tally& tally, RowSource& source, const Append& append) {
  const Clock::time_point begin = Clock::now();
  while (seconds_since(begin) < turn_s) {
    const std::span<const Row> rows = source.next();
    const Clock::time_point before = Clock::now();
    append(rows);
    const double took = seconds_since(before);
    tally.seconds += took;
    tally.group_ms.push_back(took * 1000);
    tally.rows += rows.size();
  }
}

std::unique_ptr<SqliteJournal> open_journal(const std::string& folder) {
  std::filesystem::create_directories(folder);
  auto journal = SqliteJournal::open(folder);
  if (!journal) stop(journal.error().text());
  return *std::move(journal);
}

bool measure_appends(const std::string& folder, std::size_t group) {
  const std::string name = "journal_append_group_" + std::to_string(group);
  const auto journal = open_journal(folder + "/" + name);
  const Checkpointer checkpointer(*journal);
  PlainSqlite plain(folder + "/" + name + ".plain.db");
  RowSource for_journal(group, row_bytes);
  RowSource for_plain(group, row_bytes);
  Tally ours;
  Tally theirs;
  for (int turn = 0; turn < turns; ++turn) {
    take_turn(theirs, for_plain, [&](std::span<const Row> rows) { plain.append(rows); });
    take_turn(ours, for_journal, [&](std::span<const Row> rows) {
      const Status kept = journal->append(rows);
      if (!kept) stop(kept.error().text());
    });
  }
  bench::note(name + "_rows", ours.rate(), "rows/s");
  bench::note(name + "_plain_sqlite_rows", theirs.rate(), "rows/s");
  bench::note(name + "_p99", ours.group_ms_at(99), "ms");
  bench::note(name + "_plain_sqlite_p99", theirs.group_ms_at(99), "ms");
  bench::note(name + "_longest", ours.group_ms_at(100), "ms");
  bench::note(name + "_plain_sqlite_longest", theirs.group_ms_at(100), "ms");
  return bench::figure(name + "_of_plain_sqlite", ours.rate() / theirs.rate(), "ratio", 0.9,
                       bench::Better::higher);
}

bool measure_reading(const std::string& folder) {
  constexpr std::size_t rows = 1'000'000;
  constexpr std::size_t small_row_bytes = 200;
  const auto journal = open_journal(folder + "/reading");
  {
    const Checkpointer checkpointer(*journal);
    RowSource source(1'000, small_row_bytes);
    while (journal->last_sequence() < rows) {
      const Status kept = journal->append(source.next());
      if (!kept) stop(kept.error().text());
    }
  }
  // The quickest of three: the others had to share the processor.
  const auto time_of = [&](const char* cpu_name, auto&& read) {
    double quickest = 1e9;
    double cpu = 1e9;
    for (int turn = 0; turn < turns; ++turn) {
      std::size_t seen = 0;
      const std::clock_t cpu_begin = std::clock();
      const Clock::time_point begin = Clock::now();
      const Status done = read([&](const Row& /*row*/) { return ++seen > 0; });
      if (!done) stop(done.error().text());
      if (seen != rows) stop("not all rows were read");
      quickest = std::min(quickest, seconds_since(begin));
      cpu = std::min(cpu, static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC);
    }
    bench::note(cpu_name, cpu, "s");
    return quickest;
  };
  bench::note("journal_scan_1m_unchecked",
              time_of("journal_scan_1m_unchecked_cpu",
                      [&](auto visit) { return journal->scan(1, rows, visit); }),
              "s");
  return bench::figure("journal_read_1m_checked",
                       time_of("journal_read_1m_checked_cpu",
                               [&](auto visit) { return journal->read(1, rows, visit); }),
                       "s", 1.5, bench::Better::lower);
}

}  // namespace

// bench_journal [folder]: the folder's disk is the one that is measured; by default this one's.
int main(int argc, char** argv) {
  std::string folder = std::string(argc > 1 ? argv[1] : ".") + "/bench-journal-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) stop("make " + folder);
  bool good = true;
  for (const std::size_t group : {1, 10, 100, 1'000}) good &= measure_appends(folder, group);
  good &= measure_reading(folder);
  std::filesystem::remove_all(folder);
  return good ? 0 : 1;
}
