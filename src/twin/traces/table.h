// A table with a line of column names above it (CSV or tab-separated), row by row.
//
// Columns are found by name, so that their order and further columns do not matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "twin/traces/csv.h"
#include "twin/traces/field.h"

namespace weir::twin::traces {

// A column that a table has: where, and what it is called.
struct TableColumn {
  std::string name;
  std::size_t index = 0;
};

// One row; valid until the table goes on to the next.
class Row {
 public:
  explicit Row(std::span<const std::string_view> fields) : fields_(fields) {}
  [[nodiscard]] Field operator[](const TableColumn& column) const {
    return {column.name, fields_[column.index]};
  }
  // The same where the table may lack the column; empty text then.
  [[nodiscard]] Field operator[](const std::optional<TableColumn>& column) const {
    return column ? (*this)[*column] : Field{};
  }

 private:
  std::span<const std::string_view> fields_;
};

class Table {
 public:
  // Reads the line of names. Requires: `text` outlives the table.
  // Fails: invalid: no such line, it is malformed, or a name stands twice in it.
  [[nodiscard]] static base::Result<Table> open(std::string_view text, char separator = ',');

  // Fails: invalid: there is no such column; says which there are.
  [[nodiscard]] base::Result<TableColumn> column(std::string_view name) const;
  [[nodiscard]] std::optional<TableColumn> find(std::string_view name) const;
  [[nodiscard]] bool has_all(std::span<const std::string_view> names) const;

  // Goes to the next row that is not blank. Returns: false at the end.
  [[nodiscard]] bool next();
  // Of the row that next() went to. Fails: invalid: malformed, or fewer or more fields than names.
  [[nodiscard]] base::Result<Row> row() const;
  [[nodiscard]] std::uint64_t line() const { return rows_.line(); }
  [[nodiscard]] std::uint64_t blank_lines() const { return blank_lines_; }

 private:
  explicit Table(CsvRows rows) : rows_(std::move(rows)) {}

  CsvRows rows_;
  std::vector<std::string> names_;
  bool fault_ = false;
  std::uint64_t blank_lines_ = 0;
};

}  // namespace weir::twin::traces
