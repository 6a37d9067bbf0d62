#include "journal/journal.h"

#include <algorithm>

namespace weir::journal {

namespace {

tl::unexpected<base::Error> damaged(const Fault& fault) {
  return base::fail(base::ErrorCode::input_output, "the journal is damaged: " + fault.text, {},
                    "restore it from a copy; `weir journal verify` shows how far it is whole");
}

Fault missing(std::uint64_t sequence) {
  return {sequence, FaultKind::gap, "step " + std::to_string(sequence) + " is missing"};
}

}  // namespace

Status Journal::read(std::uint64_t from, std::uint64_t to, const RowVisitor& visit) {
  from = std::max<std::uint64_t>(from, 1);
  to = std::min(to, last_sequence());
  if (from > to) return {};
  // Row `from` is held against the row before it, whose own bytes are not looked at: their hash,
  // which is all that counts, is.
  bool anchored = from == 1;
  ChainWalk walk(anchored ? 0 : from - 2, {});
  bool stopped = false;
  std::optional<Fault> fault;
  WEIR_TRY_STATUS(scan(anchored ? from : from - 1, to, [&](const Row& row) {
    if (!anchored && row.sequence == from - 1) {
      walk = ChainWalk(row.sequence, row.chain);
      anchored = true;
      return true;
    }
    if (!anchored) {
      fault = missing(from - 1);
      return false;
    }
    fault = walk.advance(row);
    if (fault) return false;
    stopped = !visit(row);
    return !stopped;
  }));
  if (!fault && !stopped && walk.sequence() < to) fault = missing(walk.sequence() + 1);
  if (fault) return damaged(*fault);
  return {};
}

Result<std::optional<Snapshot>> Journal::latest_snapshot() {
  std::optional<Snapshot> snapshot = WEIR_TRY(stored_snapshot());
  if (!snapshot || snapshot->sequence == 0) return snapshot;
  bool belongs = false;
  WEIR_TRY_STATUS(scan(snapshot->sequence, snapshot->sequence, [&](const Row& row) {
    belongs = row.chain == snapshot->chain;
    return false;
  }));
  if (belongs) return snapshot;
  const std::string step = std::to_string(snapshot->sequence);
  return base::fail(base::ErrorCode::input_output,
                    "the snapshot after step " + step + " does not belong to the journal, which " +
                        "ends at step " + std::to_string(last_sequence()) +
                        ": steps that were acknowledged have been lost or exchanged",
                    {}, "restore the database file that was beside this snapshot");
}

}  // namespace weir::journal
