// What Slurm's commands print: any bytes are read, and what is made of them keeps to its bounds.
#include "backend/slurm/answers.h"
#include "backend/slurm/host_list.h"
#include "backend/slurm/nodes.h"
#include "tests/fuzz/hold.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace weir::backend::slurm;
  const std::string_view text = weir::fuzz::text_of(bytes, size);
  const auto jobs = parse_jobs(text);
  for (const Job& job : jobs) {
    weir::fuzz::hold(job.number != 0, "every job has a number");
    weir::fuzz::hold(job.name.find('\n') == std::string::npos, "a name is of one line");
  }
  const auto facts = parse_nodes(text);
  const auto switches = parse_switches(text);
  for (const ClusterNode& node : cluster_nodes(facts, jobs, switches, {})) {
    weir::fuzz::hold(!node.node.name.empty(), "every node has a name");
    weir::fuzz::hold(node.node.memory_bytes >= 0, "memory is never below zero");
    weir::fuzz::hold(node.foreign.memory_bytes >= 0, "foreign use is never below zero");
  }
  if (const auto hosts = expand_host_list(text)) {
    weir::fuzz::hold(hosts->size() <= hosts_max, "a list of nodes has its bound");
  }
  static_cast<void>(parse_settings(text));
  static_cast<void>(parse_version(text));
  static_cast<void>(parse_job_number(text));
  static_cast<void>(is_refusal(text));
  return 0;
}
