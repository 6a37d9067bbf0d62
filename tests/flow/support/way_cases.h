// Cases of where data may lie: each is asked of whoever decides about it, the rule by itself, the
// plan, the submission and the mover.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "model/data.h"
#include "model/network.h"

namespace weir::flow::test {

using model::DatasetLabels;
using model::Sensitivity;
using model::SitePlace;
using Words = std::vector<std::string>;

inline DatasetLabels labels(Sensitivity sensitivity, Words residency = {}) {
  return {"", "", sensitivity, std::move(residency), ""};
}
inline SitePlace place(std::string site, std::string country, std::string region,
                       Sensitivity clearance) {
  return {std::move(site), std::move(country), std::move(region), clearance, std::nullopt};
}
// What is read lies at home, which is cleared for all of it. Each input is a level and the places
// it has to stay in; each site a country, a region and a level, or `-`: nobody said anything of it.
inline constexpr std::string_view way_cases = R"(
inputs                     | home    | there              | where | why not; nothing: it may
open                       | CN/east | -                  |       |
internal                   | CN/east | -                  |       | is internal, and there is cleared for open data only
confidential               | CN/east | -                  |       | is confidential, and there is cleared for open data only
restricted                 | CN/east | -                  |       | is restricted, and there is cleared for open data only
open                       | CN/east | / open             |       |
internal                   | CN/east | CN/ open           |       | is internal, and there is cleared for open data only
internal                   | CN/east | / internal         |       |
confidential               | CN/east | CN/east internal   |       | is confidential, and there is cleared for internal data only
confidential               | CN/east | / confidential     |       |
restricted                 | CN/east | CN/ confidential   |       | is restricted, and there is cleared for confidential data only
restricted                 | CN/east | / restricted       |       |
open                       | CN/east | / restricted       |       |
open CN                    | CN/east | CN/ open           |       |
open CN                    | CN/east | DE/ restricted     |       | has to stay in CN, and there lies in DE
open CN                    | CN/east | / restricted       |       | has to stay in CN, and nobody said where there lies
open CN                    | CN/east | -                  |       | has to stay in CN, and nobody said where there lies
open cn                    | CN/east | CN/ open           |       |
open east,west             | CN/east | /west open         |       |
open east,west             | CN/east | CN/north open      |       | has to stay in east or west, and there lies in north, CN
internal CN,SG,west        | CN/east | DE/mid restricted  |       | has to stay in CN, SG or west, and there lies in mid, DE
open CN+west               | CN/west | CN/west open       |       |
open CN+west               | CN/west | DE/west open       |       | has to stay in CN+west, and there lies in west, DE
open CN+west               | CN/west | CN/east open       |       | has to stay in CN+west, and there lies in east, CN
confidential CN            | CN/east | CN/ internal       |       | is confidential, and there is cleared for internal data only
confidential CN            | CN/east | DE/ restricted     |       | has to stay in CN, and there lies in DE
open; confidential         | CN/east | CN/ internal       |       | is confidential, and there is cleared for internal data only
internal CN; confidential  | CN/east | CN/ confidential   |       |
open CN; open west         | CN/west | CN/west open       |       |
open CN; open west         | CN/west | CN/north open      |       | has to stay in west, and there lies in north, CN
open                       | CN/east | CN/ open           | DE    | is to run in DE (where.residency)
open                       | CN/east | -                  | east  | is to run in east (where.residency)
internal CN                | CN/east | CN/ internal       | cn    |
open east                  | CN/east | CN/north open      | CN    | has to stay in east, and there lies in north, CN
)";

inline Words split(std::string_view text, char by) {
  Words parts;
  for (;;) {
    const std::size_t end = text.find(by);
    std::string_view part = text.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    parts.emplace_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// "confidential CN,west"
inline DatasetLabels labels_in(const std::string& text) {
  const Words parts = split(text, ' ');
  return labels(*base::enum_from<Sensitivity>(parts[0]),
                parts.size() > 1 ? split(parts[1], ',') : Words{});
}
// "CN/west internal"
inline SitePlace place_in(std::string site, const std::string& text) {
  const Words parts = split(text, ' ');
  const Words where = split(parts[0], '/');
  return place(std::move(site), where[0], where[1], *base::enum_from<Sensitivity>(parts[1]));
}

struct WayCase {
  std::string name;
  std::vector<DatasetLabels> inputs;
  SitePlace home;
  std::optional<SitePlace> there;
  Words where;
  std::string barred;           // by its data
  std::string closed_by_where;  // by its own word
  bool home_is_open = true;     // by that
};
inline void PrintTo(const WayCase& each, std::ostream* out) { *out << each.name; }

inline std::vector<WayCase> read_way_cases() {
  std::vector<WayCase> cases;
  Words rows = split(way_cases.substr(1), '\n');
  for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
    const Words cells = split(rows[i], '|');
    WayCase each;
    each.name = rows[i];
    for (const std::string& input : split(cells[0], ';')) each.inputs.push_back(labels_in(input));
    each.home = place_in("home", cells[1] + " restricted");
    if (cells[2] != "-") each.there = place_in("there", cells[2]);
    if (!cells[3].empty()) each.where = {cells[3]};
    const bool by_where = cells[4].starts_with("is to run");
    (by_where ? each.closed_by_where : each.barred) = cells[4];
    each.home_is_open = cells[3] != "DE";
    cases.push_back(std::move(each));
  }
  return cases;
}

}  // namespace weir::flow::test
