// Shares of unlike devices for work that takes turns, by the policies of Gavel and those that it is
// held against.
//
// In floating point, and so outside the engine: what it answers comes in as an input, and is
// journaled as any other. Sources: Narayanan et al., "Heterogeneity-Aware Cluster Scheduling
// Policies for Deep Learning Workloads" (OSDI 2020); Le et al., "AlloX" (EuroSys 2020); Xiao et
// al., "Gandiva" (OSDI 2018). Where a policy goes by what was before (who was given what, how long
// jobs have been slowed), it remembers that from question to question.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/rounds.h"
#include "model/throughput.h"

namespace weir::allocation {

class Allocator {
 public:
  // `rates`: of which those of two beside each other are read. `seed`: where a policy draws lots.
  Allocator(const model::ThroughputTable& rates, std::uint64_t seed);
  ~Allocator();
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  // By job, then with whom, then model. Cost: a linear program of as many rows as there are kinds
  // of jobs (max_min), or jobs (finish_time: some of them; makespan: two); AlloX: an assignment of
  // jobs to as many places as there are devices × jobs.
  [[nodiscard]] std::vector<model::Share> share_out(const model::SharesQuestion& question);

 private:
  struct Policies;
  std::unique_ptr<Policies> policies_;
};

}  // namespace weir::allocation
