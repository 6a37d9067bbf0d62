#include "journal/verify.h"

namespace weir::journal {

namespace {

constexpr std::uint64_t rows_per_progress = 10'000;

// What the newest snapshot tells about the rows: it names one of them, and that one's chain.
struct Witness {
  std::uint64_t sequence = 0;
  Digest chain = {};

  [[nodiscard]] std::optional<Fault> against(const Row& row) const {
    if (row.sequence != sequence || row.chain == chain) return std::nullopt;
    return Fault{sequence, FaultKind::chain_mismatch,
                 "step " + std::to_string(sequence) +
                     " is whole, but is not the step its snapshot was taken after: the journal "
                     "was rewritten"};
  }
  [[nodiscard]] std::optional<Fault> against_end(std::uint64_t last) const {
    if (sequence <= last) return std::nullopt;
    return Fault{last + 1, FaultKind::tail_missing,
                 "the journal ends at step " + std::to_string(last) + ", but a snapshot of step " +
                     std::to_string(sequence) + " is there"};
  }
};

Result<Witness> find_witness(Journal& journal) {
  const std::optional<Snapshot> snapshot = WEIR_TRY(journal.stored_snapshot());
  return snapshot ? Witness{snapshot->sequence, snapshot->chain} : Witness{};
}

}  // namespace

Result<VerifyReport> verify(Journal& journal, const VerifyProgress& progress) {
  // The snapshot first: one that is written meanwhile may name a step behind `total`.
  const Witness witness = WEIR_TRY(find_witness(journal));
  const std::uint64_t total = journal.last_sequence();
  ChainWalk walk;
  VerifyReport report;
  const Status read = journal.scan(1, total, [&](const Row& row) {
    report.fault = walk.advance(row);
    if (!report.fault) report.fault = witness.against(row);
    if (report.fault) return false;
    if (progress && row.sequence % rows_per_progress == 0) progress(row.sequence, total);
    return true;
  });
  if (!read) {
    report.fault = Fault{
        walk.sequence() + 1, FaultKind::unreadable,
        "step " + std::to_string(walk.sequence() + 1) + " cannot be read: " + read.error().text()};
  } else if (!report.fault && walk.sequence() < total) {
    report.fault = Fault{walk.sequence() + 1, FaultKind::gap,
                         "step " + std::to_string(walk.sequence() + 1) + " is missing"};
  }
  report.rows = walk.sequence();
  report.last_chain = walk.chain();
  if (report.good()) report.fault = witness.against_end(total);
  if (progress) progress(report.rows, total);
  return report;
}

}  // namespace weir::journal
