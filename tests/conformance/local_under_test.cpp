#include <signal.h>
#include <unistd.h>

#include <thread>

#include "backend/local/layout.h"
#include "backend/local/record.h"
#include "tests/backend/support/lab.h"
#include "tests/conformance/backend_under_test.h"

namespace weir::backend::conformance {
namespace {

class LocalUnderTest final : public BackendUnderTest {
 public:
  [[nodiscard]] Backend& backend() override { return lab_.backend(); }
  void restart() override { lab_.restart(); }
  [[nodiscard]] std::vector<std::string> nodes() const override { return {"node0", "node1"}; }
  [[nodiscard]] std::uint32_t cpus_of_node() const override {
    return std::max(1U, std::thread::hardware_concurrency());
  }

  [[nodiscard]] std::string root() const override { return lab_.root(); }
  // Every command line of the machine, and every file of the site.
  [[nodiscard]] std::string listings() override {
    std::string all;
    for (const RankObservation& seen : lab_.backend().observe()) {
      for (const pid_t pid : lab_.processes_of(seen.key)) {
        all += test::read_file("/proc/" + std::to_string(pid) + "/cmdline") + "\n";
      }
    }
    for (const std::string& file : test::files_below(lab_.root())) all += test::read_file(file);
    return all;
  }

  void kill_watcher(const RankKey& key) override {
    const auto pid = local::record_holder(local::Layout(lab_.root()).record(key));
    if (pid > 0) ::kill(pid, SIGKILL);
  }

  [[nodiscard]] std::string refuses(const std::string& property) const override {
    if (property == "work_ends_when_its_agent_is_gone") {
      return "its agent and its ranks are on one machine: no lease";
    }
    if (property == "a_controller_that_forgets_loses_no_rank" ||
        property == "a_controller_that_is_away_ends_nothing" ||
        property == "an_end_is_told_while_the_controller_is_away") {
      return "there is no controller";
    }
    if (property == "devices_are_the_ones_handed_out") return "the agent hands devices out";
    if (property == "nodes_are_told_with_what_others_use") return "sense/ reads this machine";
    return {};
  }

 private:
  test::Lab lab_;
};

}  // namespace

Kind local_kind() {
  return {"local", [] { return std::string(); }, [] { return std::make_unique<LocalUnderTest>(); }};
}

}  // namespace weir::backend::conformance
