#include "twin/simulation.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "engine/wishes.h"
#include "model/pack.h"

namespace weir::twin {

Simulation::Simulation(engine::Engine engine, base::Time now, SiteRules rules)
    : engine_(std::move(engine)), now_(now), rules_(std::move(rules)) {}

// ---- what takes part

void Simulation::join(SiteModel model) {
  const auto index = static_cast<std::uint32_t>(sites_.size());
  sites_.push_back(std::make_unique<Site>(index, std::move(model), rules_, events_));
  site_ids_.emplace_back();
  silences_.push_back(0);
  const engine::Reply reply = give(sites_.back()->join());
  site_ids_.back() = engine_.index().site_by_name.at(sites_.back()->model().name);
  by_id_[site_ids_.back()] = index;
  sites_.back()->joined(reply.epoch);
  // Work that waited may have been placed by the very step in which the site joined.
  const model::WantedState wanted = engine::wanted_state(engine_.state(), site_ids_.back());
  sites_.back()->take(wanted, now_);
  bring(index, wanted.transfers);
}

void Simulation::adopt(model::SiteId id, base::Duration start_latency) {
  const auto index = static_cast<std::uint32_t>(sites_.size());
  const engine::SiteRecord& record = engine_.state().sites.at(id);
  SiteModel model{record.name, record.nodes, start_latency, {}, {}};
  sites_.push_back(std::make_unique<Site>(index, std::move(model), rules_, events_));
  site_ids_.push_back(id);
  by_id_[id] = index;
  silences_.push_back(0);
  Site& site = *sites_.back();
  site.joined(record.epoch);
  for (const model::AttemptWish& wish : engine::wanted_state(engine_.state(), id).wishes) {
    const engine::JobRecord& job = engine_.state().jobs.at(wish.key.job);
    const auto run = std::find_if(job.running.begin(), job.running.end(),
                                  [&](const auto& other) { return other.key == wish.key; });
    WEIR_CHECK(run != job.running.end(), "what is wanted runs");
    site.adopt(wish, run->started.value_or(run->placed), now_);
  }
}

void Simulation::connect(WideNet& net, Fetching* fetching) {
  net_ = &net;
  fetching_ = fetching;
}

void Simulation::break_with(Faults& faults, SiteFault site_fault) {
  faults_ = &faults;
  site_fault_ = site_fault;
  faults.begin(now_, events_);
}

// ---- running

engine::Reply Simulation::give(const model::Input& input) {
  if (const auto* report = std::get_if<model::ReportSite>(&input)) count_arrived(*report);
  if (before_) before_();
  engine::Step step = engine_.step(input, now_);
  ++steps_;
  if (keeps_rows_ && !step.facts.empty()) {
    row_.sequence = step.sequence;
    row_.time_us = base::to_us(now_);
    row_.input = model::pack_input(input);
    row_.facts = model::pack_facts(step.facts);
    row_.chain = journal::chain_after(row_.chain, row_);
    if (row_watcher_) row_watcher_(row_);
  }
  const auto places = [](const model::Fact& fact) {
    return std::holds_alternative<model::TaskPlaced>(fact);
  };
  if (std::any_of(step.facts.begin(), step.facts.end(), places)) placed_ = now_;
  if (watcher_) watcher_(now_, input, step);
  carry_out(step);
  return std::move(step.reply);
}

void Simulation::carry_out(const engine::Step& step) {
  for (const model::Effect& effect : step.effects) {
    if (const auto* shares = std::get_if<model::WorkOutShares>(&effect); shares && share_out_) {
      (void)give(model::SetShares{shares->question.number, share_out_(shares->question)});
    }
    const auto* change = std::get_if<model::ChangeWanted>(&effect);
    if (change == nullptr) continue;
    const auto site = by_id_.find(change->site);
    if (site == by_id_.end()) continue;
    sites_[site->second]->take(*change, now_);
    bring(site->second, change->transfers);
  }
}

std::string Simulation::fingerprint() const {
  return keeps_rows_ ? base::to_hex(row_.chain) : std::string();
}

std::optional<base::Time> Simulation::next_time() const {
  std::optional<base::Time> next;
  if (arrivals_ != nullptr) next = arrivals_->next();
  if (!events_.empty() && (next || work_left())) {
    next = next ? std::min(*next, events_.first().time) : events_.first().time;
  }
  // Nothing else is left to happen; those that wait for their turn do.
  if (!next && nothing_happens()) {
    const auto wake = engine_.next_round();
    if (wake && *wake > now_) next = wake;
  }
  const auto at = [&](base::Time time) { next = next ? std::min(*next, time) : time; };
  const auto& deferred = engine_.index().deferred;
  if (!deferred.empty()) at(deferred.begin()->first);
  if (net_ != nullptr && net_->next()) at(*net_->next());
  if (next && !requests_.empty()) at(requests_.back().first);
  if (power_at_ && (next || waits_for_power())) at(std::max(*power_at_, now_));
  if (next && power_ != nullptr && power_->next()) at(*power_->next());
  return next;
}

bool Simulation::waits_for_power() const {
  constexpr base::Duration patience = std::chrono::hours(24 * 31);
  return !engine_.index().queues().empty() && now_ - placed_ < patience;
}

bool Simulation::nothing_happens() const {
  const bool comes = arrivals_ != nullptr && arrivals_->next();
  return engine_.state().policy.rounds && !comes && events_.of_work() == 0 &&
         !engine_.index().queues().empty();
}

// True if something that runs or waits may still change. Requires: no more jobs come.
bool Simulation::work_left() const {
  if (events_.of_work() == 0) return false;
  const auto runs = [](const auto& site) { return site->attempts() > 0; };
  return !engine_.index().queues().empty() || std::any_of(sites_.begin(), sites_.end(), runs);
}

void Simulation::run_until(base::Time end) {
  const auto due = [this] { return !events_.empty() && events_.first().time <= now_; };
  stopped_ = false;
  placed_ = std::max(placed_, now_);
  power_at_ = engine_.next_power();
  for (auto next = next_time(); next && !stopped_; next = next_time()) {
    now_ = std::min(*next, end);
    if (*next > end) return;
    if (nothing_happens()) (void)give(model::Tick{});
    do {
      // What ends now may make room for work that ends now as well; so may what is told to stop.
      do {
        while (due()) happen(events_.take());
        report_news();
      } while (due() || bytes_due() || energy_due());
    } while (submit_due());
    power_at_ = engine_.next_power();
  }
}

void Simulation::settle() {
  for (const auto& site : sites_) {
    if (!site->silent()) report(*site);
  }
}

// What a site is told to bring begins to move; what it is to forget moves no more.
void Simulation::bring(std::size_t site, const std::vector<model::TransferWish>& wishes) {
  for (const model::TransferWish& wish : wishes) {
    const auto known = moving_.find(wish.id);
    if (wish.forget) {
      if (known == moving_.end()) continue;
      if (known->second.flow != 0) {
        net_->drop(known->second.flow, now_);
        transfer_of_.erase(known->second.flow);
      }
      moving_.erase(known);
      continue;
    }
    if (known != moving_.end()) continue;
    Moving moving{site, 0};
    if (!wish.windows.empty()) {
      Event event;
      event.kind = EventKind::bytes_arrive;
      event.time = std::max(wish.windows.back().until, now_);
      event.site = static_cast<std::uint32_t>(site);
      event.transfer = wish.id.value;
      events_.put(event);
    } else if (net_ != nullptr && net_->connects(wish.from, sites_[site]->model().name)) {
      moving.flow = net_->begin(wish.from, sites_[site]->model().name, wish.bytes, now_);
      transfer_of_[moving.flow] = wish.id;
    }
    moving_[wish.id] = moving;
  }
}

void Simulation::count_arrived(const model::ReportSite& report) {
  for (const model::TransferReport& row : report.transfers) {
    const auto at = engine_.state().transfers.find(row.id);
    if (at == engine_.state().transfers.end()) continue;
    const std::int64_t bytes = engine_.state().datasets.at(at->second.dataset).bytes;
    bytes_moved_ += at->second.relay ? 2 * bytes : bytes;
    ++transfers_;
  }
}

bool Simulation::bytes_due() {
  if (net_ == nullptr || !net_->next() || *net_->next() > now_) return false;
  for (const std::uint64_t flow : net_->arrived(now_)) {
    if (const auto transfer = transfer_of_.find(flow); transfer != transfer_of_.end()) {
      sites_[moving_.at(transfer->second).site]->brought(transfer->second);
      moving_.at(transfer->second).flow = 0;
      transfer_of_.erase(transfer);
    } else if (fetching_ != nullptr) {
      for (const Fetching::Waiting& waiting : fetching_->arrived(flow, now_)) {
        sites_[waiting.site]->fetched(waiting.attempt, now_);
      }
    }
  }
  report_news();
  return true;
}

bool Simulation::energy_due() {
  if (power_ != nullptr && power_->next() && *power_->next() <= now_) {
    const model::Principal planner{"operator", "twin", model::Role::operator_};
    const auto reply = give(model::SetPower{planner, power_->take(now_)});
    WEIR_CHECK(!reply.error, "the table was checked when it was read");
    return true;
  }
  if (!requests_.empty() && requests_.back().first <= now_) {
    const PowerRequestForm request = requests_.back().second;
    requests_.pop_back();
    ask_for_power(request, requests_from_);
    return true;
  }
  const auto& deferred = engine_.index().deferred;
  const bool begins = !deferred.empty() && deferred.begin()->first <= now_;
  const bool bound = power_at_ && *power_at_ <= now_;
  if (!begins && !bound) return false;
  power_at_.reset();
  look_at_leases();
  return true;
}

void Simulation::ask_for_power(std::vector<PowerRequestForm> requests, base::Time start) {
  requests_from_ = start;
  for (PowerRequestForm& request : requests) {
    const base::Time when = std::max(start + request.from - request.ahead, now_);
    requests_.emplace_back(when, std::move(request));
  }
  std::stable_sort(requests_.begin(), requests_.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
}

void Simulation::ask_for_power(const PowerRequestForm& request, base::Time start) {
  constexpr double mw_per_kw = 1e6;
  model::RequestPower input;
  input.by = {"operator", "twin", model::Role::operator_};
  input.site = request.site;
  input.from = start + request.from;
  input.until = *input.from + request.lasts;
  const auto site = engine_.index().site_by_name.find(request.site);
  const engine::PowerBook::OfSite* const drawn = site == engine_.index().site_by_name.end()
                                                     ? nullptr
                                                     : engine_.index().power().of(site->second);
  const auto draw = static_cast<double>(drawn == nullptr ? 0 : drawn->milliwatts);
  const double less = request.kw ? *request.kw * mw_per_kw : draw * *request.percent / 100;
  input.less_milliwatts = std::max<std::int64_t>(std::llround(less), 1);
  const engine::Reply reply = give(input);
  WEIR_CHECK(!reply.error, "the request was checked when it was read");
}

bool Simulation::submit_due() {
  if (arrivals_ == nullptr) return false;
  const auto next = arrivals_->next();
  if (!next || *next > now_) return false;
  const engine::Reply reply = give(arrivals_->take({engine_.state().last_job + 1}));
  arrivals_->answered(reply);
  const auto patience = arrivals_->workload().patience;
  for (std::size_t i = 0; patience && !reply.error && i < reply.jobs.size(); ++i) {
    if (!waits(reply.jobs[i])) continue;
    Event event;
    event.kind = EventKind::gives_up;
    event.time = now_ + *patience;
    event.attempt.job = reply.jobs[i];
    events_.put(event);
  }
  return true;
}

bool Simulation::waits(model::JobId id) const {
  const auto job = engine_.state().jobs.find(id);
  return job != engine_.state().jobs.end() && !job->second.end && job->second.next_ordinal == 0;
}

void Simulation::give_up(model::JobId job) {
  const model::Principal planner{"operator", "twin", model::Role::operator_};
  if (waits(job)) (void)give(model::CancelJob{planner, job});
}

void Simulation::report(Site& site) { (void)give(site.report()); }

// What a site is told may be news to the engine in the same moment.
void Simulation::report_news() {
  for (bool news = true; news;) {
    news = false;
    for (const auto& site : sites_) {
      if (!site->has_news()) continue;
      report(*site);
      news = true;
    }
  }
}

void Simulation::happen(const Event& event) {
  switch (event.kind) {
    case EventKind::attempt_begins:
      return sites_[event.site]->begin(event.attempt, now_);
    case EventKind::attempt_ends:
      return sites_[event.site]->end(event.attempt, now_);
    case EventKind::attempt_rests:
      return sites_[event.site]->rest(event.attempt, now_);
    case EventKind::attempt_stops:
      return sites_[event.site]->stop(event.attempt, now_);
    case EventKind::site_fault:
    case EventKind::node_fault:
    case EventKind::device_fault:
      return strike(event.kind);
    case EventKind::node_back:
      return sites_[event.site]->mend_node(event.node, now_);
    case EventKind::site_back:
      return back_again(event.site);
    case EventKind::bytes_arrive:
      if (moving_.contains({event.transfer})) sites_[event.site]->brought({event.transfer});
      return;
    case EventKind::gives_up:
      return give_up(event.attempt.job);
    case EventKind::tick:
      return look_at_leases();
  }
}

void Simulation::strike(EventKind kind) {
  const Event back = faults_->strike(kind, now_, events_);
  if (kind == EventKind::site_fault) {
    lose_word(back.site);
  } else {
    sites_[back.site]->lose_node(back.node);
  }
}

void Simulation::lose_word(std::size_t index) {
  if (++silences_[index] > 1) return;
  sites_[index]->fall_silent(site_fault_ == SiteFault::power);
  Event tick;
  tick.kind = EventKind::tick;
  const engine::SiteRecord& record = engine_.state().sites.at(site_ids_[index]);
  tick.time = record.heard + engine::Limits::site_lease + base::Duration(1);
  tick.time = std::max(tick.time, now_);
  events_.put(tick);
}

void Simulation::back_again(std::size_t index) {
  if (--silences_[index] > 0) return;
  Site& site = *sites_[index];
  site.speak_again();
  site.joined(give(site.join()).epoch);
  const model::WantedState wanted = engine::wanted_state(engine_.state(), site_ids_[index]);
  site.take(wanted, now_);
  bring(index, wanted.transfers);
}

void Simulation::look_at_leases() {
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    const engine::SiteRecord& record = engine_.state().sites.at(site_ids_[i]);
    const bool due = now_ - record.heard > engine::Limits::site_lease / 3;
    if (!sites_[i]->silent() && due) report(*sites_[i]);
  }
  (void)give(model::Tick{});
}

}  // namespace weir::twin
