// Plots beside the tables, as one page that asks for nothing from outside.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace weir::bench {

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;
};
struct Plot {
  std::string title;
  std::string across;  // what the axis counts, with its unit
  std::string up;
  bool logarithmic = false;  // across
  std::vector<Line> lines;
};

// How many of 100 values are at most so much: at most `points` of them, evenly by rank.
[[nodiscard]] Line distribution(std::string name, std::vector<double> values, std::size_t points);

[[nodiscard]] std::string plots_page(const std::vector<Plot>& plots);

}  // namespace weir::bench
