#include "tests/kubernetes_stand_in/objects.h"

#include <fmt/format.h>

#include <chrono>

#include "backend/kubernetes/json_reading.h"
#include "base/time.h"

namespace weir::kubernetes_stand_in {

const std::vector<Resource>& resources() {
  static const std::vector<Resource> all = {
      {"nodes", "Node", "", false},  {"namespaces", "Namespace", "", false},
      {"pods", "Pod", "", true},     {"secrets", "Secret", "", true},
      {"events", "Event", "", true}, {"jobs", "Job", "batch", true},
  };
  return all;
}

const Resource* find_resource(std::string_view group, std::string_view name) {
  for (const Resource& resource : resources()) {
    if (resource.group == group && resource.name == name) return &resource;
  }
  return nullptr;
}

json::object status_object(const Refused& refused) {
  json::object status = {{"kind", "Status"},
                         {"apiVersion", "v1"},
                         {"metadata", json::object()},
                         {"status", "Failure"},
                         {"message", refused.message}};
  if (!refused.reason.empty()) status["reason"] = refused.reason;
  if (!refused.details.empty()) status["details"] = refused.details;
  status["code"] = refused.status;
  return status;
}

Refused not_found(const Resource& resource, const std::string& name) {
  json::object details = {{"name", name}};
  if (!resource.group.empty()) details["group"] = resource.group;
  details["kind"] = resource.name;
  return {404, "NotFound", resource.full_name() + " \"" + name + "\" not found",
          std::move(details)};
}

Refused invalid(const Resource& resource, const std::string& name,
                const std::vector<Cause>& causes) {
  const std::string full =
      resource.group.empty() ? resource.kind : resource.kind + "." + resource.group;
  std::string words;
  json::array list;
  for (const Cause& cause : causes) {
    words += (words.empty() ? "" : ", ") + cause.field + ": " + cause.message;
    list.push_back({{"reason", cause.reason}, {"message", cause.message}, {"field", cause.field}});
  }
  if (causes.size() > 1) words = "[" + words + "]";
  json::object details = {{"name", name}};
  if (!resource.group.empty()) details["group"] = resource.group;
  details["kind"] = resource.kind;
  details["causes"] = std::move(list);
  return {422, "Invalid", full + " \"" + name + "\" is invalid: " + words, std::move(details)};
}

json::object& child(json::object& object, std::string_view name) {
  json::value& value = object[name];
  if (!value.is_object()) value = json::object();
  return value.get_object();
}

std::string text(const json::value& value, std::initializer_list<std::string_view> path) {
  return backend::kubernetes::text_at(value, path);
}

std::string name_of(const json::object& object) {
  return text(json::value(object), {"metadata", "name"});
}
std::string namespace_of(const json::object& object) {
  return text(json::value(object), {"metadata", "namespace"});
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string now_text(std::int64_t seconds_from_now) {
  const std::int64_t seconds = now_ns() / 1'000'000'000 + seconds_from_now;
  return base::format_time(base::time_from_us(seconds * 1'000'000));
}

std::string nanosecond_text(std::int64_t ns) {
  const std::int64_t seconds = ns / 1'000'000'000;
  std::string whole = base::format_time(base::time_from_us(seconds * 1'000'000));
  whole.pop_back();
  return fmt::format("{}.{:09}Z", whole, ns % 1'000'000'000);
}

void merge(json::value& target, const json::value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = json::object();
  json::object& object = target.get_object();
  for (const auto& [name, value] : patch.get_object()) {
    if (value.is_null()) {
      object.erase(name);
    } else {
      merge(object[name], value);
    }
  }
}

}  // namespace weir::kubernetes_stand_in
