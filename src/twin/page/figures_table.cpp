#include "twin/page/figures_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "base/money.h"
#include "base/quantity.h"
#include "twin/page/html.h"

namespace weir::twin::page {

namespace {

using Cell = std::function<std::string(const Figures&)>;

constexpr std::string_view unknown = "–";

std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f}%", *share * 100) : std::string(unknown);
}
std::string time(const DurationSpread& spread, base::Duration DurationSpread::* value) {
  return spread.count > 0 ? base::format_duration(spread.*value) : std::string(unknown);
}
std::string ratio(const RatioSpread& spread, double RatioSpread::* value) {
  return spread.count > 0 ? fmt::format("{:.2f}", spread.*value) : std::string(unknown);
}
const ResourceFigures* resource_of(const Figures& figures, const std::string& name) {
  for (const ResourceFigures& resource : figures.resources) {
    if (resource.name == name) return &resource;
  }
  return nullptr;
}

class Rows {
 public:
  explicit Rows(std::span<const Figures* const> runs) : runs_(runs) {}

  void heading(std::string_view english, std::string_view chinese) {
    html_ += fmt::format(
        "<tr class=\"part\"><th scope=\"rowgroup\" colspan=\"{}\">{} <span lang=\"zh\">{}</span>"
        "</th></tr>\n",
        runs_.size() + 1, escaped(english), chinese);
  }
  // `always`: also where no run has anything for it.
  void row(const std::string& name, const Cell& cell, bool always = false) {
    std::string cells;
    bool known = always;
    for (const Figures* figures : runs_) {
      const std::string text = cell(*figures);
      known = known || text != unknown;
      cells += "<td>" + escaped(text) + "</td>";
    }
    if (known) html_ += "<tr><th scope=\"row\">" + escaped(name) + "</th>" + cells + "</tr>\n";
  }
  [[nodiscard]] std::string take() { return std::move(html_); }

 private:
  std::span<const Figures* const> runs_;
  std::string html_;
};

void add_jobs(Rows& rows, std::span<const Figures* const> runs) {
  rows.heading("Jobs", "作业");
  rows.row("submitted", [](const Figures& f) { return with_commas(f.jobs.submitted); });
  std::set<std::string> states;
  for (const Figures* figures : runs) {
    for (const auto& [state, jobs] : figures->jobs.by_state) states.insert(state);
  }
  for (const std::string& state : states) {
    rows.row("ended: " + state, [&](const Figures& f) {
      const auto found = f.jobs.by_state.find(state);
      return with_commas(found == f.jobs.by_state.end() ? 0 : found->second);
    });
  }
  const auto unless_zero = [](std::uint64_t jobs) {
    return jobs > 0 ? with_commas(jobs) : std::string(unknown);
  };
  rows.row("still running at the end",
           [&](const Figures& f) { return unless_zero(f.jobs.running); });
  rows.row("still waiting at the end",
           [&](const Figures& f) { return unless_zero(f.jobs.waiting); });
  rows.row("refused: can never run on these sites",
           [&](const Figures& f) { return unless_zero(f.jobs.refused); });
}

void add_times(Rows& rows) {
  const auto spread = [&](const std::string& what, DurationSpread Figures::* member) {
    using Spread = DurationSpread;
    rows.row(what + ", mean", [=](const Figures& f) { return time(f.*member, &Spread::mean_s); });
    rows.row(what + ", median",
             [=](const Figures& f) { return time(f.*member, &Spread::median_s); });
    rows.row(what + ", 95 of 100 within",
             [=](const Figures& f) { return time(f.*member, &Spread::p95_s); });
    rows.row(what + ", 99 of 100 within",
             [=](const Figures& f) { return time(f.*member, &Spread::p99_s); });
    rows.row(what + ", longest", [=](const Figures& f) { return time(f.*member, &Spread::max_s); });
  };
  rows.heading("Waiting: submission to first start", "等待时间");
  spread("wait", &Figures::wait);
  rows.heading("Completion: submission to end", "完成时间");
  spread("completion", &Figures::completion);
  rows.heading("Bounded slowdown: (wait + run) ÷ run, runs below 10 s as 10 s", "有界减速比");
  rows.row("slowdown, mean",
           [](const Figures& f) { return ratio(f.bounded_slowdown, &RatioSpread::mean); });
  rows.row("slowdown, median",
           [](const Figures& f) { return ratio(f.bounded_slowdown, &RatioSpread::median); });
  rows.row("slowdown, 95 of 100 within",
           [](const Figures& f) { return ratio(f.bounded_slowdown, &RatioSpread::p95); });
  rows.heading("Makespan: first submission to last end", "总完工时间");
  rows.row("makespan", [](const Figures& f) { return base::format_duration(f.makespan_s); });
}

void add_resources(Rows& rows, std::span<const Figures* const> runs) {
  rows.heading("Utilisation: share of what was available", "利用率");
  for (const std::string name : {"devices", "cpus"}) {
    const bool has = std::any_of(runs.begin(), runs.end(), [&](const Figures* figures) {
      return resource_of(*figures, name) != nullptr;
    });
    const auto share = [&](const std::string& what,
                           std::optional<double> ResourceFigures::* member) {
      rows.row(
          fmt::format("{}, {}", name, what),
          [=](const Figures& f) {
            const ResourceFigures* const resource = resource_of(f, name);
            return resource != nullptr ? percent(resource->*member) : std::string(unknown);
          },
          has);
    };
    rows.row(name + " there are", [&](const Figures& f) {
      const ResourceFigures* const resource = resource_of(f, name);
      return resource != nullptr ? with_commas(static_cast<std::uint64_t>(resource->total))
                                 : std::string(unknown);
    });
    share("allocated: held by placed work", &ResourceFigures::allocated);
    share("allocated while somebody waited", &ResourceFigures::allocated_while_waiting);
    share("busy: programs ran on them", &ResourceFigures::busy);
    share("work: done against the certified rate", &ResourceFigures::work);
  }
}

void add_energy(Rows& rows, std::span<const Figures* const> runs) {
  const bool told = std::any_of(runs.begin(), runs.end(), [](const Figures* figures) {
    return figures->footprint.has_value();
  });
  if (!told) return;
  rows.heading("Energy of jobs that ended, by the model", "能耗");
  const auto part = [&](const std::string& what,
                        std::optional<std::int64_t> model::Footprint::* member,
                        std::string (*text)(std::int64_t)) {
    rows.row(
        what,
        [=](const Figures& f) {
          const model::Footprint used = f.footprint.value_or(model::Footprint{});
          return used.*member ? text(*(used.*member)) : std::string(unknown);
        },
        true);
  };
  part("energy", &model::Footprint::energy_joules, &base::format_energy);
  part("carbon (CO2 equivalents)", &model::Footprint::carbon_mg, &base::format_mass);
  part("what it costs", &model::Footprint::energy_micro_cny, &base::format_money);
}

void add_data(Rows& rows, std::span<const Figures* const> runs) {
  const bool told = std::any_of(runs.begin(), runs.end(),
                                [](const Figures* figures) { return figures->data.has_value(); });
  if (!told) return;
  rows.heading("Data between sites", "数据传输");
  const auto row = [&](const std::string& what, std::string (*text)(const DataFigures&)) {
    rows.row(
        what, [=](const Figures& f) { return f.data ? text(*f.data) : std::string(unknown); },
        true);
  };
  row("bytes", [](const DataFigures& data) { return base::format_bytes(data.wan_bytes); });
  row("transfers", [](const DataFigures& data) { return with_commas(data.transfers); });
  row("what their links cost",
      [](const DataFigures& data) { return base::format_money(data.micro_cny); });
  row("jobs whose data came first, and how long they waited for it", [](const DataFigures& data) {
    return with_commas(data.staging.count) + " × " + time(data.staging, &DurationSpread::mean_s);
  });
  row("attempts that fetched it with devices in their hands, and for how long",
      [](const DataFigures& data) {
        return with_commas(data.fetching.count) + " × " +
               time(data.fetching, &DurationSpread::mean_s);
      });
}

void add_run(Rows& rows) {
  rows.heading("The run itself", "运行信息");
  rows.row("order", [](const Figures& f) { return std::string(base::enum_name(f.policy.order)); });
  rows.row("backfill",
           [](const Figures& f) { return std::string(base::enum_name(f.policy.backfill)); });
  rows.row("placing",
           [](const Figures& f) { return std::string(base::enum_name(f.policy.placing)); });
  rows.row("choice",
           [](const Figures& f) { return std::string(base::enum_name(f.policy.choice)); });
  rows.row("seed", [](const Figures& f) { return std::to_string(f.seed); });
  rows.row("steps of the engine", [](const Figures& f) { return with_commas(f.engine_steps); });
  rows.row("fingerprint", [](const Figures& f) {
    return f.fingerprint.empty() ? std::string(unknown) : f.fingerprint.substr(0, 16);
  });
}

}  // namespace

std::string figures_table(std::span<const std::string> names,
                          std::span<const Figures* const> runs) {
  Rows rows(runs);
  add_jobs(rows, runs);
  add_times(rows);
  add_resources(rows, runs);
  add_energy(rows, runs);
  add_data(rows, runs);
  add_run(rows);
  std::string head = "<th scope=\"col\">Figure <span lang=\"zh\">指标</span></th>";
  for (const std::string& name : names) {
    head += "<th scope=\"col\">" + escaped(name) + "</th>";
  }
  return "<table>\n<thead><tr>" + head + "</tr></thead>\n<tbody>\n" + rows.take() +
         "</tbody>\n</table>\n";
}

}  // namespace weir::twin::page
