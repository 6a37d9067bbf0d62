#include "backend/kubernetes/lease.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "backend/kubernetes/json_reading.h"
#include "backend/kubernetes/names.h"
#include "base/log.h"

namespace weir::backend::kubernetes {
namespace {

namespace json = boost::json;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::string_view merge_patch = "application/merge-patch+json";

// No pod comes of it; what stands for one is never started.
json::object lease_object(const std::string& instance, std::int64_t seconds) {
  const json::object container = {{"name", "none"}, {"image", "none"}};
  return {
      {"apiVersion", "batch/v1"},
      {"kind", "Job"},
      {"metadata", {{"name", lease_name(instance)}, {"labels", {{instance_label, instance}}}}},
      {"spec",
       {{"parallelism", 0},
        {"completions", 1},
        {"backoffLimit", 0},
        {"activeDeadlineSeconds", seconds},
        {"ttlSecondsAfterFinished", 0},
        {"template",
         {{"spec",
           {{"restartPolicy", "Never"}, {"containers", json::array{json::value(container)}}}}}}}}};
}

std::int64_t wall_clock_us() {
  return std::chrono::duration_cast<base::Duration>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string lease_name(const std::string& instance) { return "weir-" + instance + "-lease"; }

LeaseView view_of_lease(const json::value& job) {
  LeaseView view;
  view.uid = text_at(job, {"metadata", "uid"});
  view.started_us = time_at(job, {"status", "startTime"});
  view.is_over = find_at(job, {"metadata", "deletionTimestamp"}) != nullptr;
  for (const json::value& condition : list_at(job, {"status", "conditions"})) {
    const std::string type = text_at(condition, {"type"});
    const bool is_end = type == "Failed" || type == "FailureTarget" || type == "Complete";
    if (is_end && text_at(condition, {"status"}) == "True") view.is_over = true;
  }
  return view;
}

std::int64_t deadline_for(const LeaseView& lease, std::int64_t now_us, base::Duration left) {
  const std::int64_t gone_us = lease.started_us == 0 ? 0 : now_us - lease.started_us;
  const std::int64_t until_us = std::max<std::int64_t>(gone_us, 0) + base::to_us(left);
  return std::max<std::int64_t>((until_us + second_us - 1) / second_us, 1);
}

Lease::Lease(LeaseOptions options)
    : options_(std::move(options)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Lease::~Lease() = default;

void Lease::heard() {
  const std::lock_guard lock(mutex_);
  heard_ = Clock::now();
  news_.notify_all();
}

std::optional<std::string> Lease::uid() const {
  const std::lock_guard lock(mutex_);
  if (view_.uid.empty() || view_.is_over || Clock::now() >= lasts_) return std::nullopt;
  return view_.uid;
}

void Lease::run(const std::stop_token& stop) {
  Connection connection(options_.access, options_.connection_timeout,
                        [stop] { return stop.stop_requested(); });
  std::optional<Clock::time_point> kept;  // the word that the cluster was last told of
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    const Clock::time_point heard = heard_;
    lock.unlock();
    if (kept != heard) {
      const base::Status done = keep(connection, heard);
      if (done) kept = heard;
      const std::string words = done ? "" : done.error().text();
      if (!done) base::log_debug("the site's lease cannot be kept", {{"error", words}});
    }
    // What is not there, or has not begun yet, is looked at again soon.
    lock.lock();
    const bool is_settled = kept && !view_.uid.empty() && !view_.is_over && view_.started_us != 0;
    if (!is_settled) kept.reset();
    const base::Duration pause = options_.lasts / 8;
    news_.wait_for(lock, stop, is_settled ? pause : std::min(pause, options_.retry),
                   [&] { return heard_ != heard && Clock::now() >= lasts_; });
  }
}

base::Status Lease::keep(Connection& connection, Clock::time_point heard) {
  const std::string target = options_.jobs + "/" + lease_name(options_.instance);
  Answer answer = WEIR_TRY(connection.request("GET", target));
  const std::int64_t now_us = answer.date_us != 0 ? answer.date_us : wall_clock_us();
  const auto rest =
      std::chrono::duration_cast<base::Duration>(heard + options_.lasts - Clock::now());
  const bool is_heard = rest > base::Duration(0);
  if (answer.status == 404) {
    set({});
    if (!is_heard) return {};
    const std::int64_t seconds = deadline_for({}, now_us, rest);
    answer = WEIR_TRY(connection.request(
        "POST", options_.jobs, json::serialize(lease_object(options_.instance, seconds))));
    if (answer.is_good()) set_kept(heard);
  }
  if (!answer.is_good()) return base::fail(error_of(answer));
  const LeaseView view = view_of_lease(WEIR_TRY(parse_answer(answer.body)));
  set(view);
  if (view.is_over || view.started_us == 0 || !is_heard) return {};
  const std::string deadline = std::to_string(deadline_for(view, now_us, rest));
  answer = WEIR_TRY(connection.request(
      "PATCH", target, R"({"spec":{"activeDeadlineSeconds":)" + deadline + "}}", merge_patch));
  if (!answer.is_good()) return base::fail(error_of(answer));
  set_kept(heard);
  return {};
}

void Lease::set(LeaseView view) {
  const std::lock_guard lock(mutex_);
  view_ = std::move(view);
}

void Lease::set_kept(Clock::time_point heard) {
  const std::lock_guard lock(mutex_);
  lasts_ = heard + options_.lasts;
}

}  // namespace weir::backend::kubernetes
