#include "tests/kubernetes_stand_in/stand_in.h"

#include <sodium.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "backend/kubernetes/json_reading.h"
#include "base/check.h"
#include "tests/kubernetes_stand_in/admission.h"

namespace weir::kubernetes_stand_in {
namespace {

using Clock = std::chrono::steady_clock;
using backend::kubernetes::find_at;
using backend::kubernetes::number_at;

http::HttpResponse json_response(unsigned status, const json::value& body) {
  http::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json::serialize(body);
  return response;
}

std::string in_base64(const std::string& bytes) {
  std::string text(
      sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.resize(text.size() - 1);
  return text;
}

std::string from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    throw Refused(400, "BadRequest", "continue key is not valid");
  }
  bytes.resize(size);
  return bytes;
}

std::string value_of(const std::map<std::string, std::string>& query, const std::string& name) {
  const auto found = query.find(name);
  return found != query.end() ? found->second : "";
}

bool is_true(const std::string& text) { return text == "1" || text == "true"; }

std::int64_t number(const std::string& text, std::int64_t otherwise) {
  return text.empty() ? otherwise : std::strtoll(text.c_str(), nullptr, 10);
}

// Where in the order of names an object stands.
std::string place_of(const json::object& object, bool is_namespaced) {
  return is_namespaced ? namespace_of(object) + "/" + name_of(object) : name_of(object);
}

json::object parse_object(const std::string& body) {
  json::error_code error;
  json::value value = json::parse(body, error);
  if (error || !value.is_object()) {
    throw Refused(400, "BadRequest", "the object provided is unrecognized (not JSON)");
  }
  return value.get_object();
}

}  // namespace

struct StandIn::Place {
  const Resource* resource = nullptr;
  std::string name_space;
  std::string name;
  std::string part;  // "status", "log"
};

StandIn::StandIn(StandInOptions options)
    : options_(std::move(options)),
      controllers_(store_, options_.minor),
      kubelet_(store_, options_.folder) {
  store_.on_change = [this](const Change& change) {
    for (const Follower& follower : followers_) send_change(follower, change);
  };
  listen(0);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

StandIn::~StandIn() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  go_away();
}

void StandIn::listen(std::uint16_t port) {
  http::HttpServerOptions options;
  options.port = port;
  options.stop_timeout = std::chrono::milliseconds(100);
  // A client that tries a port nobody listens at may for a moment hold it itself.
  for (int tries = 0; !server_ && tries < 1000; ++tries) {
    auto server = http::HttpServer::listen(
        options, [this](const http::HttpRequest& request, const http::ResponseWriter& writer) {
          handle(request, writer);
        });
    if (server)
      server_ = *std::move(server);
    else
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  WEIR_CHECK(server_, "the stand-in can listen");
  port_ = server_->port();
  url_ = server_->url();
}

void StandIn::go_away() {
  if (!server_) return;
  tls_.reset();
  server_->stop();
  server_.reset();
  const std::lock_guard lock(mutex_);
  followers_.clear();
}

void StandIn::come_back() { listen(port_); }

std::string StandIn::serve_tls(const http::TlsIdentity& own) {
  auto front = http::TlsFront::listen({.own = own}, *server_);
  WEIR_CHECK(front.has_value(), "the stand-in can listen for TLS");
  tls_ = *std::move(front);
  return tls_->url();
}

void StandIn::cut_watches() {
  const std::lock_guard lock(mutex_);
  for (const Follower& follower : followers_) follower.stream.close();
  followers_.clear();
}

void StandIn::forget_changes() {
  const std::lock_guard lock(mutex_);
  store_.compact();
}

void StandIn::refuse_next(int count, unsigned status, int retry_after_seconds) {
  const std::lock_guard lock(mutex_);
  refusals_ = count;
  refusal_status_ = status;
  retry_after_seconds_ = retry_after_seconds;
}

bool StandIn::kill_container(const std::string& pod_uid) {
  const std::lock_guard lock(mutex_);
  return kubelet_.kill(pod_uid);
}

void StandIn::change_token(std::string token) {
  const std::lock_guard lock(mutex_);
  options_.token = std::move(token);
}

std::vector<std::string> StandIn::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<json::object> StandIn::objects(const std::string& group,
                                           const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return store_.list(*find_resource(group, name), "");
}

void StandIn::add_namespace(const std::string& name) {
  const std::lock_guard lock(mutex_);
  json::object object = {{"metadata", {{"name", name}}}};
  admit_new(*find_resource("", "namespaces"), object, options_.minor);
  store_.create(*find_resource("", "namespaces"), std::move(object));
}

void StandIn::add_node(const NodeFacts& node) {
  const std::lock_guard lock(mutex_);
  json::object amounts;
  for (const auto& [name, amount] : node.allocatable) amounts[name] = amount;
  json::object labels;
  for (const auto& [name, value] : node.labels) labels[name] = value;
  json::object spec;
  if (node.is_cordoned) spec["unschedulable"] = true;
  if (!node.taints.empty()) spec["taints"] = node.taints;
  json::object about;
  for (const char* name :
       {"machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion",
        "kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture"}) {
    about[name] = "";
  }
  json::object metadata = {{"name", node.name}};
  if (!labels.empty()) metadata["labels"] = labels;
  store_.create(*find_resource("", "nodes"),
                {{"metadata", metadata},
                 {"spec", spec},
                 {"status",
                  {{"capacity", amounts},
                   {"allocatable", amounts},
                   {"conditions", json::array{{{"type", "Ready"},
                                               {"status", "True"},
                                               {"lastHeartbeatTime", now_text()},
                                               {"lastTransitionTime", now_text()},
                                               {"reason", "stand-in"}}}},
                   {"daemonEndpoints", {{"kubeletEndpoint", {{"Port", 0}}}}},
                   {"nodeInfo", about}}}});
}

// ---- requests

void StandIn::handle(const http::HttpRequest& request, const http::ResponseWriter& writer) {
  const std::lock_guard lock(mutex_);
  const std::string path = request.target.substr(0, request.target.find('?'));
  requests_.push_back(request.method + " " + path);
  try {
    if (refusals_ > 0) {
      --refusals_;
      http::HttpResponse response = json_response(
          refusal_status_, status_object({refusal_status_, "TooManyRequests", "asked to refuse"}));
      if (retry_after_seconds_ >= 0) {
        response.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds_));
      }
      return writer.send(std::move(response));
    }
    Query query;
    for (const auto& [name, value] : request.query) query.emplace(name, value);
    const json::value found = discovery(path);
    if (!found.is_null()) return writer.send(json_response(200, found));
    Place place;
    std::vector<std::string> rest = request.segments;
    std::string group;
    if (rest.size() >= 2 && rest[0] == "api" && rest[1] == "v1") {
      rest.erase(rest.begin(), rest.begin() + 2);
    } else if (rest.size() >= 3 && rest[0] == "apis" && rest[1] == "batch" && rest[2] == "v1") {
      group = "batch";
      rest.erase(rest.begin(), rest.begin() + 3);
    } else {
      rest.clear();
    }
    if (rest.size() >= 3 && rest[0] == "namespaces") {
      place.name_space = rest[1];
      rest.erase(rest.begin(), rest.begin() + 2);
    }
    if (!rest.empty()) place.resource = find_resource(group, rest[0]);
    if (place.resource == nullptr || rest.size() > 3 ||
        (place.resource->is_namespaced && place.name_space.empty() && rest.size() > 1)) {
      http::HttpResponse response;
      response.status = 404;
      response.content_type = "text/plain; charset=utf-8";
      response.body = "404 page not found\n";
      return writer.send(std::move(response));
    }
    if (rest.size() > 1) place.name = rest[1];
    if (rest.size() > 2) place.part = rest[2];
    check_identity(request, place.resource);
    if (request.method == "GET" && place.name.empty() && is_true(value_of(query, "watch"))) {
      return watch(place, query, writer);
    }
    writer.send(answer(request, place, query));
  } catch (const Refused& refused) {
    writer.send(json_response(refused.status, status_object(refused)));
  }
}

void StandIn::check_identity(const http::HttpRequest& request, const Resource* resource) const {
  const auto bearer = request.headers.find("Authorization");
  if (!bearer) {
    std::string words = resource->name;
    words += " is forbidden: User \"system:anonymous\" cannot list resource \"" + resource->name +
             "\" in API group \"" + resource->group + "\" at the cluster scope";
    throw Refused(403, "Forbidden", words, {{"kind", resource->name}});
  }
  if (*bearer != "Bearer " + options_.token) throw Refused(401, "Unauthorized", "Unauthorized");
}

json::value StandIn::discovery(const std::string& path) const {
  if (path == "/version") {
    const std::string minor = std::to_string(options_.minor);
    return {{"major", "1"},
            {"minor", minor},
            {"gitVersion", "v1." + minor + ".2"},
            {"gitCommit", "stand-in"},
            {"gitTreeState", "archive"},
            {"buildDate", "2026-01-01T00:00:00Z"},
            {"goVersion", "stand-in"},
            {"compiler", "gc"},
            {"platform", "linux/amd64"}};
  }
  if (path == "/apis") {
    json::array groups;
    const auto add = [&](const std::string& group, const std::string& version) {
      const json::object each = {{"groupVersion", group + "/" + version}, {"version", version}};
      groups.push_back(json::object{{"name", group},
                                    {"versions", json::array{json::value(each)}},
                                    {"preferredVersion", each}});
    };
    add("batch", "v1");
    add("events.k8s.io", "v1");
    if (options_.has_kueue) add("kueue.x-k8s.io", "v1beta1");
    return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", groups}};
  }
  if (path != "/apis/batch/v1") return nullptr;
  json::array list;
  list.push_back(
      {{"name", "jobs"},
       {"singularName", ""},
       {"namespaced", true},
       {"kind", "Job"},
       {"verbs", json::array{"create", "delete", "get", "list", "patch", "update", "watch"}},
       {"categories", json::array{json::value("all")}},
       {"storageVersionHash", "stand-in"}});
  list.push_back({{"name", "jobs/status"},
                  {"singularName", ""},
                  {"namespaced", true},
                  {"kind", "Job"},
                  {"verbs", json::array{"get", "patch", "update"}}});
  return {{"kind", "APIResourceList"},
          {"apiVersion", "v1"},
          {"groupVersion", "batch/v1"},
          {"resources", list}};
}

http::HttpResponse StandIn::answer(const http::HttpRequest& request, const Place& place,
                                   const Query& query) {
  const Resource& resource = *place.resource;
  if (request.method == "GET" && place.name.empty()) {
    return json_response(200, list(place, query));
  }
  if (request.method == "GET" && place.part == "log") return log(place, query);
  if (request.method == "GET") {
    const json::object* const found = store_.find(resource, place.name_space, place.name);
    if (found == nullptr) throw not_found(resource, place.name);
    return json_response(200, *found);
  }
  if (request.method == "POST" && place.name.empty()) {
    return create(place, parse_object(request.body));
  }
  if (request.method == "PUT" && !place.name.empty()) {
    return replace(place, parse_object(request.body));
  }
  if (request.method == "PATCH" && !place.name.empty()) return patch(place, request);
  if (request.method == "DELETE" && !place.name.empty()) {
    json::value options = json::object();
    if (!request.body.empty()) options = parse_object(request.body);
    for (const auto& [name, value] : query) {
      if (name == "propagationPolicy") options.get_object()[name] = value;
      if (name == "gracePeriodSeconds") options.get_object()[name] = number(value, 0);
    }
    return remove(place, options);
  }
  throw Refused(405, "MethodNotAllowed", "the server does not allow this method on the resource");
}

// ---- lists

json::object StandIn::list(const Place& place, const Query& query) const {
  const Resource& resource = *place.resource;
  const Selector selector(value_of(query, "labelSelector"), value_of(query, "fieldSelector"));
  std::int64_t version = store_.version();
  std::string start;
  if (const std::string token = value_of(query, "continue"); !token.empty()) {
    const json::value key = parse_object(from_base64(token));
    version = number_at(key, {"rv"}).value_or(0);
    start = text(key, {"start"});
    if (!start.empty()) start.pop_back();  // the zero after the last name given
    if (version <= store_.compacted()) {
      throw Refused(410, "Expired",
                    "The provided continue parameter is too old to display a consistent list "
                    "result. You must start a new list without the continue parameter.");
    }
  }
  const auto limit = static_cast<std::size_t>(number(value_of(query, "limit"), 0));
  json::array items;
  json::object metadata = {{"resourceVersion", std::to_string(version)}};
  std::int64_t left = 0;
  std::string last;
  for (json::object& object : store_.list(resource, place.name_space)) {
    const std::string at = place_of(object, resource.is_namespaced && place.name_space.empty());
    if (!start.empty() && at <= start) continue;
    if (!selector.matches(object)) continue;
    if (limit > 0 && items.size() == limit) {
      ++left;
      continue;
    }
    last = at;
    object.erase("kind");
    object.erase("apiVersion");
    items.emplace_back(std::move(object));
  }
  if (left > 0) {
    const json::object key = {
        {"v", "meta.k8s.io/v1"}, {"rv", version}, {"start", last + std::string(1, '\0')}};
    metadata["continue"] = in_base64(json::serialize(key));
    if (selector.is_empty()) metadata["remainingItemCount"] = left;
  }
  return {{"kind", resource.kind + "List"},
          {"apiVersion", resource.api_version()},
          {"metadata", metadata},
          {"items", items}};
}

// ---- watches

void StandIn::watch(const Place& place, const Query& query, const http::ResponseWriter& writer) {
  const Selector selector(value_of(query, "labelSelector"), value_of(query, "fieldSelector"));
  const std::int64_t from = number(value_of(query, "resourceVersion"), 0);
  const auto window = std::chrono::seconds(number(value_of(query, "timeoutSeconds"), 1800));
  Follower follower{writer.stream(200, "application/json"),
                    place.resource,
                    place.name_space,
                    selector,
                    is_true(value_of(query, "allowWatchBookmarks")),
                    Clock::now() + window,
                    Clock::now() + options_.bookmark_interval};
  if (from != 0 && from < store_.compacted()) {
    const Refused expired(410, "Expired",
                          "too old resource version: " + std::to_string(from) + " (" +
                              std::to_string(store_.version()) + ")");
    follower.stream.write(
        json::serialize(json::object{{"type", "ERROR"}, {"object", status_object(expired)}}) +
        "\n");
    return follower.stream.close();
  }
  if (from == 0) {
    for (const json::object& object : store_.list(*place.resource, place.name_space)) {
      send_change(follower, {store_.version(), place.resource, "ADDED", object, std::nullopt});
    }
  } else {
    for (const Change& change : store_.changes()) {
      if (change.version > from) send_change(follower, change);
    }
  }
  followers_.push_back(std::move(follower));
}

// As a watch with a selector sees it: what comes to match is added, what ceases to is deleted.
void StandIn::send_change(const Follower& follower, const Change& change) const {
  if (change.resource != follower.resource) return;
  if (!follower.name_space.empty() && namespace_of(change.object) != follower.name_space) return;
  const bool matched = change.previous && follower.selector.matches(*change.previous);
  const bool matches = change.kind != "DELETED" && follower.selector.matches(change.object);
  if (!matched && !matches) return;
  const char* const kind = !matches ? "DELETED" : matched ? "MODIFIED" : "ADDED";
  follower.stream.write(json::serialize(json::object{{"type", kind}, {"object", change.object}}) +
                        "\n");
}

void StandIn::send_bookmark(const Follower& follower) const {
  if (!follower.wants_bookmarks) return;
  const json::object object = {
      {"kind", follower.resource->kind},
      {"apiVersion", follower.resource->api_version()},
      {"metadata",
       {{"resourceVersion", std::to_string(store_.version())}, {"creationTimestamp", nullptr}}}};
  follower.stream.write(json::serialize(json::object{{"type", "BOOKMARK"}, {"object", object}}) +
                        "\n");
}

// ---- changes

http::HttpResponse StandIn::create(const Place& place, json::object object) {
  const Resource& resource = *place.resource;
  json::object& metadata = child(object, "metadata");
  if (resource.is_namespaced) {
    if (store_.find(*find_resource("", "namespaces"), "", place.name_space) == nullptr) {
      throw not_found(*find_resource("", "namespaces"), place.name_space);
    }
    const std::string stated = namespace_of(object);
    if (!stated.empty() && stated != place.name_space) {
      throw Refused(400, "BadRequest",
                    "the namespace of the provided object does not match the namespace sent on "
                    "the request");
    }
    metadata["namespace"] = place.name_space;
  }
  metadata.erase("uid");
  if (metadata.contains("resourceVersion")) {
    throw Refused(400, "BadRequest", "resourceVersion should not be set on objects to be created");
  }
  admit_new(resource, object, options_.minor);
  if (resource.name == "jobs" &&
      store_.list(resource, place.name_space).size() >= options_.jobs_max) {
    throw Refused(403, "Forbidden",
                  "jobs.batch \"" + name_of(object) +
                      "\" is forbidden: exceeded quota: jobs, "
                      "requested: count/jobs.batch=1, used: count/jobs.batch=" +
                      std::to_string(options_.jobs_max) +
                      ", limited: count/jobs.batch=" + std::to_string(options_.jobs_max),
                  {{"name", name_of(object)}, {"group", "batch"}, {"kind", "jobs"}});
  }
  if (resource.name == "jobs") {
    const std::string uid = store_.new_uid();
    child(object, "metadata")["uid"] = uid;
    json::object& spec = child(object, "spec");
    spec["selector"] = {{"matchLabels", {{"controller-uid", uid}}}};
    json::object& pod_metadata = child(child(spec, "template"), "metadata");
    pod_metadata["creationTimestamp"] = nullptr;
    child(pod_metadata, "labels")["controller-uid"] = uid;
    child(pod_metadata, "labels")["job-name"] = name_of(object);
  }
  return json_response(201, store_.create(resource, std::move(object)));
}

http::HttpResponse StandIn::replace(const Place& place, json::object object) {
  const Resource& resource = *place.resource;
  child(object, "metadata")["name"] = place.name;
  if (resource.is_namespaced) child(object, "metadata")["namespace"] = place.name_space;
  const json::object* const before = store_.find(resource, place.name_space, place.name);
  if (before == nullptr) throw not_found(resource, place.name);
  const std::string stated = text(json::value(object), {"metadata", "resourceVersion"});
  if (stated.empty() || stated == text(json::value(*before), {"metadata", "resourceVersion"})) {
    admit_update(resource, *before, object);
  }
  return json_response(200, store_.update(resource, std::move(object)));
}

http::HttpResponse StandIn::patch(const Place& place, const http::HttpRequest& request) {
  const Resource& resource = *place.resource;
  if (request.headers.find("Content-Type") != "application/merge-patch+json") {
    throw Refused(415, "UnsupportedMediaType",
                  "the body of the request was in an unknown format - accepted media types "
                  "include: application/merge-patch+json");
  }
  const json::object* const before = store_.find(resource, place.name_space, place.name);
  if (before == nullptr) throw not_found(resource, place.name);
  json::value after = *before;
  json::object change = parse_object(request.body);
  if (place.part == "status") {
    json::object& status = child(after.get_object(), "status");
    merge(after.get_object()["status"], change["status"]);
    if (json::value* const containers = status.if_contains("containerStatuses")) {
      for (json::value& each : containers->as_array()) child(each.as_object(), "lastState");
    }
  } else {
    change.erase("status");
    merge(after, change);
    admit_update(resource, *before, after.get_object());
  }
  return json_response(200, store_.update(resource, after.get_object()));
}

http::HttpResponse StandIn::remove(const Place& place, const json::value& options) {
  const Resource& resource = *place.resource;
  const json::object* const found = store_.find(resource, place.name_space, place.name);
  if (found == nullptr) throw not_found(resource, place.name);
  json::object object = *found;
  const json::value whole = object;
  if (resource.name == "jobs" && text(options, {"propagationPolicy"}) == "Foreground") {
    json::object& metadata = child(object, "metadata");
    metadata["deletionTimestamp"] = now_text();
    metadata["deletionGracePeriodSeconds"] = 0;
    metadata["finalizers"] = json::array{json::value("foregroundDeletion")};
    return json_response(200, store_.update(resource, std::move(object)));
  }
  if (resource.name == "pods") {
    const std::int64_t usual =
        number_at(whole, {"spec", "terminationGracePeriodSeconds"}).value_or(30);
    const std::int64_t grace = number_at(options, {"gracePeriodSeconds"}).value_or(usual);
    const bool is_bound = !text(whole, {"spec", "nodeName"}).empty();
    if (is_bound && options_.has_kubelets && grace > 0 && !has_ended(object)) {
      json::object& metadata = child(object, "metadata");
      metadata["deletionTimestamp"] = now_text(grace);
      metadata["deletionGracePeriodSeconds"] = grace;
      return json_response(200, store_.update(resource, std::move(object)));
    }
    remove_now(resource, object);
    return json_response(200, object);
  }
  remove_now(resource, object);
  json::object details = {{"name", place.name}};
  if (!resource.group.empty()) details["group"] = resource.group;
  details["kind"] = resource.name;
  details["uid"] = text(whole, {"metadata", "uid"});
  return json_response(200, json::object{{"kind", "Status"},
                                         {"apiVersion", "v1"},
                                         {"metadata", json::object()},
                                         {"status", "Success"},
                                         {"details", details}});
}

void StandIn::remove_now(const Resource& resource, const json::object& object) {
  if (resource.name == "pods") controllers_.pod_leaves(object);
  store_.remove(resource, namespace_of(object), name_of(object));
}

http::HttpResponse StandIn::log(const Place& place, const Query& query) const {
  const json::object* const pod = store_.find(*place.resource, place.name_space, place.name);
  if (pod == nullptr) throw not_found(*place.resource, place.name);
  const json::value whole = *pod;
  if (!options_.has_kubelets) {
    throw Refused(500, "", "no preferred addresses found; known addresses: []");
  }
  const std::vector<Kubelet::LogLine>* const lines =
      kubelet_.log_of(text(whole, {"metadata", "uid"}));
  if (lines == nullptr) {
    throw Refused(400, "BadRequest",
                  "container \"" + value_of(query, "container") + "\" in pod \"" + place.name +
                      "\" is waiting to start: ContainerCreating");
  }
  http::HttpResponse response;
  response.content_type = "text/plain";
  // Whole seconds: that is how the parameter is read.
  const std::string since = value_of(query, "sinceTime").substr(0, 19);
  for (const Kubelet::LogLine& line : *lines) {
    const std::string at = nanosecond_text(line.at_ns);
    if (!since.empty() && at.substr(0, 19) < since) continue;
    if (is_true(value_of(query, "timestamps"))) response.body += at + " ";
    response.body += line.text;
  }
  const std::int64_t most = number(value_of(query, "limitBytes"), -1);
  if (most >= 0 && std::cmp_greater(response.body.size(), most)) {
    response.body.resize(static_cast<std::size_t>(most));
  }
  return response;
}

// ---- what goes on by itself

void StandIn::tick() {
  const std::lock_guard lock(mutex_);
  controllers_.run_jobs();
  controllers_.schedule();
  if (options_.has_kubelets) {
    for (const json::object& pod : kubelet_.run()) {
      const json::object* const last =
          store_.find(*find_resource("", "pods"), namespace_of(pod), name_of(pod));
      if (last != nullptr) remove_now(*find_resource("", "pods"), json::object(*last));
    }
  } else {
    for (const json::object& pod : store_.list(*find_resource("", "pods"), "")) {
      if (find_at(json::value(pod), {"metadata", "deletionTimestamp"}) != nullptr) {
        remove_now(*find_resource("", "pods"), pod);
      }
    }
  }
  const Clock::time_point now = Clock::now();
  for (Follower& follower : followers_) {
    if (now < follower.next_bookmark && now < follower.ends) continue;
    if (now >= follower.next_bookmark) send_bookmark(follower);
    follower.next_bookmark = now + options_.bookmark_interval;
    if (now >= follower.ends) follower.stream.close();
  }
  std::erase_if(followers_, [](const Follower& each) { return !each.stream.is_open(); });
}

void StandIn::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace weir::kubernetes_stand_in
