// A page of tables: what was published, what was measured here, and Weir beside it.
#pragma once

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "bench/page/plots.h"

namespace weir::bench {

// A measured value held against a bar.
struct Judged {
  std::string name;
  std::string value;
  std::string unit;
  std::string target;
  bool good = false;
};

struct Section {
  std::string title;
  std::vector<std::string> text;  // paragraphs: setting, departures, what falls short and why
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::vector<Judged> figures;
};

// Within `margin` of what was published.
[[nodiscard]] Judged near(const std::string& name, double value, const std::string& unit,
                          double published, double margin);
[[nodiscard]] Judged at_least(const std::string& name, double value, const std::string& unit,
                              double least);
[[nodiscard]] Judged at_most(const std::string& name, double value, const std::string& unit,
                             double most);
// Told, and held against nothing.
[[nodiscard]] Judged stated(const std::string& name, double value, const std::string& unit);
// "95.23": so many digits behind the point.
[[nodiscard]] std::string digits(double value, int behind);

// Does all of them, on as many threads as the machine has cores; none depends on another.
void do_all(const std::vector<std::function<void()>>& work);

// Sections go to the terminal and to the file as they come: whoever stops early keeps what is done.
class Page {
 public:
  // As Markdown into the file, where one is named.
  explicit Page(const std::string& file);

  void add(Section section);
  void add(Plot plot) { plots_.push_back(std::move(plot)); }

  // One line a figure; the number of those that are short.
  [[nodiscard]] int print_figures() const;
  [[nodiscard]] const std::vector<Plot>& plots() const { return plots_; }

 private:
  std::ofstream file_;
  std::vector<Judged> figures_;
  std::vector<Plot> plots_;
};

}  // namespace weir::bench
