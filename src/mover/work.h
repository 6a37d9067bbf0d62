// The pieces of work behind carry_out, one for each kind of order. Inside this room only.
#pragma once

#include <chrono>
#include <stop_token>

#include "base/result.h"
#include "mover/chunk_table.h"
#include "mover/ledger.h"
#include "mover/mover.h"
#include "mover/order.h"

namespace weir::mover {

// What is told while work goes on, and put together into the outcome.
class Report {
 public:
  Report(Outcome& outcome, const Tell& tell) : outcome_(outcome), tell_(tell) {}

  [[nodiscard]] Outcome& outcome() { return outcome_; }
  [[nodiscard]] Progress& progress() { return outcome_.progress; }
  // At once.
  void enter(Phase phase);
  // Not more often than four times a second.
  void tell_now_and_then();

 private:
  using Clock = std::chrono::steady_clock;
  Outcome& outcome_;
  const Tell& tell_;
  Clock::time_point told_{};
};

void add_bad_chunks(Outcome& outcome, const std::vector<BadChunk>& bad);

// Each fails as carry_out says.
[[nodiscard]] base::Status move(const MoveOrder& order, Report& report,
                                const std::stop_token& stop);
[[nodiscard]] base::Status check(const CheckOrder& order, Report& report,
                                 const std::stop_token& stop);
[[nodiscard]] base::Status repair(const RepairOrder& order, Report& report,
                                  const std::stop_token& stop);
[[nodiscard]] base::Status publish(const PublishOrder& order, Report& report,
                                   const std::stop_token& stop);

// A version on its way: its folder, locked, with the tree of files in their sizes and the ledger.
struct Incoming {
  std::string tree_path;
  base::Descriptor lock;
  base::Descriptor tree;
  Ledger ledger;
  Landed landed;
};
// Gives a new one, or the one that an earlier run left, with what can be believed of it.
// Fails: conflict, another mover has it; input_output.
[[nodiscard]] base::Result<Incoming> open_incoming(const std::string& store,
                                                   const ChunkTable& table, Report& report,
                                                   const std::stop_token& stop);

// Fetches the wanted chunks into the tree. The report has figures and bad chunks either way.
[[nodiscard]] base::Status fetch(const ChunkTable& table, const std::vector<Replica>& replicas,
                                 const Fetching& fetching, const Incoming& incoming,
                                 std::vector<std::uint64_t> wanted, Report& report,
                                 const std::stop_token& stop);

// Whether an order's replicas and way of fetching can be. Fails: invalid.
[[nodiscard]] base::Status check_sources(const std::vector<Replica>& replicas,
                                         const Fetching& fetching);

}  // namespace weir::mover
