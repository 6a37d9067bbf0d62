// All-reduces measured on A100 machines, and how near the model comes to sizes that it was not
// fitted to.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "bench/flows/rows.h"
#include "bench/flows/tables_of_numbers.h"
#include "flow/collective.h"

namespace weir::flows {

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

// Who took part: machines of a kind, workers, how many of them on each machine.
struct Group {
  std::string machine;
  std::uint32_t workers = 0;
  int on_each = 0;
  auto operator<=>(const Group&) const = default;

  [[nodiscard]] std::string name() const {
    return std::to_string(workers) + " on " + std::to_string(static_cast<int>(workers) / on_each) +
           " × " + machine;
  }
};

// The mean of what was measured, in microseconds, by size.
using Times = std::map<std::int64_t, double>;

void read_times(const std::string& data, const std::string& folder, const std::string& machine,
                std::map<Group, Times>& groups) {
  const CsvTable table = read_csv(data + "/vidur_network/" + folder + "/all_reduce.csv");
  const std::size_t workers = table.column("num_workers");
  const std::size_t on_each = table.column("devices_per_node");
  const std::size_t size = table.column("size");
  const std::size_t mean = table.column("time_stats.all_reduce.mean");
  for (const auto& row : table.rows) {
    const Group group{machine, static_cast<std::uint32_t>(number(row[workers])),
                      static_cast<int>(number(row[on_each]))};
    groups[group].try_emplace(std::llround(number(row[size])), number(row[mean]) * 1000);
  }
}

// t = wait + 2(n-1)/n × S/B, with wait and B by plain least squares; where the best line would
// begin below 0, through 0.
std::optional<flow::AllReduce> fit(const Group& group, const Times& times) {
  if (times.size() < 2) return std::nullopt;
  double count = 0;
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  const double each = 2.0 * (group.workers - 1) / group.workers;
  for (const auto& [bytes, us] : times) {
    const double megabits = static_cast<double>(bytes) * 8 * each / 1e6;
    count += 1;
    x += megabits;
    y += us;
    xx += megabits * megabits;
    xy += megabits * us;
  }
  double slope = (count * xy - x * y) / (count * xx - x * x);  // microseconds for a megabit
  double wait = (y - slope * x) / count;
  if (wait < 0) {
    wait = 0;
    slope = xy / xx;
  }
  flow::AllReduce model;
  model.members = group.workers;
  model.bits_per_second = std::llround(1e12 / slope);
  model.round_trip = Duration(std::llround(wait));
  model.latency_steps = 1;  // all that it waits, in one
  return model;
}

double time_us(flow::AllReduce model, std::int64_t bytes) {
  model.bytes = bytes;
  return static_cast<double>(flow::all_reduce_time(model).count());
}

// In percent of what was measured.
struct Errors {
  std::vector<double> percents;

  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double each : percents) sum += each;
    return sum / static_cast<double>(percents.size());
  }
  [[nodiscard]] double p90() {
    std::sort(percents.begin(), percents.end());
    return percents[percents.size() * 9 / 10];
  }
  [[nodiscard]] std::string text() { return digits(mean(), 1) + "%, " + digits(p90(), 1) + "%"; }
  void add(const flow::AllReduce& model, std::int64_t bytes, double us) {
    percents.push_back(100 * std::abs(time_us(model, bytes) - us) / us);
  }
};

// The first of the sizes, the third and so on are fitted to; the others are held against it.
struct Halves {
  Times fitted;
  Times held;
};

Halves halve(const Times& times) {
  Halves halves;
  bool odd = true;
  for (const auto& each : times) {
    (odd ? halves.fitted : halves.held).insert(each);
    odd = !odd;
  }
  return halves;
}

Times part(const Times& times, bool large) {
  Times out;
  for (const auto& each : times) {
    if ((each.first > mebibyte) == large) out.insert(each);
  }
  return out;
}

void draw(const Group& group, const flow::AllReduce& model, const Times& times, Plot& plot) {
  Line measured{group.name(), {}};
  Line by_model{group.name() + ", model", {}};
  for (const auto& [bytes, us] : times) {
    const double size = static_cast<double>(bytes) / static_cast<double>(mebibyte);
    measured.points.emplace_back(size, us / 1000);
    by_model.points.emplace_back(size, time_us(model, bytes) / 1000);
  }
  plot.lines.push_back(std::move(measured));
  plot.lines.push_back(std::move(by_model));
}

}  // namespace

void all_reduce_rows(const std::string& data, Page& page) {
  std::map<Group, Times> groups;
  read_times(data, "a100_dgx", "DGX", groups);
  read_times(data, "a100_pairwise_nvlink", "4 by NVLink pairs", groups);
  Section section;
  section.title = "All-reduces: what the ring formula says of measured ones";
  section.text = {
      "Times of all-reduces among A100s, by size and number of workers, on DGX machines (NVLink "
      "within, a network between) and on one whose four cards are joined in pairs, 2 KiB to 64 MiB "
      "and to 512 MiB: profiles that Vidur publishes (means of three). For each group of workers "
      "the two numbers of the model, what it waits and its bandwidth, are fitted by plain least "
      "squares to every other size; the error is that of the sizes between, as mean and 90th "
      "percentile of |model - measured| ÷ measured.",
      "`one line`: one fit for all sizes. `two lines`: one to sizes above 1 MiB, another to those "
      "below. Bandwidth is that of the ring formula's 2(n-1)/n × S.",
      "Where it falls short: the library changes its algorithm and protocol with the size, so that "
      "no one line holds below 1 MiB; there the three runs behind a mean also lie apart (a tenth "
      "of "
      "them by more than 70% of it). And some of the profile is no function of the size that a "
      "line "
      "could follow: 4 workers on 2 machines take 2.1 ms for 7.9 MiB, 1.4 ms for 9.0 MiB and 5.0 "
      "ms "
      "for 18.6 MiB; 16 take 3.2 ms for 12.3 MiB, 1.8 ms for 13.4 MiB and 4.8 ms for 18.6 MiB."};
  section.head = {"workers",         "waits, us",        "Gbit/s",          "above 1 MiB, one line",
                  "below, one line", "above, two lines", "below, two lines"};
  Errors all_large;
  Errors all_small;
  Errors all_large_apart;
  Errors all_small_apart;
  std::vector<Line> lines;
  Plot drawn{
      "All-reduces between two DGX: measured, and the model by one line", "MiB", "ms", false, {}};
  for (const auto& [group, times] : groups) {
    const Halves halves = halve(times);
    const auto whole = fit(group, halves.fitted);
    const auto large = fit(group, part(halves.fitted, true));
    const auto small = fit(group, part(halves.fitted, false));
    if (!whole || !large || !small) continue;
    Errors one[2];
    Errors two[2];
    for (const auto& [bytes, us] : halves.held) {
      const bool is_large = bytes > mebibyte;
      one[is_large ? 0 : 1].add(*whole, bytes, us);
      two[is_large ? 0 : 1].add(is_large ? *large : *small, bytes, us);
      (is_large ? all_large : all_small).add(*whole, bytes, us);
      (is_large ? all_large_apart : all_small_apart).add(is_large ? *large : *small, bytes, us);
    }
    section.rows.push_back({group.name(), std::to_string(whole->round_trip.count()),
                            digits(static_cast<double>(whole->bits_per_second) / 1e9, 1),
                            one[0].text(), one[1].text(), two[0].text(), two[1].text()});
    lines.push_back(bench::distribution(group.name(), one[0].percents, 100));
    if (static_cast<int>(group.workers) > group.on_each) draw(group, *whole, halves.held, drawn);
  }
  section.rows.push_back({"all", "", "", all_large.text(), all_small.text(), all_large_apart.text(),
                          all_small_apart.text()});
  section.text.push_back("One line misses what is below 1 MiB by " + digits(all_small.mean(), 0) +
                         "% on the mean, a tenth of it by more than " + digits(all_small.p90(), 0) +
                         "%: it is of no use there, and no bar is set for it. Bars were set when "
                         "the measured values were known, to see them change.");
  section.figures.push_back(at_most("all_reduce_error_above_1MiB", all_large.mean(), "%", 10));
  section.figures.push_back(at_most("all_reduce_error_above_1MiB_p90", all_large.p90(), "%", 20));
  section.figures.push_back(
      at_most("all_reduce_error_below_1MiB_two_lines", all_small_apart.mean(), "%", 20));
  page.add(std::move(section));
  page.add(std::move(drawn));
  page.add(
      Plot{"All-reduces above 1 MiB: the model's error by sizes it was not fitted to, one line",
           "% of the measured time", "% of sizes at most", false, std::move(lines)});
}

}  // namespace weir::flows
