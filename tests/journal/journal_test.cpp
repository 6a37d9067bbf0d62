// What every journal holds to, whatever it is kept in.
#include "journal/journal.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"
#include "journal/memory_journal.h"
#include "journal/sqlite_journal.h"
#include "journal/verify.h"
#include "tests/journal/support/rows.h"

namespace weir::journal {
namespace {

using testing::all_rows;
using testing::append_rows;
using testing::rows_after;
using testing::TemporaryFolder;

struct InMemory {
  static std::unique_ptr<Journal> make(const std::string& /*folder*/) {
    return std::make_unique<MemoryJournal>();
  }
};
struct InSqlite {
  static std::unique_ptr<Journal> make(const std::string& folder) {
    auto journal = SqliteJournal::open(folder);
    EXPECT_TRUE(journal) << journal.error().text();
    return journal ? *std::move(journal) : nullptr;
  }
};

template <typename Kind>
class AnyJournal : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<Journal> journal_ = Kind::make(folder_.path());
};
using Kinds = ::testing::Types<InMemory, InSqlite>;
TYPED_TEST_SUITE(AnyJournal, Kinds, );

TYPED_TEST(AnyJournal, begins_empty) {
  Journal& journal = *this->journal_;
  EXPECT_EQ(journal.last_sequence(), 0U);
  EXPECT_EQ(journal.last_chain(), Digest{});
  EXPECT_TRUE(all_rows(journal).empty());
  EXPECT_EQ(journal.latest_snapshot().value(), std::nullopt);
  EXPECT_TRUE(journal.archived_page({}).value().empty());
  EXPECT_TRUE(verify(journal).value().good());
}

TYPED_TEST(AnyJournal, gives_back_what_was_appended_in_order) {
  Journal& journal = *this->journal_;
  const std::vector<Row> rows = rows_after({}, 700);
  ASSERT_TRUE(journal.append(std::span(rows).first(1)));
  ASSERT_TRUE(journal.append(std::span(rows).subspan(1, 99)));
  ASSERT_TRUE(journal.append(std::span(rows).subspan(100)));
  EXPECT_EQ(journal.last_sequence(), 700U);
  EXPECT_EQ(journal.last_chain(), rows.back().chain);
  EXPECT_EQ(all_rows(journal), rows);
}

TYPED_TEST(AnyJournal, reads_any_range_and_stops_where_the_visitor_says) {
  Journal& journal = *this->journal_;
  const std::vector<Row> rows = rows_after({}, 50);
  ASSERT_TRUE(journal.append(rows));
  const auto read = [&](std::uint64_t from, std::uint64_t to, std::size_t most) {
    std::vector<std::uint64_t> seen;
    EXPECT_TRUE(journal.read(from, to, [&](const Row& row) {
      EXPECT_EQ(row, rows[row.sequence - 1]);
      seen.push_back(row.sequence);
      return seen.size() < most;
    }));
    return seen;
  };
  using Seen = std::vector<std::uint64_t>;
  EXPECT_EQ(read(1, 3, 100), (Seen{1, 2, 3}));
  EXPECT_EQ(read(0, 1, 100), (Seen{1}));
  EXPECT_EQ(read(49, UINT64_MAX, 100), (Seen{49, 50}));
  EXPECT_EQ(read(20, 30, 2), (Seen{20, 21}));
  EXPECT_EQ(read(7, 7, 100), (Seen{7}));
  EXPECT_EQ(read(51, 60, 100), Seen{});
  EXPECT_EQ(read(9, 8, 100), Seen{});
}

TYPED_TEST(AnyJournal, lets_a_visitor_append) {
  Journal& journal = *this->journal_;
  ASSERT_TRUE(append_rows(journal, 3));
  std::size_t seen = 0;
  ASSERT_TRUE(journal.read(1, 3, [&](const Row& /*row*/) {
    ++seen;
    return append_rows(journal, 1).has_value();
  }));
  EXPECT_EQ(seen, 3U);
  EXPECT_EQ(journal.last_sequence(), 6U);
}

TYPED_TEST(AnyJournal, archives_jobs_with_their_rows) {
  Journal& journal = *this->journal_;
  const std::vector<ArchivedJob> jobs = {{"lab", 7, R"({"id":7})"}, {"firm", 8, R"({"id":8})"}};
  ASSERT_TRUE(journal.append(rows_after({}, 2), jobs));
  EXPECT_EQ(journal.archived("lab", 7).value(), R"({"id":7})");
  EXPECT_EQ(journal.archived("firm", 8).value(), R"({"id":8})");
  EXPECT_EQ(journal.archived("lab", 9).value(), std::nullopt);
  EXPECT_EQ(journal.archived("lab", UINT64_MAX).value(), std::nullopt);
  EXPECT_EQ(journal.last_sequence(), 2U);
}

TYPED_TEST(AnyJournal, shows_an_archived_job_to_its_own_tenant_only) {
  Journal& journal = *this->journal_;
  const std::vector<ArchivedJob> jobs = {{"lab", 7, "secret"}};
  ASSERT_TRUE(journal.append({}, jobs));
  EXPECT_EQ(journal.archived("firm", 7).value(), std::nullopt);
  EXPECT_EQ(journal.archived("", 7).value(), std::nullopt);
  EXPECT_TRUE(journal.archived_page({.tenant = "firm"}).value().empty());
}

TYPED_TEST(AnyJournal, replaces_the_text_of_a_job_archived_again) {
  Journal& journal = *this->journal_;
  ASSERT_TRUE(journal.append({}, std::vector<ArchivedJob>{{"lab", 7, "first"}}));
  ASSERT_TRUE(journal.append({}, std::vector<ArchivedJob>{{"lab", 7, "second"}}));
  EXPECT_EQ(journal.archived("lab", 7).value(), "second");
  EXPECT_EQ(journal.archived_page({}).value().size(), 1U);
}

TYPED_TEST(AnyJournal, pages_the_archive_newest_first) {
  Journal& journal = *this->journal_;
  std::vector<ArchivedJob> jobs;
  for (std::uint64_t job = 1; job <= 25; ++job) {
    jobs.push_back({job % 3 == 0 ? "lab" : "firm", job, "job " + std::to_string(job)});
  }
  ASSERT_TRUE(journal.append({}, jobs));
  const auto walk = [&](ArchiveQuery query) {
    std::vector<std::uint64_t> numbers;
    for (;;) {
      const std::vector<ArchivedJob> page = journal.archived_page(query).value();
      EXPECT_LE(page.size(), query.limit);
      if (page.empty()) return numbers;
      for (const ArchivedJob& job : page) {
        EXPECT_EQ(job, jobs[job.job - 1]);
        numbers.push_back(job.job);
      }
      query.before = page.back().job;
    }
  };
  EXPECT_EQ(walk({.tenant = "lab", .limit = 3}),
            (std::vector<std::uint64_t>{24, 21, 18, 15, 12, 9, 6, 3}));
  EXPECT_EQ(walk({.limit = 10}).size(), 25U);
  EXPECT_TRUE(std::ranges::is_sorted(walk({.limit = 4}), std::greater()));
  EXPECT_TRUE(journal.archived_page({.before = 0}).value().empty());
}

TYPED_TEST(AnyJournal, gives_the_newest_snapshot) {
  Journal& journal = *this->journal_;
  const std::vector<Row> rows = rows_after({}, 3);
  ASSERT_TRUE(journal.append(rows));
  for (const Row& row : rows) {
    const std::string state = "state after " + std::to_string(row.sequence);
    ASSERT_TRUE(journal.write_snapshot({row.sequence, row.chain, state}));
    EXPECT_EQ(journal.latest_snapshot().value(), (Snapshot{row.sequence, row.chain, state}));
  }
}

TYPED_TEST(AnyJournal, takes_a_snapshot_of_the_state_before_the_first_step) {
  Journal& journal = *this->journal_;
  const Snapshot first{0, {}, ""};
  ASSERT_TRUE(journal.write_snapshot(first));
  EXPECT_EQ(journal.latest_snapshot().value(), first);
}

TYPED_TEST(AnyJournal, refuses_a_snapshot_that_does_not_belong_to_its_rows) {
  Journal& journal = *this->journal_;
  ASSERT_TRUE(append_rows(journal, 3));
  ASSERT_TRUE(journal.write_snapshot({3, base::sha256("another chain"), "state"}));
  const auto snapshot = journal.latest_snapshot();
  ASSERT_FALSE(snapshot);
  EXPECT_NE(snapshot.error().text().find("step 3"), std::string::npos) << snapshot.error().text();
  const VerifyReport report = verify(journal).value();
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->sequence, 3U);
}

TYPED_TEST(AnyJournal, is_verified_with_progress_to_the_end) {
  Journal& journal = *this->journal_;
  ASSERT_TRUE(append_rows(journal, 200));
  std::uint64_t done = 0;
  const VerifyReport report = verify(journal, [&](std::uint64_t now, std::uint64_t total) {
                                EXPECT_EQ(total, 200U);
                                done = now;
                              }).value();
  EXPECT_TRUE(report.good());
  EXPECT_EQ(report.rows, 200U);
  EXPECT_EQ(report.last_chain, journal.last_chain());
  EXPECT_EQ(done, 200U);
}

using AnyJournalDeathTest = AnyJournal<InSqlite>;

TEST_F(AnyJournalDeathTest, ends_the_process_at_rows_that_do_not_follow) {
  ::testing::GTEST_FLAG(death_test_style) = "fast";
  std::vector<Row> gap = rows_after({}, 3);
  gap.erase(gap.begin() + 1);
  EXPECT_DEATH(static_cast<void>(this->journal_->append(gap)), "follow the last one");
  std::vector<Row> changed = rows_after({}, 3);
  changed[1].facts += "!";
  EXPECT_DEATH(static_cast<void>(this->journal_->append(changed)), "follow the last one");
  const std::vector<ArchivedJob> mine = {{"lab", 7, "text"}};
  ASSERT_TRUE(this->journal_->append({}, mine));
  const std::vector<ArchivedJob> stolen = {{"firm", 7, "text"}};
  EXPECT_DEATH(static_cast<void>(this->journal_->append({}, stolen)), "stays with its tenant");
}

TEST(Chain, is_the_hash_that_the_header_describes) {
  Row row;
  row.sequence = 0x0102;
  row.time_us = -1;
  row.input = "in";
  row.facts = "facts";
  std::string bytes(32, '\0');
  bytes += std::string("\x02\x01\0\0\0\0\0\0", 8) + std::string(8, '\xff');
  bytes += std::string("\x02\0\0\0\0\0\0\0", 8) + "in";
  bytes += std::string("\x05\0\0\0\0\0\0\0", 8) + "facts";
  EXPECT_EQ(chain_after({}, row), base::sha256(bytes));
}

TEST(Chain, tells_apart_rows_that_only_split_their_bytes_otherwise) {
  Row one{1, 0, "ab", "c", {}};
  Row other{1, 0, "a", "bc", {}};
  EXPECT_NE(chain_after({}, one), chain_after({}, other));
}

}  // namespace
}  // namespace weir::journal
