// What a kube-apiserver keeps: objects, each change with the next resource version, and the changes
// themselves for as long as they are not compacted. Not thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "tests/kubernetes_stand_in/objects.h"

namespace weir::kubernetes_stand_in {

struct Change {
  std::int64_t version = 0;
  const Resource* resource = nullptr;
  std::string kind;                      // ADDED, MODIFIED, DELETED
  json::object object;                   // as it is then, or last was
  std::optional<json::object> previous;  // as it was before
};

class Store {
 public:
  // Called for each change, as it is made.
  std::function<void(const Change&)> on_change;

  [[nodiscard]] std::int64_t version() const { return version_; }
  // Changes up to this version are gone.
  [[nodiscard]] std::int64_t compacted() const { return compacted_; }
  [[nodiscard]] const std::deque<Change>& changes() const { return changes_; }
  void compact();

  // Fills in uid, version and time. Throws Refused: 409 AlreadyExists.
  const json::object& create(const Resource& resource, json::object object);
  [[nodiscard]] const json::object* find(const Resource& resource, const std::string& name_space,
                                         const std::string& name) const;
  // Writes `object` where something changed. Throws Refused: 404; 409 Conflict, where it names
  // another version than the newest.
  const json::object& update(const Resource& resource, json::object object);
  void remove(const Resource& resource, const std::string& name_space, const std::string& name);
  // In the order of names, as the real store has it. "" is every namespace.
  [[nodiscard]] std::vector<json::object> list(const Resource& resource,
                                               const std::string& name_space) const;
  [[nodiscard]] std::string new_uid();

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // resource, namespace, name
  void record(const Resource& resource, std::string kind, const json::object& object,
              std::optional<json::object> previous);

  std::map<Key, json::object> objects_;
  std::deque<Change> changes_;
  std::int64_t version_ = 200;
  std::int64_t compacted_ = 0;
  std::uint64_t uids_ = 0;
};

}  // namespace weir::kubernetes_stand_in
