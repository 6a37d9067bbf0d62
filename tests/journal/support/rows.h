// Rows, folders and raw access to a stored journal, for the tests of this room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "journal/journal.h"

namespace weir::journal::testing {

// A folder of its own for one test, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Row `sequence`, whose contents follow from its number alone, so that what was read can be held
// against what must have been written. Sizes vary from empty to several pages.
[[nodiscard]] Row row_after(const ChainWalk& last);
// The next `count` rows.
[[nodiscard]] std::vector<Row> rows_after(ChainWalk last, std::size_t count);
// Appends the next `count` rows as one group.
[[nodiscard]] Status append_rows(Journal& journal, std::size_t count);
// Every row of the journal, as read() gives them.
[[nodiscard]] std::vector<Row> all_rows(Journal& journal);

// Runs `sql` on the database of a journal that is closed, behind its back.
void tamper(const std::string& folder, const std::string& sql);
// Turns one bit of a stored row, behind the back of a journal that is closed.
void flip_bit(const std::string& folder, const std::string& column, std::uint64_t sequence);

// WEIR_SEED from the environment, or one of its own; printed, so that a failure can be run again.
[[nodiscard]] base::Random seeded_random();

}  // namespace weir::journal::testing
