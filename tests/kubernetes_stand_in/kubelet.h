// What the kubelets of all nodes do, in one: a container's command is run as a process of this
// machine, with its environment alone, so that logs, exit codes, signals and times are real ones.
//
// There is no image and no file system of its own: paths that a container mounts, and that of its
// last words, are written anew as folders of the stand-in wherever they stand in its command and
// environment. Devices are numbers, which a container finds in NVIDIA_VISIBLE_DEVICES; memory is
// looked after from outside, so that a little more than the limit may be had for a moment. Images
// whose registry is "registry.invalid" cannot be pulled. Whatever a container leaves behind is
// killed, as its process namespace would.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "tests/kubernetes_stand_in/store.h"

namespace weir::kubernetes_stand_in {

class Kubelet {
 public:
  Kubelet(Store& store, std::string folder) : store_(store), folder_(std::move(folder)) {}
  Kubelet(const Kubelet&) = delete;
  Kubelet& operator=(const Kubelet&) = delete;
  ~Kubelet();  // kills what runs

  // One pass: starts, looks after, ends. Pods to be removed come back.
  [[nodiscard]] std::vector<json::object> run();

  // Kills what a container runs first, as from outside. False: nothing runs there.
  bool kill(const std::string& pod_uid);

  struct LogLine {
    std::int64_t at_ns = 0;
    std::string text;  // with its newline, where it has one
  };
  // Null where no container of that pod ran here.
  [[nodiscard]] const std::vector<LogLine>* log_of(const std::string& pod_uid) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Container {
    std::string uid;
    std::string folder;
    std::string words_path;
    pid_t pid = 0;
    base::Descriptor output;
    std::string partial;
    std::vector<LogLine> log;
    std::string started_at;
    Clock::time_point started;
    Clock::time_point waiting_since = Clock::now();
    std::optional<int> wait_status;
    std::optional<Clock::time_point> kill_at;
    bool is_over_limit = false;
    bool was_out_of_memory = false;
    std::string node;
    std::map<std::string, std::vector<std::int64_t>> devices;  // by resource
  };

  bool look_after(json::object pod);  // true: it is to be removed
  void begin(Container& container, json::object& pod);
  void read_output(Container& container, bool is_end);
  [[nodiscard]] std::vector<std::int64_t> free_devices(const std::string& node,
                                                       const std::string& resource,
                                                       std::int64_t count) const;
  void hand_out_devices(Container& container, const json::object& pod) const;
  static void keep_memory(Container& container, const json::object& pod);
  void tell_to_end(Container& container, std::int64_t grace_seconds);
  void reap(Container& container);
  void write_told(const Container& container, const json::object& pod) const;
  [[nodiscard]] std::string placed(const Container& container, const json::object& pod,
                                   std::string text) const;
  void write_status(json::object& pod, json::object state, const std::string& phase);
  static void kill_marked(const std::string& uid);

  Store& store_;
  std::string folder_;
  std::map<std::string, Container> containers_;  // by the pod's uid
};

}  // namespace weir::kubernetes_stand_in
