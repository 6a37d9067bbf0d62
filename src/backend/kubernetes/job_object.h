// A rank's order as objects of the cluster: one batch/v1 Job with one pod, and one Secret. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "backend/rank.h"
#include "base/result.h"

namespace weir::backend::kubernetes {

// What the control plane offers beyond 1.20, as discovery says (features.h).
struct Features {
  bool suspends_jobs = false;      // Job.spec.suspend
  bool tells_replacement = false;  // Job.spec.podReplacementPolicy
  bool removes_finished = false;   // Job.spec.ttlSecondsAfterFinished
  bool has_kueue = false;          // the API group kueue.x-k8s.io
};

// What is to be said of a pod that the order does not say.
struct JobTerms {
  std::string instance;  // names.h
  std::string image;
  std::string queue;                            // of Kueue; "": none
  std::map<std::string, std::int64_t> devices;  // extended resources, and how many of each
  std::string lease;                            // uid of the Job that owns this one; "": none
  base::Duration start_allowance = std::chrono::minutes(30);  // for images to be pulled
  Features features;
};

// Why no Job can be made of this order, in one sentence: what pods do not bring.
// Returns: "" where one can.
[[nodiscard]] std::string refusal_of(const RankOrder& order);

// The Job. It never runs its pod twice by itself (backoffLimit 0, restartPolicy Never), keeps to
// the order's node by its name, and holds no secret: the environment refers to the Secret's keys.
//
// Requires: refusal_of(order) is "".
[[nodiscard]] boost::json::object job_object(const RankOrder& order, const JobTerms& terms);

// The Secret with the order's secrets, under the rank's name.
[[nodiscard]] boost::json::object secret_object(const RankOrder& order,
                                                const std::string& instance);

}  // namespace weir::backend::kubernetes
