// The ways to run a job, a row for each option on each site, with what stands in the way of it.
// Private to this room.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/power.h"
#include "model/view.h"
#include "schedule/forecast.h"

namespace weir::engine {

// `starts`: of the sites where one is foreseen; `how`: of the job that asks, by what power may bind
// it.
[[nodiscard]] std::vector<model::Candidate> all_candidates(
    const Engine& engine, const RequestKind& kind,
    const std::map<model::SiteId, schedule::Start>& starts, const Flexibility& how, base::Time now);
// Rows whose options the tenants' quotas forbid say so: for the moment, or for ever.
void note_quotas(const Engine& engine, const std::string& path, const schedule::Request& request,
                 std::optional<base::Duration> time_limit, std::vector<model::Candidate>& rows);
// Rows say what of a job's data has to come there, or why the site is closed to it.
void note_job_data(const Engine& engine, const JobRecord& job, base::Time now,
                   std::vector<model::Candidate>& rows);
// Whether one could be, were it not for what others than Weir hold at its site.
[[nodiscard]] bool others_are_in_the_way(const Engine& engine,
                                         const std::vector<model::Candidate>& rows);
// None of them can be.
void rule_out(const model::Obstacle& obstacle, std::vector<model::Candidate>& rows);

}  // namespace weir::engine
