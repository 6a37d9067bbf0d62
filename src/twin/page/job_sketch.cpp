#include "twin/page/job_sketch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

namespace weir::twin::page {

namespace {

double seconds(base::Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

constexpr double whole_device = model::whole_device_milli;

// Four digits show on a page; more would make it large.
double rounded(double share) { return std::round(share * 1e4) / 1e4; }

// Use of a site's resources, time by time: resource × seconds.
struct Held {
  std::array<double, JobSketcher::times> devices{};
  std::array<double, JobSketcher::times> cpus{};
};

void hold(Held& held, const JobOutcome& job, double from_s, double to_s, double width_s) {
  constexpr auto last = static_cast<double>(JobSketcher::times - 1);
  const auto first = static_cast<std::size_t>(std::clamp(from_s / width_s, 0.0, last));
  for (std::size_t i = first; i < JobSketcher::times; ++i) {
    const double begin = static_cast<double>(i) * width_s;
    if (begin >= to_s) return;
    const double part = std::min(to_s, begin + width_s) - std::max(from_s, begin);
    held.devices[i] += part * job.devices_milli / whole_device;
    held.cpus[i] += part * job.cpus;
  }
}

SiteLoad load_of(const Held& held, std::int64_t devices, std::int64_t cpus, double width_s) {
  SiteLoad load;
  load.resource = devices > 0 ? "devices" : "cpus";
  load.total = devices > 0 ? devices : cpus;
  const double whole = static_cast<double>(load.total) * width_s;
  for (const double part : devices > 0 ? held.devices : held.cpus) {
    load.share.push_back(whole > 0 ? rounded(part / whole) : 0.0);
  }
  return load;
}

// Sites in the order of the scenario that stand for themselves: the largest.
std::vector<bool> shown_alone(const std::vector<SiteFigures>& sites) {
  std::vector<std::size_t> order(sites.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(sites[a].devices, sites[a].cpus) > std::tie(sites[b].devices, sites[b].cpus);
  });
  std::vector<bool> alone(sites.size(), sites.size() <= JobSketcher::sites_most);
  for (std::size_t i = 0; i < std::min(order.size(), JobSketcher::sites_most - 1); ++i) {
    alone[order[i]] = true;
  }
  return alone;
}

std::uint64_t devices_of(const Figures& figures) {
  std::uint64_t devices = 0;
  for (const SiteFigures& site : figures.sites) devices += site.devices;
  return devices;
}

// Puts each bar into the first lane of its site that is free when it starts; sites as they are
// listed.
std::uint32_t lay_out(std::vector<JobBar>& bars, const std::vector<SiteFigures>& sites,
                      base::Duration length) {
  std::map<std::string, std::size_t> places;
  for (const SiteFigures& site : sites) places.emplace(site.site, places.size());
  const auto order = [&](const JobBar& bar) {
    return std::make_tuple(places[bar.site], bar.started_s, bar.number);
  };
  std::stable_sort(bars.begin(), bars.end(),
                   [&](const JobBar& a, const JobBar& b) { return order(a) < order(b); });
  std::vector<base::Duration> free_from;
  std::size_t first = 0;  // of this site's lanes
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (i > 0 && bars[i].site != bars[i - 1].site) first = free_from.size();
    std::size_t lane = first;
    while (lane < free_from.size() && free_from[lane] > bars[i].started_s) ++lane;
    if (lane == free_from.size()) free_from.emplace_back();
    free_from[lane] = bars[i].ended_s.value_or(length);
    bars[i].lane = static_cast<std::uint32_t>(lane);
  }
  std::stable_sort(bars.begin(), bars.end(), [](const JobBar& a, const JobBar& b) {
    return std::tie(a.lane, a.started_s) < std::tie(b.lane, b.started_s);
  });
  return static_cast<std::uint32_t>(free_from.size());
}

}  // namespace

void JobSketcher::add(const JobOutcome& job, const TraceJob& trace) {
  seen_.push_back({job, trace.number, trace.tenant});
}

base::Duration JobSketcher::length() const {
  base::Duration length{};
  for (const Seen& seen : seen_) {
    for (const auto& time : {std::optional(seen.job.submitted), seen.job.started, seen.job.ended}) {
      if (time) length = std::max(length, *time - start_);
    }
  }
  return length;
}

double JobSketcher::hours(const Seen& seen, base::Duration length, bool devices) const {
  if (!seen.job.started) return 0;
  const base::Duration end = seen.job.ended ? *seen.job.ended - start_ : length;
  const double held = devices ? seen.job.devices_milli / whole_device : seen.job.cpus;
  return held * seconds(end - (*seen.job.started - start_)) / 3600;
}

JobSketch JobSketcher::sketch(const Figures& figures) const {
  JobSketch sketch;
  sketch.jobs = seen_.size();
  sketch.length_s = length();
  for (const Seen& seen : seen_) {
    if (seen.job.started) ++sketch.started;
    if (seen.job.attempts > 1) ++sketch.restarted;
  }
  sketch_waits(sketch);
  sketch_sites(figures, sketch);
  sketch_bars(figures, sketch);
  return sketch;
}

// Finer towards the end: the longest waits are what people ask about.
void JobSketcher::sketch_waits(JobSketch& sketch) const {
  std::vector<base::Duration> waits;
  for (const Seen& seen : seen_) {
    if (seen.job.started) waits.push_back(*seen.job.started - seen.job.submitted);
  }
  std::sort(waits.begin(), waits.end());
  if (waits.empty()) return;
  sketch.started_at_once = static_cast<std::uint64_t>(
      std::upper_bound(waits.begin(), waits.end(), base::Duration(1'000'000)) - waits.begin());
  const auto add = [&](std::size_t per_thousand_ten) {
    const std::size_t rank = (waits.size() * per_thousand_ten + 9'999) / 10'000;
    const std::size_t index = std::max<std::size_t>(rank, 1) - 1;
    const WaitPoint point{static_cast<double>(index + 1) / static_cast<double>(waits.size()),
                          waits[index]};
    if (sketch.waits.empty() || !(sketch.waits.back() == point)) sketch.waits.push_back(point);
  };
  for (std::size_t i = 0; i < 9'900; i += 25) add(i);
  for (std::size_t i = 9'900; i <= 10'000; ++i) add(i);
}

void JobSketcher::sketch_sites(const Figures& figures, JobSketch& sketch) const {
  const double length_s = seconds(sketch.length_s);
  const double width_s = length_s / static_cast<double>(times);
  if (width_s <= 0) return;
  std::vector<Held> held(figures.sites.size());
  for (const Seen& seen : seen_) {
    if (!seen.job.started || !seen.job.site || seen.job.site.value > held.size()) continue;
    const double to_s = seen.job.ended ? seconds(*seen.job.ended - start_) : length_s;
    hold(held[seen.job.site.value - 1], seen.job, seconds(*seen.job.started - start_), to_s,
         width_s);
  }
  const std::vector<bool> alone = shown_alone(figures.sites);
  Held rest;
  std::uint64_t rest_sites = 0;
  std::int64_t rest_devices = 0;
  std::int64_t rest_cpus = 0;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const auto devices = static_cast<std::int64_t>(figures.sites[i].devices);
    const auto cpus = static_cast<std::int64_t>(figures.sites[i].cpus);
    if (alone[i]) {
      SiteLoad& load = sketch.sites.emplace_back(load_of(held[i], devices, cpus, width_s));
      load.site = figures.sites[i].site;
      continue;
    }
    ++rest_sites;
    rest_devices += devices;
    rest_cpus += cpus;
    for (std::size_t t = 0; t < times; ++t) {
      rest.devices[t] += held[i].devices[t];
      rest.cpus[t] += held[i].cpus[t];
    }
  }
  if (rest_sites == 0) return;
  SiteLoad& load = sketch.sites.emplace_back(load_of(rest, rest_devices, rest_cpus, width_s));
  load.sites = rest_sites;
}

void JobSketcher::sketch_bars(const Figures& figures, JobSketch& sketch) const {
  const bool devices = devices_of(figures) > 0;
  sketch.bars_resource = devices ? "devices" : "cpus";
  std::vector<std::pair<double, std::size_t>> largest;
  double all = 0;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const double held = hours(seen_[i], sketch.length_s, devices);
    all += held;
    if (held > 0) largest.emplace_back(-held, i);
  }
  const std::size_t count = std::min(largest.size(), bars_most);
  std::partial_sort(largest.begin(), largest.begin() + static_cast<std::ptrdiff_t>(count),
                    largest.end());
  double shown = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Seen& seen = seen_[largest[i].second];
    if (!seen.job.started) continue;  // such a job held nothing
    shown -= largest[i].first;
    JobBar& bar = sketch.bars.emplace_back();
    bar.number = seen.number;
    if (seen.tenant < workload_.tenants.size()) bar.tenant = workload_.tenants[seen.tenant];
    if (seen.job.site && seen.job.site.value <= figures.sites.size()) {
      bar.site = figures.sites[seen.job.site.value - 1].site;
    }
    bar.nodes = seen.job.nodes;
    bar.cpus = seen.job.cpus;
    bar.devices = seen.job.devices_milli / whole_device;
    bar.attempts = seen.job.attempts;
    bar.state = base::enum_name(seen.job.state);
    bar.submitted_s = seen.job.submitted - start_;
    bar.started_s = *seen.job.started - start_;
    if (seen.job.ended) bar.ended_s = *seen.job.ended - start_;
  }
  sketch.bars_share = all > 0 ? shown / all : 0;
  sketch.lanes = lay_out(sketch.bars, figures.sites, sketch.length_s);
}

}  // namespace weir::twin::page
