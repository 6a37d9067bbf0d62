// The site's lease as an object of the cluster: work ends where nobody speaks for it any more.
//
// One Job without pods owns every rank's Job. Its deadline is put off each time that the control
// plane was heard. Once that is not done in time the cluster fails it, removes it as finished, and
// collects what it owned, pods and all: no agent has to be alive for that. One request keeps any
// number of ranks, and a server that was away for longer finds the later deadline, if it was set.
#pragma once

#include <boost/json/fwd.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "backend/kubernetes/access.h"
#include "backend/kubernetes/connection.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::backend::kubernetes {

struct LeaseOptions {
  Access access;
  std::string jobs;      // path of the Jobs in the site's namespace
  std::string instance;  // names.h
  base::Duration lasts{0};
  base::Duration connection_timeout{0};
  base::Duration retry{0};
};

// "weir-site1-lease"; no rank's name.
[[nodiscard]] std::string lease_name(const std::string& instance);

// What an answer about a lease says. Pure.
struct LeaseView {
  std::string uid;
  bool is_over = false;  // it ended, or is being removed: nothing lives by it
  std::int64_t started_us = 0;
};
[[nodiscard]] LeaseView view_of_lease(const boost::json::value& job);

// The deadline, in whole seconds from its start, that leaves `left` from `now_us` on, by the
// cluster's own clock, which it tells in whole seconds; rounded up. Pure.
[[nodiscard]] std::int64_t deadline_for(const LeaseView& lease, std::int64_t now_us,
                                        base::Duration left);

class Lease {
 public:
  // Begins to keep it; it counts as heard now.
  explicit Lease(LeaseOptions options);
  ~Lease();

  // The control plane was heard. Any thread; it does not wait.
  void heard();
  // What Jobs have to be owned by; none where no lease is known to hold. Any thread.
  [[nodiscard]] std::optional<std::string> uid() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  // Tells the cluster that the control plane was heard at `heard`.
  [[nodiscard]] base::Status keep(Connection& connection, Clock::time_point heard);
  void set(LeaseView view);
  void set_kept(Clock::time_point heard);

  LeaseOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any news_;
  Clock::time_point heard_ = Clock::now();
  LeaseView view_;           // of the last answer; no uid: there is none
  Clock::time_point lasts_;  // until when, as the cluster was told
  std::jthread thread_;
};

}  // namespace weir::backend::kubernetes
