#include "bench/page/trials.h"

#include <cstdlib>
#include <iostream>

namespace weir::bench {
namespace {

[[noreturn]] void give_up(const base::Error& error) {
  std::cerr << "scenario: " << error.text() << "\n";
  std::exit(2);
}

}  // namespace

Prepared prepare(const std::string& yaml) {
  auto scenario = twin::parse_scenario(yaml, "table");
  if (!scenario) give_up(scenario.error());
  if (auto status = twin::read_files(*scenario); !status) give_up(status.error());
  auto work = twin::load_work(*scenario);
  if (!work) give_up(work.error());
  return {*std::move(scenario), std::move(work->jobs)};
}

}  // namespace weir::bench
