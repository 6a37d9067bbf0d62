#include "engine/candidates.h"

#include "engine/engine.h"
#include "engine/questions_data.h"
#include "schedule/explain.h"

namespace weir::engine {

using namespace model;

void note_quotas(const Engine& engine, const std::string& path, const schedule::Request& request,
                 std::optional<base::Duration> time_limit, std::vector<Candidate>& rows) {
  const TenantTree& tenants = engine.index().tenants();
  const auto chain = tenants.chain_of(path);
  for (Candidate& row : rows) {
    const ResourceOption& option = request.options[row.option];
    auto bound = tenants.forbids(engine.state(), chain, request.nodes, option, time_limit, false);
    if (!bound) continue;
    bound->obstacle.for_ever =
        tenants.forbids(engine.state(), chain, request.nodes, option, time_limit, true).has_value();
    if (bound->obstacle.for_ever) row.feasible = false;
    row.now = false;
    row.start.reset();
    row.finish.reset();
    row.obstacles.insert(row.obstacles.begin(), std::move(bound->obstacle));
  }
  schedule::rank(rows);
}

void rule_out(const Obstacle& obstacle, std::vector<Candidate>& rows) {
  for (Candidate& row : rows) {
    row.feasible = row.now = false;
    row.start.reset();
    row.finish.reset();
    row.obstacles.insert(row.obstacles.begin(), obstacle);
  }
}

namespace {

// Where there is no power for it now, or never is, it is said.
void note_power(const Engine& engine, SiteId site, std::uint32_t nodes,
                const ResourceOption& option, const Flexibility& how, base::Time now,
                Candidate& row) {
  const std::string& name = engine.state().sites.at(site).name;
  auto never = power_never(engine, site, nodes, option);
  const auto lacks = power_short(engine, site, nodes, option, how, now);
  if (!never && !lacks) return;
  row.feasible = !never;
  row.now = false;
  row.start.reset();
  row.finish.reset();
  row.obstacles.insert(
      row.obstacles.begin(),
      {"power", never ? *std::move(never) : in_words(*lacks, name), !row.feasible});
}

}  // namespace

std::vector<Candidate> all_candidates(const Engine& engine, const RequestKind& kind,
                                      const std::map<SiteId, schedule::Start>& starts,
                                      const Flexibility& how, base::Time now) {
  std::vector<Candidate> rows;
  for (const auto& [id, site] : engine.state().sites) {
    const auto start = starts.find(id);
    auto of_site = schedule::candidates(
        site.name, engine.index().sites.at(id).capacity, kind.reach,
        start == starts.end() ? std::nullopt : std::optional(start->second), kind.time_limit, now);
    for (Candidate& row : of_site) {
      const auto way = energy_way(engine, id, kind, row.option);
      if (way && row.start) {
        row.footprint = way->site->footprint(way->draw_mw, *row.start, *row.start + way->run);
      }
      const ResourceOption& option = kind.request.options[row.option];
      if (row.feasible) note_power(engine, id, kind.request.nodes, option, how, now, row);
      if (!site.in_touch) {
        row.now = false;
        row.start.reset();
        row.finish.reset();
        row.obstacles.insert(
            row.obstacles.begin(),
            {"state", "no word from the site since " + base::format_time(site.heard), false});
      }
      rows.push_back(std::move(row));
    }
  }
  schedule::rank(rows);
  return rows;
}

bool others_are_in_the_way(const Engine& engine, const std::vector<model::Candidate>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const Candidate& row) {
    const auto at = engine.index().site_by_name.find(row.site);
    if (!row.feasible || at == engine.index().site_by_name.end()) return false;
    const SiteRecord& site = engine.state().sites.at(at->second);
    return site.in_touch && !site.others.empty();
  });
}

void note_job_data(const Engine& engine, const JobRecord& job, base::Time now,
                   std::vector<Candidate>& rows) {
  const RequestKind& kind = engine.index().asked_kind(job);
  const std::uint32_t number = kind.reach.options.front().site_filter;
  const SiteFilter open;
  note_data(engine, number == 0 ? open : engine.index().filter(number), kind.request.nodes,
            kind.request, kind.time_limit, now, rows);
}

}  // namespace weir::engine
