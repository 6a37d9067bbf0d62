#include "bench/flows/tables_of_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "twin/traces/csv.h"
#include "twin/traces/text_file.h"

namespace weir::flows {

std::size_t CsvTable::column(const std::string& name) const {
  const auto at = std::find(head.begin(), head.end(), name);
  if (at == head.end()) {
    std::cerr << "flows: there is no column `" << name << "`\n";
    std::exit(2);
  }
  return static_cast<std::size_t>(at - head.begin());
}

CsvTable read_csv(const std::string& path) {
  using Next = twin::traces::CsvRows::Next;
  const auto text = twin::traces::read_text_file(path);
  if (!text) {
    std::cerr << "flows: " << text.error().text() << "\n";
    std::exit(2);
  }
  CsvTable table;
  twin::traces::CsvRows rows(*text);
  for (Next next = rows.next(); next != Next::end; next = rows.next()) {
    if (next != Next::row) continue;
    std::vector<std::string> cells(rows.fields().begin(), rows.fields().end());
    if (table.head.empty()) {
      table.head = std::move(cells);
    } else {
      table.rows.push_back(std::move(cells));
    }
  }
  return table;
}

double number(const std::string& cell) { return std::strtod(cell.c_str(), nullptr); }

double grams(__int128 sum) { return static_cast<double>(sum) / (1e6 * 3.6e9); }

std::vector<Zone> read_zones(const std::string& data) {
  const CsvTable table = read_csv(data + "/carbon_2022_123zones/carbon_intensity_2022_hourly.csv");
  std::vector<Zone> zones;
  for (std::size_t i = 1; i < table.head.size(); ++i) {
    Zone& zone = zones.emplace_back(Zone{table.head[i], {}});
    for (const auto& row : table.rows)
      zone.micrograms.push_back(std::llround(number(row[i]) * 1e6));
  }
  return zones;
}

}  // namespace weir::flows
