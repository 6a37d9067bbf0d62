// scenarios: plays tests/scenarios/*.txt and compares. With --rewrite, writes down what happens.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/scenarios/runner/scenario.h"
#include "tests/scenarios/runner/stage.h"

namespace {

namespace fs = std::filesystem;
using weir::scenarios::Passage;
using weir::scenarios::Scenario;

std::vector<fs::path> scenario_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(WEIR_SCENARIOS)) {
    const bool scenario =
        entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt";
    if (scenario) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Plays it all; what happens stands in `expected` afterwards. Gives the number of differences.
int play(Scenario& scenario, const std::string& file) {
  weir::scenarios::Stage stage;
  int differences = 0;
  for (Passage& passage : scenario.passages) {
    auto happened = stage.play(passage.command);
    const std::string actual =
        happened ? *happened : "not understood: " + happened.error().text() + "\n";
    if (actual != passage.expected) {
      ++differences;
      std::printf("%s:%zu: %s\n---- expected\n%s---- happens\n%s\n", file.c_str(), passage.line,
                  passage.command.c_str(), passage.expected.c_str(), actual.c_str());
    }
    passage.expected = actual;
  }
  return differences;
}

}  // namespace

int main(int argc, char** argv) {
  const bool rewrite = argc == 2 && std::string(argv[1]) == "--rewrite";
  if (argc > 1 && !rewrite) {
    (void)std::fprintf(stderr, "scenarios [--rewrite]\n");
    return 2;
  }
  int differences = 0;
  std::size_t passages = 0;
  const std::vector<fs::path> files = scenario_files();
  for (const fs::path& path : files) {
    auto scenario = weir::scenarios::read_scenario(read_file(path), path.filename().string());
    if (!scenario) {
      (void)std::fprintf(stderr, "%s\n", scenario.error().text().c_str());
      return 1;
    }
    passages += scenario->passages.size();
    const int here = play(*scenario, path.filename().string());
    differences += here;
    if (rewrite && here > 0) std::ofstream(path) << write_scenario(*scenario);
  }
  std::printf("scenarios: %zu files, %zu commands, %d differences%s\n", files.size(), passages,
              differences, rewrite && differences > 0 ? ", written down" : "");
  return files.empty() || (differences > 0 && !rewrite) ? 1 : 0;
}
