#include "engine/round_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/promise.h"
#include "schedule/choose.h"
#include "schedule/place.h"

namespace weir::engine {

using namespace model;

namespace {

constexpr std::uint32_t half_device_milli = whole_device_milli / 2;

// A site as it will be: who leaves is gone, who comes is there.
class Ground {
 public:
  explicit Ground(const SitePlaces& places) : free_(places.capacity) {
    if (places.timeline.has_reservations()) promised_ = places.timeline;
  }
  [[nodiscard]] const schedule::Capacity& free() const { return free_; }
  void leave(const RunningAttempt& run) {
    if (promised_) promised_->remove_hold(free_, run.ranks, end_of(run));
    free_.release(run.ranks);
  }
  void stay(const RunningAttempt& run) {
    free_.take(run.ranks);
    if (promised_) promised_->add_hold(free_, run.ranks, end_of(run));
  }
  // Delays nobody who is promised a start.
  std::optional<schedule::Choice> take(const schedule::Request& request,
                                       const std::vector<std::uint32_t>& options,
                                       const schedule::Placing& placing, const schedule::Stay& stay,
                                       base::Time now) {
    std::optional<schedule::ReservationGate> gate;
    if (promised_) gate.emplace(free_, *promised_, stay, now);
    auto choice = schedule::choose(free_, request, options, placing, gate ? &*gate : nullptr);
    if (!choice) return choice;
    free_.take(choice->ranks);
    if (promised_) {
      promised_->add_hold(free_, choice->ranks, stay.length ? now + *stay.length : schedule::never);
    }
    return choice;
  }

 private:
  static base::Time end_of(const RunningAttempt& run) {
    return run.end().value_or(schedule::never);
  }

  schedule::Capacity free_;
  std::optional<schedule::Timeline> promised_;  // none: nothing is promised here
};

class Planner {
 public:
  Planner(const Engine& engine, base::Time now)
      : engine_(engine), state_(engine.state()), index_(engine.index()), now_(now) {}

  RoundPlan plan() {
    collect();
    if (candidates_.empty()) return {};
    choose();
    arrange();
    return std::move(plan_);
  }

 private:
  void choose() {
    switch (state_.policy.rounds->turns) {
      case TurnRule::worth:
      case TurnRule::longest:
        chosen_ = choose_by_worth(engine_, candidates_, devices_, now_);
        return;
      case TurnRule::remaining:
      case TurnRule::service:
        chosen_ = choose_by_order(engine_, candidates_, devices_);
        return;
      case TurnRule::shares:
        chosen_ = choose_by_shares(engine_, candidates_, devices_);
    }
  }

  // All that could get a turn, and the devices there are for it.
  void collect() {
    devices_.assign(index_.device_models().size(), 0);
    for (const auto& [id, places] : index_.sites) {
      if (places.takes_work) count_free(id, places);
    }
    const bool others_wait = state_.policy.rounds->beside_the_pass();
    for (const auto& [tenant, jobs] : index_.active_by_tenant) {
      for (const JobId id : jobs) {
        const JobRecord& job = state_.jobs.at(id);
        if (!others_wait || may_gain(job)) consider(job);
      }
    }
    std::sort(candidates_.begin(), candidates_.end(),
              [](const TurnCandidate& a, const TurnCandidate& b) { return a.job->id < b.job->id; });
  }

  // What runs within a guarantee keeps its place; arrays, and work that is not on whole devices of
  // one model, get theirs by the pass alone.
  [[nodiscard]] bool may_gain(const JobRecord& job) const {
    if (job.array.is_array() || job.nodes_most > 0) return false;
    if (!job.running.empty()) {
      const std::uint32_t leaf = index_.classes[job.request_class].leaf;
      return job.takes_turns && !index_.tenants().is_guaranteed(leaf);
    }
    return job.wants_place() && index_.turn_work(job).devices > 0;
  }

  void consider(const JobRecord& job) {
    if (job.takes_turns && !job.running.empty()) {
      const RunningAttempt& run = job.running.front();
      if (run.stopping != Reason::none || !index_.sites.at(run.site).takes_work) return;
      count(run.site, run.ranks);
      candidates_.push_back({&job, &index_.turn_work(job), &run});
    } else if (job.wants_place() && index_.classes[job.request_class].open) {
      candidates_.push_back({&job, &index_.turn_work(job), nullptr});
    }
  }

  void count_free(SiteId id, const SitePlaces& places) {
    const auto& nodes = state_.sites.at(id).nodes;
    for (std::uint32_t node = 0; node < nodes.size(); ++node) {
      for (std::uint32_t device = 0; device < nodes[node].devices.size(); ++device) {
        if (places.capacity.device_free(node, device)) add(nodes[node].devices[device].model, 1);
      }
    }
  }
  // Two that share a device are counted once, by the first.
  void count(SiteId site, const std::vector<RankPlacement>& ranks) {
    for (const RankPlacement& rank : ranks) {
      for (const std::uint32_t device : rank.devices) {
        if (rank.is_share() && !shared_.insert({site, {rank.node, device}}).second) continue;
        add(state_.sites.at(site).nodes[rank.node].devices[device].model, 1);
      }
    }
  }
  void add(const std::string& model, std::int64_t count) {
    const auto& models = index_.device_models();
    const auto at = std::lower_bound(models.begin(), models.end(), model);
    if (at != models.end() && *at == model) {
      devices_[static_cast<std::size_t>(at - models.begin())] += count;
    }
  }

  // ---- where

  void arrange() {
    for (const auto& [id, places] : index_.sites) {
      if (places.takes_work) grounds_.emplace(id, places);
    }
    std::vector<bool> stays(candidates_.size(), false);
    for (const ChosenTurn& turn : chosen_) {
      if (!may_stay(turn)) continue;
      stays[turn.candidate] = true;
      if (turn.with) stays[*turn.with] = true;
    }
    for (std::uint32_t i = 0; i < candidates_.size(); ++i) {
      const RunningAttempt* const run = candidates_[i].run;
      if (run != nullptr && !stays[i]) leave(*run);
    }
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      const ChosenTurn& turn = chosen_[i];
      if (stays[turn.candidate]) continue;
      if (!give_place(turn)) make_way(i, stays);
    }
    if (state_.policy.rounds->beside_the_pass()) keep_whom_nobody_replaces();
    for (const ChosenTurn& turn : chosen_) {
      if (stays[turn.candidate]) keep(turn);
    }
    std::sort(plan_.leaving.begin(), plan_.leaving.end());
    std::sort(plan_.pairs.begin(), plan_.pairs.end());
    plan_.anybody = plan_.anybody || !plan_.turns.empty();
  }

  void leave(const RunningAttempt& run) {
    grounds_.at(run.site).leave(run);
    plan_.leaving.push_back(run.key);
  }
  // Who was to come may have found no place beside what is promised to others.
  void keep_whom_nobody_replaces() {
    std::set<JobId> coming;
    for (const PlannedTurn& turn : plan_.turns) coming.insert(turn.attempt.job);
    std::erase_if(plan_.leaving, [&](AttemptKey key) {
      if (coming.contains(key.job)) return false;
      const JobRecord& job = state_.jobs.at(key.job);
      const RunningAttempt& run = job.running.front();
      Ground& ground = grounds_.at(run.site);
      if (run.ranks.front().is_share() || !are_free(ground.free(), run.ranks)) return false;
      ground.stay(run);
      plan_.anybody = true;
      return true;
    });
  }
  void keep(const ChosenTurn& turn) {
    plan_.anybody = true;
    if (turn.with) pair_up(turn);
  }
  void pair_up(const ChosenTurn& turn) {
    const JobId a = candidates_[turn.candidate].job->id;
    const JobId b = candidates_[*turn.with].job->id;
    plan_.pairs.push_back({std::min(a, b), std::max(a, b)});
  }

  // On the model it is on, and alone or with the same other on the same devices.
  [[nodiscard]] bool may_stay(const ChosenTurn& turn) const {
    const RunningAttempt* const run = candidates_[turn.candidate].run;
    if (run == nullptr) return false;
    if (turn.model && Index::device_model(state_, *run) != index_.device_models()[*turn.model]) {
      return false;
    }
    const bool shares = !run->ranks.empty() && run->ranks.front().is_share();
    if (!turn.with) return !shares || !turn.model;
    const RunningAttempt* const other = candidates_[*turn.with].run;
    return shares && other != nullptr && other->site == run->site &&
           other->ranks.front().is_share() &&
           other->ranks.front().node == run->ranks.front().node &&
           other->ranks.front().devices == run->ranks.front().devices;
  }

  // Whoever stays and is behind this one gives way, and is placed anew behind it.
  void make_way(std::size_t at, std::vector<bool>& stays) {
    std::vector<std::size_t> moved;
    for (std::size_t i = chosen_.size(); i-- > at + 1;) {
      const ChosenTurn& behind = chosen_[i];
      if (!stays[behind.candidate] || behind.with || behind.model != chosen_[at].model) continue;
      const RunningAttempt& run = *candidates_[behind.candidate].run;
      grounds_.at(run.site).leave(run);
      moved.push_back(i);
    }
    (void)give_place(chosen_[at]);
    for (auto i = moved.rbegin(); i != moved.rend(); ++i) {
      const ChosenTurn& behind = chosen_[*i];
      const RunningAttempt& run = *candidates_[behind.candidate].run;
      Ground& ground = grounds_.at(run.site);
      if (are_free(ground.free(), run.ranks)) {
        ground.stay(run);
        continue;
      }
      stays[behind.candidate] = false;
      plan_.leaving.push_back(run.key);
      (void)give_place(behind);
    }
  }
  bool give_place(const ChosenTurn& turn) {
    const TurnCandidate& first = candidates_[turn.candidate];
    const schedule::Request& request = index_.asked_kind(*first.job).request;
    schedule::Request asked = request;
    std::vector<std::uint32_t> options;
    if (turn.model) {
      options = {first.work->on[*turn.model].option};
    } else {
      for (std::uint32_t i = 0; i < request.options.size(); ++i) options.push_back(i);
    }
    const ResourceOption* beside = nullptr;
    if (turn.with) {
      const TurnCandidate& second = candidates_[*turn.with];
      beside = &index_.asked_kind(*second.job).request.options[second.work->on[*turn.model].option];
      asked.options[options.front()].cpus += beside->cpus;
      asked.options[options.front()].memory_bytes += beside->memory_bytes;
    }
    schedule::Placing placing{state_.policy.placing, first.job->id.value, &state_.usual.work};
    placing.left = &state_.usual.left;
    for (auto& [site, ground] : grounds_) {
      auto choice = ground.take(asked, options, placing, stay_of(*first.job), now_);
      if (!choice) continue;
      if (beside == nullptr) {
        come(first, {{}, site, choice->option, std::move(choice->ranks)});
      } else {
        come_together(turn, site, std::move(choice->ranks.front()), *beside);
      }
      return true;
    }
    return false;
  }
  void come_together(const ChosenTurn& turn, SiteId site, RankPlacement both,
                     const ResourceOption& beside) {
    const TurnCandidate& second = candidates_[*turn.with];
    both.device_milli = half_device_milli;
    RankPlacement other = both;
    other.cpus = beside.cpus;
    other.memory_bytes = beside.memory_bytes;
    both.cpus -= other.cpus;
    both.memory_bytes -= other.memory_bytes;
    come(candidates_[turn.candidate],
         {{}, site, candidates_[turn.candidate].work->on[*turn.model].option, {both}});
    come(second, {{}, site, second.work->on[*turn.model].option, {other}});
    pair_up(turn);
  }
  void come(const TurnCandidate& who, PlannedTurn turn) {
    turn.attempt = who.run == nullptr ? who.job->next_attempt() : who.run->key;
    if (who.run != nullptr) ++turn.attempt.attempt;
    plan_.turns.push_back(std::move(turn));
  }

  const Engine& engine_;
  const State& state_;
  const Index& index_;
  base::Time now_;
  std::vector<TurnCandidate> candidates_;  // by job
  std::vector<std::int64_t> devices_;      // by model
  std::set<std::pair<SiteId, std::pair<std::uint32_t, std::uint32_t>>> shared_;
  std::vector<ChosenTurn> chosen_;  // those that are due first come first
  std::map<SiteId, Ground> grounds_;
  RoundPlan plan_;
};

}  // namespace

bool are_free(const schedule::Capacity& capacity, const std::vector<RankPlacement>& ranks) {
  return std::all_of(ranks.begin(), ranks.end(), [&](const RankPlacement& rank) {
    const schedule::Shape& left = capacity.free_of(rank.node);
    return left.cpus >= rank.cpus && left.memory_bytes >= rank.memory_bytes &&
           std::all_of(rank.devices.begin(), rank.devices.end(), [&](std::uint32_t device) {
             return capacity.device_left(rank.node, device) >= rank.device_milli;
           });
  });
}

RoundPlan plan_round(const Engine& engine, base::Time now) { return Planner(engine, now).plan(); }

}  // namespace weir::engine
