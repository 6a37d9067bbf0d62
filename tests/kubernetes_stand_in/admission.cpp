#include "tests/kubernetes_stand_in/admission.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <regex>
#include <set>

#include "backend/kubernetes/amounts.h"
#include "backend/kubernetes/json_reading.h"

namespace weir::kubernetes_stand_in {
namespace {

using backend::kubernetes::find_at;
using backend::kubernetes::list_at;
using backend::kubernetes::number_at;
using backend::kubernetes::object_at;

class Review {
 public:
  void wrong(std::string field, const std::string& value, const std::string& words) {
    causes.push_back(
        {"FieldValueInvalid", "Invalid value: " + value + ": " + words, std::move(field)});
  }
  void missing(std::string field) {
    causes.push_back({"FieldValueRequired", "Required value", std::move(field)});
  }
  std::vector<Cause> causes;
};

std::string quoted(const std::string& value) { return "\"" + value + "\""; }

void check_name(Review& review, const json::object& object) {
  static const std::regex form("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  const std::string name = name_of(object);
  if (name.empty()) {
    review.causes.push_back({"FieldValueRequired",
                             "Required value: name or generateName is required", "metadata.name"});
  } else if (name.size() > 253 || !std::regex_match(name, form)) {
    review.wrong("metadata.name", quoted(name),
                 "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
                 "characters, '-' or '.', and must start and end with an alphanumeric character");
  }
}

void check_labels(Review& review, const json::value& labels, const std::string& field) {
  static const std::regex name_form(
      "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
  static const std::regex value_form("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
  for (const auto& [name, value] : object_at(labels, {})) {
    if (!std::regex_match(std::string(name), name_form)) {
      review.wrong(field, quoted(std::string(name)), "name part must consist of alphanumerics");
    }
    if (!value.is_string() || !std::regex_match(std::string(value.get_string()), value_form)) {
      review.wrong(field, json::serialize(value), "must be no more than 63 characters");
    }
  }
}

void check_quantities(const json::value& container, const std::string& kind) {
  for (const std::string_view part : {"limits", "requests"}) {
    for (const auto& [name, value] : object_at(container, {"resources", part})) {
      const std::string amount =
          value.is_string() ? std::string(value.get_string()) : json::serialize(value);
      if (backend::kubernetes::parse_milli_amount(amount)) continue;
      throw Refused(400, "BadRequest",
                    kind + " in version \"v1\" cannot be handled as a " + kind +
                        ": unmarshalerDecoder: quantities must match the regular expression "
                        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$', error found at " +
                        std::string(name) + ": " + amount);
    }
  }
}

void check_container(Review& review, const json::value& container, const std::string& field,
                     const std::set<std::string>& volumes) {
  if (text(container, {"name"}).empty()) review.missing(field + ".name");
  if (text(container, {"image"}).empty()) review.missing(field + ".image");
  for (const auto& [name, value] : object_at(container, {"resources", "limits"})) {
    const std::string amount =
        value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    const auto milli = backend::kubernetes::parse_milli_amount(amount);
    if (name.find('/') != json::string::npos && milli && *milli % 1000 != 0) {
      review.wrong(field + ".resources.limits[" + std::string(name) + "]", quoted(amount),
                   "must be an integer");
    }
  }
  static const std::regex variable("[-._a-zA-Z][-._a-zA-Z0-9]*");
  std::size_t index = 0;
  for (const json::value& env : list_at(container, {"env"})) {
    const std::string at = field + ".env[" + std::to_string(index++) + "].name";
    if (!std::regex_match(text(env, {"name"}), variable)) {
      review.wrong(at, quoted(text(env, {"name"})), "a valid environment variable name");
    }
  }
  index = 0;
  for (const json::value& mount : list_at(container, {"volumeMounts"})) {
    const std::string at = field + ".volumeMounts[" + std::to_string(index++) + "].name";
    if (!volumes.contains(text(mount, {"name"}))) {
      review.causes.push_back(
          {"FieldValueNotFound", "Not found: " + quoted(text(mount, {"name"})), at});
    }
  }
}

void check_pod_spec(Review& review, const json::value& spec, const std::string& field) {
  std::set<std::string> volumes;
  for (const json::value& volume : list_at(spec, {"volumes"})) {
    volumes.insert(text(volume, {"name"}));
  }
  const json::array& containers = list_at(spec, {"containers"});
  if (containers.empty()) review.missing(field + ".containers");
  for (std::size_t i = 0; i < containers.size(); ++i) {
    check_container(review, containers[i], field + ".containers[" + std::to_string(i) + "]",
                    volumes);
  }
  const auto deadline = number_at(spec, {"activeDeadlineSeconds"});
  if (deadline && *deadline < 1) {
    review.wrong(field + ".activeDeadlineSeconds", std::to_string(*deadline),
                 "must be between 1 and 2147483647, inclusive");
  }
}

void complete_pod_spec(json::object& spec) {
  const auto otherwise = [&](const char* name, const json::value& value) {
    if (!spec.contains(name)) spec[name] = value;
  };
  otherwise("restartPolicy", "Always");
  otherwise("terminationGracePeriodSeconds", 30);
  otherwise("dnsPolicy", "ClusterFirst");
  otherwise("securityContext", json::object());
  otherwise("schedulerName", "default-scheduler");
  if (spec["tolerations"].is_array() && spec["tolerations"].get_array().empty()) {
    spec.erase("tolerations");
  } else if (spec["tolerations"].is_null()) {
    spec.erase("tolerations");
  }
  for (json::value& value : spec["containers"].get_array()) {
    json::object& container = value.get_object();
    child(container, "resources");
    for (const auto& [name, text] : {std::pair{"terminationMessagePath", "/dev/termination-log"},
                                     std::pair{"terminationMessagePolicy", "File"}}) {
      if (!container.contains(name)) container[name] = text;
    }
    const std::string image = std::string(container["image"].as_string());
    const bool is_fixed = image.rfind(':') != std::string::npos &&
                          image.rfind(':') > image.rfind('/') && !image.ends_with(":latest");
    if (!container.contains("imagePullPolicy")) {
      container["imagePullPolicy"] = is_fixed ? "IfNotPresent" : "Always";
    }
  }
}

void admit_job(const Resource& resource, json::object& job, int minor) {
  const json::value whole = job;
  for (const json::value& container : list_at(whole, {"spec", "template", "spec", "containers"})) {
    check_quantities(container, "Job");
  }
  Review review;
  check_name(review, job);
  check_labels(review, child(child(job, "metadata"), "labels"), "metadata.labels");
  for (const std::string name : {"parallelism", "completions", "activeDeadlineSeconds",
                                 "backoffLimit", "ttlSecondsAfterFinished"}) {
    const auto number = number_at(whole, {"spec", name});
    if (number && *number < 0) {
      review.wrong("spec." + name, std::to_string(*number), "must be greater than or equal to 0");
    }
  }
  json::object& spec = child(job, "spec");
  json::object& pod_template = child(spec, "template");
  json::object& pod_spec = child(pod_template, "spec");
  check_pod_spec(review, pod_spec, "spec.template.spec");
  const std::string policy = text(json::value(pod_spec), {"restartPolicy"});
  if (policy != "Never" && policy != "OnFailure") {
    review.causes.push_back({"FieldValueNotSupported",
                             "Unsupported value: " + quoted(policy.empty() ? "Always" : policy) +
                                 ": supported values: \"OnFailure\", \"Never\"",
                             "spec.template.spec.restartPolicy"});
  }
  if (!review.causes.empty()) throw invalid(resource, name_of(job), review.causes);
  if (minor < 21) spec.erase("ttlSecondsAfterFinished");
  if (minor < 22) spec.erase("suspend");
  if (minor < 22) spec.erase("completionMode");
  if (minor < 29) spec.erase("podReplacementPolicy");
  for (const auto& [name, value] :
       {std::pair{"parallelism", 1}, std::pair{"completions", 1}, std::pair{"backoffLimit", 6}}) {
    if (!spec.contains(name)) spec[name] = value;
  }
  complete_pod_spec(pod_spec);
  job["status"] = json::object();
}

void admit_pod(const Resource& resource, json::object& pod) {
  Review review;
  check_name(review, pod);
  json::object& spec = child(pod, "spec");
  check_pod_spec(review, spec, "spec");
  if (!review.causes.empty()) throw invalid(resource, name_of(pod), review.causes);
  complete_pod_spec(spec);
}

}  // namespace

void admit_new(const Resource& resource, json::object& object, int minor) {
  const std::string kind = text(json::value(object), {"kind"});
  const std::string version = text(json::value(object), {"apiVersion"});
  if ((!kind.empty() && kind != resource.kind) ||
      (!version.empty() && version != resource.api_version())) {
    throw Refused(400, "BadRequest",
                  "the object provided is unrecognized: " + version + ", " + kind);
  }
  if (resource.name == "jobs") return admit_job(resource, object, minor);
  if (resource.name == "pods") return admit_pod(resource, object);
  Review review;
  check_name(review, object);
  check_labels(review, child(child(object, "metadata"), "labels"), "metadata.labels");
  if (child(object, "metadata")["labels"].as_object().empty()) {
    child(object, "metadata").erase("labels");
  }
  if (!review.causes.empty()) throw invalid(resource, name_of(object), review.causes);
  if (resource.name == "namespaces") {
    object["spec"] = {{"finalizers", json::array{"kubernetes"}}};
    object["status"] = {{"phase", "Active"}};
  }
}

void admit_update(const Resource& resource, const json::object& before, const json::object& after) {
  if (resource.name != "pods" && resource.name != "jobs") return;
  json::value was = before;
  json::value is = after;
  Review review;
  if (resource.name == "jobs") {
    for (const std::string name : {"template", "selector", "completions"}) {
      const json::value* const old_value = find_at(was, {"spec", name});
      const json::value* const new_value = find_at(is, {"spec", name});
      if (old_value == nullptr || new_value == nullptr || *old_value != *new_value) {
        review.wrong("spec." + name, "", "field is immutable");
      }
    }
  } else {
    const auto old_limit = number_at(was, {"spec", "activeDeadlineSeconds"});
    const auto new_limit = number_at(is, {"spec", "activeDeadlineSeconds"});
    if (old_limit && (!new_limit || *new_limit > *old_limit)) {
      review.wrong("spec.activeDeadlineSeconds", new_limit ? std::to_string(*new_limit) : "null",
                   "must be less than or equal to previous value");
    } else if (new_limit && *new_limit < 1) {
      review.wrong("spec.activeDeadlineSeconds", std::to_string(*new_limit),
                   "must be between 1 and 2147483647, inclusive");
    }
    child(was.get_object(), "spec").erase("activeDeadlineSeconds");
    child(is.get_object(), "spec").erase("activeDeadlineSeconds");
    if (was.get_object()["spec"] != is.get_object()["spec"]) {
      review.causes.push_back({"FieldValueForbidden",
                               "Forbidden: pod updates may not change fields other than "
                               "`spec.containers[*].image`, `spec.initContainers[*].image`, "
                               "`spec.activeDeadlineSeconds` or `spec.tolerations`",
                               "spec"});
    }
  }
  if (!review.causes.empty()) throw invalid(resource, name_of(after), review.causes);
}

}  // namespace weir::kubernetes_stand_in
