// Scenario files: whatever stands in one is answered, the two readers agree, what was read survives
// the way through JSON, and made-up work is made within its bounds.
#include "base/json.h"
#include "tests/fuzz/hold.h"
#include "twin/scenario.h"

using weir::fuzz::hold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = weir::fuzz::text_of(bytes, size);
  const auto problems = weir::twin::check_scenario(text, "s.yaml");
  for (const auto& problem : problems) {
    hold(!problem.message.empty(), "a problem says what it is");
    hold(problem.place.file == "s.yaml", "a problem says where it is");
  }
  const auto scenario = weir::twin::parse_scenario(text, "s.yaml");
  hold(scenario.has_value() == problems.empty(), "the check and the reader agree");
  if (!scenario) return 0;
  const std::string json = weir::base::to_json(*scenario);
  const auto again = weir::base::from_json<weir::twin::Scenario>(json);
  hold(again.has_value(), "a scenario reads back from its JSON");
  hold(weir::base::to_json(*again) == json, "a scenario is the same after JSON");

  const auto& synthetic = scenario->workload.synthetic;
  if (!synthetic || synthetic->jobs > 1000) return 0;
  const auto work = weir::twin::make_workload(*synthetic, {scenario->seed});
  hold(work.jobs.size() == synthetic->jobs, "as many jobs as were asked for");
  weir::base::Duration before{};
  for (const auto& job : work.jobs) {
    hold(job.submit >= before, "jobs stand by their submission");
    hold(job.run_time.count() > 0, "a job takes time");
    hold(!job.time_limit || job.time_limit->count() > 0, "a limit is a time");
    before = job.submit;
  }
  return 0;
}
