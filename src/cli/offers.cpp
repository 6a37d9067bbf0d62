#include "cli/offers.h"

#include <algorithm>

#include "base/money.h"
#include "base/quantity.h"

namespace weir::cli {

namespace {

using model::Candidate;

struct Columns {
  bool data = false;
  bool money = false;
  bool energy = false;
};

Columns columns_of(const model::Plan& plan) {
  Columns columns;
  for (const Candidate& row : plan.candidates) {
    columns.data = columns.data || row.stage_in_bytes > 0 || row.staged;
    columns.money = columns.money || row.micro_cny.value_or(0) > 0 || row.stage_in_micro_cny > 0;
    columns.energy = columns.energy || row.footprint;
  }
  return columns;
}

// "12GiB, in 4m": what has to come first, and by when all of it is there.
std::string data_text(const Candidate& row, base::Time from) {
  if (row.stage_in_bytes == 0 && !row.staged) return "";
  std::string text = row.stage_in_bytes > 0 ? base::format_bytes(row.stage_in_bytes) : "on its way";
  if (row.staged) text += ", " + relative(row.staged, from);
  return text;
}

// Of what it holds, and of bringing its data.
std::string money_text(const Candidate& row) {
  if (row.micro_cny) return base::format_money(*row.micro_cny + row.stage_in_micro_cny);
  if (row.stage_in_micro_cny == 0) return "unknown";
  return base::format_money(row.stage_in_micro_cny) + " and its time";
}

void add_energy(std::vector<std::string>& cells, const Candidate& row) {
  const model::Footprint used = row.footprint.value_or(model::Footprint{});
  const auto text = [](std::optional<std::int64_t> part, std::string (*words)(std::int64_t)) {
    return part ? words(*part) : std::string("unknown");
  };
  cells.push_back(text(used.energy_joules, &base::format_energy));
  cells.push_back(text(used.carbon_mg, &base::format_mass));
  cells.push_back(text(used.energy_micro_cny, &base::format_money));
}

}  // namespace

Table offers_table(const model::Plan& plan, base::Time from) {
  const Columns columns = columns_of(plan);
  std::vector<std::string> headings{"SITE", "RESOURCES", "START", "FINISH"};
  if (columns.data) headings.emplace_back("DATA TO COME");
  if (columns.money) headings.emplace_back("COSTS");
  if (columns.energy) headings.insert(headings.end(), {"ENERGY", "CARBON", "ENERGY COSTS"});
  headings.emplace_back("WHY NOT BETTER");
  Table table(std::move(headings));
  for (const Candidate& row : plan.candidates) {
    const bool good = row.feasible;
    const std::string start = !good ? "never" : row.now ? "now" : relative(row.start, from);
    const std::string finish = row.finish ? relative(row.finish, from) : good ? "no limit" : "-";
    std::vector<std::string> cells{row.site, row.resources, start.empty() ? "unknown" : start,
                                   finish};
    if (columns.data) cells.push_back(data_text(row, from));
    if (columns.money) cells.push_back(money_text(row));
    if (columns.energy) add_energy(cells, row);
    cells.push_back(row.obstacles.empty() ? "" : row.obstacles.front().message);
    table.add(std::move(cells), row.now ? Colour::green : good ? Colour::yellow : Colour::red);
  }
  return table;
}

}  // namespace weir::cli
