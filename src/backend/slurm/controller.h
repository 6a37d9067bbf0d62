// What is asked of a Slurm cluster: the one place where its controller is reached.
//
// Commands answer it (command_controller.h); something else could, over HTTP. All calls may block
// for as long as the controller takes, and any thread may make them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "backend/slurm/states.h"
#include "base/describe.h"
#include "base/result.h"

namespace weir::backend::slurm {

using JobNumber = std::uint64_t;  // Slurm's own name of a job; 0: none

// One job of one node. All that Slurm is told of it, and all that its listings show.
struct Submission {
  std::string name;
  std::string comment;
  std::string script;  // "#!" and all; nothing secret
  std::string folder;  // where it begins
  std::string output;  // file for what the script itself says
  std::string node;    // "": any
  std::uint32_t cpus = 1;
  std::uint64_t memory_mib = 0;               // 0: what the partition gives
  std::map<std::string, std::uint32_t> gres;  // "gpu:a100" → how many
  std::uint32_t minutes = 0;                  // 0: what the partition gives
  std::string partition;                      // "": the default, as for those below
  std::string account;
  std::string quality;  // QoS
  std::string constraint;
  std::string reservation;

  friend bool operator==(const Submission&, const Submission&) = default;
};
WEIR_DESCRIBE(Submission, name, comment, script, folder, output, node, cpus, memory_mib, gres,
              minutes, partition, account, quality, constraint, reservation)

// A job as the controller lists it.
struct Job {
  JobNumber number = 0;
  std::string name;
  std::string comment;
  JobState state = JobState::unknown;
  std::string state_name;  // as Slurm has it
  std::string reason;
  std::string nodes;
  std::uint32_t cpus = 0;
  std::uint64_t memory_mib = 0;
  std::map<std::string, std::uint32_t> gres;

  friend bool operator==(const Job&, const Job&) = default;
};

// A node as the controller describes it.
struct NodeFacts {
  std::string name;
  std::string state;  // "IDLE+DRAIN"
  std::uint32_t cpus = 0;
  std::uint32_t cpus_used = 0;
  std::uint64_t memory_mib = 0;
  std::uint64_t memory_used_mib = 0;
  std::map<std::string, std::uint32_t> gres;  // "gpu:a100" → how many
  std::map<std::string, std::uint32_t> gres_used;
  std::vector<std::string> features;
  std::vector<std::string> partitions;

  friend bool operator==(const NodeFacts&, const NodeFacts&) = default;
};

// A switch of the cluster's tree: what hangs from it, nodes or other switches.
struct Switch {
  std::string name;
  std::uint32_t level = 0;  // 0: nodes hang from it
  std::vector<std::string> nodes;

  friend bool operator==(const Switch&, const Switch&) = default;
};

struct Version {
  std::string text;  // "22.05.8"
  int year = 0;
  int month = 0;
  bool lists_json = false;  // its commands know --json

  friend bool operator==(const Version&, const Version&) = default;
};

// What the cluster's configuration says that matters here.
struct Settings {
  bool limits_memory = false;  // Slurm itself keeps jobs to their memory

  friend bool operator==(const Settings&, const Settings&) = default;
};

class Controller {
 public:
  Controller() = default;
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;
  virtual ~Controller() = default;

  // Fails: refused, Slurm will not take this job as it is; unavailable, nobody knows whether it
  //        took it; not_found, there is no Slurm here.
  [[nodiscard]] virtual base::Result<JobNumber> submit(const Submission& submission) = 0;
  // Every job of this user that Slurm knows, ended ones that it still remembers included.
  // Fails: unavailable. What it listed last says nothing then of what is now.
  [[nodiscard]] virtual base::Result<std::vector<Job>> jobs() = 0;
  // Ends a job, whatever it does. One that is not known is ended already. Fails: unavailable.
  [[nodiscard]] virtual base::Status cancel(JobNumber job) = 0;
  // Sends a signal to the job's own first process. Fails: unavailable, or it does not run.
  [[nodiscard]] virtual base::Status signal(JobNumber job, int signal) = 0;
  [[nodiscard]] virtual base::Result<std::vector<NodeFacts>> nodes() = 0;
  // Empty where the cluster describes no tree.
  [[nodiscard]] virtual base::Result<std::vector<Switch>> switches() = 0;
  // Of the commands here. Fails: not_found, there are none.
  [[nodiscard]] virtual base::Result<Version> version() = 0;
  [[nodiscard]] virtual base::Result<Settings> settings() = 0;
};

}  // namespace weir::backend::slurm
