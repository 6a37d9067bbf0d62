#include "twin/traces/table.h"

#include <algorithm>

namespace weir::twin::traces {

base::Result<Table> Table::open(std::string_view text, char separator) {
  Table table{CsvRows(text, separator)};
  if (!table.next()) return base::fail(base::ErrorCode::invalid, "there is no line in it");
  if (table.fault_) {
    return base::fail(base::ErrorCode::invalid,
                      "its line of column names is malformed: " + table.rows_.why());
  }
  for (const std::string_view name : table.rows_.fields()) {
    if (table.find(name)) {
      return base::fail(base::ErrorCode::invalid, "the column " + shown(name) + " stands twice");
    }
    table.names_.emplace_back(name);
  }
  return table;
}

std::optional<TableColumn> Table::find(std::string_view name) const {
  const auto place = std::find(names_.begin(), names_.end(), name);
  if (place == names_.end()) return {};
  return TableColumn{*place, static_cast<std::size_t>(place - names_.begin())};
}

base::Result<TableColumn> Table::column(std::string_view name) const {
  if (auto found = find(name)) return *std::move(found);
  std::string there;
  for (const std::string& each : names_) there += (there.empty() ? "" : ", ") + shown(each);
  return base::fail(base::ErrorCode::invalid, "there is no column `" + std::string(name) + "`",
                    std::string(name), "its columns are " + there);
}

bool Table::has_all(std::span<const std::string_view> names) const {
  return std::all_of(names.begin(), names.end(),
                     [this](std::string_view name) { return find(name).has_value(); });
}

bool Table::next() {
  for (;;) {
    const CsvRows::Next next = rows_.next();
    if (next == CsvRows::Next::end) return false;
    fault_ = next == CsvRows::Next::fault;
    if (next != CsvRows::Next::blank) return true;
    ++blank_lines_;
  }
}

base::Result<Row> Table::row() const {
  if (fault_) return base::fail(base::ErrorCode::invalid, rows_.why());
  if (rows_.fields().size() != names_.size()) {
    return base::fail(base::ErrorCode::invalid, "has " + std::to_string(rows_.fields().size()) +
                                                    " fields where the table has " +
                                                    std::to_string(names_.size()) + " columns");
  }
  return Row(rows_.fields());
}

}  // namespace weir::twin::traces
