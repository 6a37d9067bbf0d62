// What the outside may ask of the state. Answers are made when asked and change nothing.
//
// Each takes the principal who asks where the answer depends on who that is: a job of another
// tenant is not there for anybody but an operator.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/explain_tenants.h"
#include "engine/forecast.h"
#include "model/view.h"

namespace weir::engine {

// The job, if `by` may see it. Fails: not_found.
[[nodiscard]] base::Result<const JobRecord*> visible_job(const Engine& engine,
                                                         const model::Principal& by,
                                                         model::JobId id);

// `forecast` may be null: then no start is expected of anything.
[[nodiscard]] model::JobSummary job_summary(const JobRecord& job, const QueueForecast* forecast);
[[nodiscard]] model::JobView job_view(const State& state, const JobRecord& job,
                                      const QueueForecast* forecast);
// As the archive keeps it: JSON.
[[nodiscard]] std::string archive_text(const model::JobView& view);

struct JobFilter {
  bool all_states = false;              // false: only jobs that have not ended
  std::vector<model::JobState> states;  // not empty: only these
  std::string name;                     // part of the name; "" for any
  std::optional<std::string> tenant;    // an operator may ask for one; others have their own
  std::optional<model::JobId> before;   // cursor: newest first, only ids below this
  std::uint32_t limit = 50;
};
// Newest first. Cost: the jobs passed over, which are none where only the cursor filters.
[[nodiscard]] model::JobPage list_jobs(const Engine& engine, const model::Principal& by,
                                       const JobFilter& filter, const QueueForecast* forecast);

// How a job would run, were it submitted now by `by`. Nothing is written.
[[nodiscard]] model::Plan plan_job(const Engine& engine, const model::Principal& by,
                                   const model::JobSpec& spec, base::Time now);

// Why the job is where it is.
[[nodiscard]] model::Explanation explain_job(const Engine& engine, const JobRecord& job,
                                             base::Time now);

[[nodiscard]] std::vector<model::SiteView> list_sites(const Engine& engine);
[[nodiscard]] std::vector<model::NodeView> list_nodes(const Engine& engine);
[[nodiscard]] std::vector<model::DeviceView> list_devices(const Engine& engine);
[[nodiscard]] std::vector<model::TokenView> list_tokens(const Engine& engine);
// Names only.
[[nodiscard]] std::vector<std::string> list_secrets(const Engine& engine,
                                                    const model::Principal& by);

using SiteNames = std::map<model::SiteId, std::string>;
[[nodiscard]] SiteNames site_names(const Engine& engine);
// What a fact says of a job, as one line of its history; none: it does not speak of this job.
[[nodiscard]] std::optional<model::HistoryEntry> history_entry(const model::Fact& fact,
                                                               model::JobId job,
                                                               const SiteNames& sites);

}  // namespace weir::engine
