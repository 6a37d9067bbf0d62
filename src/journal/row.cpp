#include "journal/row.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "journal/bytes.h"

namespace weir::journal {

Digest chain_after(const Digest& previous, const Row& row) {
  // One buffer for all that has a fixed size before the input: fewer, larger updates.
  std::array<char, digest_bytes + 3 * number_bytes> head = {};
  char* out = std::ranges::copy(bytes_of(previous), head.data()).out;
  out = put_number(out, row.sequence);
  out = put_number(out, static_cast<std::uint64_t>(row.time_us));
  put_number(out, row.input.size());

  std::array<char, number_bytes> facts_size = {};
  put_number(facts_size.data(), row.facts.size());

  // One context a thread, used over and over: making one costs more than hashing a small row.
  thread_local base::Sha256 hash;  // NOLINT(misc-use-internal-linkage): local as it is
  hash.add(std::string_view(head.data(), head.size()));
  hash.add(row.input);
  hash.add(std::string_view(facts_size.data(), facts_size.size()));
  hash.add(row.facts);
  return hash.digest();
}

const char* fault_name(FaultKind kind) {
  switch (kind) {
    case FaultKind::gap:
      return "gap";
    case FaultKind::chain_mismatch:
      return "chain mismatch";
    case FaultKind::unreadable:
      return "unreadable";
    case FaultKind::tail_missing:
      return "tail missing";
  }
  return "unknown";
}

std::optional<Fault> ChainWalk::advance(const Row& row) {
  const std::uint64_t expected = sequence_ + 1;
  if (row.sequence != expected) {
    return Fault{expected, FaultKind::gap,
                 "step " + std::to_string(expected) + " is missing: step " +
                     std::to_string(row.sequence) + " stands in its place"};
  }
  const Digest chain = chain_after(chain_, row);
  if (chain != row.chain) {
    return Fault{expected, FaultKind::chain_mismatch,
                 "step " + std::to_string(expected) +
                     " does not match its chain hash: it was changed after it was written"};
  }
  sequence_ = expected;
  chain_ = chain;
  return std::nullopt;
}

}  // namespace weir::journal
