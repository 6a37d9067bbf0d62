#include "backend/kubernetes/features.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "backend/kubernetes/json_reading.h"

namespace weir::backend::kubernetes {

base::Result<Discovery> discovery_of(std::string_view version, std::string_view groups) {
  const boost::json::value about = WEIR_TRY(parse_answer(version));
  const boost::json::value listed = WEIR_TRY(parse_answer(groups));
  Discovery found;
  found.version = text_at(about, {"gitVersion"});
  const std::string minor = text_at(about, {"minor"});  // some distributions write "20+"
  std::from_chars(minor.data(), minor.data() + minor.size(), found.minor);
  bool has_batch = false;
  for (const boost::json::value& group : list_at(listed, {"groups"})) {
    const std::string name = text_at(group, {"name"});
    if (name == "kueue.x-k8s.io") found.features.has_kueue = true;
    if (name != "batch") continue;
    for (const boost::json::value& each : list_at(group, {"versions"})) {
      if (text_at(each, {"version"}) == "v1") has_batch = true;
    }
  }
  if (text_at(about, {"major"}) != "1" || found.minor < 20 || !has_batch) {
    return base::fail(base::ErrorCode::refused, "the cluster is Kubernetes " + found.version +
                                                    ", work needs 1.20 or newer with batch/v1");
  }
  found.features.removes_finished = found.minor >= 21;   // on by default from here on
  found.features.suspends_jobs = found.minor >= 22;      // likewise
  found.features.tells_replacement = found.minor >= 29;  // likewise
  return found;
}

base::Result<Discovery> discover(Connection& connection) {
  const Answer version = WEIR_TRY(connection.request("GET", "/version"));
  if (!version.is_good()) return base::fail(error_of(version));
  const Answer groups = WEIR_TRY(connection.request("GET", "/apis"));
  if (!groups.is_good()) return base::fail(error_of(groups));
  return discovery_of(version.body, groups.body);
}

}  // namespace weir::backend::kubernetes
