#include "journal/sqlite_readers.h"

#include <algorithm>
#include <limits>

#include "journal/bytes.h"
#include "journal/sqlite.h"

namespace weir::journal {

namespace {

constexpr std::uint64_t number_max = std::numeric_limits<std::int64_t>::max();

std::int64_t to_database(std::uint64_t number) {
  return static_cast<std::int64_t>(std::min(number, number_max));
}

Status read_row(const Statement& statement, Row& row) {
  row.sequence = static_cast<std::uint64_t>(statement.integer(0));
  row.time_us = statement.integer(1);
  row.input.assign(statement.bytes(2));
  row.facts.assign(statement.bytes(3));
  const std::optional<Digest> chain = digest_of(statement.bytes(4));
  if (!chain) {
    return base::fail(base::ErrorCode::input_output,
                      "step " + std::to_string(row.sequence) + " has no chain hash");
  }
  row.chain = *chain;
  return {};
}

}  // namespace

struct SqliteReaders::Reader {
  Connection connection;
  Statement range;
  Statement one_archived;
  Statement page;
  Statement page_of_tenant;
};

// Some rows, copied out of the database. Their strings are used again by the next batch.
struct SqliteReaders::Batch {
  std::vector<Row> rows;
  std::size_t size = 0;   // how many of `rows` count
  bool complete = false;  // nothing is left behind them
  Status status;          // what is wrong behind them

  void fill(Reader& reader, std::uint64_t from, std::uint64_t to);
};

void SqliteReaders::Batch::fill(Reader& reader, std::uint64_t from, std::uint64_t to) {
  constexpr std::size_t rows_max = 512;
  constexpr std::size_t bytes_max = std::size_t{1} << 20U;
  reader.range.bind(1, to_database(from));
  reader.range.bind(2, to_database(to));
  const Rewind rewind(reader.range);
  size = 0;
  for (std::size_t bytes = 0; size < rows_max && bytes < bytes_max; ++size) {
    const int code = reader.range.step();
    complete = code == SQLITE_DONE;
    if (complete) return;
    if (size == rows.size()) rows.emplace_back();
    Row& row = rows[size];
    status = code == SQLITE_ROW ? read_row(reader.range, row)
                                : Status(reader.connection.fail("read steps", code));
    if (!status) return;
    bytes += row.input.size() + row.facts.size();
  }
}

// A reader on loan to one call.
class SqliteReaders::Loan {
 public:
  Loan(SqliteReaders& owner, std::unique_ptr<Reader> reader)
      : owner_(&owner), reader_(std::move(reader)) {}
  Loan(Loan&&) noexcept = default;
  Loan& operator=(Loan&&) = delete;
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() {
    if (reader_) owner_->give_back(std::move(reader_));
  }
  [[nodiscard]] Reader& reader() const { return *reader_; }

 private:
  SqliteReaders* owner_;
  std::unique_ptr<Reader> reader_;
};

SqliteReaders::SqliteReaders(std::string file, std::string vfs)
    : file_(std::move(file)), vfs_(std::move(vfs)) {}

SqliteReaders::~SqliteReaders() = default;

Result<SqliteReaders::Loan> SqliteReaders::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Reader> reader = std::move(idle_.back());
      idle_.pop_back();
      return Loan(*this, std::move(reader));
    }
  }
  // Pages are read, not mapped: mapping gains nothing measurable here, and a disk error would end
  // the process (SIGBUS) where a read reports it.
  auto reader = std::make_unique<Reader>();
  Connection& connection = reader->connection;
  connection = WEIR_TRY(Connection::open(file_, Connection::Mode::read_only, vfs_));
  reader->range =
      WEIR_TRY(connection.prepare("SELECT sequence, time_us, input, facts, chain FROM step "
                                  "WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence"));
  reader->one_archived =
      WEIR_TRY(connection.prepare("SELECT json FROM archived_job WHERE job = ?1 AND tenant = ?2"));
  reader->page =
      WEIR_TRY(connection.prepare("SELECT job, tenant, json FROM archived_job "
                                  "WHERE job < ?1 ORDER BY job DESC LIMIT ?2"));
  reader->page_of_tenant =
      WEIR_TRY(connection.prepare("SELECT job, tenant, json FROM archived_job "
                                  "WHERE job < ?1 AND tenant = ?3 ORDER BY job DESC LIMIT ?2"));
  return Loan(*this, std::move(reader));
}

void SqliteReaders::give_back(std::unique_ptr<Reader> reader) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(reader));
}

Status SqliteReaders::scan(std::uint64_t from, std::uint64_t to, const RowVisitor& visit) {
  const Loan loan = WEIR_TRY(take());
  Batch batch;
  while (from <= to && !batch.complete) {
    batch.fill(loan.reader(), from, to);
    for (std::size_t i = 0; i < batch.size; ++i) {
      if (!visit(batch.rows[i])) return {};
    }
    WEIR_TRY_STATUS(batch.status);
    if (batch.size > 0) from = batch.rows[batch.size - 1].sequence + 1;
  }
  return {};
}

Result<std::optional<std::string>> SqliteReaders::archived(std::string_view tenant,
                                                           std::uint64_t job) {
  if (job > number_max) return std::optional<std::string>();
  const Loan loan = WEIR_TRY(take());
  Statement& statement = loan.reader().one_archived;
  const Rewind rewind(statement);
  statement.bind(1, to_database(job));
  statement.bind_text(2, tenant);
  const int code = statement.step();
  if (code == SQLITE_ROW) return std::optional(std::string(statement.bytes(0)));
  if (code == SQLITE_DONE) return std::optional<std::string>();
  return loan.reader().connection.fail("read the archive", code);
}

Result<std::vector<ArchivedJob>> SqliteReaders::archived_page(const ArchiveQuery& query) {
  const Loan loan = WEIR_TRY(take());
  Statement& statement = query.tenant ? loan.reader().page_of_tenant : loan.reader().page;
  const Rewind rewind(statement);
  statement.bind(1, to_database(query.before.value_or(number_max)));
  statement.bind(2, to_database(query.limit));
  if (query.tenant) statement.bind_text(3, *query.tenant);
  std::vector<ArchivedJob> page;
  int code = SQLITE_ROW;
  while ((code = statement.step()) == SQLITE_ROW) {
    page.push_back({std::string(statement.bytes(1)),
                    static_cast<std::uint64_t>(statement.integer(0)),
                    std::string(statement.bytes(2))});
  }
  if (code != SQLITE_DONE) return loan.reader().connection.fail("list the archive", code);
  return page;
}

}  // namespace weir::journal
