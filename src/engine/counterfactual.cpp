#include "engine/counterfactual.h"

#include <algorithm>
#include <numeric>
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

std::string device_word(const DeviceCount& devices) {
  return devices.model + ":" + std::to_string(devices.count);
}

std::vector<std::uint32_t> all_options(const schedule::Request& request) {
  std::vector<std::uint32_t> options(request.options.size());
  std::iota(options.begin(), options.end(), 0U);
  return options;
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
  const bool gives_up = job != engine.state().jobs.end() && job->second.promise;
  return kept_before(engine, waiting.position, now, gives_up ? 1 : 0);
}

// True if what goes first would take what the job's promise keeps from it, once that is gone.
bool goes_to_others(const Engine& engine, const Waiting& waiting, base::Time now) {
  const auto job = engine.state().jobs.find(JobId{waiting.owner});
  if (job == engine.state().jobs.end() || !job->second.promise) return false;
  const PromiseRecord& promise = *job->second.promise;
  const SitePlaces& places = engine.index().sites.at(promise.site);
  schedule::Timeline without = places.timeline;
  without.unreserve(promise.nodes, waiting.owner);
  const Index& index = engine.index();
  auto at = index.queues().next(nullptr, nullptr);
  for (; at && at->position < waiting.position; at = index.queues().next(&at->position, nullptr)) {
    const schedule::Stay stay = stay_of(engine.state().jobs.at(at->position.job));
    const schedule::ReservationGate gate(places.capacity, without, stay, now);
    const schedule::Request& request = index.kinds[*index.classes[at->request_class].open].request;
    if (schedule::choose(places.capacity, request, all_options(request), {}, &gate)) return true;
  }
  return false;
}

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
    const schedule::Stay stay{limit, waiting_.owner, false};
    const std::vector<std::uint32_t> options = all_options(request);
    const auto& sites = engine_.index().sites;
    return std::any_of(sites.begin(), sites.end(), [&](const auto& entry) {
      return entry.second.in_touch && could_start_now(engine_, entry.first, request, options, stay,
                                                      waiting_.position, kept_, now_);
    });
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
      found(with({asked.model, *fewer}), in_words("devices", device_word({asked.model, *fewer})));
    }
    for (const std::string& model : models()) {
      const DeviceCount other{model, asked.count};
      if (model == asked.model || !starts(with(other), waiting_.time_limit)) continue;
      // Less of the same is allowed where that is; another model has quotas of its own.
      if (allowed_options(engine_, waiting_.tenant, with(other), waiting_.time_limit).empty()) {
        continue;
      }
      return found(with(other), in_words("devices", device_word(other)));
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
      if (!starts(waiting_.request, *at)) continue;
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
  if (goes_to_others(engine, waiting, now)) return {};
  return Search(engine, waiting, now).run();
}

}  // namespace weir::engine
