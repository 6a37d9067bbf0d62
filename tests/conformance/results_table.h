// What the suite found, as one table at its end: a row a property, a column a backend.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace weir::backend::conformance {

class ResultsTable final : public ::testing::EmptyTestEventListener {
 public:
  explicit ResultsTable(std::vector<std::string> backends) : backends_(std::move(backends)) {}

  void OnTestEnd(const ::testing::TestInfo& test) override;
  void OnTestProgramEnd(const ::testing::UnitTest& unit_test) override;

 private:
  struct Cell {
    std::string word;  // "pass", "refused", "FAILS", "not here"
    std::string why;
    long long ms = 0;
  };

  std::vector<std::string> backends_;
  std::vector<std::string> properties_;  // as they ran
  std::map<std::string, std::map<std::string, Cell>> cells_;
};

}  // namespace weir::backend::conformance
