// A pass over the queues: gives waiting tasks their places, in turn.
//
// Ideal: look at every waiting job in order of its turn and start it if it fits without delaying
// anybody who holds a promise; the first that do not fit get one. Shortcuts: only the first of each
// class is looked at, as all others ask for the same; what quotas forbid is not in the order at all
// (engine/index.h); what there is no room for anywhere, were everything free open to it, is passed
// by; where what was promised to others is in the way of a stay, it is in the way of every longer
// one; and what found no place is looked at again only where something has changed.
//
// Of the options that a job leaves open the quickest is tried first, on all sites, then the next;
// and rather than take a slow one it waits for a quicker that is done sooner, if that start is
// promised to it. Under `assigned` those go first whose way devices are worth most to
// (engine/worth.h).
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "engine/promise.h"
#include "engine/stepper.h"
#include "schedule/quota.h"

namespace weir::engine {

using namespace model;

namespace {

// The same draw for the same attempt, whenever it is made.
std::uint64_t seed_of(AttemptKey key) {
  return key.job.value * 0x9E3779B97F4A7C15U + key.task * 0xBF58476D1CE4E5B9U + key.attempt;
}

}  // namespace

// What one pass knows besides the state.
struct Stepper::Pass {
  std::uint32_t promises_allowed = 0;
  bool promises_more = false;  // whoever has to wait is looked at as well, to be promised a start
  bool all_promises = false;   // so are as many again behind those who may get one
  std::pair<std::uint64_t, std::uint64_t> looked_at = {};  // Index::changes and openings
  Queues::Wanted with_room = {};          // what there is room for, and stays that have no place
  std::set<std::uint32_t> no_place = {};  // requests of which a stay was found to have no place
  std::set<std::uint32_t> blocked = {};   // kinds that were looked at to be promised a start
  std::uint32_t searches = 0;             // for such a start
  // As of then nobody who holds a promise had room on a site that has changed.
  std::pair<std::uint64_t, std::uint64_t> no_holder = {};
  // The first that waits for work without a limit has no known start to be promised; for this pass,
  // what is free of the nodes it needs is kept for it.
  std::optional<SiteSlot> kept = std::nullopt;
};

// Somebody who holds a promise, where there is room for it on a site that has changed.
struct Stepper::Holder {
  bool later = false;           // its promised time has not come
  base::Time start;             // of those whose time has come the earliest first,
  schedule::Position position;  // then in turn
  std::uint32_t asks = 0;
  std::uint32_t request_class = 0;
  std::vector<SiteId> sites = {};
};

void Stepper::place_waiting_tasks() {
  capacity_or_queue_changed_ = false;
  renew_budgets();
  index().let_go_of_late_promises(state(), now_);
  place_reclaimed();
  place_by_worth();
  Pass pass{promises_allowed(state().policy)};
  // Where many hold a promise already, whoever is first and has none gets one a little later.
  const auto& promises = index().promises;
  pass.all_promises = pass.promises_allowed == 0 ||
                      state().sequence % Limits::steps_between_promises == 0 ||
                      (!promises.empty() && promises.begin()->first < now_);
  const std::size_t many = std::max<std::size_t>(pass.promises_allowed, Limits::few_promises);
  pass.promises_more = pass.all_promises || promises.size() < many;
  while (place_next(pass)) {
  }
  if (pass.kept) {
    index().sites.at(pass.kept->site).timeline.unreserve(pass.kept->slot.nodes, kept_for_nobody);
    for (const std::uint32_t request : pass.no_place) index().rooms[request].no_place_at = 0;
  }
  reclaim_guaranteed();
  resize_elastic();
  move_for_the_first();
}

void Stepper::place_by_worth() {
  if (promises_allowed(state().policy) == 0) return;  // strictly in turn
  auto ways = ways_by_worth(engine_, now_);
  while (ways && place_its_way(*ways)) {
  }
}

// Places the first in turn whose own way is free; what devices are worth more to others is left
// alone. Nobody goes before one who has room nowhere and is promised nothing.
bool Stepper::place_its_way(Ways& ways) {
  std::size_t looked_at = 0;
  auto at = index().queues().next(nullptr, nullptr);
  for (; at && looked_at < Limits::kinds_assigned; ++looked_at) {
    const JobId id = at->position.job;
    const JobRecord& job = state().jobs.at(id);
    const std::uint32_t kind = *index().classes[at->request_class].open;
    const RequestKind& of_job = index().kinds[kind];
    RequestRoom& room = index().rooms[of_job.asks];
    (void)index().find_room(room);
    const auto own = ways.find(kind);
    bool fits = false;
    for (const SiteId site : room.sites) {
      for (const std::vector<std::uint32_t>& turn : of_job.turns) {
        for (const std::uint32_t option : turn) {
          auto choice = choice_on(site, job, of_job, std::array{option});
          if (!choice) continue;
          fits = true;
          if (own == ways.end() || own->second[option] <= 0) continue;
          --own->second[option];
          take_choice(site, id, kind, std::move(*choice));
          return true;
        }
      }
    }
    if (!fits && !job.promise) return false;
    at = index().queues().next(&at->position, nullptr);
  }
  return false;
}

void Stepper::look_for_room(Pass& pass) {
  // What was placed since the last look leaves less room to what had some, and to others none.
  if (pass.looked_at == std::pair(index().changes, index().openings())) {
    std::erase_if(pass.with_room, [&](const auto& wanted) {
      const auto stays = index().queues().requests().find(wanted.first);
      return stays == index().queues().requests().end() ||
             stays->second.begin()->first >= wanted.second ||
             !index().find_room(index().rooms[wanted.first]);
    });
    return;
  }
  pass.looked_at = std::pair(index().changes, index().openings());
  pass.with_room.clear();
  for (const auto& [request, stays] : index().queues().requests()) {
    RequestRoom& room = index().rooms[request];
    if (!index().find_room(room)) continue;
    base::Duration too_long = base::Duration::max();
    if (room.no_place_at > 0 && !index().any_changed_after(room.no_place_at, room.sites)) {
      too_long = room.no_place_from;
      room.no_place_at = index().changes;
    }
    if (stays.begin()->first >= too_long) continue;
    pass.with_room.emplace_hint(pass.with_room.end(), request, too_long);
  }
}

// Places the first in turn that fits. False: nobody does. Whoever is placed moves its tenant, so
// that for the next the order may be another.
bool Stepper::place_next(Pass& pass) {
  look_for_room(pass);
  const std::vector<Holder> holders = promised_with_room(pass);
  auto holder = holders.begin();
  const std::size_t most = pass.promises_allowed * (pass.all_promises ? 2U : 1U);
  std::size_t repeats = 0;
  std::size_t takers = 0;  // of turns, who are promised nothing
  std::optional<Queues::Entry> at;
  while (true) {
    at = index().queues().next(at ? &at->position : nullptr,
                               pass.promises_more ? nullptr : &pass.with_room);
    for (; holder != holders.end(); ++holder) {
      if (at && holder->later && at->position < holder->position) break;
      if (!place_holder(*holder)) continue;
      // It may have a task more, which holds no promise yet.
      const auto& open = index().classes[holder->request_class].open;
      if (open) pass.blocked.erase(*open);
      return true;
    }
    if (!at) return false;
    const JobId job = at->position.job;
    const std::uint32_t kind = *index().classes[at->request_class].open;
    power_refused_ = false;
    if (!state().jobs.at(job).promise && place_one(pass, job, kind)) return true;
    const bool lacks_power = power_refused_;
    if (pass.promises_allowed == 0) return false;
    if (!pass.promises_more) continue;
    if (index().takes_turns(state(), state().jobs.at(job))) {
      // Its turn comes when it is worth most: nothing is kept for it until then, and whoever stands
      // behind it and takes no turns may be promised a start.
      if (++takers >= state().policy.promises_most) pass.promises_more = false;
      continue;
    }
    if (!pass.blocked.insert(kind).second) {
      // Many tenants wait for the same: the rest may do so too.
      if (++repeats >= (pass.all_promises ? most : Limits::few_promises))
        pass.promises_more = false;
      continue;
    }
    // What is free of nodes is kept for nobody who lacks power for them.
    if (!lacks_power) promise(pass, job, kind);
    if (pass.blocked.size() >= most || all_were_looked_at(pass)) pass.promises_more = false;
  }
}

// Whoever else waits is of a kind that was looked at.
bool Stepper::all_were_looked_at(const Pass& pass) const {
  const Queues& queues = index().queues();
  if (pass.blocked.size() < queues.kinds()) return false;
  const auto waits = [&](std::uint32_t kind) { return queues.waits(kind); };
  const auto still = std::count_if(pass.blocked.begin(), pass.blocked.end(), waits);
  return static_cast<std::size_t>(still) == queues.kinds();
}

// Whoever holds a promise starts as soon as it can, also behind one of its class that came to go
// first and has to wait: those whose promised time has come before everybody, the others in turn.
std::vector<Stepper::Holder> Stepper::promised_with_room(Pass& pass) {
  std::vector<Holder> holders;
  const std::pair as_of(index().changes, index().openings());
  if (pass.no_holder == as_of) return holders;
  for (const std::uint32_t asks : index().promised_rooms) {
    RequestRoom& room = index().rooms[asks];
    if (!index().find_room(room)) continue;
    for (auto& [promise, holder] : room.promised) {
      if (holder.no_place_at == index().changes) continue;
      std::vector<SiteId> sites = index().sites_changed_after(holder.no_place_at, room.sites);
      if (sites.empty()) {
        holder.no_place_at = index().changes;
        continue;
      }
      const bool later = promise.first > now_;
      const JobRecord& job = state().jobs.at(promise.second);
      holders.push_back({later, later ? base::Time::max() : promise.first, index().position_of(job),
                         asks, job.request_class, std::move(sites)});
    }
  }
  if (holders.empty()) pass.no_holder = as_of;
  std::sort(holders.begin(), holders.end(), [](const Holder& a, const Holder& b) {
    return std::tie(a.start, a.position) < std::tie(b.start, b.position);
  });
  return holders;
}

bool Stepper::place_holder(const Holder& holder) {
  const JobRecord& job = state().jobs.at(holder.position.job);
  // A quota of its tenant may be full by now, or may leave it other options.
  const auto& open = index().classes[job.request_class].open;
  if (!job.promise || !open) return false;
  power_refused_ = false;
  const Found found = place_on(holder.sites, job.id, *open);
  if (found != Found::none) return found == Found::a_place;
  if (power_refused_) return false;
  index().rooms[holder.asks].promised[{job.promise->start, job.id}].no_place_at = index().changes;
  return false;
}

// The first in turn that wait hold a promise, as many as the policy allows. One more may come where
// a job with a higher priority came later; then nobody gets another before these have started.
void Stepper::promise(Pass& pass, JobId id, std::uint32_t kind) {
  const JobRecord& job = state().jobs.at(id);
  const std::size_t blocked = pass.blocked.size();
  const bool may_get =
      blocked <= pass.promises_allowed && index().promises.size() < 2 * pass.promises_allowed;
  if (!job.promise && (!may_get || now_ < index().due_of(job))) return;
  const bool late = job.promise && job.promise->start < now_;
  if (job.promise && !late && !looks_for_sooner(pass)) return;
  if (pass.searches == Limits::promise_searches) return;
  ++pass.searches;
  const RequestKind& of_job = index().kinds[kind];
  const std::uint32_t asked = index().asked_kind(job).asks;
  const auto holder = [&]() -> RequestRoom::Holder& {
    return index().rooms[asked].promised[{job.promise->start, id}];
  };
  const std::uint64_t looked_at = job.promise && !late ? holder().no_sooner_at : 0;
  const bool by_start = of_job.runs.empty();
  // What is kept is so for this pass alone: nothing is learnt from what it stands in the way of.
  const auto soonest = [&] {
    if (!by_start) return soonest_done(index(), of_job, stay_of(job), now_);
    if (pass.kept) return soonest_slot(index(), of_job.request, stay_of(job), looked_at, now_);
    return soonest_slot(index(), index().rooms[of_job.asks], stay_of(job), looked_at, now_);
  };
  const auto found = soonest();
  const std::uint64_t seen = pass.kept ? 0 : index().changes;
  if (job.promise) holder().no_sooner_at = seen;
  if (!found) return;
  const auto last_start = job.last_start();
  if (last_start && found->slot.start > *last_start) return;  // what would be kept is for nothing
  if (is_worth_promising(engine_, job, *found, now_)) {
    emit(JobPromised{id, found->site, of_job.asked_option(found->slot.option), found->slot.nodes,
                     found->slot.start});
    holder().no_sooner_at = pass.kept ? 0 : index().changes;
    // The search has seen all sites: it starts nowhere before that.
    if (by_start && looked_at == 0 && found->slot.start > now_)
      holder().no_place_at = holder().no_sooner_at;
  } else if (!job.promise && !pass.kept && found->slot.start == schedule::never) {
    SitePlaces& places = index().sites.at(found->site);
    keep(places.timeline, places.capacity, of_job, found->slot);
    pass.kept = found;
  }
}

// To look for a sooner slot costs. Under EASY the one promise is kept exact; otherwise the first
// looks and one other, by turns; where there are many, not each time.
bool Stepper::looks_for_sooner(const Pass& pass) const {
  if (state().policy.backfill == BackfillRule::easy) return pass.blocked.size() == 1;
  const std::uint64_t rest =
      index().promises.size() > Limits::few_promises ? Limits::steps_between_promises : 1;
  const std::uint64_t turn = state().sequence / rest;
  if (state().sequence % rest != 0) return false;
  return pass.blocked.size() == 1 || pass.blocked.size() == 1 + turn % pass.promises_allowed;
}

bool Stepper::place_one(Pass& pass, JobId id, std::uint32_t kind) {
  const RequestKind& of_job = index().kinds[kind];
  const auto wanted = pass.with_room.find(of_job.asks);
  const base::Duration stay = stay_of(of_job);
  if (wanted == pass.with_room.end() || stay >= wanted->second) return false;
  RequestRoom& room = index().rooms[of_job.asks];
  const bool found_none_before = room.no_place_at > 0 && stay >= room.no_place_from;
  std::vector<SiteId> sites = found_none_before
                                  ? index().sites_changed_after(room.no_place_at, room.sites)
                                  : std::vector<SiteId>(room.sites.begin(), room.sites.end());
  if (of_job.objective.weighs_energy()) order_by_objective(engine_, of_job, now_, sites);
  const Found found = place_on(sites, id, kind);
  if (found != Found::none) return found == Found::a_place;
  if (power_refused_) return false;  // power comes and goes: nothing is learnt of places
  pass.no_place.insert(of_job.asks);
  wanted->second = room.no_place_from = stay;
  room.no_place_at = index().changes;
  // Nobody waits for it to stay less long.
  if (index().queues().requests().at(of_job.asks).begin()->first >= stay) {
    pass.with_room.erase(wanted);
  }
  return false;
}

Stepper::Found Stepper::place_on(std::span<const SiteId> sites, JobId id, std::uint32_t kind) {
  const RequestKind& of_job = index().kinds[kind];
  const JobRecord& job = state().jobs.at(id);
  for (std::size_t turn = 0; turn < of_job.turns.size(); ++turn) {
    for (const SiteId site : sites) {
      auto choice = choice_on(site, job, of_job, of_job.turns[turn]);
      if (!choice) continue;
      // Another option would be quicker, and has no room yet.
      if (turn > 0 && better_later(engine_, of_job, stay_of(job), job.promise,
                                   index().position_of(job), now_)) {
        return Found::better_later;
      }
      take_choice(site, id, kind, std::move(*choice));
      return Found::a_place;
    }
  }
  return Found::none;
}

std::optional<schedule::Choice> Stepper::choice_on(SiteId site, const JobRecord& job,
                                                   const RequestKind& of_job,
                                                   std::span<const std::uint32_t> options) const {
  const SitePlaces& places = index().sites.at(site);
  if (!places.takes_work) return std::nullopt;
  const schedule::ReservationGate gate(places.capacity, places.timeline, stay_of(job), now_);
  const schedule::Placing placing{
      state().policy.placing, seed_of(job.next_attempt()),
      &state().usual.work,    &state().usual.left,
      &places.scores,         state().policy.choice != ChoiceRule::first};
  const auto chosen = [&](std::span<const std::uint32_t> among) {
    auto choice = schedule::choose(places.capacity, of_job.request, among, placing,
                                   places.timeline.has_reservations() ? &gate : nullptr);
    if (choice && !powers(site, job, of_job.request.options[choice->option], choice->ranks)) {
      choice.reset();
    }
    return choice;
  };
  auto choice = chosen(options);
  // Another of them may draw less.
  for (std::size_t i = 0; !choice && any_capped() && options.size() > 1 && i < options.size();
       ++i) {
    choice = chosen(options.subspan(i, 1));
  }
  if (!choice || job.nodes_most == 0) return choice;
  schedule::Choice larger = enlarged(site, job, of_job, *choice);
  const ResourceOption& option = of_job.request.options[choice->option];
  return powers(site, job, option, larger.ranks) ? std::move(larger) : *std::move(choice);
}

void Stepper::take_choice(SiteId site, JobId id, std::uint32_t kind, schedule::Choice choice) {
  const RequestKind& of_job = index().kinds[kind];
  const JobRecord& job = state().jobs.at(id);
  const std::uint32_t leaf = index().classes[job.request_class].leaf;
  const ResourceOption& option = of_job.request.options[choice.option];
  const auto nodes = static_cast<std::uint32_t>(choice.ranks.size());
  if (const auto most =
          index().tenants().cpus_left(state(), leaf, nodes, option, of_job.time_limit)) {
    schedule::trim_cpus(choice.ranks, option.cpus, *most);
  }
  place({job.next_attempt(), site, of_job.asked_option(choice.option), std::move(choice.ranks)});
}

void Stepper::place(TaskPlaced placed) {
  const AttemptKey key = placed.attempt;
  const SiteId site = placed.site;
  emit(std::move(placed));
  JobRecord& job = state().jobs.at(key.job);
  wish(site, run_wish(state(), job, *job.find_running(key)));
}

}  // namespace weir::engine
