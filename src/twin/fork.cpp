#include "twin/fork.h"

#include <algorithm>

#include "base/quantity.h"
#include "base/wire.h"
#include "model/pack.h"
#include "twin/simulation.h"

namespace weir::twin {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

const model::Principal planner{"what-if", "what-if", model::Role::operator_};

Result<engine::SiteRecord*> site_named(engine::State& state, const std::string& name) {
  std::vector<std::string> names;
  for (auto& [id, site] : state.sites) {
    if (site.name == name) return &site;
    names.push_back(site.name);
  }
  const std::string near = base::nearest_name(name, names);
  return fail(ErrorCode::not_found, "no site named `" + name + "` has joined", "",
              near.empty() ? "" : "did you mean `" + near + "`?");
}

// The state without the jobs that have ended: they are most of it, and decide nothing any more.
engine::State what_goes_on(const engine::State& state) {
  engine::State copy;
  boost::mp11::mp_for_each<base::MembersOf<engine::State>>([&](auto member) {
    using Member = std::remove_cvref_t<decltype(copy.*member.pointer)>;
    if constexpr (!std::is_same_v<Member, decltype(engine::State::jobs)>) {
      copy.*member.pointer = state.*member.pointer;
    }
  });
  for (const auto& [id, job] : state.jobs) {
    if (!model::is_terminal(job.state)) copy.jobs.emplace_hint(copy.jobs.end(), id, job);
  }
  return copy;
}

// The copy, with what no input can change: nodes that join a site without disturbing its work, and
// a site that has not been heard of for longer than its lease, so that the next tick loses it.
Result<engine::Engine> forked(const engine::Engine& engine, base::Time now, const Change& change) {
  engine::State state = what_goes_on(engine.state());
  for (auto& [id, site] : state.sites) {
    if (site.in_touch) site.heard = now;
  }
  for (const std::string& name : change.without_sites) {
    engine::SiteRecord* site = WEIR_TRY(site_named(state, name));
    site->heard = now - engine::Limits::site_lease - base::Duration(1);
  }
  for (const AddedNodes& added : change.nodes) {
    engine::SiteRecord* site = WEIR_TRY(site_named(state, added.site));
    site->nodes.insert(site->nodes.end(), added.nodes.begin(), added.nodes.end());
  }
  return engine::Engine::restore(base::to_wire(state));
}

// Watches for the next start of each job that waits.
class Starts {
 public:
  explicit Starts(const engine::Engine& engine) {
    for (const auto& [id, job] : engine.state().jobs) {
      if (job.wants_place()) add(job, false);
    }
  }
  void add(const engine::JobRecord& job, bool added) {
    rows_[job.id] = {job.id, model::unpack_spec(job.packed_spec).name, job.tenant, added, {}};
  }
  void note(base::Time now, const std::vector<model::Fact>& facts) {
    for (const model::Fact& fact : facts) {
      const auto* placed = std::get_if<model::TaskPlaced>(&fact);
      if (placed == nullptr) continue;
      const auto row = rows_.find(placed->attempt.job);
      if (row != rows_.end() && !row->second.start) {
        row->second.start = now;
        ++known_;
      } else if (row == rows_.end()) {
        early_.emplace(placed->attempt.job, now);
      }
    }
  }
  // A job that was added may have been placed in the step of its submission.
  void add_submitted(const engine::JobRecord& job) {
    add(job, true);
    const auto at = early_.find(job.id);
    if (at == early_.end()) return;
    rows_[job.id].start = at->second;
    ++known_;
  }
  [[nodiscard]] bool all_known() const { return known_ == rows_.size(); }
  [[nodiscard]] std::vector<ForkedJob> rows() const {
    std::vector<ForkedJob> rows;
    for (const auto& [id, row] : rows_) rows.push_back(row);
    return rows;
  }

 private:
  std::map<model::JobId, ForkedJob> rows_;
  std::map<model::JobId, base::Time> early_;
  std::size_t known_ = 0;
};

// How long an attempt runs in the fork, from its start.
std::optional<base::Duration> run_time(const engine::Expectations& expectations,
                                       const engine::State& original, const engine::State& fork,
                                       const model::AttemptKey& key, base::Time now) {
  const auto at = original.jobs.find(key.job);
  if (at == original.jobs.end()) {
    const engine::JobRecord& added = fork.jobs.at(key.job);
    return expectations.of_new(added.tenant, added.submitted_by, added.time_limit);
  }
  const engine::JobRecord& job = at->second;
  for (const engine::RunningAttempt& run : job.running) {
    if (run.key != key) continue;
    const base::Time end = expectations.end_of(job, run, now);
    if (end == base::Time::max()) return std::nullopt;
    return end - run.started.value_or(run.placed);
  }
  return expectations.of(job);
}

}  // namespace

Result<std::vector<ForkedJob>> play_fork(const engine::Engine& engine, base::Time now,
                                         const Change& change, engine::RunTimes run_times) {
  Starts starts(engine);
  const engine::Expectations expectations(engine, run_times);
  SiteRules rules;
  Simulation* running = nullptr;
  rules.run_times = [&](const model::AttemptKey& key) {
    return run_time(expectations, engine.state(), running->engine().state(), key, now);
  };
  Simulation simulation(WEIR_TRY(forked(engine, now, change)), now, rules);
  running = &simulation;
  simulation.watch([&](base::Time at, const model::Input&, const engine::Step& step) {
    starts.note(at, step.facts);
    if (starts.all_known()) simulation.stop();
  });
  const auto goes = [&](const std::string& name) {
    const auto& without = change.without_sites;
    return std::find(without.begin(), without.end(), name) != without.end();
  };
  if (!change.without_sites.empty()) (void)simulation.give(model::Tick{});
  if (change.policy) (void)simulation.give(model::SetPolicy{planner, *change.policy});
  // A site with more nodes says so by joining; the others go on without a word, as any input is one
  // more turn at which promises are looked at.
  for (const AddedNodes& added : change.nodes) {
    const model::SiteId id = simulation.engine().index().site_by_name.at(added.site);
    const std::vector<model::Node> nodes = simulation.engine().state().sites.at(id).nodes;
    (void)simulation.give(model::JoinSite{added.site, nodes});
  }
  for (const auto& [id, site] : engine.state().sites) {
    if (site.in_touch && !goes(site.name)) simulation.adopt(id, {});
  }
  if (!change.jobs.empty()) {
    const engine::Reply reply = simulation.give(model::SubmitJobs{planner, "", change.jobs});
    if (reply.error) return fail(*reply.error);
    for (const model::JobId job : reply.jobs) {
      starts.add_submitted(simulation.engine().state().jobs.at(job));
    }
  }
  if (!starts.all_known()) simulation.run_until(base::Time::max());
  return starts.rows();
}

}  // namespace weir::twin
