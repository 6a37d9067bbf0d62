// Reading the database of the journal beside the writer: each call borrows a connection of its own,
// so that any number of threads may read at once, and a visitor may call the journal again.
//
// Rows are read in batches, and nothing is held in the database while a batch is visited: a slow
// visitor never keeps the log from being emptied. Inside this room only.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "journal/journal.h"

namespace weir::journal {

class SqliteReaders {
 public:
  // Requires: `file` is a prepared database and stays open for writing while this lives.
  SqliteReaders(std::string file, std::string vfs);
  SqliteReaders(const SqliteReaders&) = delete;
  SqliteReaders& operator=(const SqliteReaders&) = delete;
  ~SqliteReaders();

  // As Journal's functions of the same names.
  [[nodiscard]] Status scan(std::uint64_t from, std::uint64_t to, const RowVisitor& visit);
  [[nodiscard]] Result<std::optional<std::string>> archived(std::string_view tenant,
                                                            std::uint64_t job);
  [[nodiscard]] Result<std::vector<ArchivedJob>> archived_page(const ArchiveQuery& query);

 private:
  struct Reader;
  struct Batch;
  class Loan;

  // An idle reader, or a new one.
  [[nodiscard]] Result<Loan> take();
  void give_back(std::unique_ptr<Reader> reader);

  std::string file_;
  std::string vfs_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_;
};

}  // namespace weir::journal
