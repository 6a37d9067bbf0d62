// The stand-in of a control plane, held against what a real one (1.20.2) answered: each recorded
// request is made of the stand-in, and status, kind, reason and the shape of what comes back are
// compared. WEIR_DATA names the folder of the recording; without it these tests are skipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/node_shape.h"
#include "backend/kubernetes/pod_status.h"
#include "http/client.h"
#include "tests/backend/support/lab.h"
#include "tests/kubernetes_stand_in/stand_in.h"

namespace weir::backend::test {
namespace {

namespace json = boost::json;
using kubernetes::text_at;

// What differs and may, by the end of its path: values that are each server's own, and things that
// the stand-in does not have.
constexpr std::array tolerated = {
    // each server's own
    ".uid",
    ".resourceVersion",
    ".creationTimestamp",
    ".continue",
    ".controller-uid",
    ".name",
    ".lastTransitionTime",
    ".lastProbeTime",
    ".lastHeartbeatTime",
    ".startTime",
    ".nodeName",
    ".deletionTimestamp",
    ".gitVersion",
    ".gitCommit",
    ".buildDate",
    ".goVersion",
    ".storageVersionHash",
    // who wrote which field is not kept
    ".managedFields",
    // verbs that are not served
    ".verbs",
};

std::string recording() {
  const char* const folder = std::getenv("WEIR_DATA");
  if (folder == nullptr) return "";
  const std::string path = std::string(folder) + "/kubernetes/exchanges-1.20.2.json";
  return std::filesystem::exists(path) ? path : "";
}

bool is_tolerated(const std::string& path) {
  for (const std::string_view each : tolerated) {
    if (path.ends_with(each)) return true;
  }
  return path.ends_with("].reason") && path.find("conditions[") != std::string::npos;
}

// Differences of two answers, each as one line. The recorded one comes first.
void compare(const json::value& theirs, const json::value& ours, const std::string& path,
             std::vector<std::string>& differences) {
  if (is_tolerated(path)) return;
  if (theirs.kind() != ours.kind() && !(theirs.is_number() && ours.is_number())) {
    differences.push_back(path + ": another kind of value: " + json::serialize(ours));
  } else if (theirs.is_object()) {
    for (const auto& [name, value] : theirs.get_object()) {
      const std::string at = path + "." + std::string(name);
      if (const json::value* const found = ours.get_object().if_contains(name)) {
        compare(value, *found, at, differences);
      } else if (!is_tolerated(at)) {
        differences.push_back(at + ": missing, was " + json::serialize(value));
      }
    }
    for (const auto& member : ours.get_object()) {
      const std::string at = path + "." + std::string(member.key());
      if (!theirs.get_object().contains(member.key()) && !is_tolerated(at)) {
        differences.push_back(at + ": not there in the recording");
      }
    }
  } else if (theirs.is_array()) {
    if (theirs.get_array().size() != ours.get_array().size()) {
      differences.push_back(path + ": " + std::to_string(ours.get_array().size()) + " items, " +
                            std::to_string(theirs.get_array().size()) + " recorded");
    }
    const std::size_t size = std::min(theirs.get_array().size(), ours.get_array().size());
    for (std::size_t i = 0; i < size; ++i) {
      compare(theirs.get_array()[i], ours.get_array()[i], path + "[" + std::to_string(i) + "]",
              differences);
    }
  } else if (theirs != ours) {
    differences.push_back(path + ": " + json::serialize(ours) + ", recorded " +
                          json::serialize(theirs));
  }
}

// The recorded cluster again, and its requests in the words of this one.
class Replay {
 public:
  Replay() : exchanges_(json::parse(read_file(recording()), {}, deep()).as_array()) {
    kubernetes_stand_in::StandInOptions options;
    options.folder = folder_.path();
    options.has_kubelets = false;
    options.bookmark_interval = std::chrono::minutes(1);
    cluster_ = std::make_unique<kubernetes_stand_in::StandIn>(options);
    for (const json::value& exchange : exchanges_) {
      if (!text_at(exchange, {"note"}).starts_with("nodes, ")) continue;
      for (const json::value& node : kubernetes::list_at(exchange, {"response", "body", "items"})) {
        add_node(node);
      }
    }
    // The fifth, which no page shows, is cordoned.
    cluster_->add_node({"fake-4", {{"cpu", "64"}, {"huawei.com/Ascend910", "8"}}, {}, true});
  }

  [[nodiscard]] const json::array& exchanges() const { return exchanges_; }

  struct Answered {
    unsigned status = 0;
    std::string content_type;
    std::string body;
  };
  Answered ask(const json::value& exchange) {
    settle();
    const json::value& request = exchange.at("request");
    std::string body;
    if (!request.at("body").is_null()) body = json::serialize(request.at("body"));
    http::HeaderList headers;
    if (text_at(exchange, {"note"}) != "no credentials") {
      headers.emplace_back("Authorization", "Bearer a-token");
    }
    if (!body.empty()) headers.emplace_back("Content-Type", text_at(request, {"content_type"}));
    auto client = http::HttpClient::connect(cluster_->url());
    if (!client) return {};
    std::string path = text_at(request, {"path"});
    for (const auto& [theirs, ours] : names_) {
      path = std::regex_replace(path, std::regex(theirs), ours);
    }
    Answered answered;
    const auto response = client->request(text_at(request, {"method"}), path, headers, body);
    if (!response) return {};
    return {response->status, response->content_type, response->body};
  }

  // What is random differs: from here on, ours stands for theirs.
  void learn(const json::value& theirs, const json::value& ours) {
    const std::string their_page = text_at(theirs, {"metadata", "continue"});
    if (!their_page.empty()) names_[their_page] = text_at(ours, {"metadata", "continue"});
    if (text_at(theirs, {"kind"}) != "PodList") return;
    names_["resourceVersion=" + text_at(theirs, {"metadata", "resourceVersion"})] =
        "resourceVersion=" + text_at(ours, {"metadata", "resourceVersion"});
    const json::array& their_pods = kubernetes::list_at(theirs, {"items"});
    const json::array& our_pods = kubernetes::list_at(ours, {"items"});
    for (std::size_t i = 0; i < std::min(their_pods.size(), our_pods.size()); ++i) {
      names_[text_at(their_pods[i], {"metadata", "name"})] =
          text_at(our_pods[i], {"metadata", "name"});
    }
  }

  static json::parse_options deep() {
    json::parse_options options;
    options.max_depth = 100;
    return options;
  }

 private:
  void add_node(const json::value& node) {
    const kubernetes::NodeShape shape = kubernetes::shape_of_node(node);
    kubernetes_stand_in::NodeFacts facts{shape.node.name, {}, shape.labels, shape.is_cordoned, {}};
    for (const auto& [name, value] : kubernetes::object_at(node, {"status", "allocatable"})) {
      facts.allocatable[std::string(name)] = std::string(value.as_string());
    }
    cluster_->add_node(facts);
  }

  // Waits until the controllers have nothing left to do.
  void settle() {
    std::string before;
    static_cast<void>(eventually([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(40));
      std::string now;
      for (const auto& pod : cluster_->objects("", "pods")) now += json::serialize(pod);
      for (const auto& job : cluster_->objects("batch", "jobs")) now += json::serialize(job);
      return std::exchange(before, now) == now;
    }));
  }

  json::array exchanges_;
  Folder folder_;
  std::unique_ptr<kubernetes_stand_in::StandIn> cluster_;
  std::map<std::string, std::string> names_;
};

json::value events_of(const std::string& lines) {
  json::array events;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    events.push_back(json::parse(line, {}, Replay::deep()));
  }
  return events;
}

// Changes of different objects come in the order in which each server's parts made them: here they
// stand by object, then as they came.
json::value by_object(const json::value& events) {
  std::vector<json::value> sorted(events.as_array().begin(), events.as_array().end());
  std::ranges::stable_sort(sorted, {}, [](const json::value& event) {
    return text_at(event, {"object", "metadata", "labels", "weir/job"}) + text_at(event, {"type"});
  });
  return json::array(sorted.begin(), sorted.end());
}

// Compared in part: what is large, or each server's own affair.
bool is_own_affair(const std::string& note) {
  return note == "groups" || note == "events of the namespace" ||
         note == "invalid: malformed quantity";
}

TEST(KubernetesRecorded, answers_of_a_real_control_plane_are_those_of_the_stand_in) {
  if (recording().empty()) GTEST_SKIP() << "WEIR_DATA has no recording of a control plane";
  Replay replay;
  for (const json::value& exchange : replay.exchanges()) {
    const std::string note = text_at(exchange, {"note"});
    SCOPED_TRACE(note);
    const json::value& theirs = exchange.at("response").at("body");
    const Replay::Answered answered = replay.ask(exchange);
    EXPECT_EQ(answered.status, exchange.at("response").at("status").to_number<unsigned>());
    EXPECT_EQ(answered.content_type, text_at(exchange, {"response", "headers", "Content-Type"}));
    if (theirs.is_string()) {
      EXPECT_EQ(answered.body, std::string(theirs.get_string()));
      continue;
    }
    if (theirs.is_array()) {
      std::vector<std::string> differences;
      compare(by_object(theirs), by_object(events_of(answered.body)), "", differences);
      for (const std::string& difference : differences) ADD_FAILURE() << difference;
      continue;
    }
    const json::value ours = json::parse(answered.body, {}, Replay::deep());
    EXPECT_EQ(text_at(ours, {"kind"}), text_at(theirs, {"kind"}));
    EXPECT_EQ(text_at(ours, {"reason"}), text_at(theirs, {"reason"}));
    replay.learn(theirs, ours);
    if (is_own_affair(note)) continue;
    std::vector<std::string> differences;
    compare(theirs, ours, "", differences);
    for (const std::string& difference : differences) ADD_FAILURE() << difference;
  }
}

TEST(KubernetesRecorded, statuses_of_a_real_control_plane_are_read) {
  if (recording().empty()) GTEST_SKIP() << "WEIR_DATA has no recording of a control plane";
  const json::value recorded = json::parse(read_file(recording()), {}, Replay::deep());
  std::multiset<int> codes;
  std::string reason;
  for (const json::value& exchange : recorded.as_array()) {
    const json::value& body = exchange.at("response").at("body");
    if (text_at(body, {"kind"}) == "Pod") {
      const kubernetes::PodView view = kubernetes::view_of_pod(body);
      if (view.outcome) codes.insert(view.outcome->exit_code);
    }
    for (const json::value& item : kubernetes::list_at(body, {"items"})) {
      const kubernetes::PodView view = kubernetes::view_of_pod(item);
      if (view.job == "waits") reason = view.waits_for;
    }
  }
  EXPECT_EQ(codes, (std::multiset<int>{0, 0, 3}));
  EXPECT_EQ(reason,
            "Unschedulable: 0/5 nodes are available: 1 node(s) were unschedulable, 4 "
            "Insufficient nvidia.com/gpu.");
}

}  // namespace
}  // namespace weir::backend::test
