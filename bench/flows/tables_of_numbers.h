// Recorded tables of numbers: CSV with a head.
#pragma once

#include <string>
#include <vector>

namespace weir::flows {

struct CsvTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;

  // Requires: there is one.
  [[nodiscard]] std::size_t column(const std::string& name) const;
};

// Ends the program with a word where the file cannot be read.
[[nodiscard]] CsvTable read_csv(const std::string& path);
[[nodiscard]] double number(const std::string& cell);

// Carbon of a kilowatt hour, hour by hour, in micrograms, by zone (Electricity Maps, 2022).
struct Zone {
  std::string name;
  std::vector<std::int64_t> micrograms;
};
[[nodiscard]] std::vector<Zone> read_zones(const std::string& data);
// Micrograms × microseconds of a kilowatt, as grams.
[[nodiscard]] double grams(__int128 sum);

}  // namespace weir::flows
