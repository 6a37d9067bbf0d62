#include "engine/power_facts.h"

#include <algorithm>

#include "engine/engine.h"
#include "schedule/preempt.h"

namespace weir::engine {

using namespace model;

namespace {

// Before anything changes by which it is counted.
void account_all_power(State& state, const Index& index, base::Time now) {
  for (const auto& [site, drawn] : index.power().sites()) {
    account_power(state, index.power(), site, now);
  }
}

}  // namespace

void set_power(State& state, Index& index, const PowerTable& table, base::Time now) {
  account_all_power(state, index, now);
  state.power = table;
  index.set_power(state);
}

void note_power_request(State& state, Index& index, const PowerRequest& request, base::Time now) {
  account_all_power(state, index, now);
  auto& records = state.power_requests;
  state.last_power_request = request.id.value;
  if (records.size() >= Limits::power_requests_kept) {
    const auto oldest =
        std::find_if(records.begin(), records.end(),
                     [&](const PowerRecord& record) { return record.end() <= now; });
    if (oldest != records.end()) records.erase(oldest);
  }
  records.push_back({request, std::nullopt, request.from, {}, {}});
  index.set_power(state);
}

void note_power_withdrawal(State& state, Index& index, PowerRequestId request, base::Time now) {
  account_all_power(state, index, now);
  for (PowerRecord& record : state.power_requests) {
    if (record.request.id == request) record.withdrawn = now;
  }
  index.set_power(state);
}

void note_power_touched(State& state, const Index& index, const RunningAttempt& run,
                        base::Time now) {
  const PowerBook::OfSite* const site = index.power().of(run.site);
  if (site == nullptr) return;
  const auto at = site->drawn.find(run.key);
  if (at == site->drawn.end()) return;
  const Drawn& drawn = at->second;
  const PowerTouch touch{
      run.key.job, drawn.pauses ? PowerAction::pause : PowerAction::shrink,
      drawn.milliwatts.value_or(0) - (drawn.pauses ? 0 : drawn.least.value_or(0))};
  const std::string& name = state.sites.at(run.site).name;
  for (PowerRecord& record : state.power_requests) {
    const bool on = now + drawn.lead >= record.request.from && now < record.end();
    if (record.request.site == name && on) record.touched.push_back({run.key, touch, now});
  }
}

void keep_what_was_done(JobRecord& job, const RunningAttempt& run, base::Time now) {
  if (!job.checkpoint_every || !run.started || job.array.is_array()) return;
  const base::Duration ran = std::max(now - *run.started, base::Duration(0));
  job.kept += ran - schedule::time_lost(ran, job.checkpoint_every);
}

}  // namespace weir::engine
