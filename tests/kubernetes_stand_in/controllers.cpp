#include "tests/kubernetes_stand_in/controllers.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/kubernetes/amounts.h"
#include "backend/kubernetes/json_reading.h"

namespace weir::kubernetes_stand_in {
namespace {

using backend::kubernetes::find_at;
using backend::kubernetes::flag_at;
using backend::kubernetes::list_at;
using backend::kubernetes::number_at;
using backend::kubernetes::object_at;
using backend::kubernetes::time_at;

const Resource& jobs() { return *find_resource("batch", "jobs"); }
const Resource& pods() { return *find_resource("", "pods"); }

bool is_leaving(const json::object& object) {
  return find_at(json::value(object), {"metadata", "deletionTimestamp"}) != nullptr;
}

std::string owner_of(const json::object& pod) {
  const json::value whole = pod;
  const json::array& owners = list_at(whole, {"metadata", "ownerReferences"});
  return owners.empty() ? "" : text(owners.front(), {"uid"});
}

std::string uid_of(const json::object& object) {
  return text(json::value(object), {"metadata", "uid"});
}

void set_condition(json::object& status, json::object condition) {
  json::value& conditions = status["conditions"];
  if (!conditions.is_array()) conditions = json::array();
  for (json::value& each : conditions.get_array()) {
    if (each.at("type") == condition.at("type")) {
      condition["lastTransitionTime"] = each.at("lastTransitionTime");
      each = condition;
      return;
    }
  }
  conditions.get_array().push_back(std::move(condition));
}

bool tolerates(const json::object& pod, const json::value& taint) {
  const json::value whole = pod;
  for (const json::value& toleration : list_at(whole, {"spec", "tolerations"})) {
    const std::string key = text(toleration, {"key"});
    if (!key.empty() && key != text(taint, {"key"})) continue;
    const bool exists = text(toleration, {"operator"}) == "Exists";
    if (!exists && text(toleration, {"value"}) != text(taint, {"value"})) continue;
    const std::string effect = text(toleration, {"effect"});
    if (effect.empty() || effect == text(taint, {"effect"})) return true;
  }
  return false;
}

// Of the affinity's terms only the one by a node's name is known here.
bool has_affinity(const json::object& pod, const std::string& node) {
  const json::value whole = pod;
  const json::value* const needed = find_at(
      whole,
      {"spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"});
  if (needed == nullptr) return true;
  for (const json::value& term : list_at(*needed, {"nodeSelectorTerms"})) {
    for (const json::value& field : list_at(term, {"matchFields"})) {
      if (text(field, {"key"}) != "metadata.name") continue;
      for (const json::value& value : list_at(field, {"values"})) {
        if (value == json::value(node)) return true;
      }
    }
  }
  return false;
}

bool is_past_deadline(const json::value& job) {
  const auto deadline = number_at(job, {"spec", "activeDeadlineSeconds"});
  const std::int64_t started_us = time_at(job, {"status", "startTime"});
  return deadline && started_us != 0 && now_ns() / 1000 - started_us >= *deadline * 1'000'000;
}

// Whether a Job has been done for as long as it is to be kept.
bool is_to_be_swept(const json::value& job) {
  const auto kept = number_at(job, {"spec", "ttlSecondsAfterFinished"});
  if (!kept) return false;
  for (const json::value& condition : list_at(job, {"status", "conditions"})) {
    const std::string type = text(condition, {"type"});
    if (type != "Failed" && type != "Complete") continue;
    const std::int64_t since_us = time_at(condition, {"lastTransitionTime"});
    return now_ns() / 1000 - since_us >= *kept * 1'000'000;
  }
  return false;
}

}  // namespace

bool has_ended(const json::object& pod) {
  const std::string phase = text(json::value(pod), {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

std::map<std::string, std::int64_t> asked_milli(const json::object& pod) {
  std::map<std::string, std::int64_t> sum;
  const json::value whole = pod;
  for (const json::value& container : list_at(whole, {"spec", "containers"})) {
    for (const auto& [name, value] : object_at(container, {"resources", "requests"})) {
      sum[std::string(name)] +=
          backend::kubernetes::parse_milli_amount(std::string(value.as_string())).value_or(0);
    }
  }
  return sum;
}

void Controllers::event(const json::object& about, const std::string& reason,
                        const std::string& note) {
  const std::string name = name_of(about);
  json::object made = {
      {"metadata",
       {{"name", fmt::format("{}.{:016x}", name, ++events_)}, {"namespace", namespace_of(about)}}},
      {"involvedObject", {{"kind", about.at("kind")}, {"name", name}}},
      {"reason", reason},
      {"message", note},
      {"type", reason.starts_with("Failed") ? "Warning" : "Normal"}};
  store_.create(*find_resource("", "events"), std::move(made));
}

void Controllers::run_jobs() {
  std::map<std::string, std::vector<json::object>> by_owner;
  for (json::object& pod : store_.list(pods(), "")) by_owner[owner_of(pod)].push_back(pod);
  for (json::object& job : store_.list(jobs(), "")) {
    if (!is_leaving(job)) sync(job, by_owner[uid_of(job)]);
  }
  collect_garbage();
}

void Controllers::sync(json::object job, const std::vector<json::object>& owned) {
  const json::value before = job;
  for (const json::value& condition : list_at(before, {"status", "conditions"})) {
    const std::string type = text(condition, {"type"});
    if (type == "Failed" || type == "Complete") return;
  }
  if (flag_at(before, {"spec", "suspend"})) return;
  std::int64_t active = 0;
  std::int64_t succeeded = 0;
  std::int64_t failed = lost_pods_[uid_of(job)];
  for (const json::object& pod : owned) {
    const std::string phase = text(json::value(pod), {"status", "phase"});
    if (phase == "Succeeded")
      ++succeeded;
    else if (phase == "Failed")
      ++failed;
    else if (!is_leaving(pod))
      ++active;
    else if (minor_ >= 26)
      ++failed;
  }
  json::object& status = child(job, "status");
  if (!status.contains("startTime")) status["startTime"] = now_text();
  const std::int64_t completions = number_at(before, {"spec", "completions"}).value_or(1);
  const bool is_late = is_past_deadline(before);
  const bool is_failed =
      is_late || failed > number_at(before, {"spec", "backoffLimit"}).value_or(6);
  const bool is_complete = succeeded >= completions;
  std::int64_t wanted = 0;
  if (!is_failed && !is_complete) {
    wanted =
        std::min(number_at(before, {"spec", "parallelism"}).value_or(1), completions - succeeded);
  }
  json::object condition = {
      {"status", "True"}, {"lastProbeTime", now_text()}, {"lastTransitionTime", now_text()}};
  if (is_failed) {
    condition["type"] = "Failed";
    condition["reason"] = is_late ? "DeadlineExceeded" : "BackoffLimitExceeded";
    condition["message"] = is_late ? "Job was active longer than specified deadline"
                                   : "Job has reached the specified backoff limit";
    set_condition(status, condition);
  } else if (is_complete) {
    condition["type"] = "Complete";
    set_condition(status, condition);
    status["completionTime"] = now_text();
  }
  const std::int64_t made = std::max<std::int64_t>(wanted - active, 0);
  for (const auto& [name, count] :
       {std::pair{"active", is_failed ? 0 : active + made}, std::pair{"succeeded", succeeded},
        std::pair{"failed", failed}}) {
    if (count > 0)
      status[name] = count;
    else
      status.erase(name);
  }
  store_.update(jobs(), job);
  for (std::int64_t i = 0; i < made; ++i) make_pod(job);
  if (!is_failed) return;
  for (const json::object& pod : owned) {
    if (has_ended(pod) || is_leaving(pod)) continue;
    json::object leaving = pod;
    const json::value whole = pod;
    child(leaving, "metadata")["deletionTimestamp"] =
        now_text(number_at(whole, {"spec", "terminationGracePeriodSeconds"}).value_or(30));
    store_.update(pods(), std::move(leaving));
  }
}

void Controllers::make_pod(const json::object& job) {
  const json::value whole = job;
  json::object pod = object_at(whole, {"spec", "template"});
  json::object& metadata = child(pod, "metadata");
  metadata.erase("creationTimestamp");
  std::string suffix;
  for (int i = 0; i < 5; ++i) suffix += "bcdfghjklmnpqrstvwxz2456789"[random_.below(27)];
  metadata["name"] = name_of(job) + "-" + suffix;
  metadata["generateName"] = name_of(job) + "-";
  metadata["namespace"] = namespace_of(job);
  metadata["ownerReferences"] = json::array{{{"apiVersion", "batch/v1"},
                                             {"kind", "Job"},
                                             {"name", name_of(job)},
                                             {"uid", uid_of(job)},
                                             {"controller", true},
                                             {"blockOwnerDeletion", true}}};
  json::object& spec = child(pod, "spec");
  bool is_best_effort = true;
  for (json::value& value : spec["containers"].get_array()) {
    json::object& resources = child(value.get_object(), "resources");
    if (!resources.contains("limits") || resources["limits"].as_object().empty()) continue;
    const json::object limits = resources["limits"].as_object();
    for (const auto& [name, amount] : limits) {
      json::object& requests = child(resources, "requests");
      if (!requests.contains(name)) requests[name] = amount;
      if (name == "cpu" || name == "memory") is_best_effort = false;
    }
  }
  json::value& tolerations = spec["tolerations"];
  if (!tolerations.is_array()) tolerations = json::array();
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    tolerations.get_array().push_back({{"key", key},
                                       {"operator", "Exists"},
                                       {"effect", "NoExecute"},
                                       {"tolerationSeconds", 300}});
  }
  spec["priority"] = 0;
  if (!spec.contains("enableServiceLinks")) spec["enableServiceLinks"] = true;
  spec["preemptionPolicy"] = "PreemptLowerPriority";
  pod["status"] = {{"phase", "Pending"},
                   {"qosClass", is_best_effort ? "BestEffort" : "Guaranteed"}};
  const json::object made = store_.create(pods(), std::move(pod));
  event(job, "SuccessfulCreate", "Created pod: " + name_of(made));
}

void Controllers::pod_leaves(const json::object& pod) {
  if (minor_ >= 26 && !has_ended(pod)) ++lost_pods_[owner_of(pod)];
}

void Controllers::collect_garbage() {
  std::map<std::string, json::object> owners;
  for (json::object& job : store_.list(jobs(), "")) {
    if (is_to_be_swept(job)) {
      store_.remove(jobs(), namespace_of(job), name_of(job));
    } else {
      owners.emplace(uid_of(job), job);
    }
  }
  // Jobs may be owned by Jobs: here one step deep, as far as anybody needs it.
  std::erase_if(owners, [&](const auto& each) {
    const std::string owner = owner_of(each.second);
    if (owner.empty() || owners.contains(owner)) return false;
    store_.remove(jobs(), namespace_of(each.second), name_of(each.second));
    return true;
  });
  std::set<std::string> with_pods;
  for (const json::object& pod : store_.list(pods(), "")) {
    const std::string owner = owner_of(pod);
    if (owner.empty()) continue;
    with_pods.insert(owner);
    const auto found = owners.find(owner);
    const bool is_orphan = found == owners.end() || is_leaving(found->second);
    if (!is_orphan || is_leaving(pod)) continue;
    json::object leaving = pod;
    const json::value whole = pod;
    child(leaving, "metadata")["deletionTimestamp"] =
        now_text(number_at(whole, {"spec", "terminationGracePeriodSeconds"}).value_or(30));
    store_.update(pods(), std::move(leaving));
  }
  for (const auto& [uid, job] : owners) {
    if (is_leaving(job) && !with_pods.contains(uid)) {
      store_.remove(jobs(), namespace_of(job), name_of(job));
    }
  }
}

std::vector<std::string> Controllers::why_not(const json::object& node, const json::object& pod) {
  const json::value whole = node;
  if (flag_at(whole, {"spec", "unschedulable"})) return {"node(s) were unschedulable"};
  if (!has_affinity(pod, name_of(node))) return {"node(s) didn't match Pod's node affinity"};
  for (const json::value& taint : list_at(whole, {"spec", "taints"})) {
    if (text(taint, {"effect"}) == "PreferNoSchedule" || tolerates(pod, taint)) continue;
    return {"node(s) had taint {" + text(taint, {"key"}) + ": " + text(taint, {"value"}) +
            "}, that the pod didn't tolerate"};
  }
  std::map<std::string, std::int64_t> used;
  for (const json::object& other : store_.list(pods(), "")) {
    if (has_ended(other) || text(json::value(other), {"spec", "nodeName"}) != name_of(node))
      continue;
    for (const auto& [name, milli] : asked_milli(other)) used[name] += milli;
  }
  std::vector<std::string> reasons;
  for (const auto& [name, milli] : asked_milli(pod)) {
    const std::int64_t there =
        backend::kubernetes::parse_milli_amount(text(whole, {"status", "allocatable", name}))
            .value_or(0);
    if (used[name] + milli > there) reasons.push_back("Insufficient " + name);
  }
  return reasons;
}

void Controllers::schedule() {
  const std::vector<json::object> nodes = store_.list(*find_resource("", "nodes"), "");
  for (json::object& pod : store_.list(pods(), "")) {
    const json::value before = pod;
    if (has_ended(pod) || is_leaving(pod) || find_at(before, {"spec", "nodeName"}) != nullptr) {
      continue;
    }
    std::map<std::string, int> reasons;
    const json::object* chosen = nullptr;
    for (const json::object& node : nodes) {
      const std::vector<std::string> against = why_not(node, pod);
      for (const std::string& reason : against) ++reasons[reason];
      if (against.empty() && chosen == nullptr) chosen = &node;
    }
    json::object condition = {{"type", "PodScheduled"},
                              {"status", chosen != nullptr ? "True" : "False"},
                              {"lastProbeTime", nullptr},
                              {"lastTransitionTime", now_text()}};
    if (chosen != nullptr) {
      child(pod, "spec")["nodeName"] = name_of(*chosen);
      condition["lastTransitionTime"] = now_text();
      child(pod, "status").erase("conditions");
    } else {
      std::vector<std::string> parts;
      for (const auto& [reason, count] : reasons) {
        parts.push_back(std::to_string(count) + " " + reason);
      }
      std::ranges::sort(parts);
      condition["reason"] = "Unschedulable";
      condition["message"] =
          fmt::format("0/{} nodes are available: {}.", nodes.size(), fmt::join(parts, ", "));
    }
    set_condition(child(pod, "status"), condition);
    const std::string version = text(before, {"metadata", "resourceVersion"});
    const json::object kept = store_.update(pods(), std::move(pod));
    if (text(json::value(kept), {"metadata", "resourceVersion"}) == version) continue;
    if (chosen != nullptr) {
      event(kept, "Scheduled",
            "Successfully assigned " + namespace_of(kept) + "/" + name_of(kept) + " to " +
                name_of(*chosen));
    } else {
      event(kept, "FailedScheduling", std::string(condition["message"].as_string()));
    }
  }
}

}  // namespace weir::kubernetes_stand_in
