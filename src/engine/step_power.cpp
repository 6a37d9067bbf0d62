// Requests to draw less, and keeping to what sites may draw (engine/power.h).
#include <algorithm>
#include <set>

#include "engine/stepper.h"
#include "schedule/filter.h"
#include "schedule/quota.h"

namespace weir::engine {

using namespace model;
using base::ErrorCode;

namespace {

constexpr base::Duration window_most = Limits::power_foreseen;
constexpr std::int64_t grid_parts = 48;
constexpr std::size_t planned_most = 10'000;

struct Wrong {
  std::string what;
  std::string field;
  std::string nearest;
};

std::optional<Wrong> wrong_with(const RequestPower& input, base::Time now) {
  if (input.less_milliwatts.has_value() == input.target_milliwatts.has_value()) {
    return Wrong{"says neither how much less nor how much at most, or both", "less_milliwatts",
                 "one of less_milliwatts and target_milliwatts"};
  }
  if (input.less_milliwatts && *input.less_milliwatts <= 0) {
    return Wrong{std::to_string(*input.less_milliwatts) + " mW is not less", "less_milliwatts",
                 "in milliwatts, from 1 on"};
  }
  if (input.target_milliwatts && *input.target_milliwatts < 0) {
    return Wrong{std::to_string(*input.target_milliwatts) + " mW is no draw", "target_milliwatts",
                 "in milliwatts, from 0 on"};
  }
  const base::Time from = std::max(input.from.value_or(now), now);
  if (input.until <= from) {
    return Wrong{"is over before it begins: it begins at " + base::format_time(from), "until",
                 "a time after that"};
  }
  if (from - now > window_most || input.until - from > window_most) {
    return Wrong{"is further ahead, or longer, than 31 days", "until",
                 "ask for a part of it, and for the rest later"};
  }
  return std::nullopt;
}

// When what is committed to may change: with whatever is told, with who gives way, and regularly.
std::set<base::Time> moments(const PowerBook::OfSite& site, const PowerRequest& request,
                             base::Time now) {
  std::set<base::Time> times{request.from};
  const auto add = [&](base::Time time) {
    if (time > request.from && time < request.until) times.insert(time);
  };
  for (const auto& [lead, count] : site.leads) add(now + lead);
  const base::Duration part =
      std::chrono::ceil<std::chrono::minutes>((request.until - request.from) / grid_parts);
  for (base::Time time = request.from; time < request.until; time += part) add(time);
  return times;
}

// The draw that the site can be held to from each of these moments on: as asked for, or what cannot
// be had back of it by then.
std::vector<PowerStep> commitment(const SitePowerNow& then, const std::set<base::Time>& times,
                                  std::int64_t target) {
  std::vector<PowerStep> steps;
  for (const base::Time time : times) {
    std::int64_t milliwatts = std::max(target, then.goes_on_at(time));
    // Less than what was committed to before is never more again, as nobody is touched twice.
    if (!steps.empty()) milliwatts = std::min(milliwatts, steps.back().milliwatts);
    if (steps.empty() || steps.back().milliwatts != milliwatts) steps.push_back({time, milliwatts});
  }
  return steps;
}

std::uint32_t waiting_there(const Index& index, SiteId site) {
  std::uint64_t jobs = 0;
  for (const RequestClass& each : index.classes) {
    if (each.queue.empty()) continue;
    const schedule::Request& request = index.kinds[each.asked].request;
    const bool fits = std::any_of(
        request.options.begin(), request.options.end(), [&](const ResourceOption& option) {
          return !schedule::never_fits(index.sites.at(site).capacity, request.nodes, option);
        });
    if (fits) jobs += each.queue.size();
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(jobs, UINT32_MAX));
}

}  // namespace

void Stepper::take(const RequestPower& input) {
  const auto known = index().site_by_name.find(input.site);
  if (known == index().site_by_name.end()) {
    return refuse({ErrorCode::not_found,
                   "no site named `" + input.site + "` has joined",
                   "site",
                   "see: weir sites",
                   {}});
  }
  const PowerBook::OfSite* const site = index().power().of(known->second);
  if (site == nullptr) {
    return refuse({ErrorCode::refused,
                   "nobody has told what work draws on `" + input.site + "`",
                   "site",
                   "tell it first: weir power set FILE",
                   {}});
  }
  if (auto wrong = wrong_with(input, now_)) {
    return refuse({ErrorCode::invalid,
                   std::move(wrong->what),
                   std::move(wrong->field),
                   std::move(wrong->nearest),
                   {}});
  }
  PowerRequest request;
  request.id = {state().last_power_request + 1};
  request.by = input.by.name;
  request.site = input.site;
  request.asked = now_;
  request.from = std::max(input.from.value_or(now_), now_);
  request.until = input.until;
  request.draw_milliwatts = site->milliwatts;
  request.unknown = site->unknown;
  request.target_milliwatts =
      input.target_milliwatts.value_or(site->milliwatts - input.less_milliwatts.value_or(0));
  const base::Duration lead = site->leads.empty() ? base::Duration(0) : site->leads.rbegin()->first;
  request.settled = std::min(std::max(request.from, now_ + lead), request.until);
  // As if all of it could be had.
  flow::Ceiling asked = site->ceiling;
  asked.add({request.from, request.until}, {{request.from, request.target_milliwatts}});
  const SitePowerNow then(engine_, known->second, now_, &asked);
  request.committed = commitment(then, moments(*site, request, now_), request.target_milliwatts);
  flow::Ceiling committed = site->ceiling;
  committed.add({request.from, request.until}, request.committed);
  const SitePowerNow held_to(engine_, known->second, now_, &committed);
  for (const GivesWay& each : held_to.who_gives_way(request.settled, {})) {
    if (request.planned.size() == planned_most) break;
    request.planned.push_back({each.attempt.job, each.action, each.milliwatts});
  }
  request.delayed = waiting_there(index(), known->second);
  emit(PowerRequested{std::move(request)});
  step_.reply.power = power_request_view(engine_, state().power_requests.back(), now_);
  capacity_or_queue_changed_ = true;
}

void Stepper::take(const WithdrawPower& input) {
  const auto& requests = state().power_requests;
  const auto at = std::find_if(requests.begin(), requests.end(), [&](const PowerRecord& record) {
    return record.request.id == input.request;
  });
  if (at == requests.end()) {
    return refuse({ErrorCode::not_found,
                   "there is no request " + std::to_string(input.request.value),
                   "",
                   "see: weir power requests",
                   {}});
  }
  if (at->end() <= now_) {
    return refuse({ErrorCode::conflict,
                   "request " + std::to_string(input.request.value) + " is over since " +
                       base::format_time(at->end()),
                   "",
                   "",
                   {}});
  }
  emit(PowerWithdrawn{input.request});
  capacity_or_queue_changed_ = true;
}

void Stepper::give_way(const GivesWay& gives_way) {
  emit(AttemptStopping{gives_way.attempt, Reason::paused_for_power});
  const RunningAttempt* const run =
      state().jobs.at(gives_way.attempt.job).find_running(gives_way.attempt);
  wish(run->site, stop_wish(state(), *run));
}

void Stepper::keep_to_caps() {
  if (!any_capped()) return;
  std::vector<GivesWay> told;
  for (const auto& [id, site] : index().power().sites()) {
    if (!state().sites.at(id).in_touch || !site.ceiling.binds_after(now_)) continue;
    for (GivesWay& each : SitePowerNow(engine_, id, now_).due()) told.push_back(each);
  }
  for (const GivesWay& each : told) give_way(each);
}

bool Stepper::powers(SiteId site, const JobRecord& job, const ResourceOption& option,
                     std::vector<RankPlacement>& ranks) const {
  if (!any_capped()) return true;
  if (has_power(engine_, site, option, flexibility_of(job, now_), now_, ranks)) return true;
  power_refused_ = true;
  return false;
}

std::optional<base::Time> Engine::next_power() const {
  const base::Time now = std::max(stepped_, state_.time);
  std::optional<base::Time> next;
  const auto at = [&](base::Time time) { next = next ? std::min(*next, time) : time; };
  for (const auto& [id, site] : index_.power().sites()) {
    if (!site.ceiling.binds_after(now)) continue;
    if (const auto change = site.ceiling.next_change(now)) at(*change);
    for (const auto& [lead, count] : site.leads) {
      if (const auto change = site.ceiling.next_change(now + lead)) at(*change - lead);
    }
  }
  return next;
}

}  // namespace weir::engine
