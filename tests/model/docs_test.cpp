// Every job file in the documentation is one that Weir takes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/job_file.h"

namespace {

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> pages() {
  const std::filesystem::path root = WEIR_SOURCE_DIR;
  std::vector<std::filesystem::path> found{root / "README.md", root / "README.zh.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

// The blocks between ```yaml and ```.
std::vector<std::string> job_files_in(const std::string& page) {
  std::vector<std::string> blocks;
  const std::string open = "```yaml\n";
  for (auto at = page.find(open); at != std::string::npos; at = page.find(open, at)) {
    at += open.size();
    blocks.push_back(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

TEST(Documentation, shows_only_job_files_that_are_taken) {
  std::size_t blocks = 0;
  for (const auto& page : pages()) {
    for (const std::string& block : job_files_in(read(page))) {
      ++blocks;
      for (const weir::base::Error& error :
           weir::model::check_job_file(block, page.filename().string())) {
        ADD_FAILURE() << error.text() << "\nin:\n" << block;
      }
    }
  }
  EXPECT_GE(blocks, 4U);
}

}  // namespace
