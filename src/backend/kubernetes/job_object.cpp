#include "backend/kubernetes/job_object.h"

#include <sodium.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "backend/kubernetes/lease.h"
#include "backend/kubernetes/names.h"
#include "backend/kubernetes/rank_script.h"

namespace weir::backend::kubernetes {
namespace {

namespace json = boost::json;

std::int64_t whole_seconds(base::Duration duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

std::string base64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.resize(text.size() - 1);  // the zero at its end
  return text;
}

json::object labels_of(const RankOrder& order, const JobTerms& terms) {
  return {{instance_label, terms.instance}, {rank_label, rank_label_value(order.key)}};
}

json::array environment_of(const RankOrder& order, const std::string& name) {
  json::array variables;
  if (!order.environment.contains("HOME")) {
    variables.push_back({{"name", "HOME"}, {"value", work_folder}});
  }
  for (const auto& [key, value] : order.environment) {
    if (order.secrets.contains(key)) continue;
    variables.push_back({{"name", key}, {"value", unexpanded(value)}});
  }
  for (const auto& secret : order.secrets) {
    variables.push_back(
        {{"name", secret.first},
         {"valueFrom", {{"secretKeyRef", {{"name", name}, {"key", secret.first}}}}}});
  }
  return variables;
}

json::object limits_of(const RankOrder& order, const JobTerms& terms) {
  json::object limits;
  if (order.cpu_count > 0) limits["cpu"] = std::to_string(order.cpu_count);
  if (order.memory_bytes) limits["memory"] = std::to_string(*order.memory_bytes);
  for (const auto& [resource, count] : terms.devices) limits[resource] = std::to_string(count);
  return limits;
}

json::array volumes_of(const RankOrder& order) {
  json::array volumes = {{{"name", "work"}, {"emptyDir", json::object()}}};
  if (order.notice_signal != 0) {
    const std::string path = "metadata.annotations['" + std::string(notice_annotation) + "']";
    const json::array items = {{{"path", notice_file}, {"fieldRef", {{"fieldPath", path}}}}};
    volumes.push_back({{"name", "pod"}, {"downwardAPI", {{"items", items}}}});
  }
  return volumes;
}

json::object container_of(const RankOrder& order, const JobTerms& terms) {
  json::array command;
  for (const std::string& part : container_command(order)) command.emplace_back(part);
  json::array mounts = {{{"name", "work"}, {"mountPath", work_folder}}};
  if (order.notice_signal != 0) {
    mounts.push_back({{"name", "pod"}, {"mountPath", pod_folder}});
  }
  return {{"name", container_name},
          {"image", terms.image},
          {"command", std::move(command)},
          {"workingDir", work_folder},
          {"env", environment_of(order, object_name(terms.instance, order.key))},
          {"resources", {{"limits", limits_of(order, terms)}}},
          {"terminationMessagePath", last_words_file},
          {"volumeMounts", std::move(mounts)}};
}

// The node by its name, as daemon sets do it: the scheduler still looks whether there is room.
json::object affinity_to(const std::string& node) {
  const json::array fields = {
      {{"key", "metadata.name"}, {"operator", "In"}, {"values", json::array{node}}}};
  const json::array terms = {{{"matchFields", fields}}};
  return {{"nodeAffinity",
           {{"requiredDuringSchedulingIgnoredDuringExecution", {{"nodeSelectorTerms", terms}}}}}};
}

json::object pod_spec(const RankOrder& order, const JobTerms& terms) {
  json::object spec = {
      {"restartPolicy", "Never"},
      {"automountServiceAccountToken", false},
      {"enableServiceLinks", false},
      // One more than the script's own grace, so that it is the script that kills.
      {"terminationGracePeriodSeconds", whole_seconds(order.kill_grace) + 2},
      {"containers", json::array{container_of(order, terms)}},
      {"volumes", volumes_of(order)},
  };
  if (order.time_limit) {
    spec["activeDeadlineSeconds"] =
        whole_seconds(*order.time_limit + order.kill_grace + terms.start_allowance);
  }
  if (!order.node.empty()) spec["affinity"] = affinity_to(order.node);
  // Nodes with devices are often kept from pods that ask for none by a taint of that name.
  json::array tolerations;
  for (const auto& device : terms.devices) {
    tolerations.push_back({{"key", device.first}, {"operator", "Exists"}});
  }
  if (!tolerations.empty()) spec["tolerations"] = std::move(tolerations);
  return spec;
}

json::array owned_by(const JobTerms& terms) {
  const json::object owner = {{"apiVersion", "batch/v1"},
                              {"kind", "Job"},
                              {"name", lease_name(terms.instance)},
                              {"uid", terms.lease}};
  return {json::value(owner)};
}

}  // namespace

std::string refusal_of(const RankOrder& order) {
  if (!order.workdir_archive.empty()) {
    return "a working folder cannot be brought into a pod yet: have it in the image, or fetch it "
           "in `setup`";
  }
  if (!order.inputs.empty()) {
    return "data cannot be brought into a pod yet: fetch it in `setup`";
  }
  if (order.setup.size() > stage_bytes_max || order.run.size() > stage_bytes_max) {
    return "`setup` or `run` is over " + std::to_string(stage_bytes_max) +
           " bytes, which no container's command holds";
  }
  for (const std::string* text : {&order.setup, &order.run}) {
    if (text->find('\0') != std::string::npos) return "`setup` or `run` holds a zero byte";
  }
  return "";
}

json::object job_object(const RankOrder& order, const JobTerms& terms) {
  json::object labels = labels_of(order, terms);
  json::object spec = {
      {"parallelism", 1},
      {"completions", 1},
      {"backoffLimit", 0},
      {"template", {{"metadata", {{"labels", labels}}}, {"spec", pod_spec(order, terms)}}},
  };
  if (terms.features.tells_replacement) spec["podReplacementPolicy"] = "Failed";
  if (!terms.queue.empty() && terms.features.has_kueue && terms.features.suspends_jobs) {
    labels["kueue.x-k8s.io/queue-name"] = terms.queue;
    spec["suspend"] = true;
  }
  json::object metadata = {{"name", object_name(terms.instance, order.key)},
                           {"labels", std::move(labels)}};
  if (!terms.lease.empty()) metadata["ownerReferences"] = owned_by(terms);
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)}};
}

json::object secret_object(const RankOrder& order, const std::string& instance) {
  json::object data;
  for (const auto& [key, value] : order.secrets) data[key] = base64(value);
  JobTerms terms;
  terms.instance = instance;
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata",
           {{"name", object_name(instance, order.key)}, {"labels", labels_of(order, terms)}}},
          {"type", "Opaque"},
          {"data", std::move(data)}};
}

}  // namespace weir::backend::kubernetes
