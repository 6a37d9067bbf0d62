#include "engine/counterfactual.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/quantity.h"
#include "engine/admission.h"
#include "engine/forecast.h"
#include "schedule/request.h"

namespace weir::engine {

using namespace model;

namespace {

// Lists of proposals are for people: nobody reads the hundredth step.
constexpr std::uint32_t steps_most = 64;
constexpr base::Duration limit_least = std::chrono::minutes(1);

std::string in_words(const std::string& field, const std::string& value) {
  return "with `" + field + ": " + value + "` it would start now";
}

std::string device_word(const DeviceCount& devices, std::uint32_t device_milli) {
  return devices.model + ":" + device_amount(devices.count, device_milli);
}

std::vector<std::uint32_t> all_options(const schedule::Request& request) {
  return schedule::as_written(request.options.size()).front();
}

// The largest value below `from` that will do, at most steps_most values of it looked at: each one
// where they are few, else every so many.
template <typename Does>
std::optional<std::uint32_t> largest_below(std::uint32_t from, std::uint32_t least, Does does) {
  if (from <= least) return std::nullopt;
  const std::uint32_t step = std::max<std::uint32_t>(1, (from - least) / steps_most);
  for (std::uint32_t value = from - 1;; value -= step) {
    if (does(value)) return value;
    if (value < least + step) return std::nullopt;
  }
}

// What a pass would keep against the changed request: the promise that the job holds now goes with
// the change.
std::optional<SiteSlot> kept_then(const Engine& engine, const Waiting& waiting, base::Time now) {
  const auto job = engine.state().jobs.find(JobId{waiting.owner});
  const bool is_there = job != engine.state().jobs.end();
  return kept_before(engine, waiting.position, now, is_there ? &job->second : nullptr);
}

// True if somebody else would take what is free once the job gives up its promise: whoever goes
// first or is past its promised start, or, where it is assigned by worth, anybody.
class Others {
 public:
  Others(const Engine& engine, const Waiting& waiting, base::Time now)
      : engine_(engine), waiting_(waiting), now_(now) {
    const auto job = engine.state().jobs.find(JobId{waiting.owner});
    const bool gives_up = job != engine.state().jobs.end() && job->second.promise;
    by_worth_ = engine.state().policy.choice == ChoiceRule::assigned;
    for (const auto& [site, places] : engine.index().sites) {
      const bool held = gives_up && job->second.promise->site == site;
      if (!places.takes_work || (!held && !by_worth_)) continue;
      schedule::Timeline timeline = places.timeline;
      if (held) timeline.unreserve(job->second.promise->nodes, waiting.owner);
      without_.emplace(site, std::move(timeline));
    }
  }

  bool take_it() const {
    if (without_.empty()) return false;
    const Index& index = engine_.index();
    for (const auto& [start, job] : index.promises) {
      if (start > now_) break;
      if (takes(job)) return true;
    }
    auto at = index.queues().next(nullptr, nullptr);
    for (; at; at = index.queues().next(&at->position, nullptr)) {
      if (!by_worth_ && !(at->position < waiting_.position)) return false;
      if (takes(at->position.job)) return true;
    }
    return false;
  }

 private:
  bool takes(JobId id) const {
    if (id.value == waiting_.owner) return false;
    const JobRecord& job = engine_.state().jobs.at(id);
    const schedule::Request& request = engine_.index().waiting_kind(job).request;
    return std::any_of(without_.begin(), without_.end(), [&](const auto& of_site) {
      const schedule::Capacity& capacity = engine_.index().sites.at(of_site.first).capacity;
      const schedule::ReservationGate gate(capacity, of_site.second, stay_of(job), now_);
      return schedule::choose(capacity, request, all_options(request), {}, &gate).has_value();
    });
  }

  const Engine& engine_;
  const Waiting& waiting_;
  base::Time now_;
  bool by_worth_ = false;
  std::map<SiteId, schedule::Timeline> without_;
};

class Search {
 public:
  Search(const Engine& engine, const Waiting& waiting, base::Time now)
      : engine_(engine), waiting_(waiting), now_(now), kept_(kept_then(engine, waiting, now)) {}

  std::vector<Counterfactual> run() {
    const auto nodes = largest_below(waiting_.request.nodes, 1, [&](std::uint32_t value) {
      return starts(with_nodes(value), waiting_.time_limit);
    });
    if (nodes) found(with_nodes(*nodes), in_words("nodes", std::to_string(*nodes)));
    for (const ResourceOption& option : waiting_.request.options) {
      try_devices(option);
      try_cpus(option);
    }
    try_limits();
    return std::move(found_);
  }

 private:
  bool starts(const schedule::Request& request, std::optional<base::Duration> limit) const {
    return starts(request, limit, waiting_.position, kept_);
  }
  bool starts(const schedule::Request& request, std::optional<base::Duration> limit,
              const schedule::Position& position, const std::optional<SiteSlot>& kept) const {
    const schedule::Stay stay{limit, waiting_.owner, false};
    const std::vector<std::uint32_t> options = all_options(request);
    const auto& sites = engine_.index().sites;
    Flexibility how = waiting_.how;
    how.nodes_least = request.nodes;
    how.limit = limit;
    if (waiting_.deadline) {
      const base::Duration left = std::max(*waiting_.deadline - now_, base::Duration(1));
      how.limit = limit ? std::min(*limit, left) : left;
    }
    return std::any_of(sites.begin(), sites.end(), [&](const auto& entry) {
      return entry.second.takes_work && could_start_now(engine_, entry.first, request, options,
                                                        stay, position, kept, how, now_);
    });
  }
  // Who has a deadline and needs less time goes later: others may then go first.
  bool starts_within(base::Duration limit) const {
    if (!waiting_.deadline) return starts(waiting_.request, limit);
    Waiting shorter = waiting_;
    const base::Time last = *last_start(waiting_.deadline, limit);
    if (last < now_) return false;
    if (engine_.state().policy.order == OrderRule::deadline) {
      shorter.position.rank = base::to_us(last);
    } else if (shorter.position.last_start != base::Time::max()) {
      shorter.position.last_start = last;
    }
    return !Others(engine_, shorter, now_).take_it() &&
           starts(waiting_.request, limit, shorter.position, kept_then(engine_, shorter, now_));
  }
  schedule::Request with_nodes(std::uint32_t nodes) const {
    schedule::Request request = waiting_.request;
    request.nodes = nodes;
    return request;
  }
  schedule::Request with_option(ResourceOption option) const {
    return {waiting_.request.nodes, {std::move(option)}, false};
  }
  void found(schedule::Request request, std::string text) {
    found_.push_back({std::move(request), waiting_.time_limit, std::move(text)});
  }

  void try_devices(const ResourceOption& option) {
    if (option.devices.size() != 1) return;
    const auto with = [&](const DeviceCount& devices) {
      ResourceOption other = option;
      other.devices = {devices};
      return with_option(std::move(other));
    };
    const DeviceCount asked = option.devices.front();
    const auto fewer = largest_below(asked.count, 1, [&](std::uint32_t count) {
      return starts(with({asked.model, count}), waiting_.time_limit);
    });
    if (fewer) {
      found(with({asked.model, *fewer}),
            in_words("devices", device_word({asked.model, *fewer}, option.device_milli)));
    }
    if (option.is_share()) try_smaller_share(option);
    for (const std::string& model : models()) {
      const DeviceCount other{model, asked.count};
      if (model == asked.model || !starts(with(other), waiting_.time_limit)) continue;
      // Less of the same is allowed where that is; another model has quotas of its own.
      if (allowed_options(engine_, waiting_.tenant, with(other), waiting_.time_limit).empty()) {
        continue;
      }
      return found(with(other), in_words("devices", device_word(other, option.device_milli)));
    }
  }
  // As much as some device has left.
  void try_smaller_share(const ResourceOption& option) {
    std::set<std::uint32_t, std::greater<>> less;
    for (const auto& [site, places] : engine_.index().sites) {
      for (const schedule::Pool& pool : places.capacity.pools()) {
        const auto demand = pool.demand(option);
        if (!demand) continue;
        for (const auto& [free, nodes] : pool.free) {
          free.each_left(demand->share_model, [&](std::uint32_t left, std::uint32_t) {
            if (left < option.device_milli) less.insert(left);
          });
        }
      }
    }
    std::uint32_t steps = 0;
    for (auto left = less.begin(); left != less.end() && steps < steps_most; ++left, ++steps) {
      ResourceOption smaller = option;
      smaller.device_milli = *left;
      if (!starts(with_option(smaller), waiting_.time_limit)) continue;
      return found(with_option(smaller),
                   in_words("devices", device_word(option.devices.front(), *left)));
    }
  }
  void try_cpus(const ResourceOption& option) {
    const auto with = [&](std::uint32_t cpus) {
      ResourceOption less = option;
      less.cpus = cpus;
      return with_option(std::move(less));
    };
    const auto fewer = largest_below(option.cpus, 1, [&](std::uint32_t cpus) {
      return starts(with(cpus), waiting_.time_limit);
    });
    if (fewer) found(with(*fewer), in_words("cpus", std::to_string(*fewer)));
  }
  // Only where something is promised to begin a shorter stay helps: up to there, or to the start
  // before it.
  void try_limits() {
    std::set<base::Duration> ends;
    for (const auto& [start, job] : engine_.index().promises) {
      const base::Duration room = std::chrono::floor<std::chrono::minutes>(start - now_);
      const bool shorter = !waiting_.time_limit || room < *waiting_.time_limit;
      if (room >= limit_least && shorter && job.value != waiting_.owner) ends.insert(room);
    }
    std::uint32_t steps = 0;
    for (auto at = ends.rbegin(); at != ends.rend() && steps < steps_most; ++at, ++steps) {
      if (!starts_within(*at)) continue;
      found_.push_back(
          {waiting_.request, *at,
           "with a time limit of " + base::format_duration(*at) + " it would start now"});
      return;
    }
  }
  std::set<std::string> models() const {
    std::set<std::string> models;
    for (const auto& [id, places] : engine_.index().sites) {
      for (const schedule::Pool& pool : places.capacity.pools()) {
        models.insert(pool.models.begin(), pool.models.end());
      }
    }
    return models;
  }

  const Engine& engine_;
  const Waiting& waiting_;
  base::Time now_;
  std::optional<SiteSlot> kept_;
  std::vector<Counterfactual> found_;
};

}  // namespace

std::vector<Counterfactual> what_would_start_now(const Engine& engine, const Waiting& waiting,
                                                 base::Time now) {
  if (Others(engine, waiting, now).take_it()) return {};
  return Search(engine, waiting, now).run();
}

}  // namespace weir::engine
