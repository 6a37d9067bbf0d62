#include "twin/page/page.h"

#include <set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "twin/page/assets.h"
#include "twin/page/figures_table.h"
#include "twin/page/html.h"

namespace weir::twin::page {

// What the page's script reads.
struct ScriptRun {
  std::string name;
  Figures figures;
  JobSketch jobs;
};
WEIR_DESCRIBE(ScriptRun, name, figures, jobs)
struct ScriptData {
  std::vector<ScriptRun> runs;
};
WEIR_DESCRIBE(ScriptData, runs)

namespace {

// The scenarios' names; where one stands twice, with seed, or else with a number.
std::vector<std::string> names_of(std::span<const PageRun> runs) {
  std::set<std::string> plain;
  std::set<std::string> with_seed;
  const auto seeded = [](const Figures& figures) {
    return figures.scenario + ", seed " + std::to_string(figures.seed);
  };
  for (const PageRun& run : runs) {
    plain.insert(run.figures.scenario);
    with_seed.insert(seeded(run.figures));
  }
  std::vector<std::string> names;
  for (const PageRun& run : runs) {
    std::string name = run.figures.scenario;
    if (plain.size() < runs.size()) name = seeded(run.figures);
    if (with_seed.size() < runs.size() && plain.size() < runs.size()) {
      name += " (" + std::to_string(names.size() + 1) + ")";
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::string title_of(const std::vector<std::string>& names) {
  if (names.size() == 1) return names.front();
  std::string title;
  constexpr std::size_t most = 4;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) {
    title += (i > 0 ? " · " : "") + names[i];
  }
  if (names.size() > most) title += " · " + std::to_string(names.size() - most) + " more";
  return title;
}

std::string tile(std::string_view value, std::string_view english, std::string_view chinese) {
  return "<div class=\"tile\"><b>" + escaped(value) + "</b>" + escaped(english) +
         "<span lang=\"zh\">" + std::string(chinese) + "</span></div>\n";
}

std::string percent(double share) {
  const auto per_mille = static_cast<int>(share * 1000 + 0.5);
  return std::to_string(per_mille / 10) + "." + std::to_string(per_mille % 10) + "%";
}

// Of a single run, what people ask first. Of several the table shows it side by side.
std::string tiles(std::span<const PageRun> runs) {
  if (runs.size() != 1) return {};
  const Figures& figures = runs.front().figures;
  std::string html = tile(with_commas(figures.jobs.submitted), "jobs submitted", "提交作业");
  const bool all_started = figures.jobs.waiting == 0;
  if (!all_started) {
    html += tile(with_commas(figures.jobs.waiting), "still waiting at the end", "结束时仍等待");
  }
  if (figures.wait.count > 0) {
    html +=
        tile(base::format_duration(std::chrono::floor<std::chrono::seconds>(figures.wait.mean_s)),
             all_started ? "mean wait" : "mean wait of those that started", "平均等待");
    html +=
        tile(base::format_duration(figures.wait.p95_s), "95 of 100 waited less", "95% 等待上限");
  }
  for (const ResourceFigures& resource : figures.resources) {
    if (!resource.allocated) continue;
    html += tile(percent(*resource.allocated), "of " + resource.name + " allocated",
                 resource.name == "devices" ? "设备占用率" : "处理器占用率");
  }
  html += tile(base::format_duration(figures.makespan_s), "from first submission to last end",
               "总完工时间");
  return "<div class=\"tiles\">\n" + html + "</div>\n";
}

// How the rows of the trace fared: of the first run, as all runs of a page have the same work.
std::string rows_section(const traces::RowReport& rows) {
  if (rows.rows == 0) return {};
  std::string html =
      "<section>\n<h2>Rows of the trace <span lang=\"zh\">轨迹数据行</span></h2>\n<p>" +
      with_commas(rows.rows) + " rows were read; " + with_commas(rows.malformed_rows) +
      " of them gave no job.</p>\n<ul>\n";
  for (const auto& [what, many] : rows.notes) {
    html += "<li>" + with_commas(many) + " rows: " + escaped(what) + "</li>\n";
  }
  for (const traces::MalformedRow& row : rows.malformed) {
    html += "<li>line " + with_commas(row.line) + ": " +
            escaped(row.field.empty() ? row.why : row.field + ": " + row.why) + "</li>\n";
  }
  if (rows.malformed.size() < rows.malformed_rows) {
    html += "<li>and " + with_commas(rows.malformed_rows - rows.malformed.size()) +
            " more that gave no job</li>\n";
  }
  return html + "</ul>\n</section>\n";
}

using Parts = std::vector<std::pair<std::string_view, std::string>>;

// Puts each part where the template names it, in one pass: what a part says is not looked at again.
std::string filled(std::string_view text, const Parts& parts) {
  std::string out;
  for (;;) {
    const std::size_t open = text.find("{{");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = text.find("}}", open);
    WEIR_CHECK(close != std::string_view::npos, "the page's template closes what it opens");
    const std::string_view name = text.substr(open + 2, close - open - 2);
    bool found = false;
    for (const auto& [known, content] : parts) {
      if (known != name) continue;
      out += content;
      found = true;
    }
    WEIR_CHECK(found, "the page's template names parts that there are");
    text.remove_prefix(close + 2);
  }
}

}  // namespace

std::string render_page(std::span<const PageRun> runs) {
  WEIR_CHECK(!runs.empty(), "a page is of a run at least");
  const std::vector<std::string> names = names_of(runs);
  std::vector<const Figures*> figures;
  ScriptData data;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    figures.push_back(&runs[i].figures);
    data.runs.push_back({names[i], runs[i].figures, runs[i].jobs});
  }
  return filled(page_template(), {
                                     {"title", escaped(title_of(names))},
                                     {"style", std::string(page_style())},
                                     {"tiles", tiles(runs)},
                                     {"table", figures_table(names, figures)},
                                     {"rows", rows_section(runs.front().rows)},
                                     {"data", json_in_script(base::to_json(data))},
                                     {"charts", std::string(charts_script())},
                                     {"script", std::string(page_script())},
                                 });
}

}  // namespace weir::twin::page
