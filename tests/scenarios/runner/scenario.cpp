#include "tests/scenarios/runner/scenario.h"

#include <sstream>

namespace weir::scenarios {
namespace {

constexpr const char* separator = "----";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

base::Result<Scenario> read_scenario(const std::string& text, const std::string& file) {
  Scenario scenario;
  const std::vector<std::string> lines = lines_of(text);
  std::vector<std::string> before;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i].starts_with("#")) {
      before.push_back(lines[i]);
      continue;
    }
    Passage passage{std::exchange(before, {}), lines[i], i + 1, ""};
    if (i + 1 >= lines.size() || lines[i + 1] != separator) {
      return base::fail(base::ErrorCode::invalid, file + ":" + std::to_string(i + 1) +
                                                      ": a command is followed by a line `----`");
    }
    for (i += 2; i < lines.size() && !lines[i].empty(); ++i) passage.expected += lines[i] + "\n";
    --i;
    scenario.passages.push_back(std::move(passage));
  }
  scenario.after = std::move(before);
  return scenario;
}

std::string write_scenario(const Scenario& scenario) {
  std::string text;
  for (const Passage& passage : scenario.passages) {
    for (const std::string& line : passage.before) text += line + "\n";
    text += passage.command + "\n" + separator + "\n" + passage.expected;
  }
  for (const std::string& line : scenario.after) text += line + "\n";
  return text;
}

}  // namespace weir::scenarios
