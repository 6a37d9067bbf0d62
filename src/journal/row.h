// One step of the engine as it is kept: its number, its time, what came in, what became true, and
// a hash that ties it to every step before it.
//
// The journal keeps bytes. What `input` and `facts` mean is the engine's matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/hash.h"

namespace weir::journal {

using base::Digest;

struct Row {
  std::uint64_t sequence = 0;  // counts from 1, without a gap
  std::int64_t time_us = 0;    // the step's own time, microseconds since 1970-01-01 UTC
  std::string input;
  std::string facts;
  Digest chain = {};

  friend bool operator==(const Row&, const Row&) = default;
};

// The chain of `row` if `previous` is the chain of the row before it (all zero before row 1):
//
//   SHA-256(previous, sequence, time_us, length of input, input, length of facts, facts)
//
// with every number as 8 bytes, lowest first. The row's own `chain` is not looked at.
// Whoever holds one chain value can tell whether any earlier byte was changed.
// Cost: one SHA-256 over the row and 64 bytes more.
[[nodiscard]] Digest chain_after(const Digest& previous, const Row& row);

// What can be wrong with a row at its place in the chain.
enum class FaultKind : std::uint8_t {
  gap,             // the next sequence is not there
  chain_mismatch,  // the row is there, and its bytes are not those that were hashed
  unreadable,      // the store could not give the row back
  tail_missing,    // a snapshot names a later step than the last row
};
[[nodiscard]] const char* fault_name(FaultKind kind);

struct Fault {
  std::uint64_t sequence = 0;  // the first that is wrong or missing
  FaultKind kind = FaultKind::gap;
  std::string text;  // one sentence for a person

  friend bool operator==(const Fault&, const Fault&) = default;
};

// Walks a chain row by row. Used by whoever appends, reads or verifies, so that the rule stands
// in one place.
class ChainWalk {
 public:
  // Stands behind row `sequence`, whose chain is `chain`; by default before the first row.
  ChainWalk() = default;
  ChainWalk(std::uint64_t sequence, const Digest& chain) : sequence_(sequence), chain_(chain) {}

  // Goes on to `row` if it follows; otherwise says why not and stays where it is.
  [[nodiscard]] std::optional<Fault> advance(const Row& row);

  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
  [[nodiscard]] const Digest& chain() const { return chain_; }

 private:
  std::uint64_t sequence_ = 0;
  Digest chain_ = {};
};

}  // namespace weir::journal
