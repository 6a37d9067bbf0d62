// A backend as the conformance suite drives it: what every site can be asked for, and what only
// this kind of site can tell.
//
// To bring a new backend under the suite: implement this, and add it to `backends_under_test()`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"

namespace weir::backend::conformance {

// A node as the site tells it, and what others than Weir hold there.
struct NodeTold {
  std::string name;
  std::uint32_t cpus = 0;
  std::vector<std::string> devices = {};  // the model of each
  bool is_available = true;
  std::uint32_t foreign_cpus = 0;
  std::int64_t foreign_memory_bytes = 0;
  std::map<std::string, std::uint32_t> foreign_devices = {};  // by model
};

class BackendUnderTest {
 public:
  BackendUnderTest() = default;
  BackendUnderTest(const BackendUnderTest&) = delete;
  BackendUnderTest& operator=(const BackendUnderTest&) = delete;
  virtual ~BackendUnderTest() = default;

  [[nodiscard]] virtual Backend& backend() = 0;
  // Another server over the same site; the one before is gone as if killed.
  virtual void restart() = 0;
  // The same with a fence, and an agent that does not renew its lease. False: it has none.
  virtual bool restart_with_fence(base::Duration /*fence_after*/) { return false; }

  // Names of nodes that orders may name, at least two; and how many processors each has.
  [[nodiscard]] virtual std::vector<std::string> nodes() const = 0;
  [[nodiscard]] virtual std::uint32_t cpus_of_node() const = 0;
  // Whether a rank that finds no room waits for it, instead of sharing.
  [[nodiscard]] virtual bool has_queue() const { return false; }
  // Of the first node, where the site hands devices out itself: what a rank finds the names of its
  // devices in, and those of the first two.
  [[nodiscard]] virtual std::string device_variable() const { return {}; }
  [[nodiscard]] virtual std::vector<std::string> device_names() const { return {}; }
  // The folder on this machine that holds all that the site keeps.
  [[nodiscard]] virtual std::string root() const = 0;
  // The folder of a rank as this machine sees it; "" where there is none.
  [[nodiscard]] virtual std::string folder_of(const RankKey& key) {
    return backend().work_folder(key).value_or("");
  }
  // All that the site's own listings show of it and of its ranks, for everybody who may look.
  [[nodiscard]] virtual std::string listings() = 0;
  // Ends the process that watches over the rank, with no word to anybody.
  virtual void kill_watcher(const RankKey& key) = 0;

  // What controls the site apart from the nodes, where there is something of the kind.
  [[nodiscard]] virtual bool has_controller() const { return false; }
  virtual void kill_controller() {}
  virtual void start_controller() {}

  // Somebody else takes 3 processors, 1000 MiB and a device of the second node; the third is kept
  // from work.
  virtual void let_others_in() {}
  [[nodiscard]] virtual std::vector<NodeTold> nodes_told() { return {}; }
  // The same where nodes are of another form, in the site's own way. False: they are as above.
  virtual bool checks_others(const RankOrder& /*order*/) { return false; }

  // "" where the property is this backend's too; else why it refuses it.
  [[nodiscard]] virtual std::string refuses(const std::string& /*property*/) const { return {}; }
};

struct Kind {
  std::string name;                           // "local"
  std::function<std::string()> why_not_here;  // "" where it can be tested on this machine
  std::function<std::unique_ptr<BackendUnderTest>()> make;  // over an empty site
  std::function<void()> end = [] {};                        // after the last test of all
};

[[nodiscard]] const std::vector<Kind>& backends_under_test();
[[nodiscard]] Kind local_kind();
[[nodiscard]] Kind slurm_kind();
[[nodiscard]] Kind kubernetes_kind();
[[nodiscard]] Kind weir_kind();

}  // namespace weir::backend::conformance
