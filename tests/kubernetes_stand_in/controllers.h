// What kube-controller-manager and kube-scheduler do, each as one pass over the store.
#pragma once

#include <map>
#include <set>

#include "base/random.h"
#include "tests/kubernetes_stand_in/store.h"

namespace weir::kubernetes_stand_in {

class Controllers {
 public:
  Controllers(Store& store, int minor) : store_(store), minor_(minor) {}

  // Makes pods for Jobs, counts their ends, sweeps what lost its owner.
  void run_jobs();
  // Binds pods to nodes with room, or says why there is none.
  void schedule();
  // Told before a pod is removed: one that had not ended counts as failed on newer versions.
  void pod_leaves(const json::object& pod);

 private:
  void sync(json::object job, const std::vector<json::object>& pods);
  void make_pod(const json::object& job);
  void collect_garbage();
  // "" where it fits, else each reason why not.
  [[nodiscard]] std::vector<std::string> why_not(const json::object& node, const json::object& pod);
  void event(const json::object& about, const std::string& reason, const std::string& note);

  Store& store_;
  int minor_;
  base::Random random_{7};
  std::map<std::string, std::int64_t> lost_pods_;  // by the Job's uid
  std::uint64_t events_ = 0;
};

// What is asked for by a container: its requests, or its limits where it has none.
[[nodiscard]] std::map<std::string, std::int64_t> asked_milli(const json::object& pod);
// Whether a pod came to an end.
[[nodiscard]] bool has_ended(const json::object& pod);

}  // namespace weir::kubernetes_stand_in
