#include "schedule/explain.h"

#include <algorithm>

#include "schedule/filter.h"

namespace weir::schedule {

std::vector<model::Candidate> candidates(const std::string& site, const Capacity& capacity,
                                         const Request& request, const std::optional<Start>& start,
                                         std::optional<base::Duration> time_limit, base::Time now) {
  std::vector<model::Candidate> rows;
  for (std::uint32_t i = 0; i < request.options.size(); ++i) {
    const model::ResourceOption& option = request.options[i];
    model::Candidate row;
    row.site = site;
    row.option = i;
    row.resources = describe(request.nodes, option);
    if (auto obstacle = never_fits(capacity, request.nodes, option)) {
      row.obstacles.push_back(std::move(*obstacle));
    } else {
      row.feasible = true;
      if (auto later = not_now(capacity, request.nodes, option)) {
        row.obstacles.push_back(std::move(*later));
      }
      if (start && start->option == i) {
        row.start = start->time;
        row.now = start->time && *start->time <= now;
        if (row.start && time_limit) row.finish = *row.start + *time_limit;
      } else if (start) {
        row.obstacles.push_back(
            {"option",
             "option " + std::to_string(start->option + 1) + " of the same job starts no later",
             false});
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void rank(std::vector<model::Candidate>& candidates) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const model::Candidate& a, const model::Candidate& b) {
                     if (a.feasible != b.feasible) return a.feasible;
                     if (a.start.has_value() != b.start.has_value()) return a.start.has_value();
                     return a.start && *a.start < *b.start;
                   });
}

}  // namespace weir::schedule
