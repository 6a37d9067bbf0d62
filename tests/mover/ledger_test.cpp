// Ledgers: whatever is left of one after a kill or a loss of power, nothing is believed that was
// not written.
#include "mover/ledger.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/mover/support/lab.h"

namespace weir::mover::test {
namespace {

Manifest ten_chunks() {
  Manifest manifest;
  manifest.chunk_bytes = 10;
  manifest.files = {{"a", 0, {}}, {"b", 95, {}}, {"c", 0, {}}};
  for (int i = 0; i < 10; ++i) {
    manifest.files[1].chunks.push_back(base::sha256(std::to_string(i)));
  }
  return manifest;
}

RC_GTEST_PROP(Ledger, cut_anywhere_tells_nothing_that_was_not_written, (std::uint64_t seed)) {
  base::Random random{seed};
  const Folder folder;
  const Manifest manifest = ten_chunks();
  const ChunkTable table(manifest);
  const base::Descriptor open = *open_folder(folder.path());
  Landed truth;
  {
    const auto ledger = Ledger::open(open.get(), "ledger", table, "boot");
    RC_ASSERT(ledger.has_value());
    truth = ledger->landed();
    for (std::uint64_t i = random.below(30); i > 0; --i) {
      const std::uint64_t number = random.below(10);
      const auto index = static_cast<std::size_t>(number);
      if (random.chance(1, 2)) {
        RC_ASSERT(ledger->add_verified(number, table.digest(number)).has_value());
        truth.verified[index] = true;
      } else {
        truth.written[index] = random.between(0, table.place(number).size);
        RC_ASSERT(ledger->add_written(number, truth.written[index]).has_value());
      }
    }
  }
  {
    const auto again = Ledger::open(open.get(), "ledger", table, "boot");
    RC_ASSERT(again->landed().verified == truth.verified);
    RC_ASSERT(again->landed().written == truth.written);
    RC_ASSERT(!again->landed().is_to_be_read_again);
  }
  const std::string text = read_file(folder / "ledger");
  write_file(folder / "ledger",
             text.substr(0, static_cast<std::size_t>(random.below(text.size()))));
  {
    const auto torn = Ledger::open(open.get(), "ledger", table, "boot");
    for (std::size_t i = 0; i < 10; ++i) {
      RC_ASSERT(!torn->landed().verified[i] || truth.verified[i]);
    }
    RC_ASSERT(torn->add_verified(7, table.digest(7)).has_value());
  }
  // What is added behind a torn line is a line of its own.
  RC_ASSERT(Ledger::open(open.get(), "ledger", table, "boot")->landed().verified[7]);
}

TEST(Ledger, of_another_run_of_the_machine_or_version_is_to_be_read_again) {
  const Folder folder;
  const Manifest manifest = ten_chunks();
  const ChunkTable table(manifest);
  const base::Descriptor open = *open_folder(folder.path());
  ASSERT_TRUE(Ledger::open(open.get(), "ledger", table, "one")->add_verified(3, table.digest(3)));
  auto other = Ledger::open(open.get(), "ledger", table, "two");
  EXPECT_TRUE(other->landed().is_to_be_read_again);
  EXPECT_TRUE(other->landed().verified[3]);
  std::vector<bool> verified(10, false);
  verified[4] = true;
  ASSERT_TRUE(other->rewrite(table, verified));
  const auto after = Ledger::open(open.get(), "ledger", table, "two");
  EXPECT_FALSE(after->landed().is_to_be_read_again);
  EXPECT_EQ(after->landed().verified, verified);
  EXPECT_TRUE(Ledger::open(open.get(), "unnamed", table, "")->landed().verified.size() == 10);
  EXPECT_TRUE(Ledger::open(open.get(), "unnamed", table, "")->landed().is_to_be_read_again);
}

TEST(Ledger, lines_that_do_not_fit_count_for_nothing) {
  const Folder folder;
  const Manifest manifest = ten_chunks();
  const ChunkTable table(manifest);
  const base::Descriptor open = *open_folder(folder.path());
  static_cast<void>(Ledger::open(open.get(), "ledger", table, "boot"));
  write_file(folder / "ledger", read_file(folder / "ledger") +
                                    "verified 1 0123456789abcdef\nverified 10 0\nverified -1 0\n"
                                    "written 9 6\nwritten 8 11\nwritten 2 -3\nwritten\n\n1 2 3\n");
  const auto ledger = Ledger::open(open.get(), "ledger", table, "boot");
  EXPECT_EQ(ledger->landed().verified, std::vector<bool>(10, false));
  EXPECT_EQ(ledger->landed().written, std::vector<std::int64_t>(10, 0));
}

}  // namespace
}  // namespace weir::mover::test
