// How a rank comes to be in the cluster: its Secret, its Job, the devices that it asks for.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "backend/kubernetes/job_object.h"
#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/kubernetes_backend.h"
#include "backend/kubernetes/names.h"
#include "http/target.h"

namespace weir::backend {

using base::ErrorCode;
using kubernetes::Answer;
using kubernetes::text_at;
using End = RankOutcome::End;

namespace {

// Worth asking again: the other side is away, busy, or does not take our token at the moment.
bool may_pass(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::too_many ||
         code == ErrorCode::unauthenticated || code == ErrorCode::conflict;
}

std::vector<std::size_t> device_indices(const RankOrder& order) {
  std::vector<std::size_t> indices;
  const auto found = order.environment.find("WEIR_DEVICES");
  if (found == order.environment.end()) return indices;
  const std::string& text = found->second;
  for (const char* at = text.data(); at < text.data() + text.size();) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(at, text.data() + text.size(), index);
    if (error != std::errc{}) break;
    indices.push_back(index);
    at = end + 1;
  }
  return indices;
}

}  // namespace

base::Status KubernetesBackend::create(Rank& rank) {
  // Nobody takes the order away but this thread.
  const RankOrder& order = *rank.order;
  if (!discovery_) discovery_ = WEIR_TRY(kubernetes::discover(*connection_));
  const auto fail_start = [&](std::string words) {
    RankOutcome outcome;
    outcome.end = End::start_failed;
    outcome.message = kubernetes::one_line(std::move(words));
    const std::lock_guard lock(mutex_);
    end_rank(rank, outcome);
  };
  auto devices = devices_of(order);
  if (!devices && may_pass(devices.error().code)) return base::fail(devices.error());
  if (!devices) {
    fail_start(devices.error().text());
    return {};
  }
  if (!order.secrets.empty()) {
    base::Status secret = create_secret(order);
    if (!secret && may_pass(secret.error().code)) return secret;
    if (!secret) {
      fail_start("its secrets: " + secret.error().text());
      return {};
    }
  }
  kubernetes::JobTerms terms;
  if (lease_) {
    const auto lease = lease_->uid();
    if (!lease) return base::fail(ErrorCode::unavailable, "the site has no lease at the moment");
    terms.lease = *lease;
  }
  terms.instance = options_.instance;
  terms.image = options_.image;
  terms.queue = options_.queue;
  terms.devices = *std::move(devices);
  terms.start_allowance = options_.start_allowance;
  terms.features = discovery_->features;
  const std::string job = boost::json::serialize(kubernetes::job_object(order, terms));
  // Nothing was sent where nobody is there: a stop may then end the rank by itself.
  WEIR_TRY_STATUS(connection_->open());
  {
    const std::lock_guard lock(mutex_);
    rank.may_be_there = true;
    rank.record.lease = terms.lease;
  }
  const Answer answer = WEIR_TRY(ask("POST", path_of("/apis/batch/v1", "jobs"), job));
  if (answer.status == 409) return take_existing(rank);
  if (!answer.is_good()) {
    const base::Error error = kubernetes::error_of(answer);
    if (may_pass(error.code)) return base::fail(error);
    fail_start(error.message);
    return {};
  }
  const std::lock_guard lock(mutex_);
  rank.record.is_created = true;
  rank.order.reset();
  save(rank.key, rank.record);
  return {};
}

base::Status KubernetesBackend::create_secret(const RankOrder& order) {
  const std::string body =
      boost::json::serialize(kubernetes::secret_object(order, options_.instance));
  Answer answer = WEIR_TRY(ask("POST", path_of("/api/v1", "secrets"), body));
  if (answer.status == 409) {  // of a try before this one
    answer = WEIR_TRY(ask(
        "PUT", path_of("/api/v1", "secrets", kubernetes::object_name(options_.instance, order.key)),
        body));
  }
  if (!answer.is_good()) return base::fail(kubernetes::error_of(answer));
  return {};
}

// There is a Job of that name: the one we mean, or somebody else's.
base::Status KubernetesBackend::take_existing(Rank& rank) {
  const std::string name = kubernetes::object_name(options_.instance, rank.key);
  const Answer answer = WEIR_TRY(ask("GET", path_of("/apis/batch/v1", "jobs", name)));
  if (!answer.is_good()) {
    base::Error error = kubernetes::error_of(answer);
    if (error.code == ErrorCode::not_found) error.code = ErrorCode::conflict;  // it just went
    return base::fail(std::move(error));
  }
  const boost::json::value job = WEIR_TRY(kubernetes::parse_answer(answer.body));
  const bool is_ours =
      text_at(job, {"metadata", "labels", kubernetes::rank_label}) ==
          kubernetes::rank_label_value(rank.key) &&
      text_at(job, {"metadata", "labels", kubernetes::instance_label}) == options_.instance;
  const std::lock_guard lock(mutex_);
  if (is_ours) {
    rank.record.is_created = true;
    rank.order.reset();
    save(rank.key, rank.record);
    return {};
  }
  RankOutcome outcome;
  outcome.end = End::start_failed;
  outcome.message = "somebody else's Job is called " + name;
  end_rank(rank, outcome);
  return {};
}

base::Result<std::map<std::string, std::int64_t>> KubernetesBackend::devices_of(
    const RankOrder& order) {
  const std::vector<std::size_t> indices = device_indices(order);
  if (indices.empty() && order.devices.empty()) return std::map<std::string, std::int64_t>();
  if (order.environment.contains("WEIR_DEVICE_SHARE")) {
    return base::fail(ErrorCode::refused, "a pod is given whole devices only");
  }
  if (!shapes_.contains(order.node)) {
    const Answer answer =
        WEIR_TRY(ask("GET", "/api/v1/nodes/" + http::encode_component(order.node)));
    if (!answer.is_good()) return base::fail(kubernetes::error_of(answer));
    const boost::json::value node = WEIR_TRY(kubernetes::parse_answer(answer.body));
    shapes_[order.node] = kubernetes::shape_of_node(node, options_.device_models);
  }
  // By model where the order says so: indices are those of the node as it was when it was told.
  const kubernetes::NodeShape& shape = shapes_[order.node];
  auto counts = order.devices.empty() ? kubernetes::resources_of(shape, indices)
                                      : kubernetes::resources_of(shape, order.devices);
  shapes_.erase(order.node);  // nodes change: what was read serves once
  return counts;
}

}  // namespace weir::backend
