// What sites say, and what time brings.
#include <algorithm>
#include <set>

#include "engine/stepper.h"

namespace weir::engine {

using namespace model;
using base::ErrorCode;

void Stepper::take(const StartControlPlane& input) { emit(ControlPlaneStarted{input.version}); }

void Stepper::take(const Tick&) {
  std::vector<SiteId> lost;
  for (const auto& [id, site] : state().sites) {
    if (site.in_touch && now_ - site.heard > lease_of(state(), site)) lost.push_back(id);
  }
  for (const SiteId id : lost) {
    const base::Duration lease = lease_of(state(), state().sites.at(id));
    drop_reclaims_on(id);
    emit(SiteLost{id});
    lose_transfers(id);
    lose_attempts(id, "no word from the site for longer than " + base::format_duration(lease));
  }
  // A budget may have been renewed, and work become old enough to give way, to be resized or moved.
  // Where a request has ended just now nothing binds any more, and who lacked power has it.
  const auto& requests = state().power_requests;
  const bool power_is_back =
      std::any_of(requests.begin(), requests.end(), [&](const PowerRecord& record) {
        return record.end() <= now_ && now_ - record.end() <= Limits::site_lease;
      });
  const bool matters = !index().tenants().guaranteed().empty() ||
                       !index().tenants().budgeted().empty() || !index().elastic.empty() ||
                       !index().movable.empty() || any_capped() || power_is_back;
  if (matters) capacity_or_queue_changed_ = true;
  if (!state().failed_transfers.empty()) data_changed_ = true;
}

void Stepper::lose_attempts(SiteId site, const std::string& why) {
  std::vector<AttemptKey> there;
  for (const JobId job : index().running_jobs) {
    for (const RunningAttempt& run : state().jobs.at(job).running) {
      if (run.site == site) there.push_back(run.key);
    }
  }
  for (const AttemptKey key : there) {
    Outcome outcome;
    outcome.ending = Ending::lost;
    outcome.reason = Reason::site_lost;
    outcome.message = why;
    end_attempt(key, std::move(outcome));
  }
}

void Stepper::take(const JoinSite& input) {
  const auto known = index().site_by_name.find(input.site);
  const bool is_new = known == index().site_by_name.end();
  const SiteId id = is_new ? SiteId{state().last_site + 1} : known->second;
  std::uint64_t epoch = 1;
  if (!is_new) {
    const SiteRecord& site = state().sites.at(id);
    epoch = site.epoch + 1;
    // What runs is known by node and device; on other nodes it cannot be what it was.
    if (site.nodes != input.nodes) {
      drop_reclaims_on(id);
      lose_attempts(id, "the site came back with other nodes");
    }
  }
  emit(SiteJoined{id, input.site, epoch, input.nodes});
  step_.reply.epoch = epoch;
  site_asking_ = id;
  data_changed_ = capacity_or_queue_changed_ = true;
}

namespace {

// The first word of how an attempt ended that was lost with its site.
std::optional<LateEndTold> late_end(const State& state, SiteId site, const AttemptReport& report) {
  const auto job = state.jobs.find(report.key.job);
  const bool is_end = report.phase == AttemptPhase::ended && report.outcome;
  if (job == state.jobs.end() || !is_end) return std::nullopt;
  const auto& all = job->second.ended;
  const bool is_late = std::any_of(all.begin(), all.end(), [&](const EndedAttempt& ended) {
    return ended.run.key == report.key && ended.run.site == site && !ended.told_late &&
           ended.outcome.reason == Reason::site_lost;
  });
  return is_late ? std::optional(LateEndTold{report.key, *report.outcome}) : std::nullopt;
}

}  // namespace

void Stepper::take(const ReportSite& input) {
  const auto known = index().site_by_name.find(input.site);
  if (known == index().site_by_name.end()) {
    return refuse(
        {ErrorCode::not_found, "no site named `" + input.site + "` has joined", "site", "", {}});
  }
  const SiteRecord& site = state().sites.at(known->second);
  if (input.epoch != site.epoch) {
    // Nothing of it counts any more, but how what was lost with the site has ended is kept.
    for (const AttemptReport& report : input.attempts)
      if (auto told = late_end(state(), site.id, report)) emit(*std::move(told));
    return refuse({ErrorCode::conflict,
                   "this agent's epoch " + std::to_string(input.epoch) + " is over: site `" +
                       input.site + "` is at epoch " + std::to_string(site.epoch),
                   "epoch",
                   "join again",
                   {}});
  }
  site_asking_ = site.id;
  if (now_ - site.heard > lease_of(state(), site) / 3) emit(SiteHeard{site.id, input.sequence});
  // An end makes mostly three facts and room for a fourth; each is large to move.
  step_.facts.reserve(4 * input.attempts.size());
  WorkRested rested;
  for (const AttemptReport& report : input.attempts) {
    take_attempt_report(site, report);
    if (rests(report)) rested.rests.push_back({report.key, *report.rests, report.done_micro});
  }
  if (!rested.rests.empty()) emit(std::move(rested));
  for (const TransferReport& report : input.transfers) take_transfer_report(site, report);
  if (input.others) take_others(site, *input.others);
}

namespace {

// The devices that others are said to hold, or for such as are Weir's others of the same model: a
// site that counts its devices cannot say which.
std::vector<std::uint32_t> free_like(const Node& node, const schedule::Capacity& capacity,
                                     const RankPlacement& told) {
  std::set<std::uint32_t> found;
  for (const std::uint32_t device : told.devices) {
    if (device >= node.devices.size()) continue;
    const auto takes = [&](std::uint32_t each) {
      return node.devices[each].model == node.devices[device].model &&
             capacity.device_free(told.node, each) && found.insert(each).second;
    };
    if (takes(device)) continue;
    std::uint32_t other = 0;
    while (other < node.devices.size() && !takes(other)) ++other;
  }
  return {found.begin(), found.end()};
}

}  // namespace

// Others may hold what was given to Weir's work a moment ago, or what is not there: the site sees
// to the first by itself, and the second is no place either way.
void Stepper::take_others(const SiteRecord& site, const std::vector<RankPlacement>& told) {
  schedule::Capacity capacity = index().sites.at(site.id).capacity;
  capacity.release(site.others);
  OthersSeen seen{site.id, {}};
  for (RankPlacement rank : told) {
    if (rank.node >= site.nodes.size()) continue;
    const schedule::FreeShape& free = capacity.free_of(rank.node);
    rank.device_milli = whole_device_milli;
    rank.cpus = std::min(rank.cpus, free.cpus);
    rank.memory_bytes = std::clamp<std::int64_t>(rank.memory_bytes, 0, free.memory_bytes);
    rank.devices = free_like(site.nodes[rank.node], capacity, rank);
    if (rank.cpus == 0 && rank.memory_bytes == 0 && rank.devices.empty()) continue;
    capacity.take(std::span(&rank, 1));
    seen.held.push_back(std::move(rank));
  }
  if (seen.held == site.others) return;
  emit(std::move(seen));
  capacity_or_queue_changed_ = true;
}

// True if it is news that this attempt rests.
bool Stepper::rests(const AttemptReport& report) {
  if (!report.rests || !state().policy.rounds) return false;
  const auto job = state().jobs.find(report.key.job);
  if (job == state().jobs.end() || !job->second.takes_turns) return false;
  const RunningAttempt* const run = job->second.find_running(report.key);
  return run != nullptr && run->phase == AttemptPhase::running && !run->rests &&
         run->stopping == Reason::none;
}

void Stepper::take_attempt_report(const SiteRecord& site, const AttemptReport& report) {
  const auto job = state().jobs.find(report.key.job);
  const RunningAttempt* run =
      job == state().jobs.end() ? nullptr : job->second.find_running(report.key);
  if (run == nullptr || run->site != site.id) {
    if (auto told = late_end(state(), site.id, report)) emit(*std::move(told));
    // It has ended here, or never was: the agent may forget it.
    wish_forgotten(site.id, report.key);
    return;
  }
  if (report.phase == AttemptPhase::ended) {
    if (report.outcome) {
      if (run->phase == AttemptPhase::starting && report.started) {
        emit(AttemptStarted{report.key, *report.started});
      }
      if (report.outcome->ending == Ending::succeeded && !report.outputs.empty()) {
        put_outputs(site, report.key, report.outputs);
      }
      end_attempt(report.key, *report.outcome);
    }
  } else if (report.phase == AttemptPhase::running && run->phase == AttemptPhase::starting) {
    emit(AttemptStarted{report.key, report.started.value_or(now_)});
  }
}

}  // namespace weir::engine
