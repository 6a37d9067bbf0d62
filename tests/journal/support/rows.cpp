#include "tests/journal/support/rows.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "journal/schema.h"

namespace weir::journal::testing {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "weir-journal-XXXXXX").string();
  const char* made = ::mkdtemp(pattern.data());
  EXPECT_NE(made, nullptr);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code code;
  std::filesystem::remove_all(path_, code);
}

Row row_after(const ChainWalk& last) {
  Row row;
  row.sequence = last.sequence() + 1;
  row.time_us = 1'700'000'000'000'000 + static_cast<std::int64_t>(row.sequence) * 250;
  base::Random random{row.sequence};
  const auto fill = [&random](std::string& text, std::size_t size) {
    while (text.size() < size) text.push_back(static_cast<char>(random.below(256)));
  };
  const bool large = random.chance(1, 40);
  fill(row.input, random.below(large ? 30'000 : 200));
  fill(row.facts, random.below(large ? 30'000 : 300));
  row.chain = chain_after(last.chain(), row);
  return row;
}

std::vector<Row> rows_after(ChainWalk last, std::size_t count) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(row_after(last));
    last = ChainWalk(rows.back().sequence, rows.back().chain);
  }
  return rows;
}

Status append_rows(Journal& journal, std::size_t count) {
  return journal.append(rows_after(journal.last(), count));
}

std::vector<Row> all_rows(Journal& journal) {
  std::vector<Row> rows;
  const Status read = journal.read(1, journal.last_sequence(), [&](const Row& row) {
    rows.push_back(row);
    return true;
  });
  EXPECT_TRUE(read) << read.error().text();
  return rows;
}

void tamper(const std::string& folder, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder + "/" + database_name).c_str(), &database), SQLITE_OK);
  char* message = nullptr;
  const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message);
  EXPECT_EQ(code, SQLITE_OK) << message;
  sqlite3_close(database);
}

void flip_bit(const std::string& folder, const std::string& column, std::uint64_t sequence) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder + "/" + database_name).c_str(), &database), SQLITE_OK);
  sqlite3_blob* blob = nullptr;
  ASSERT_EQ(sqlite3_blob_open(database, "main", "step", column.c_str(),
                              static_cast<sqlite3_int64>(sequence), 1, &blob),
            SQLITE_OK);
  const int last = sqlite3_blob_bytes(blob) - 1;
  char byte = 0;
  ASSERT_EQ(sqlite3_blob_read(blob, &byte, 1, last), SQLITE_OK);
  byte = static_cast<char>(byte ^ 0x10);
  ASSERT_EQ(sqlite3_blob_write(blob, &byte, 1, last), SQLITE_OK);
  sqlite3_blob_close(blob);
  sqlite3_close(database);
}

base::Random seeded_random() {
  const char* given = std::getenv("WEIR_SEED");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  std::random_device device;
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10)
                                              : (std::uint64_t{device()} << 20U) ^ device();
  std::cout << "seed " << seed << " (again with WEIR_SEED=" << seed << ")\n";
  return base::Random{seed};
}

}  // namespace weir::journal::testing
