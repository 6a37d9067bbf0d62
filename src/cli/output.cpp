#include "cli/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/money.h"
#include "base/quantity.h"

namespace weir::cli {

namespace {

// Columns a text takes: continuation bytes of UTF-8 take none.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// What comes from jobs must not steer the terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

std::string cut_to(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns || columns == 0) return text;
  std::string out;
  std::size_t taken = 0;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins && ++taken == columns) break;
    out += c;
  }
  return out + "…";
}

std::size_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace

bool is_terminal(int descriptor) { return ::isatty(descriptor) != 0; }

bool use_colour() {
  static const bool use = [] {
    const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
    return is_terminal(STDOUT_FILENO) && (no_colour == nullptr || *no_colour == '\0');
  }();
  return use;
}

std::string paint(Colour colour, std::string_view text) {
  if (!use_colour() || colour == Colour::none) return std::string(text);
  const char* code = "0";
  switch (colour) {
    case Colour::dim:
      code = "2";
      break;
    case Colour::bold:
      code = "1";
      break;
    case Colour::green:
      code = "32";
      break;
    case Colour::yellow:
      code = "33";
      break;
    case Colour::red:
      code = "31";
      break;
    case Colour::cyan:
      code = "36";
      break;
    case Colour::none:
      break;
  }
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

Colour colour_of(model::JobState state) {
  using model::JobState;
  switch (state) {
    case JobState::succeeded:
      return Colour::green;
    case JobState::running:
    case JobState::starting:
      return Colour::cyan;
    case JobState::failed:
    case JobState::timeout:
    case JobState::lost:
      return Colour::red;
    case JobState::held:
    case JobState::cancelled:
      return Colour::yellow;
    default:
      return Colour::none;
  }
}

void Table::add(std::vector<std::string> cells, Colour colour) {
  for (std::string& cell : cells) {
    cell = printable(cell);
    if (cell.empty()) cell = "-";
  }
  cells.resize(headings_.size(), "-");
  rows_.push_back({std::move(cells), colour});
}

std::string Table::text(std::size_t width) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    std::size_t widest = columns_of(headings_[i]);
    for (const Row& row : rows_) widest = std::max(widest, columns_of(row.cells[i]));
    widths.push_back(widest);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += cells[i];
      if (i + 1 < cells.size()) out.append(widths[i] - columns_of(cells[i]) + 2, ' ');
    }
    return cut_to(out, width);
  };
  std::string out = paint(Colour::dim, line(headings_)) + "\n";
  for (const Row& row : rows_) out += paint(row.colour, line(row.cells)) + "\n";
  return out;
}

void Table::print() const { std::fputs(text(terminal_width()).c_str(), stdout); }

base::Time now() {
  return base::Time(std::chrono::duration_cast<base::Duration>(
      std::chrono::system_clock::now().time_since_epoch()));
}

namespace {

// Whole seconds below an hour, whole minutes above: people do not read more.
std::string rough(base::Duration duration) {
  using std::chrono::floor;
  if (duration >= std::chrono::hours(1)) {
    return base::format_duration(floor<std::chrono::minutes>(duration));
  }
  if (duration >= std::chrono::seconds(10)) {
    return base::format_duration(floor<std::chrono::seconds>(duration));
  }
  return base::format_duration(floor<std::chrono::milliseconds>(duration));
}

}  // namespace

std::string relative(std::optional<base::Time> time, base::Time from) {
  if (!time) return "";
  const base::Duration distance = *time - from;
  constexpr base::Duration near = std::chrono::seconds(1);
  if (distance > -near && distance < near) return "now";
  const auto whole =
      std::chrono::floor<std::chrono::seconds>(distance < base::Duration(0) ? -distance : distance);
  return distance > base::Duration(0) ? "in " + rough(whole) : rough(whole) + " ago";
}

std::string span(std::optional<base::Time> begin, std::optional<base::Time> end) {
  if (!begin || !end) return "-";
  return rough(std::max(*end - *begin, base::Duration(0)));
}

ProgressBar::ProgressBar(std::string what) : what_(std::move(what)) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
  if (!is_terminal(STDERR_FILENO) || total == 0) return;
  constexpr std::size_t bar_width = 30;
  const auto percent = static_cast<int>(done * 100 / total);
  if (percent == last_percent_) return;
  last_percent_ = percent;
  shown_ = true;
  const std::size_t filled = bar_width * done / total;
  std::string bar;
  for (std::size_t i = 0; i < bar_width; ++i) bar += i < filled ? "█" : "░";
  std::fprintf(stderr, "\r%s %s %3d%%", what_.c_str(), bar.c_str(), percent);
}

std::string footprint_text(const model::Footprint& used) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (used.energy_joules) add(base::format_energy(*used.energy_joules));
  if (used.carbon_mg) add(base::format_mass(*used.carbon_mg) + " of CO2");
  if (used.energy_micro_cny) add(base::format_money(*used.energy_micro_cny) + " of energy");
  return out.empty() ? "unknown" : out + ", by the model";
}

}  // namespace weir::cli
