// Walks a whole journal and says whether every step that was ever kept is still there, unchanged.
//
// The chain proves that nothing before a given hash was changed. It cannot prove that nothing was
// cut off behind it: for that, keep the `last_chain` of a report elsewhere and compare it later. A
// snapshot of a later step than the last row gives such a cut away, and is looked at here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "journal/journal.h"

namespace weir::journal {

struct VerifyReport {
  std::uint64_t rows = 0;      // found whole, from step 1 on
  Digest last_chain = {};      // of the last whole row
  std::optional<Fault> fault;  // the first thing that is wrong; none: all is well

  [[nodiscard]] bool good() const { return !fault.has_value(); }
};

// Told now and then how many rows of how many have been walked.
using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Reads every row once, in order, up to the row that was last when the call began; what is wrong is
// in the report. The archive has no chain and is not looked at.
// Fails: input_output if the snapshots cannot be listed. Rows that cannot be read are a fault.
// Cost:  a sequential read and one SHA-256 a row; constant memory. Appends go on meanwhile.
[[nodiscard]] Result<VerifyReport> verify(Journal& journal, const VerifyProgress& progress = {});

}  // namespace weir::journal
