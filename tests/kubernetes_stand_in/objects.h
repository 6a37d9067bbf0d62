// Small things that all parts of the stand-in share: objects' members, answers that say no, times.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace weir::kubernetes_stand_in {

namespace json = boost::json;

// One kind of object that is served.
struct Resource {
  std::string name;   // "jobs"
  std::string kind;   // "Job"
  std::string group;  // "" or "batch"
  bool is_namespaced = true;

  [[nodiscard]] std::string api_version() const { return group.empty() ? "v1" : group + "/v1"; }
  // "jobs.batch", as messages have it.
  [[nodiscard]] std::string full_name() const { return group.empty() ? name : name + "." + group; }
};
[[nodiscard]] const std::vector<Resource>& resources();
[[nodiscard]] const Resource* find_resource(std::string_view group, std::string_view name);

// A request that is not granted: thrown on the way, answered as a Status.
struct Refused : std::exception {
  Refused(unsigned code, std::string why, std::string words, json::object about = {})
      : status(code),
        reason(std::move(why)),
        message(std::move(words)),
        details(std::move(about)) {}
  unsigned status;
  std::string reason;
  std::string message;
  json::object details;
};
[[nodiscard]] json::object status_object(const Refused& refused);
[[nodiscard]] Refused not_found(const Resource& resource, const std::string& name);

// Causes of a 422, as "FIELD: WORDS".
struct Cause {
  std::string reason;  // "FieldValueInvalid"
  std::string message;
  std::string field;
};
[[nodiscard]] Refused invalid(const Resource& resource, const std::string& name,
                              const std::vector<Cause>& causes);

// The object under `name`, made where there is none.
json::object& child(json::object& object, std::string_view name);
[[nodiscard]] std::string name_of(const json::object& object);
[[nodiscard]] std::string namespace_of(const json::object& object);
[[nodiscard]] std::string text(const json::value& value,
                               std::initializer_list<std::string_view> path);

// Now, as the API writes times.
[[nodiscard]] std::string now_text(std::int64_t seconds_from_now = 0);
[[nodiscard]] std::int64_t now_ns();
// "2026-01-01T00:00:00.000000000Z"
[[nodiscard]] std::string nanosecond_text(std::int64_t ns);

// Applies a merge patch (RFC 7396).
void merge(json::value& target, const json::value& patch);

}  // namespace weir::kubernetes_stand_in
