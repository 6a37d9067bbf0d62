// The journal in SQLite: what survives a restart, and what is noticed of damage.
#include "journal/sqlite_journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "journal/checkpointer.h"
#include "journal/schema.h"
#include "journal/verify.h"
#include "tests/journal/support/rows.h"

namespace weir::journal {
namespace {

using testing::all_rows;
using testing::append_rows;
using testing::flip_bit;
using testing::rows_after;
using testing::tamper;
using testing::TemporaryFolder;

// Smaller logs than in use, so that tests need not write them.
constexpr std::uint64_t small_log = std::uint64_t{1} << 20U;

std::unique_ptr<SqliteJournal> open_journal(const TemporaryFolder& folder,
                                            SqliteOptions options = {.log_bytes = small_log}) {
  auto journal = SqliteJournal::open(folder.path(), std::move(options));
  EXPECT_TRUE(journal) << journal.error().text();
  return journal ? *std::move(journal) : nullptr;
}

// A closed journal of `count` rows, appended in groups of 10.
void make_journal(const TemporaryFolder& folder, std::size_t count) {
  const auto journal = open_journal(folder);
  for (std::size_t done = 0; done < count; done += 10) ASSERT_TRUE(append_rows(*journal, 10));
  ASSERT_TRUE(journal->close());
}

std::optional<Fault> fault_after(const TemporaryFolder& folder, const std::string& sql) {
  tamper(folder.path(), sql);
  return verify(*open_journal(folder)).value().fault;
}

std::string snapshot_file(const TemporaryFolder& folder, std::uint64_t sequence) {
  std::string number = std::to_string(sequence);
  number.insert(0, 20 - number.size(), '0');
  return folder.path_of("snapshot-" + number + ".weir");
}

TEST(SqliteJournal, is_the_same_after_closing_and_opening) {
  const TemporaryFolder folder;
  std::vector<Row> rows;
  {
    const auto journal = open_journal(folder);
    ASSERT_TRUE(journal->append(rows_after({}, 300), std::vector<ArchivedJob>{{"lab", 4, "text"}}));
    ASSERT_TRUE(journal->write_snapshot({300, journal->last_chain(), std::string(100'000, 's')}));
    rows = all_rows(*journal);
    ASSERT_TRUE(journal->close());
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path_of("journal.db-wal")));
  const auto journal = open_journal(folder);
  EXPECT_EQ(journal->last_sequence(), 300U);
  EXPECT_EQ(all_rows(*journal), rows);
  EXPECT_EQ(journal->archived("lab", 4).value(), "text");
  EXPECT_EQ(journal->latest_snapshot().value()->state, std::string(100'000, 's'));
  EXPECT_TRUE(append_rows(*journal, 1));
}

TEST(SqliteJournal, can_be_read_by_nobody_else) {
  const TemporaryFolder folder;
  const auto journal = open_journal(folder);
  ASSERT_TRUE(append_rows(*journal, 1));
  ASSERT_TRUE(journal->write_snapshot({1, journal->last_chain(), "state"}));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    struct stat status = {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 4U);  // database, log, index of the log, snapshot
}

TEST(SqliteJournal, refuses_a_file_of_a_newer_weir_and_leaves_it_alone) {
  const TemporaryFolder folder;
  make_journal(folder, 10);
  tamper(folder.path(), "PRAGMA user_version = 2");
  const auto journal = SqliteJournal::open(folder.path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, base::ErrorCode::refused);
  EXPECT_NE(journal.error().message.find("newer Weir: its format is 2"), std::string::npos);
  tamper(folder.path(), "PRAGMA user_version = 1");
  EXPECT_EQ(open_journal(folder)->last_sequence(), 10U);
}

TEST(SqliteJournal, refuses_the_database_of_another_program) {
  const TemporaryFolder folder;
  tamper(folder.path(), "CREATE TABLE guest (name TEXT)");
  const auto journal = SqliteJournal::open(folder.path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, base::ErrorCode::refused);
  EXPECT_NE(journal.error().message.find("another program"), std::string::npos);
}

TEST(SqliteJournal, says_so_where_the_file_is_no_database_or_the_folder_is_not_there) {
  const TemporaryFolder folder;
  std::ofstream(folder.path_of(database_name)) << std::string(10'000, 'x');
  const auto journal = SqliteJournal::open(folder.path());
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("not a database"), std::string::npos);
  EXPECT_FALSE(SqliteJournal::open(folder.path_of("nowhere")));
}

TEST(SqliteJournal, names_the_step_of_which_a_byte_was_changed) {
  for (const std::string column : {"input", "facts", "chain"}) {
    const TemporaryFolder folder;
    make_journal(folder, 100);
    flip_bit(folder.path(), column, 57);
    const auto fault = verify(*open_journal(folder)).value().fault;
    ASSERT_TRUE(fault) << column;
    EXPECT_EQ(fault->sequence, 57U) << column;
    EXPECT_EQ(fault->kind, FaultKind::chain_mismatch) << column;
  }
}

TEST(SqliteJournal, names_the_step_whose_time_was_changed) {
  const TemporaryFolder folder;
  make_journal(folder, 100);
  const auto fault =
      fault_after(folder, "UPDATE step SET time_us = time_us + 1 WHERE sequence = 1");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->sequence, 1U);
  EXPECT_EQ(fault->kind, FaultKind::chain_mismatch);
}

TEST(SqliteJournal, names_the_step_that_was_removed) {
  const TemporaryFolder folder;
  make_journal(folder, 100);
  const auto fault = fault_after(folder, "DELETE FROM step WHERE sequence = 34");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->sequence, 34U);
  EXPECT_EQ(fault->kind, FaultKind::gap);
}

TEST(SqliteJournal, names_the_step_that_cannot_be_read) {
  const TemporaryFolder folder;
  make_journal(folder, 100);
  const auto fault = fault_after(folder, "UPDATE step SET chain = x'00' WHERE sequence = 80");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->sequence, 80U);
  EXPECT_EQ(fault->kind, FaultKind::unreadable);
}

TEST(SqliteJournal, notices_a_tail_that_is_missing_behind_a_snapshot) {
  const TemporaryFolder folder;
  make_journal(folder, 100);
  {
    const auto journal = open_journal(folder);
    ASSERT_TRUE(journal->write_snapshot({100, journal->last_chain(), "state"}));
  }
  const auto fault = fault_after(folder, "DELETE FROM step WHERE sequence > 97");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->sequence, 98U);
  EXPECT_EQ(fault->kind, FaultKind::tail_missing);
  EXPECT_FALSE(open_journal(folder)->latest_snapshot());
}

TEST(SqliteJournal, hands_out_rows_up_to_the_damage_and_none_behind_it) {
  const TemporaryFolder folder;
  make_journal(folder, 100);
  tamper(folder.path(), "UPDATE step SET facts = x'ff' WHERE sequence = 57");
  const auto journal = open_journal(folder);
  std::uint64_t last = 0;
  const Status read = journal->read(50, 100, [&](const Row& row) {
    last = row.sequence;
    return true;
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(last, 56U);
  EXPECT_NE(read.error().message.find("step 57"), std::string::npos) << read.error().text();
}

TEST(SqliteJournal, notices_a_missing_step_before_the_range_that_is_read) {
  const TemporaryFolder folder;
  make_journal(folder, 100);
  tamper(folder.path(), "DELETE FROM step WHERE sequence = 49");
  const auto journal = open_journal(folder);
  const Status read = journal->read(50, 100, [](const Row& /*row*/) { return true; });
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("step 49"), std::string::npos) << read.error().text();
}

TEST(SqliteJournal, survives_random_bytes_anywhere_in_its_database_without_passing_them_on) {
  base::Random random = testing::seeded_random();
  const TemporaryFolder whole;
  make_journal(whole, 100);
  const auto bytes = std::filesystem::file_size(whole.path_of(database_name));
  for (int round = 0; round < 60; ++round) {
    const TemporaryFolder folder;
    std::filesystem::copy(whole.path_of(database_name), folder.path_of(database_name));
    {
      std::fstream file(folder.path_of(database_name),
                        std::ios::in | std::ios::out | std::ios::binary);
      for (int hit = 0; hit < 8; ++hit) {
        file.seekp(static_cast<std::streamoff>(random.below(bytes)));
        file.put(static_cast<char>(random.below(256)));
      }
    }
    const auto journal = SqliteJournal::open(folder.path());
    if (!journal) continue;
    // What is read is what was written, or is not read.
    ChainWalk walk;
    static_cast<void>((*journal)->read(1, 100, [&](const Row& row) {
      EXPECT_EQ(row, testing::row_after(walk));
      walk = ChainWalk(row.sequence, row.chain);
      return true;
    }));
  }
}

TEST(SqliteJournal, keeps_two_snapshots_and_uses_the_older_where_the_newer_is_damaged) {
  const TemporaryFolder folder;
  const auto journal = open_journal(folder);
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    ASSERT_TRUE(append_rows(*journal, 1));
    ASSERT_TRUE(journal->write_snapshot(
        {sequence, journal->last_chain(), "state " + std::to_string(sequence)}));
  }
  EXPECT_FALSE(std::filesystem::exists(snapshot_file(folder, 1)));
  const std::string newest = snapshot_file(folder, 3);
  const auto size = std::filesystem::file_size(newest);

  std::filesystem::resize_file(newest, size - 1);
  EXPECT_EQ(journal->latest_snapshot().value()->state, "state 2");
  std::filesystem::resize_file(newest, size);  // with a zero in place of the last byte
  EXPECT_EQ(journal->latest_snapshot().value()->state, "state 2");
  std::filesystem::resize_file(newest, 0);
  EXPECT_EQ(journal->latest_snapshot().value()->state, "state 2");
  std::filesystem::resize_file(snapshot_file(folder, 2), 10);
  EXPECT_EQ(journal->latest_snapshot().value(), std::nullopt);
}

TEST(SqliteJournal, does_not_take_one_snapshot_for_another) {
  const TemporaryFolder folder;
  const auto journal = open_journal(folder);
  ASSERT_TRUE(append_rows(*journal, 5));
  ASSERT_TRUE(journal->write_snapshot({5, journal->last_chain(), "state"}));
  std::filesystem::rename(snapshot_file(folder, 5), snapshot_file(folder, 4));
  EXPECT_EQ(journal->latest_snapshot().value(), std::nullopt);
}

TEST(SqliteJournal, removes_what_an_interrupted_snapshot_left) {
  const TemporaryFolder folder;
  const std::string unfinished = snapshot_file(folder, 9) + ".unfinished";
  std::ofstream(unfinished) << "half";
  const auto journal = open_journal(folder);
  EXPECT_FALSE(std::filesystem::exists(unfinished));
}

TEST(SqliteJournal, begins_the_log_anew_after_a_checkpoint) {
  const TemporaryFolder folder;
  const auto journal = open_journal(folder);
  const auto log_size = [&] {
    return std::filesystem::file_size(folder.path_of("journal.db-wal"));
  };
  const auto reserved = log_size();
  EXPECT_GE(reserved, small_log);
  for (int round = 0; round < 200; ++round) {
    ASSERT_TRUE(append_rows(*journal, 5));
    if (round % 10 == 9) {
      ASSERT_TRUE(journal->checkpoint());
      EXPECT_EQ(journal->log_bytes(), 0U);
    }
  }
  EXPECT_EQ(log_size(), reserved);
  EXPECT_TRUE(verify(*journal).value().good());
}

TEST(SqliteJournal, is_read_and_checkpointed_while_it_grows) {
  const TemporaryFolder folder;
  const auto journal = open_journal(folder, {.log_bytes = 128 << 10});
  {
    const Checkpointer checkpointer(*journal);
    const std::jthread reader([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const VerifyReport report = verify(*journal).value();
        EXPECT_TRUE(report.good()) << report.fault->text;
      }
    });
    for (int round = 0; round < 400; ++round) {
      ASSERT_TRUE(append_rows(*journal, 4));
      if (round % 50 == 0) {
        ASSERT_TRUE(
            journal->write_snapshot({journal->last_sequence(), journal->last_chain(), "state"}));
      }
    }
  }
  EXPECT_LT(journal->log_bytes(), std::uint64_t{8} << 20U);
  EXPECT_EQ(all_rows(*journal), rows_after({}, 1600));
}

}  // namespace
}  // namespace weir::journal
