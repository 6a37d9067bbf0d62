#include "gateway/archive.h"

#include <algorithm>

#include "base/json.h"
#include "model/view.h"

namespace weir::gateway {
namespace {

// An archive is read in pages until the answer is full; a filter that finds little stops here, and
// the cursor tells the client to go on.
constexpr std::size_t looked_at_max = 5'000;
constexpr std::size_t page_size = 1'000;
// The text of a job of a million tasks, each tried once.
constexpr base::DocumentLimits text_limits{.bytes = std::size_t{1} << 30U, .nodes = 100'000'000};

std::optional<std::string> tenant_for(const model::Principal& by) {
  if (by.role == model::Role::operator_) return std::nullopt;
  return by.tenant;
}

bool matches(const model::JobSummary& job, const engine::JobFilter& filter) {
  if (!filter.states.empty() &&
      std::ranges::find(filter.states, job.state) == filter.states.end()) {
    return false;
  }
  return filter.name.empty() || job.name.find(filter.name) != std::string::npos;
}

// Archived jobs below the cursor that match, newest first, at most `wanted`. `reached` becomes the
// last number looked at where there may be more.
base::Result<std::vector<model::JobSummary>> matching_jobs(Core& core, journal::ArchiveQuery query,
                                                           const engine::JobFilter& filter,
                                                           std::size_t wanted,
                                                           std::optional<std::uint64_t>& reached) {
  std::vector<model::JobSummary> found;
  std::size_t looked_at = 0;
  for (;;) {
    query.limit = filter.states.empty() && filter.name.empty() ? wanted : page_size;
    const std::vector<journal::ArchivedJob> jobs = WEIR_TRY(core.archived_jobs(query));
    for (const journal::ArchivedJob& job : jobs) {
      auto view = WEIR_TRY(base::from_json<model::JobView>(job.json, text_limits));
      reached = job.job;
      if (!matches(view.summary, filter)) continue;
      found.push_back(std::move(view.summary));
      if (found.size() == wanted) return found;
    }
    looked_at += jobs.size();
    if (jobs.size() < query.limit) {
      reached.reset();
      return found;
    }
    if (looked_at >= looked_at_max) return found;
    query.before = reached;
  }
}

}  // namespace

base::Result<std::optional<std::string>> archived_job(Core& core, const model::Principal& by,
                                                      model::JobId id) {
  auto jobs = WEIR_TRY(core.archived_jobs({tenant_for(by), id.value + 1, 1}));
  if (jobs.empty() || jobs.front().job != id.value) return std::optional<std::string>();
  return std::optional(std::move(jobs.front().json));
}

base::Result<std::optional<model::JobView>> archived_view(Core& core, const model::Principal& by,
                                                          model::JobId id) {
  const auto text = WEIR_TRY(archived_job(core, by, id));
  if (!text) return std::optional<model::JobView>();
  return std::optional(WEIR_TRY(base::from_json<model::JobView>(*text, text_limits)));
}

base::Status add_archived_jobs(Core& core, const model::Principal& by,
                               const engine::JobFilter& filter, model::JobPage& page) {
  journal::ArchiveQuery query;
  query.tenant = filter.tenant ? filter.tenant : tenant_for(by);
  if (filter.before) query.before = filter.before->value;
  std::optional<std::uint64_t> reached;
  // One more than asked for: it tells whether there is a next page.
  auto archived = WEIR_TRY(matching_jobs(core, query, filter, filter.limit + 1, reached));
  const bool engine_has_more = page.next && !page.jobs.empty();
  const std::uint64_t engine_last = page.jobs.empty() ? 0 : page.jobs.back().id.value;
  std::vector<model::JobSummary> all = std::move(page.jobs);
  all.insert(all.end(), std::make_move_iterator(archived.begin()),
             std::make_move_iterator(archived.end()));
  std::ranges::stable_sort(all, std::greater(), &model::JobSummary::id);
  // The engine's view of a job that left it meanwhile stands first, and is as good.
  const auto doubled = std::ranges::unique(all, {}, &model::JobSummary::id);
  all.erase(doubled.begin(), doubled.end());
  // Below these numbers one of the two may have jobs that were not looked at: the next page's.
  std::uint64_t floor = reached.value_or(0);
  if (engine_has_more) floor = std::max(floor, engine_last);
  std::erase_if(all, [&](const model::JobSummary& job) { return job.id.value < floor; });
  if (all.size() > filter.limit) {
    all.resize(filter.limit);
    floor = all.back().id.value;
  }
  page.next.reset();
  if (floor > 0) page.next = std::to_string(floor);
  page.jobs = std::move(all);
  return {};
}

}  // namespace weir::gateway
