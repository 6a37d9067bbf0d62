// Who runs where, so that urgency times speed, summed over all that runs, is the most: Weir's own
// rule for work that takes turns.
//
// What a job is worth somewhere is its weight times its speed there, as part of its speed where it
// is quickest; beside another on the same devices it is slower, and both count. The weight is
//     W = devices × S ÷ R,    R: time left where it is quickest,    S: its age and R
// the response ratio: work nearly done goes first, and nobody starves, as S grows while it waits
// (Brinch Hansen 1971, "highest response ratio next"; here for jobs that run, too). Where all is to
// be done early the weight is devices × R instead.
//
// A local search, from where everybody was in the round before: each job in turn, by weight, takes
// the one step that adds most: to free devices; beside another; to the place of another, who goes
// to the best of the places that are left, or waits; work on several devices drives out what is
// worth least there. Each step adds to the sum, so that nobody moves for nothing. It is exact in no
// sense: a bound is the sum with every job where it is quickest. Whoever does not stay where it
// was is slower in its new place by the part of a round that a restart takes. Among equals only: a
// higher priority goes before everything of a lower one. Weak: shares of tenants count for nothing
// here; work whose length nobody says counts as having as much before it as behind it.
//
// The first jobs_searched of the order look at everybody else's place, the others at free ones.
#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "engine/round_plan.h"

namespace weir::engine {

using namespace model;

namespace {

constexpr int nowhere = -1;
constexpr int nobody = -1;
constexpr std::int64_t whole_speed = 4096;
constexpr std::size_t jobs_searched = 512;
constexpr int ratio_bits = 10;
constexpr std::int64_t weight_most = std::int64_t{1} << 36U;
// One level of priority counts for so many times the urgency, as far as three levels.
constexpr int bits_of_a_priority = 4;
constexpr std::ptrdiff_t priorities_most = 3;

std::int64_t seconds_of(base::Duration time) {
  constexpr std::int64_t longest = std::int64_t{1} << 28U;  // some nine years
  return std::clamp<std::int64_t>(base::to_us(time) / 1'000'000, 0, longest);
}

class WorthSearch {
 public:
  WorthSearch(const Engine& engine, const std::vector<TurnCandidate>& candidates,
              std::vector<std::int64_t> devices, base::Time now)
      : engine_(engine),
        candidates_(candidates),
        free_(std::move(devices)),
        now_(now),
        lost_by_a_move_(scaled(base::to_us(engine.state().policy.rounds->restart),
                               base::to_us(engine.state().policy.rounds->length))) {}

  std::vector<ChosenTurn> choose() {
    read_jobs();
    const std::vector<int> order = by_weight();
    for (std::size_t i = 0; i < order.size(); ++i) {
      searches_all_ = i < jobs_searched;
      improve(order[i]);
    }
    std::vector<ChosenTurn> chosen;
    for (const int job : order) {
      const Job& each = jobs_[index(job)];
      const auto number = static_cast<std::uint32_t>(job);
      if (each.devices == 0) {
        chosen.push_back({number, {}, {}});
      } else if (each.model != nowhere && (each.partner == nobody || each.partner > job)) {
        chosen.push_back({number, static_cast<std::uint32_t>(each.model), {}});
        if (each.partner != nobody) chosen.back().with = static_cast<std::uint32_t>(each.partner);
      }
    }
    return chosen;
  }

 private:
  struct Place {
    int model = nowhere;
    int partner = nobody;
  };
  struct Job {
    std::int64_t devices = 0;
    std::int64_t weight = 0;
    std::vector<std::int64_t> speed;  // by model, as part of where it is quickest
    Place before;                     // where it was in the last round
    int model = nowhere;              // where it is as things stand
    int partner = nobody;
    // Where it would go best from its place, and what that adds; of the moves made so far.
    std::int64_t elsewhere = 0;
    Place elsewhere_at;
    std::int64_t elsewhere_of = -1;

    [[nodiscard]] bool runs() const { return model != nowhere; }
    [[nodiscard]] bool alone() const { return runs() && partner == nobody; }
  };
  // A step: the job goes to `to`; who was there, if it drives somebody out, to `theirs`.
  struct Move {
    std::int64_t adds = 0;
    Place to;
    int out = nobody;
    Place theirs;
  };

  static std::size_t index(int job) { return static_cast<std::size_t>(job); }
  [[nodiscard]] int jobs() const { return static_cast<int>(jobs_.size()); }
  [[nodiscard]] int models() const { return static_cast<int>(free_.size()); }

  void read_jobs() {
    const Rounds& rules = *engine_.state().policy.rounds;
    const auto& rates = engine_.state().throughputs.rates;
    pairs_ = rules.pairs && std::any_of(rates.begin(), rates.end(), [](const Throughput& rate) {
               return !rate.beside.empty();
             });
    std::set<std::int32_t> priorities;
    for (const TurnCandidate& candidate : candidates_) priorities.insert(candidate.job->priority);
    for (const TurnCandidate& candidate : candidates_) {
      const JobRecord& record = *candidate.job;
      const TurnWork& work = *candidate.work;
      Job job;
      job.devices = work.devices;
      for (const TurnWork::On& on : work.on) {
        job.speed.push_back(work.best_micro == 0 ? 0 : scaled(on.rate_micro, work.best_micro));
      }
      constexpr std::int64_t a_little = 360;
      const std::int64_t left = left_s(record, work) + a_little;
      const std::int64_t stay = seconds_of(now_ - record.submitted) + left;
      const bool longest = rules.turns == TurnRule::longest;
      job.weight = job.devices * (longest ? left : (stay << ratio_bits) / left);
      job.weight = std::min(job.weight, weight_most);
      const auto lower =
          std::distance(priorities.begin(), priorities.find(candidate.job->priority));
      job.weight <<= bits_of_a_priority * std::min(lower, priorities_most);
      if (candidate.run != nullptr && job.devices > 0) stand(job, *candidate.run);
      jobs_.push_back(std::move(job));
    }
    for (int job = 0; job < jobs(); ++job) find_partner(job);
    for (int job = 0; job < jobs(); ++job) {
      Job& each = jobs_[index(job)];
      each.before = {each.model, each.partner};
      const bool counted = each.partner != nobody && each.partner < job;
      if (each.runs() && !counted) free_[index(each.model)] -= each.devices;
    }
  }
  static std::int64_t scaled(std::int64_t rate, std::int64_t best) {
    __extension__ using Wide = __int128;
    return static_cast<std::int64_t>(static_cast<Wide>(rate) * whole_speed / best);
  }
  // Not less than a fiftieth of all of it: nobody knows that well how long work takes.
  static std::int64_t left_s(const JobRecord& record, const TurnWork& work) {
    if (!micro_left(record)) {
      return seconds_of(work.service(record) / std::max<std::int64_t>(work.devices, 1));
    }
    const std::int64_t left = seconds_of(work.time_left(record));
    const std::int64_t had =
        seconds_of(work.service(record) / std::max<std::int64_t>(work.devices, 1));
    return std::max(left, had / 50);
  }
  void stand(Job& job, const RunningAttempt& run) const {
    const auto& names = engine_.index().device_models();
    const std::string name = Index::device_model(engine_.state(), run);
    const auto at = std::lower_bound(names.begin(), names.end(), name);
    if (at != names.end() && *at == name) job.model = static_cast<int>(at - names.begin());
  }
  void find_partner(int job) {
    Job& each = jobs_[index(job)];
    if (!each.runs()) return;
    const JobId* const partner = engine_.state().rounds.partner_of(candidates_[index(job)].job->id);
    if (partner == nullptr) return;
    const auto at = std::lower_bound(
        candidates_.begin(), candidates_.end(), *partner,
        [](const TurnCandidate& candidate, JobId id) { return candidate.job->id < id; });
    if (at == candidates_.end() || at->job->id != *partner) return;
    const auto other = static_cast<int>(at - candidates_.begin());
    if (jobs_[index(other)].model == each.model) each.partner = other;
  }

  // By weight for each device, the heaviest first.
  [[nodiscard]] std::vector<int> by_weight() const {
    std::vector<int> order(jobs_.size());
    std::iota(order.begin(), order.end(), 0);
    sort_by_weight(order);
    return order;
  }
  void sort_by_weight(std::vector<int>& order) const {
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      const Job& one = jobs_[index(a)];
      const Job& two = jobs_[index(b)];
      return one.weight * std::max<std::int64_t>(two.devices, 1) >
             two.weight * std::max<std::int64_t>(one.devices, 1);
    });
  }

  // ---- what places are worth

  // Whoever does not stay where it was is slower by what the move costs.
  [[nodiscard]] std::int64_t as_moved(const Job& job, int model, int partner,
                                      std::int64_t speed) const {
    if (job.before.model == model && job.before.partner == partner) return speed;
    return speed - speed * lost_by_a_move_ / whole_speed;
  }
  [[nodiscard]] std::int64_t speed_alone(const Job& job, int model) const {
    return as_moved(job, model, nobody, job.speed[index(model)]);
  }
  // Of the first beside the second; 0: not together.
  [[nodiscard]] std::int64_t speed_beside(int job, int other, int model) const {
    const TurnWork& work = *candidates_[index(job)].work;
    const auto rates = engine_.index().rates_beside(work, *candidates_[index(other)].work);
    return as_moved(jobs_[index(job)], model, other, scaled(rates[index(model)], work.best_micro));
  }
  [[nodiscard]] std::int64_t worth(int job) const {
    const Job& each = jobs_[index(job)];
    if (!each.runs()) return 0;
    if (each.partner == nobody) return each.weight * speed_alone(each, each.model);
    return each.weight * speed_beside(job, each.partner, each.model);
  }
  // What the sum loses without it: its partner is quicker alone.
  [[nodiscard]] std::int64_t lost_without(int job) const {
    const Job& each = jobs_[index(job)];
    if (each.partner == nobody) return worth(job);
    const Job& other = jobs_[index(each.partner)];
    return worth(job) - (other.weight * speed_alone(other, each.model) - worth(each.partner));
  }
  // What two add that come together where one is alone.
  [[nodiscard]] std::int64_t adds_beside(int job, int other, int model) const {
    const std::int64_t own = speed_beside(job, other, model);
    if (own == 0) return 0;
    const Job& two = jobs_[index(other)];
    return jobs_[index(job)].weight * own +
           two.weight * (speed_beside(other, job, model) - speed_alone(two, model));
  }

  void take_out(int job) {
    Job& each = jobs_[index(job)];
    if (!each.runs()) return;
    if (each.partner == nobody) {
      free_[index(each.model)] += each.devices;
    } else {
      jobs_[index(each.partner)].partner = nobody;
    }
    each.model = nowhere;
    each.partner = nobody;
  }
  void put(int job, const Place& place) {
    Job& each = jobs_[index(job)];
    if (place.model == nowhere) return;
    each.model = place.model;
    each.partner = place.partner;
    if (place.partner == nobody) {
      free_[index(place.model)] -= each.devices;
    } else {
      jobs_[index(place.partner)].partner = job;
    }
  }

  // ---- steps

  // To free devices, or beside somebody who is alone, but not `except`.
  [[nodiscard]] std::pair<std::int64_t, Place> best_free(int job, int except) const {
    const Job& each = jobs_[index(job)];
    std::pair<std::int64_t, Place> best;
    for (int model = 0; model < models(); ++model) {
      const std::int64_t adds = each.weight * speed_alone(each, model);
      if (free_[index(model)] >= each.devices && adds > best.first) {
        best = {adds, {model, nobody}};
      }
    }
    if (each.devices != 1 || !searches_all_ || !pairs_) return best;
    for (int other = 0; other < jobs(); ++other) {
      const Job& two = jobs_[index(other)];
      if (!two.alone() || two.devices != 1 || other == job || other == except) continue;
      const std::int64_t adds = adds_beside(job, other, two.model);
      if (adds > best.first) best = {adds, {two.model, other}};
    }
    return best;
  }

  void improve(int job) {
    Job& each = jobs_[index(job)];
    if (each.devices == 0 || gains_nowhere(each)) return;
    const Place before{each.model, each.partner};
    const std::int64_t now = lost_without(job);
    take_out(job);
    Move best;
    best.adds = now;
    if (const auto [adds, to] = best_free(job, nobody); adds > best.adds) {
      best = {adds, to, nobody, {}};
    }
    if (each.devices == 1 && searches_all_) find_exchange(job, before, best);
    if (best.to.model == nowhere) {
      put(job, before);
      if (each.devices > 1) make_room(job, before, now);
      return;
    }
    if (best.out != nobody) take_out(best.out);
    put(job, best.to);
    if (best.out != nobody) put(best.out, best.theirs);
    ++moves_;
  }

  // Where all devices are alike and nobody shares one: whoever runs, and whoever is worth less than
  // all that run on one device.
  bool gains_nowhere(const Job& job) {
    if (models() > 1 || pairs_) return false;
    if (job.runs()) return true;
    if (job.devices > 1 || free_.front() > 0) return false;
    if (least_of_ != moves_) {
      least_of_ = moves_;
      least_worth_ = std::numeric_limits<std::int64_t>::max();
      for (int other = 0; other < jobs(); ++other) {
        const Job& two = jobs_[index(other)];
        if (two.runs() && two.devices == 1) least_worth_ = std::min(least_worth_, worth(other));
      }
    }
    return job.weight * speed_alone(job, 0) <= least_worth_;
  }

  // To the place of somebody on one device. Requires: the job is taken out of `before`.
  void find_exchange(int job, const Place& before, Move& best) {
    const Job& each = jobs_[index(job)];
    for (int other = 0; other < jobs(); ++other) {
      Job& two = jobs_[index(other)];
      if (!two.runs() || two.devices != 1 || other == job) continue;
      const int model = two.model;
      if (each.speed[index(model)] == 0) continue;
      std::int64_t adds = each.weight * speed_alone(each, model) - worth(other);
      if (two.partner != nobody) {
        const std::int64_t own = speed_beside(job, two.partner, model);
        if (own == 0) continue;
        const Job& third = jobs_[index(two.partner)];
        adds = each.weight * own + third.weight * speed_beside(two.partner, job, model) -
               worth(other) - worth(two.partner);
      }
      if (adds + two.weight * whole_speed <= best.adds) continue;
      auto [theirs, place] = place_for(other, job, before);
      if (before.model != nowhere && other != before.partner) {
        better_of_its_place(other, before, theirs, place);
      }
      if (adds + theirs > best.adds) {
        best = {adds + theirs, {model, two.partner}, other, place};
      }
    }
  }
  // Where one goes best that is driven out, with the other still where it was.
  std::pair<std::int64_t, Place> place_for(int out, int by, const Place& before) {
    Job& each = jobs_[index(out)];
    const Place own{each.model, each.partner};
    const auto look = [&] {
      each.model = nowhere;
      auto found = best_free(out, own.partner);
      each.model = own.model;
      return found;
    };
    if (each.elsewhere_of != moves_) {
      put(by, before);
      std::tie(each.elsewhere, each.elsewhere_at) = look();
      each.elsewhere_of = moves_;
      take_out(by);
    }
    if (each.elsewhere_at.partner == by && each.elsewhere_at.model != nowhere) return look();
    return {each.elsewhere, each.elsewhere_at};
  }
  // Or to the place that is left to it.
  void better_of_its_place(int out, const Place& left, std::int64_t& adds, Place& place) const {
    const Job& each = jobs_[index(out)];
    std::int64_t there = 0;
    if (left.partner != nobody) {
      there = adds_beside(out, left.partner, left.model);
    } else if (free_[index(left.model)] > 0) {
      there = each.weight * speed_alone(each, left.model);
    }
    if (there <= adds) return;
    adds = there;
    place = left;
  }

  // ---- work on several devices

  struct Victim {
    std::int64_t loss = 0;  // for each device
    std::int64_t devices = 0;
    int job = nobody;
    int partner = nobody;
  };

  // What is worth least for each of its devices goes, until there is room.
  void make_room(int job, const Place& before, std::int64_t now) {
    const Job& each = jobs_[index(job)];
    std::int64_t best = 0;
    int to = nowhere;
    std::vector<int> out;
    for (int model = 0; model < models(); ++model) {
      if (each.speed[index(model)] == 0 || model == before.model) continue;
      std::int64_t needed = each.devices - free_[index(model)];
      std::int64_t adds = each.weight * speed_alone(each, model) - now;
      std::vector<int> going;
      for (const Victim& victim : victims_on(model, job, before)) {
        if (needed <= 0) break;
        needed -= victim.devices;
        adds -= victim.loss * victim.devices;
        going.push_back(victim.job);
        if (victim.partner != nobody) going.push_back(victim.partner);
      }
      if (needed > 0 || adds <= best) continue;
      best = adds;
      to = model;
      out = std::move(going);
    }
    if (to == nowhere) return;
    take_out(job);
    for (const int going : out) take_out(going);
    put(job, {to, nobody});
    sort_by_weight(out);
    for (const int going : out) put(going, best_free(going, nobody).second);
    ++moves_;
  }
  // Least loss for each device first; those that find room elsewhere lose but the difference.
  [[nodiscard]] std::vector<Victim> victims_on(int model, int by, const Place& before) const {
    std::vector<Victim> victims;
    for (int other = 0; other < jobs(); ++other) {
      const Job& two = jobs_[index(other)];
      if (other == by || two.model != model) continue;
      if (two.partner != nobody && two.partner < other) continue;
      std::int64_t loss = worth(other);
      if (two.partner != nobody) {
        loss += worth(two.partner);
      } else {
        loss -= worth_elsewhere(two, model, jobs_[index(by)].devices, before);
      }
      victims.push_back({loss / two.devices, two.devices, other, two.partner});
    }
    std::stable_sort(victims.begin(), victims.end(),
                     [](const Victim& a, const Victim& b) { return a.loss < b.loss; });
    return victims;
  }
  [[nodiscard]] std::int64_t worth_elsewhere(const Job& job, int model, std::int64_t leaves,
                                             const Place& before) const {
    std::int64_t best = 0;
    for (int other = 0; other < models(); ++other) {
      const std::int64_t room = free_[index(other)] + (other == before.model ? leaves : 0);
      if (other == model || room < job.devices) continue;
      best = std::max(best, job.weight * speed_alone(job, other));
    }
    return best;
  }

  const Engine& engine_;
  const std::vector<TurnCandidate>& candidates_;
  std::vector<std::int64_t> free_;  // devices, by model
  base::Time now_;
  std::vector<Job> jobs_;            // by candidate
  std::int64_t lost_by_a_move_ = 0;  // as part of a round
  bool pairs_ = false;               // some rates beside each other are known
  std::int64_t least_worth_ = 0;     // of whoever runs on one device
  std::int64_t least_of_ = -1;       // as of so many moves
  std::int64_t moves_ = 0;
  bool searches_all_ = true;
};

}  // namespace

std::vector<ChosenTurn> choose_by_worth(const Engine& engine,
                                        const std::vector<TurnCandidate>& candidates,
                                        std::vector<std::int64_t> devices, base::Time now) {
  return WorthSearch(engine, candidates, std::move(devices), now).choose();
}

}  // namespace weir::engine
