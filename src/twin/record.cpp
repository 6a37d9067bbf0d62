#include "twin/record.h"

#include <algorithm>

#include "base/check.h"

namespace weir::twin {

namespace {

constexpr double us_per_hour = 3.6e9;

// Of thousandths of devices, held for so many microseconds each.
__extension__ double device_hours(unsigned __int128 milli_us) {
  return static_cast<double>(milli_us) / (us_per_hour * model::whole_device_milli);
}

double seconds(base::Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

}  // namespace

void Record::Use::add(std::uint32_t devices_milli_held, std::uint32_t cpus_held,
                      base::Duration length) {
  const auto us = static_cast<Wide>(std::max<std::int64_t>(length.count(), 0));
  devices_milli += us * devices_milli_held;
  cpus += us * cpus_held;
}

Record::Record(std::span<const SiteModel> sites, base::Time begin, OnEnd on_end)
    : begin_(begin), on_end_(std::move(on_end)), now_(begin) {
  for (const SiteModel& site : sites) {
    SiteFigures& figures = sites_.emplace_back();
    figures.site = site.name;
    figures.nodes = site.nodes.size();
    for (const model::Node& node : site.nodes) {
      figures.cpus += node.cpus;
      figures.devices += node.devices.size();
    }
  }
}

void Record::take(base::Time now, std::span<const model::Fact> facts) {
  if (now > now_) pass_time(now);
  facts_ += facts.size();
  for (const model::Fact& fact : facts) {
    std::visit([this](const auto& alternative) { take(alternative); }, fact);
  }
}

void Record::pass_time(base::Time until) {
  series_.hold_until(until - begin_, load_);
  if (load_.waiting > 0) {
    const base::Duration length = until - now_;
    while_waiting_.add(static_cast<std::uint32_t>(load_.devices_milli),
                       static_cast<std::uint32_t>(load_.cpus), length);
    waiting_time_ += length;
  }
  now_ = until;
}

std::uint32_t Record::tenant_of(const std::string& name) {
  const auto [at, is_new] =
      tenant_index_.try_emplace(name, static_cast<std::uint32_t>(tenants_.size()));
  if (is_new) {
    tenants_.push_back(name);
    by_tenant_.emplace_back();
  }
  return at->second;
}

void Record::take(const model::JobSubmitted& fact) {
  if (jobs_.empty()) first_ = fact.job.value;
  WEIR_CHECK(fact.job.value == first_ + jobs_.size(), "job ids count up without a gap");
  JobOutcome& job = jobs_.emplace_back();
  job.job = fact.job;
  job.tenant = tenant_of(fact.by.tenant);
  job.nodes = fact.spec.nodes;
  job.submitted = now_;
  ++load_.waiting;
}

void Record::take(const model::TaskPlaced& fact) {
  JobOutcome& job = of(fact.attempt.job);
  Live live;
  live.placed = now_;
  for (const model::RankPlacement& rank : fact.ranks) {
    live.cpus += rank.cpus;
    live.devices_milli += static_cast<std::uint32_t>(rank.devices_milli());
  }
  job.site = fact.site;
  job.cpus = live.cpus;
  job.devices_milli = live.devices_milli;
  ++job.attempts;
  ++by_site_[fact.site].attempts;
  --load_.waiting;
  ++load_.running;
  load_.devices_milli += live.devices_milli;
  load_.cpus += live.cpus;
  live_.add(fact.attempt, live);
}

void Record::take(const model::AttemptStarted& fact) {
  JobOutcome& job = of(fact.attempt.job);
  if (!job.started) job.started = fact.started;
  Live* const live = live_.find(fact.attempt);
  WEIR_CHECK(live != nullptr, "what starts was placed");
  live->started = fact.started;
}

void Record::take(const model::AttemptEnded& fact) {
  const Live* const live = live_.find(fact.attempt);
  WEIR_CHECK(live != nullptr, "what ends was placed");
  account(of(fact.attempt.job), *live, now_);
  --load_.running;
  load_.devices_milli -= live->devices_milli;
  load_.cpus -= live->cpus;
  if (fact.again) ++load_.waiting;
  live_.erase(fact.attempt);
}

void Record::take(const model::JobEnded& fact) {
  JobOutcome& job = of(fact.job);
  if (job.attempts == 0) --load_.waiting;
  job.state = fact.state;
  job.ended = now_;
  ++ended_;
  if (on_end_) on_end_(job);
}

void Record::account(const JobOutcome& job, const Live& live, base::Time until) {
  allocated_.add(live.devices_milli, live.cpus, until - live.placed);
  by_tenant_[job.tenant].add(live.devices_milli, live.cpus, until - live.placed);
  by_site_[job.site].allocated.add(live.devices_milli, live.cpus, until - live.placed);
  if (live.started) busy_.add(live.devices_milli, live.cpus, until - *live.started);
}

Figures Record::figures(base::Time end) {
  if (end > now_) pass_time(end);
  // What still runs has been held until now.
  live_.for_each([&](const model::AttemptKey& key, Live& live) {
    account(of(key.job), live, now_);
    live.placed = now_;
    if (live.started) live.started = now_;
  });
  Figures figures;
  figures.jobs.submitted = jobs_.size();
  figures.jobs.ended = ended_;
  figures.jobs.running = static_cast<std::uint64_t>(load_.running);
  figures.jobs.waiting = static_cast<std::uint64_t>(load_.waiting);
  base::Time last = begin_;
  for (const JobOutcome& job : jobs_) {
    if (job.ended) {
      ++figures.jobs.by_state[std::string(base::enum_name(job.state))];
      last = std::max(last, *job.ended);
    }
  }
  if (ended_ < jobs_.size()) last = now_;
  const base::Time first = jobs_.empty() ? begin_ : jobs_.front().submitted;
  figures.makespan_s = std::max(last - first, base::Duration::zero());
  fill_spreads(figures);
  fill_resources(figures, figures.makespan_s);
  figures.series = series_.series();
  figures.facts = facts_;
  return figures;
}

void Record::fill_spreads(Figures& figures) const {
  struct Values {
    std::vector<base::Duration> waits, completions;
    std::vector<double> slowdowns, bounded;
    std::uint64_t jobs = 0;
    std::uint64_t ended = 0;
  };
  Values all;
  std::vector<Values> of_tenant(tenants_.size());
  for (const JobOutcome& job : jobs_) {
    Values& own = of_tenant[job.tenant];
    ++own.jobs;
    if (job.ended) ++own.ended;
    if (!job.started) continue;
    const base::Duration wait = *job.started - job.submitted;
    all.waits.push_back(wait);
    own.waits.push_back(wait);
    if (!job.ended) continue;
    const double run = seconds(*job.ended - *job.started);
    const double bounded = std::max(1.0, (seconds(wait) + run) / std::max(run, 10.0));
    all.completions.push_back(*job.ended - job.submitted);
    all.slowdowns.push_back((seconds(wait) + std::max(run, 1.0)) / std::max(run, 1.0));
    all.bounded.push_back(bounded);
    own.bounded.push_back(bounded);
  }
  figures.wait = spread_of(all.waits);
  figures.completion = spread_of(all.completions);
  figures.slowdown = spread_of(all.slowdowns);
  figures.bounded_slowdown = spread_of(all.bounded);
  for (const auto& [name, index] : tenant_index_) {
    Values& own = of_tenant[index];
    const Use& use = by_tenant_[index];
    TenantFigures& tenant = figures.tenants.emplace_back();
    tenant.tenant = name;
    tenant.jobs = own.jobs;
    tenant.ended = own.ended;
    tenant.wait = spread_of(own.waits);
    tenant.bounded_slowdown = spread_of(own.bounded);
    tenant.device_hours = device_hours(use.devices_milli);
    tenant.cpu_hours = static_cast<double>(use.cpus) / us_per_hour;
    const bool by_devices = allocated_.devices_milli > 0;
    const Wide whole = by_devices ? allocated_.devices_milli : allocated_.cpus;
    const Wide part = by_devices ? use.devices_milli : use.cpus;
    if (whole > 0) tenant.share = static_cast<double>(part) / static_cast<double>(whole);
  }
}

void Record::fill_resources(Figures& figures, base::Duration available) const {
  const auto add = [&](const char* name, std::uint64_t total, double allocated, double busy,
                       double while_waiting) {
    ResourceFigures& figure = figures.resources.emplace_back();
    figure.name = name;
    figure.total = static_cast<std::int64_t>(total);
    figure.available_hours =
        static_cast<double>(total) * static_cast<double>(available.count()) / us_per_hour;
    figure.allocated_hours = allocated;
    figure.busy_hours = busy;
    if (figure.available_hours <= 0) return;
    figure.allocated = figure.allocated_hours / figure.available_hours;
    figure.busy = figure.busy_hours / figure.available_hours;
    const double waited =
        static_cast<double>(total) * static_cast<double>(waiting_time_.count()) / us_per_hour;
    if (waited > 0) figure.allocated_while_waiting = while_waiting / waited;
  };
  std::uint64_t devices = 0;
  std::uint64_t cpus = 0;
  for (const SiteFigures& site : sites_) {
    devices += site.devices;
    cpus += site.cpus;
  }
  if (devices > 0) {
    add("devices", devices, device_hours(allocated_.devices_milli),
        device_hours(busy_.devices_milli), device_hours(while_waiting_.devices_milli));
  }
  add("cpus", cpus, static_cast<double>(allocated_.cpus) / us_per_hour,
      static_cast<double>(busy_.cpus) / us_per_hour,
      static_cast<double>(while_waiting_.cpus) / us_per_hour);
  figures.sites = sites_;
  for (std::size_t i = 0; i < figures.sites.size(); ++i) {
    const auto use = by_site_.find(model::SiteId{i + 1});
    if (use == by_site_.end()) continue;
    figures.sites[i].attempts = use->second.attempts;
    figures.sites[i].device_hours = device_hours(use->second.allocated.devices_milli);
    figures.sites[i].cpu_hours = static_cast<double>(use->second.allocated.cpus) / us_per_hour;
  }
}

}  // namespace weir::twin
