// Elastic gangs: how many nodes they take, and when they start again with another number.
//
// A gang takes the nodes beyond its least only while nobody else waits. Once it has run for a while
// and has a while to run, it starts again: on more nodes where some are free and nobody waits, or
// on its least where that lets the first that waits start. It is given its notice before, and only
// programs that ask for one are moved: the others would lose what they have done. Of those that are
// looked at, the one that loses the least is moved: what it did since its last checkpoint, if it
// says how often it writes one. One is moved at a time; the next only once what the first leaves is
// seen.
#include <algorithm>

#include "engine/power.h"
#include "engine/promise.h"
#include "engine/stepper.h"
#include "model/pack.h"
#include "schedule/timeline.h"

namespace weir::engine {

using namespace model;

namespace {

// A gang that runs, and the site without it.
struct Elastic {
  JobId job;
  AttemptKey attempt;
  SiteId site;
  std::uint32_t option = 0;
  std::uint32_t ranks = 0;
  schedule::Loss loss = {};  // if it is ended now
};

class Resizer {
 public:
  Resizer(const Engine& engine, base::Time now) : engine_(engine), now_(now) {}

  // True if one more node is free to it, and within its tenants' bounds.
  [[nodiscard]] bool could_grow(const Elastic& gang) const {
    const Index& index = engine_.index();
    const JobRecord& job = engine_.state().jobs.at(gang.job);
    const auto chain = index.tenants().chain_up(index.classes[job.request_class].leaf);
    const ResourceOption& option = index.asked_kind(job).request.options[gang.option];
    if (index.tenants().forbids(engine_.state(), chain, 1, option, job.time_limit, false)) {
      return false;
    }
    if (power_short(engine_, gang.site, 1, option, flexibility_of(job, now_), now_)) return false;
    const schedule::Capacity capacity = without(gang);
    return place(capacity, gang, gang.ranks + 1).has_value();
  }

  // True if `first` fits as well once the gang has no more than its least.
  [[nodiscard]] bool makes_room_for(const Elastic& gang, const Queues::Entry& first) const {
    const Index& index = engine_.index();
    schedule::Capacity capacity = without(gang);
    const auto least = place(capacity, gang, engine_.state().jobs.at(gang.job).nodes);
    if (!least) return false;
    capacity.take(least->ranks);
    const schedule::Request& request =
        index.kinds[*index.classes[first.request_class].open].request;
    const std::vector<std::uint32_t> options = schedule::as_written(request.options.size()).front();
    const schedule::Stay stay = stay_of(engine_.state().jobs.at(first.position.job));
    const schedule::ReservationGate gate(capacity, index.sites.at(gang.site).timeline, stay, now_);
    return schedule::choose(capacity, request, options, {}, &gate).has_value();
  }

 private:
  [[nodiscard]] schedule::Capacity without(const Elastic& gang) const {
    const auto& running = engine_.state().jobs.at(gang.job).running;
    const auto run = std::find_if(running.begin(), running.end(), [&](const RunningAttempt& each) {
      return each.key == gang.attempt;
    });
    schedule::Capacity capacity = engine_.index().sites.at(gang.site).capacity;
    capacity.release(run->ranks);
    return capacity;
  }
  [[nodiscard]] std::optional<schedule::Choice> place(const schedule::Capacity& capacity,
                                                      const Elastic& gang,
                                                      std::uint32_t nodes) const {
    const JobRecord& job = engine_.state().jobs.at(gang.job);
    const schedule::Request request{nodes,
                                    {engine_.index().asked_kind(job).request.options[gang.option]}};
    const schedule::ReservationGate gate(capacity, engine_.index().sites.at(gang.site).timeline,
                                         stay_of(job), now_);
    constexpr std::uint32_t only[] = {0};
    return schedule::choose(capacity, request, only, {}, &gate);
  }

  const Engine& engine_;
  base::Time now_;
};

}  // namespace

bool may_start_again(const JobRecord& job, const RunningAttempt& run, base::Time now) {
  if (job.held || job.cancelled || run.phase != AttemptPhase::running ||
      run.stopping != Reason::none || !run.started) {
    return false;
  }
  const auto end = run.end();
  return now - *run.started >= Limits::run_before_resize &&
         (!end || *end - now >= Limits::run_before_resize);
}

base::Duration notice_of(const JobRecord& job) {
  const RetryPolicy retry = unpack_spec(job.packed_spec).retry;
  return retry.notice_signal > 0 ? retry.notice_before : base::Duration(0);
}

schedule::Choice Stepper::enlarged(SiteId site, const JobRecord& job, const RequestKind& of_job,
                                   schedule::Choice least) const {
  const Queues& queues = index().queues();
  auto other = queues.next(nullptr, nullptr);
  if (other && other->position.job == job.id) other = queues.next(&other->position, nullptr);
  const bool alone = index().classes[job.request_class].queue.size() == 1 && job.waiting() == 1;
  if (other || !alone) return least;
  const auto chain = index().tenants().chain_up(index().classes[job.request_class].leaf);
  const ResourceOption& option = of_job.request.options[least.option];
  const SitePlaces& places = index().sites.at(site);
  const schedule::ReservationGate gate(places.capacity, places.timeline, stay_of(job), now_);
  schedule::Placing placing{state().policy.placing, 0, &state().usual.work};
  placing.left = &state().usual.left;
  // Where so many fit, fewer do.
  std::uint32_t most = job.nodes_most;
  for (std::uint32_t fits = job.nodes; fits < most;) {
    const std::uint32_t nodes = fits + (most - fits + 1) / 2;
    const bool allowed =
        !index().tenants().forbids(state(), chain, nodes, option, job.time_limit, false);
    const std::uint32_t only[] = {0};
    auto more = allowed ? schedule::choose(places.capacity, {nodes, {option}}, only, placing, &gate)
                        : std::nullopt;
    if (more) {
      least.ranks = std::move(more->ranks);
      fits = nodes;
    } else {
      most = nodes - 1;
    }
  }
  return least;
}

void Stepper::resize_elastic() {
  std::vector<Elastic> old_enough;
  for (const JobId id : index().elastic) {
    const JobRecord& job = state().jobs.at(id);
    for (const RunningAttempt& run : job.running) {
      if (run.stopping == Reason::resized) return;
      if (!may_start_again(job, run, now_) || !index().sites.at(run.site).takes_work) continue;
      old_enough.push_back({id, run.key, run.site, run.option,
                            static_cast<std::uint32_t>(run.ranks.size()),
                            schedule::loss_of(run.ranks, job.time_lost(run, now_))});
    }
  }
  const auto first = index().queues().next(nullptr, nullptr);
  const Resizer resizer(engine_, now_);
  // Not always the same are tried.
  const std::size_t from = old_enough.empty() ? 0 : state().sequence % old_enough.size();
  std::rotate(old_enough.begin(), old_enough.begin() + static_cast<std::ptrdiff_t>(from),
              old_enough.end());
  std::vector<Elastic> tried;
  for (const Elastic& gang : old_enough) {
    const JobRecord& job = state().jobs.at(gang.job);
    const bool could = first ? gang.ranks > job.nodes : gang.ranks < job.nodes_most;
    if (could && notice_of(job) > base::Duration(0)) tried.push_back(gang);
    if (tried.size() == Limits::resizes_tried) break;
  }
  std::stable_sort(tried.begin(), tried.end(),
                   [](const Elastic& a, const Elastic& b) { return a.loss < b.loss; });
  for (const Elastic& gang : tried) {
    const bool pays = first ? resizer.makes_room_for(gang, *first) : resizer.could_grow(gang);
    if (!pays) continue;
    emit(AttemptStopping{gang.attempt, Reason::resized});
    wish(gang.site, stop_wish(state(), *state().jobs.at(gang.job).find_running(gang.attempt)));
    return;
  }
}

}  // namespace weir::engine
