// Sites, nodes, devices, tokens and secrets, as lists; and facts as lines of a job's history.
#include <algorithm>

#include "engine/questions.h"

namespace weir::engine {

using namespace model;

namespace {

struct Held {
  std::vector<std::string> tasks;
  std::map<std::uint32_t, std::string> devices;
};

std::map<std::pair<SiteId, std::uint32_t>, Held> held_by_node(const Engine& engine) {
  std::map<std::pair<SiteId, std::uint32_t>, Held> held;
  for (const JobId id : engine.index().running_jobs) {
    const JobRecord& job = engine.state().jobs.at(id);
    for (const RunningAttempt& run : job.running) {
      const std::string task = format_task(run.key.task_key(), job.array.is_array());
      for (const RankPlacement& rank : run.ranks) {
        Held& here = held[{run.site, rank.node}];
        here.tasks.push_back(task);
        for (const std::uint32_t device : rank.devices) {
          std::string& holders = here.devices[device];
          holders += (holders.empty() ? "" : ", ") + task;
          if (rank.is_share()) holders += " (" + model::devices_text(rank.device_milli) + ")";
        }
      }
    }
  }
  return held;
}

std::vector<std::string> device_counts(const Node& node) {
  std::map<std::string, std::uint32_t> counts;
  for (const Device& device : node.devices) {
    ++counts[device.model.empty() ? "unknown" : device.model];
  }
  std::vector<std::string> lines;
  for (const auto& [model, count] : counts) lines.push_back(std::to_string(count) + " " + model);
  return lines;
}

}  // namespace

namespace {

void add_access(SiteView& view, const SiteAccess& access) {
  view.lease = access.lease;
  if (!access.invitation.empty()) view.invited_until = access.invited_until;
  if (!access.key.empty()) view.certified_until = access.certified_until;
}

}  // namespace

std::vector<SiteView> list_sites(const Engine& engine) {
  std::map<SiteId, std::uint32_t> running;
  for (const JobId id : engine.index().running_jobs) {
    for (const RunningAttempt& run : engine.state().jobs.at(id).running) ++running[run.site];
  }
  std::vector<SiteView> views;
  for (const auto& [id, site] : engine.state().sites) {
    SiteView view;
    view.name = site.name;
    view.in_touch = site.in_touch;
    view.epoch = site.epoch;
    view.heard = site.heard;
    const schedule::Capacity& capacity = engine.index().sites.at(id).capacity;
    view.nodes = capacity.nodes();
    for (std::uint32_t i = 0; i < site.nodes.size(); ++i) {
      const schedule::Shape& free = capacity.free_of(i);
      view.cpus += site.nodes[i].cpus;
      view.cpus_free += free.cpus;
      view.memory_bytes += site.nodes[i].memory_bytes;
      view.memory_bytes_free += free.memory_bytes;
      view.devices += static_cast<std::uint32_t>(site.nodes[i].devices.size());
      view.devices_free += free.device_total;
    }
    view.running = running[id];
    view.standing = site.standing;
    for (const RankPlacement& rank : site.others) {
      view.cpus_of_others += rank.cpus;
      view.devices_of_others += static_cast<std::uint32_t>(rank.devices.size());
    }
    const auto access = engine.state().site_access.find(site.name);
    if (access != engine.state().site_access.end()) add_access(view, access->second);
    views.push_back(std::move(view));
  }
  // Those that are invited and have not come yet.
  for (const auto& [name, access] : engine.state().site_access) {
    if (engine.index().site_by_name.contains(name)) continue;
    SiteView view;
    view.name = name;
    add_access(view, access);
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<NodeView> list_nodes(const Engine& engine) {
  const auto held = held_by_node(engine);
  std::vector<NodeView> views;
  for (const auto& [id, site] : engine.state().sites) {
    const schedule::Capacity& capacity = engine.index().sites.at(id).capacity;
    for (std::uint32_t i = 0; i < site.nodes.size(); ++i) {
      const Node& node = site.nodes[i];
      const schedule::Shape& free = capacity.free_of(i);
      NodeView view{site.name,
                    node.name,
                    node.cpus,
                    free.cpus,
                    node.memory_bytes,
                    free.memory_bytes,
                    device_counts(node),
                    node.shares_cpus,
                    node.cpu_model,
                    node.limits_by,
                    {}};
      const auto here = held.find({id, i});
      if (here != held.end()) view.running = here->second.tasks;
      views.push_back(std::move(view));
    }
  }
  return views;
}

std::vector<DeviceView> list_devices(const Engine& engine) {
  const auto held = held_by_node(engine);
  std::vector<DeviceView> views;
  for (const auto& [id, site] : engine.state().sites) {
    for (std::uint32_t i = 0; i < site.nodes.size(); ++i) {
      const auto here = held.find({id, i});
      for (std::uint32_t d = 0; d < site.nodes[i].devices.size(); ++d) {
        const Device& device = site.nodes[i].devices[d];
        DeviceView view{site.name,           site.nodes[i].name, device.model,
                        device.vendor,       device.kind,        device.address,
                        device.memory_bytes, device.numa_node,   ""};
        if (view.model.empty()) view.model = "unknown";
        if (here != held.end()) {
          const auto holder = here->second.devices.find(d);
          if (holder != here->second.devices.end()) view.held_by = holder->second;
        }
        views.push_back(std::move(view));
      }
    }
  }
  return views;
}

std::vector<TokenView> list_tokens(const Engine& engine) {
  std::vector<TokenView> views;
  for (const auto& [id, token] : engine.state().tokens) {
    views.push_back({id, token.tenant, token.principal, token.role, token.created, token.revoked});
  }
  return views;
}

std::vector<std::string> list_secrets(const Engine& engine, const Principal& by) {
  std::vector<std::string> names;
  const auto of_tenant = engine.state().secrets.find(by.tenant);
  if (of_tenant == engine.state().secrets.end()) return names;
  for (const auto& [name, sealed] : of_tenant->second) names.push_back(name);
  return names;
}

namespace {

// One overload a fact that speaks of a job.
struct Teller {
  JobId job;
  const SiteNames& sites;

  using Line = std::optional<HistoryEntry>;
  static Line line(std::string event, std::string message = "") {
    return HistoryEntry{0, {}, std::move(event), std::move(message)};
  }
  static std::string named(AttemptKey key) {
    return "task " + std::to_string(key.task) + ", attempt " + std::to_string(key.attempt);
  }

  [[nodiscard]] std::string name_of(SiteId site) const {
    const auto at = sites.find(site);
    return at == sites.end() ? "site " + std::to_string(site.value) : at->second;
  }

  template <typename Other>
  Line operator()(const Other&) const {
    return std::nullopt;
  }
  Line operator()(const JobSubmitted& fact) const {
    return fact.job == job ? line("submitted", "by " + fact.by.name) : std::nullopt;
  }
  Line operator()(const JobHeld& fact) const {
    return fact.job == job ? line("held") : std::nullopt;
  }
  Line operator()(const JobDeferred& fact) const {
    if (fact.job != job) return std::nullopt;
    return fact.until ? line("deferred", "until " + base::format_time(*fact.until) +
                                             ", for cheaper or cleaner energy")
                      : line("deferred no longer");
  }
  Line operator()(const JobDirected& fact) const {
    if (fact.job != job) return std::nullopt;
    if (!fact.site) {
      return line("directed no longer", "another site is looked for that can have its data");
    }
    return line("directed",
                "to " + name_of(*fact.site) +
                    (fact.staging ? ", where its data is brought first" : ", where its data is"));
  }
  Line operator()(const DirectionKept&) const { return std::nullopt; }
  Line operator()(const JobReleased& fact) const {
    return fact.job == job ? line("released") : std::nullopt;
  }
  Line operator()(const JobUpdated& fact) const {
    if (fact.job != job) return std::nullopt;
    std::string what;
    const auto add = [&](const std::string& text) { what += (what.empty() ? "" : ", ") + text; };
    if (fact.name) add("name " + *fact.name);
    if (fact.priority) add("priority " + std::to_string(*fact.priority));
    if (fact.time_limit) add("time limit " + base::format_duration(*fact.time_limit));
    if (fact.array_at_once) add("at once " + std::to_string(*fact.array_at_once));
    return line("updated", what);
  }
  Line operator()(const JobCancelled& fact) const {
    if (fact.job != job) return std::nullopt;
    return line("cancelled",
                (fact.one_task ? "task " + std::to_string(fact.task) + " " : "") + "by " + fact.by);
  }
  Line operator()(const TaskPlaced& fact) const {
    if (fact.attempt.job != job) return std::nullopt;
    std::string nodes;
    for (const RankPlacement& rank : fact.ranks) {
      nodes += (nodes.empty() ? "" : ", ") + std::to_string(rank.node);
    }
    return line("placed", named(fact.attempt) + " on node " + nodes);
  }
  Line operator()(const AttemptStarted& fact) const {
    return fact.attempt.job == job ? line("started", named(fact.attempt)) : std::nullopt;
  }
  Line operator()(const AttemptStopping& fact) const {
    if (fact.attempt.job != job) return std::nullopt;
    return line("stopping",
                named(fact.attempt) + ": " + std::string(note_of(fact.reason).sentence));
  }
  Line operator()(const AttemptEnded& fact) const {
    if (fact.attempt.job != job) return std::nullopt;
    std::string what =
        named(fact.attempt) + ": " + std::string(base::enum_name(fact.outcome.ending));
    if (!fact.outcome.message.empty()) what += ", " + fact.outcome.message;
    if (fact.again) what += "; it will be tried again";
    return line("attempt ended", what);
  }
  Line operator()(const LateEndTold& fact) const {
    if (fact.attempt.job != job) return std::nullopt;
    return line("told late", named(fact.attempt) + " had ended at a site that was given up: " +
                                 std::string(base::enum_name(fact.outcome.ending)) +
                                 "; nothing hangs on it any more");
  }
  Line operator()(const PlaceReclaimed& fact) const {
    if (fact.attempt.job != job) return std::nullopt;
    return line("place reclaimed", named(fact.attempt) + ": " + std::to_string(fact.from.size()) +
                                       (fact.from.size() == 1 ? " attempt" : " attempts") +
                                       " that borrowed it will end");
  }
  Line operator()(const ReclaimDropped& fact) const {
    return fact.attempt.job == job ? line("reclaim dropped", named(fact.attempt)) : std::nullopt;
  }
  Line operator()(const JobEnded& fact) const {
    if (fact.job != job) return std::nullopt;
    return line("ended", std::string(base::enum_name(fact.state)) +
                             (fact.message.empty() ? "" : ": " + fact.message));
  }
};

}  // namespace

SiteNames site_names(const Engine& engine) {
  SiteNames names;
  for (const auto& [id, site] : engine.state().sites) names[id] = site.name;
  return names;
}

std::optional<HistoryEntry> history_entry(const Fact& fact, JobId job, const SiteNames& sites) {
  return std::visit(Teller{job, sites}, fact);
}

}  // namespace weir::engine
