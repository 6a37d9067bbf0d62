#include "tests/kubernetes_stand_in/store.h"

#include <fmt/format.h>

namespace weir::kubernetes_stand_in {

std::string Store::new_uid() {
  ++uids_;
  return fmt::format("{:08x}-57a0-4d1e-8000-{:012x}", uids_, uids_ * 0x9e37U);
}

void Store::compact() {
  changes_.clear();
  compacted_ = version_;
}

const json::object& Store::create(const Resource& resource, json::object object) {
  const std::string name = name_of(object);
  const Key key{resource.full_name(), namespace_of(object), name};
  if (objects_.contains(key)) {
    json::object details = {{"name", name}};
    if (!resource.group.empty()) details["group"] = resource.group;
    details["kind"] = resource.name;
    throw Refused(409, "AlreadyExists", resource.full_name() + " \"" + name + "\" already exists",
                  std::move(details));
  }
  json::object& metadata = child(object, "metadata");
  if (!metadata.contains("uid")) metadata["uid"] = new_uid();
  metadata["resourceVersion"] = std::to_string(++version_);
  metadata["creationTimestamp"] = now_text();
  object["kind"] = resource.kind;
  object["apiVersion"] = resource.api_version();
  json::object& kept = objects_[key] = std::move(object);
  record(resource, "ADDED", kept, std::nullopt);
  return kept;
}

const json::object* Store::find(const Resource& resource, const std::string& name_space,
                                const std::string& name) const {
  const auto found = objects_.find({resource.full_name(), name_space, name});
  return found != objects_.end() ? &found->second : nullptr;
}

const json::object& Store::update(const Resource& resource, json::object object) {
  const std::string name = name_of(object);
  const auto found = objects_.find({resource.full_name(), namespace_of(object), name});
  if (found == objects_.end()) throw not_found(resource, name);
  json::object& kept = found->second;
  const std::string stated = text(json::value(object), {"metadata", "resourceVersion"});
  if (!stated.empty() && stated != text(json::value(kept), {"metadata", "resourceVersion"})) {
    json::object details = {{"name", name}};
    if (!resource.group.empty()) details["group"] = resource.group;
    details["kind"] = resource.name;
    throw Refused(409, "Conflict",
                  "Operation cannot be fulfilled on " + resource.full_name() + " \"" + name +
                      "\": the object has been modified; please apply your changes to the latest "
                      "version and try again",
                  std::move(details));
  }
  json::object& metadata = child(object, "metadata");
  const json::object& before = kept.at("metadata").as_object();
  for (const char* fixed : {"uid", "creationTimestamp", "resourceVersion"}) {
    metadata[fixed] = before.at(fixed);
  }
  object["kind"] = resource.kind;
  object["apiVersion"] = resource.api_version();
  if (object == kept) return kept;
  metadata["resourceVersion"] = std::to_string(++version_);
  json::object previous = std::move(kept);
  kept = std::move(object);
  record(resource, "MODIFIED", kept, std::move(previous));
  return kept;
}

void Store::remove(const Resource& resource, const std::string& name_space,
                   const std::string& name) {
  const auto found = objects_.find({resource.full_name(), name_space, name});
  if (found == objects_.end()) throw not_found(resource, name);
  json::object last = std::move(found->second);
  objects_.erase(found);
  child(last, "metadata")["resourceVersion"] = std::to_string(++version_);
  record(resource, "DELETED", last, last);
}

std::vector<json::object> Store::list(const Resource& resource,
                                      const std::string& name_space) const {
  std::vector<json::object> found;
  for (auto at = objects_.lower_bound({resource.full_name(), name_space, ""});
       at != objects_.end() && std::get<0>(at->first) == resource.full_name(); ++at) {
    if (!name_space.empty() && std::get<1>(at->first) != name_space) break;
    found.push_back(at->second);
  }
  return found;
}

void Store::record(const Resource& resource, std::string kind, const json::object& object,
                   std::optional<json::object> previous) {
  changes_.push_back({version_, &resource, std::move(kind), object, std::move(previous)});
  if (on_change) on_change(changes_.back());
}

}  // namespace weir::kubernetes_stand_in
