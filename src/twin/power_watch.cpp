#include "twin/power_watch.h"

#include <algorithm>

#include "engine/power.h"

namespace weir::twin {

using base::Time;

void PowerWatch::note_points(Request& request, std::int64_t draw, Time from, Time until) {
  from = std::max(from, request.from);
  until = std::min(until, request.until);
  if (from >= until) return;
  for (std::size_t i = 0; i < request.committed.size(); ++i) {
    const Time begin = i == 0 ? from : std::max(from, request.committed[i].from);
    const bool last = i + 1 == request.committed.size();
    const Time end = last ? until : std::min(until, request.committed[i + 1].from);
    if (begin >= end) continue;
    const std::int64_t committed = request.committed[i].milliwatts;
    auto& points = request.figures.points;
    request.figures.excess_mw = std::max(request.figures.excess_mw, draw - committed);
    const bool same = !points.empty() && points.back().committed_mw == committed &&
                      points.back().delivered_mw == draw;
    if (!same && points.size() < points_most) points.push_back({begin - begin_, committed, draw});
  }
}

void PowerWatch::hold_until(Time now) {
  for (Request& request : requests_) {
    const auto draw = draws_.find(request.site);
    note_points(request, draw == draws_.end() ? 0 : draw->second, now_, now);
  }
  // What was held for no time was never drawn.
  if (now > now_) {
    for (const auto& [site, draw] : draws_) peaks_[site] = std::max(peaks_[site], draw);
  }
  now_ = std::max(now_, now);
}

void PowerWatch::take(Time now, const engine::Step& step, const engine::Engine& engine) {
  hold_until(now);
  for (const model::Fact& fact : step.facts) {
    if (const auto* const stopping = std::get_if<model::AttemptStopping>(&fact)) {
      if (stopping->reason == model::Reason::paused_for_power) ++figures_.paused;
    } else if (const auto* const asked = std::get_if<model::PowerRequested>(&fact)) {
      const model::PowerRequest& request = asked->request;
      Request& added = requests_.emplace_back();
      added.from = request.from;
      added.until = request.until;
      added.committed = request.committed;
      added.site = engine.index().site_by_name.at(request.site);
      added.figures.site = request.site;
      added.figures.from_s = request.from - begin_;
      added.figures.until_s = request.until - begin_;
      added.figures.draw_mw = request.draw_milliwatts;
      added.figures.target_mw = request.target_milliwatts;
    } else if (const auto* const ended = std::get_if<model::JobEnded>(&fact)) {
      const engine::JobRecord& job = engine.state().jobs.at(ended->job);
      if (!job.deadline) continue;
      ++figures_.deadlines;
      const bool kept = job.state == model::JobState::succeeded && *job.end <= *job.deadline;
      if (!kept) ++figures_.deadlines_missed;
    }
  }
  for (const auto& [site, of_site] : engine.index().power().sites()) {
    draws_[site] = of_site.milliwatts;
    if (!names_.contains(site)) names_[site] = engine.state().sites.at(site).name;
  }
}

PowerFigures PowerWatch::figures(Time end, const engine::Engine& engine) {
  hold_until(end);
  PowerFigures figures = figures_;
  for (const auto& [site, name] : names_) figures.peaks.push_back({name, peaks_[site]});
  const auto& records = engine.state().power_requests;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    PowerRequestFigures of_request = requests_[i].figures;
    // The engine keeps the last of them.
    const std::size_t forgotten = requests_.size() - records.size();
    if (i >= forgotten) {
      const engine::PowerRecord& record = records[i - forgotten];
      of_request.short_mw = engine::power_request_view(engine, record, end).short_milliwatts;
      for (const engine::PowerTouched& touched : record.touched) {
        const bool paused = touched.touch.action == model::PowerAction::pause;
        ++(paused ? of_request.paused : of_request.shrunk);
      }
    }
    figures.requests.push_back(std::move(of_request));
  }
  return figures;
}

}  // namespace weir::twin
