#include "bench/page/plots.h"

#include <algorithm>

#include "base/json.h"
#include "twin/page/assets.h"
#include "twin/page/html.h"

namespace weir::bench {
namespace {

struct Point {
  double x = 0;
  double y = 0;
};
WEIR_DESCRIBE(Point, x, y)
struct DrawnLine {
  std::string name;
  std::vector<Point> points;
};
WEIR_DESCRIBE(DrawnLine, name, points)
struct Drawn {
  std::string title;
  std::string across;
  std::string up;
  bool logarithmic = false;
  std::vector<DrawnLine> lines;
};
WEIR_DESCRIBE(Drawn, title, across, up, logarithmic, lines)

constexpr std::string_view script = R"(
for (const plot of JSON.parse(document.getElementById("plots").textContent)) {
  const frame = document.createElement("div");
  frame.style.cssText = "width: 900px; height: 460px";
  document.body.append(frame);
  echarts.init(frame, null, {renderer: "svg"}).setOption({
    title: {text: plot.title, top: 8},
    animation: false,
    tooltip: {trigger: "item"},
    legend: {top: 40},
    grid: {top: 84, left: 70, right: 30, bottom: 60},
    xAxis: {type: plot.logarithmic ? "log" : "value", name: plot.across, nameLocation: "middle",
            nameGap: 30, scale: true},
    yAxis: {type: "value", name: plot.up, nameLocation: "middle", nameGap: 50, scale: true},
    series: plot.lines.map((line) => ({
      name: line.name, type: "line", showSymbol: line.points.length < 20,
      data: line.points.map((point) => [point.x, point.y])})),
  });
}
)";

}  // namespace

Line distribution(std::string name, std::vector<double> values, std::size_t points) {
  std::sort(values.begin(), values.end());
  Line line{std::move(name), {}};
  const std::size_t step = std::max<std::size_t>(values.size() / points, 1);
  for (std::size_t i = step - 1; i < values.size(); i += step) {
    const double part = static_cast<double>(i + 1) / static_cast<double>(values.size());
    line.points.emplace_back(values[i], 100 * part);
  }
  return line;
}

std::string plots_page(const std::vector<Plot>& plots) {
  std::vector<Drawn> drawn;
  for (const Plot& plot : plots) {
    Drawn& each = drawn.emplace_back(Drawn{plot.title, plot.across, plot.up, plot.logarithmic, {}});
    for (const Line& line : plot.lines) {
      DrawnLine& points = each.lines.emplace_back(DrawnLine{line.name, {}});
      for (const auto& [x, y] : line.points) points.points.push_back({x, y});
    }
  }
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Weir: tables, "
      "as plots</title><body style=\"font-family: sans-serif\">";
  page += "<script type=\"application/json\" id=\"plots\">";
  page += twin::page::json_in_script(base::to_json(drawn));
  page += "</script><script>";
  page += twin::page::charts_script();
  page += "</script><script>";
  page += script;
  page += "</script></body></html>\n";
  return page;
}

}  // namespace weir::bench
