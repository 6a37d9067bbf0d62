#include "tests/conformance/results_table.h"

#include <algorithm>
#include <cstdio>
#include <set>

namespace weir::backend::conformance {

void ResultsTable::OnTestEnd(const ::testing::TestInfo& test) {
  const std::string name = test.name();
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return;
  const std::string property = name.substr(0, slash);
  if (std::find(properties_.begin(), properties_.end(), property) == properties_.end()) {
    properties_.push_back(property);
  }
  const ::testing::TestResult& result = *test.result();
  Cell cell{"pass", {}, static_cast<long long>(result.elapsed_time())};
  if (result.Skipped()) {
    cell.word = "not here";
    for (int i = 0; i < result.test_property_count(); ++i) {
      if (std::string(result.GetTestProperty(i).key()) != "refused") continue;
      cell.word = "refused";
      cell.why = result.GetTestProperty(i).value();
    }
  } else if (result.Failed()) {
    cell.word = "FAILS";
  }
  cells_[property][name.substr(slash + 1)] = cell;
}

void ResultsTable::OnTestProgramEnd(const ::testing::UnitTest& /*unit_test*/) {
  std::size_t width = 8;
  for (const std::string& property : properties_) width = std::max(width, property.size());
  std::printf("\n%-*s", static_cast<int>(width), "property");
  for (const std::string& backend : backends_) std::printf("  %-20s", backend.c_str());
  std::printf("\n");
  std::set<std::string> notes;
  for (const std::string& property : properties_) {
    std::printf("%-*s", static_cast<int>(width), property.c_str());
    for (const std::string& backend : backends_) {
      const Cell& cell = cells_[property][backend];
      std::string text = cell.word.empty() ? "-" : cell.word;
      if (cell.word == "pass" || cell.word == "FAILS")
        text += " " + std::to_string(cell.ms) + " ms";
      std::printf("  %-20s", text.c_str());
      if (!cell.why.empty()) notes.insert(backend + " refuses " + property + ": " + cell.why);
    }
    std::printf("\n");
  }
  for (const std::string& note : notes) std::printf("%s\n", note.c_str());
  std::fflush(stdout);
}

}  // namespace weir::backend::conformance
