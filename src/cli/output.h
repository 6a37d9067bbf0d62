// How things look on a terminal, and plainly where there is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/job.h"
#include "model/power.h"

namespace weir::cli {

enum class Colour : std::uint8_t { none, dim, bold, green, yellow, red, cyan };

// Colours only on a terminal, and not where NO_COLOR is set.
[[nodiscard]] bool use_colour();
[[nodiscard]] std::string paint(Colour colour, std::string_view text);
[[nodiscard]] Colour colour_of(model::JobState state);
[[nodiscard]] bool is_terminal(int descriptor);

// Columns as wide as their widest cell; the last is cut at the terminal's edge.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<std::string> cells, Colour colour = Colour::none);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // `width` 0: nothing is cut.
  [[nodiscard]] std::string text(std::size_t width) const;
  void print() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Colour colour;
  };
  std::vector<std::string> headings_;
  std::vector<Row> rows_;
};

[[nodiscard]] base::Time now();
// "in 3m", "2h ago", "now"; "" for none.
[[nodiscard]] std::string relative(std::optional<base::Time> time, base::Time from);
// "1m 12s" between two times; "-" where one is missing.
[[nodiscard]] std::string span(std::optional<base::Time> begin, std::optional<base::Time> end);

// "1.2 kWh, 350 g of CO2, 0.84 CNY of energy, by the model": what is known of it; "unknown".
[[nodiscard]] std::string footprint_text(const model::Footprint& used);

// One line that is drawn over on a terminal and not at all elsewhere.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void show(std::uint64_t done, std::uint64_t total);

 private:
  std::string what_;
  bool shown_ = false;
  int last_percent_ = -1;
};

}  // namespace weir::cli
