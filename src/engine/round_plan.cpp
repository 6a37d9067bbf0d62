#include "engine/round_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "schedule/choose.h"
#include "schedule/place.h"

namespace weir::engine {

using namespace model;

namespace {

constexpr std::uint32_t half_device_milli = whole_device_milli / 2;

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
      if (places.in_touch) count_free(id, places);
    }
    for (const auto& [tenant, jobs] : index_.active_by_tenant) {
      for (const JobId id : jobs) consider(state_.jobs.at(id));
    }
    std::sort(candidates_.begin(), candidates_.end(),
              [](const TurnCandidate& a, const TurnCandidate& b) { return a.job->id < b.job->id; });
  }

  void consider(const JobRecord& job) {
    if (job.takes_turns() && !job.running.empty()) {
      const RunningAttempt& run = job.running.front();
      if (run.stopping != Reason::none) return;
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
      if (places.in_touch) free_.emplace(id, places.capacity);
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
    for (const ChosenTurn& turn : chosen_) {
      if (stays[turn.candidate]) keep(turn);
    }
    std::sort(plan_.leaving.begin(), plan_.leaving.end());
    std::sort(plan_.pairs.begin(), plan_.pairs.end());
    plan_.anybody = plan_.anybody || !plan_.turns.empty();
  }

  void leave(const RunningAttempt& run) {
    free_.at(run.site).release(run.ranks);
    plan_.leaving.push_back(run.key);
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
      free_.at(candidates_[behind.candidate].run->site)
          .release(candidates_[behind.candidate].run->ranks);
      moved.push_back(i);
    }
    (void)give_place(chosen_[at]);
    for (auto i = moved.rbegin(); i != moved.rend(); ++i) {
      const ChosenTurn& behind = chosen_[*i];
      const RunningAttempt& run = *candidates_[behind.candidate].run;
      if (are_free(free_.at(run.site), run.ranks)) {
        free_.at(run.site).take(run.ranks);
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
    for (auto& [site, free] : free_) {
      auto choice = schedule::choose(free, asked, options, placing);
      if (!choice) continue;
      free.take(choice->ranks);
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
  std::map<SiteId, schedule::Capacity> free_;
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
