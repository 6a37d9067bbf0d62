// The faults that a journal in memory can be made to show.
#include "journal/memory_journal.h"

#include <gtest/gtest.h>

#include "journal/verify.h"
#include "tests/journal/support/rows.h"

namespace weir::journal {
namespace {

using testing::append_rows;
using testing::rows_after;

TEST(MemoryJournal, keeps_nothing_of_an_append_that_fails_and_works_again) {
  MemoryJournal journal;
  ASSERT_TRUE(append_rows(journal, 2));
  journal.fail_next_append();
  const std::vector<ArchivedJob> jobs = {{"lab", 1, "text"}};
  EXPECT_FALSE(journal.append(rows_after(journal.last(), 3), jobs));
  EXPECT_EQ(journal.last_sequence(), 2U);
  EXPECT_EQ(journal.archived("lab", 1).value(), std::nullopt);
  EXPECT_TRUE(append_rows(journal, 3));
  EXPECT_EQ(journal.last_sequence(), 5U);
}

TEST(MemoryJournal, keeps_the_first_rows_of_a_torn_group_and_has_crashed) {
  MemoryJournal journal;
  ASSERT_TRUE(append_rows(journal, 2));
  journal.tear_next_append(3);
  EXPECT_FALSE(append_rows(journal, 5));
  EXPECT_FALSE(journal.health());
  EXPECT_FALSE(append_rows(journal, 1));
  EXPECT_FALSE(journal.stored_snapshot());
  EXPECT_FALSE(journal.archived_page({}));
  journal.restart();
  EXPECT_TRUE(journal.health());
  EXPECT_EQ(journal.last_sequence(), 5U);
  EXPECT_TRUE(verify(journal).value().good());
  EXPECT_TRUE(append_rows(journal, 1));
}

TEST(MemoryJournal, may_keep_a_group_whose_caller_only_hears_of_the_crash) {
  MemoryJournal journal;
  journal.crash_after_next_append();
  EXPECT_FALSE(append_rows(journal, 5));
  journal.restart();
  EXPECT_EQ(journal.last_sequence(), 5U);
}

TEST(MemoryJournal, keeps_all_that_was_acknowledged_over_a_crash) {
  MemoryJournal journal;
  const std::vector<ArchivedJob> jobs = {{"lab", 1, "text"}};
  ASSERT_TRUE(journal.append(rows_after({}, 4), jobs));
  ASSERT_TRUE(journal.write_snapshot({4, journal.last_chain(), "state"}));
  journal.crash();
  EXPECT_FALSE(journal.read(1, 4, [](const Row&) { return true; }));
  journal.restart();
  EXPECT_EQ(journal.last_sequence(), 4U);
  EXPECT_EQ(journal.archived("lab", 1).value(), "text");
  EXPECT_EQ(journal.latest_snapshot().value()->state, "state");
}

TEST(MemoryJournal, loses_what_was_acknowledged_while_syncs_are_skipped) {
  MemoryJournal journal;
  ASSERT_TRUE(journal.append(rows_after({}, 4), std::vector<ArchivedJob>{{"lab", 1, "old"}}));
  journal.skip_sync(true);
  const std::vector<ArchivedJob> jobs = {{"lab", 1, "new"}, {"lab", 2, "text"}};
  ASSERT_TRUE(journal.append(rows_after(journal.last(), 4), jobs));
  ASSERT_TRUE(journal.write_snapshot({8, journal.last_chain(), "state"}));
  EXPECT_EQ(journal.last_sequence(), 8U);
  journal.crash();
  journal.restart();
  EXPECT_EQ(journal.last_sequence(), 4U);
  EXPECT_EQ(journal.archived("lab", 1).value(), "old");
  EXPECT_EQ(journal.archived("lab", 2).value(), std::nullopt);
  EXPECT_EQ(journal.latest_snapshot().value(), std::nullopt);
}

}  // namespace
}  // namespace weir::journal
