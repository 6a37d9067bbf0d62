// Recorded data, where WEIR_DATA says it lies.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace weir::schedule::test {

// The file under WEIR_DATA; "" where there is none, and then the test should skip.
inline std::filesystem::path recorded(const std::string& name) {
  const char* const folder = std::getenv("WEIR_DATA");  // NOLINT(concurrency-mt-unsafe)
  if (folder == nullptr) return {};
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  return std::filesystem::exists(path) ? path : std::filesystem::path{};
}

// The rows of a plain table without quotes, the first left out.
inline std::vector<std::vector<std::string>> rows_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    if (line.ends_with('\r')) line.pop_back();
    std::vector<std::string>& row = rows.emplace_back();
    std::string cell;
    for (std::istringstream cells(line + ","); std::getline(cells, cell, ',');) {
      row.push_back(cell);
    }
  }
  return rows;
}

}  // namespace weir::schedule::test

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): GTEST_SKIP returns from the test
#define WEIR_NEEDS_RECORDED(path) \
  if ((path).empty()) GTEST_SKIP() << "needs the recorded data that WEIR_DATA leads to"
