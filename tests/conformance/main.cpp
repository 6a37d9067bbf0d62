// test_conformance: the properties of backend/backend.h, held against every backend there is.
//
// --gtest_filter='*/slurm' runs them on one of them.
#include <gtest/gtest.h>

#include "tests/conformance/backend_under_test.h"
#include "tests/conformance/results_table.h"

int main(int count, char** words) {
  using namespace weir::backend::conformance;
  ::testing::InitGoogleTest(&count, words);
  std::vector<std::string> names;
  for (const Kind& kind : backends_under_test()) names.push_back(kind.name);
  // Owned by the framework from here on.
  ::testing::UnitTest::GetInstance()->listeners().Append(new ResultsTable(names));
  const int code = RUN_ALL_TESTS();
  for (const Kind& kind : backends_under_test()) kind.end();
  return code;
}
