#include "app/restore.h"

#include <limits>

#include "base/hash.h"
#include "model/pack.h"

namespace weir::app {

namespace {

constexpr std::uint64_t to_the_end = std::numeric_limits<std::int64_t>::max();

base::Error of_row(base::Error error, std::uint64_t sequence) {
  error.message = "journal row " + std::to_string(sequence) + ": " + error.message;
  return error;
}

}  // namespace

base::Result<engine::Engine> restore(journal::Journal& journal) {
  engine::Engine engine;
  const auto snapshot = WEIR_TRY(journal.latest_snapshot());
  if (snapshot) engine = WEIR_TRY(engine::Engine::restore(snapshot->state));
  std::optional<base::Error> error;
  WEIR_TRY_STATUS(journal.read(engine.state().sequence + 1, to_the_end, [&](const auto& row) {
    const auto facts = model::unpack_facts(row.facts);
    if (!facts) {
      error = of_row(facts.error(), row.sequence);
      return false;
    }
    engine.replay(row.sequence, *facts, base::time_from_us(row.time_us));
    return true;
  }));
  if (error) return base::fail(*std::move(error));
  return engine;
}

base::Result<PastEngine> restore_at(journal::Journal& journal, std::uint64_t sequence) {
  const std::uint64_t last = journal.last_sequence();
  if (sequence < 1 || sequence > last) {
    return base::fail(base::ErrorCode::not_found,
                      "the journal has no row " + std::to_string(sequence) +
                          ": it goes from 1 to " + std::to_string(last));
  }
  PastEngine past;
  std::optional<base::Error> error;
  WEIR_TRY_STATUS(journal.read(1, sequence, [&](const journal::Row& row) {
    const auto facts = model::unpack_facts(row.facts);
    if (!facts) {
      error = of_row(facts.error(), row.sequence);
      return false;
    }
    past.now = base::time_from_us(row.time_us);
    past.engine.replay(row.sequence, *facts, past.now);
    return true;
  }));
  if (error) return base::fail(*std::move(error));
  return past;
}

base::Result<ReplayReport> check_replay(journal::Journal& journal, const Progress& progress) {
  ReplayReport report;
  const std::uint64_t total = journal.last_sequence();
  engine::Engine engine;
  journal::Row again;  // as the journal would keep it, were it written now
  std::optional<base::Error> error;
  WEIR_TRY_STATUS(journal.read(1, total, [&](const journal::Row& row) {
    const auto input = model::unpack_input(row.input);
    if (!input) {
      error = of_row(input.error(), row.sequence);
      return false;
    }
    const engine::Step step = engine.step(*input, base::time_from_us(row.time_us));
    again.sequence = step.sequence;
    again.time_us = row.time_us;
    again.input = row.input;
    again.facts = model::pack_facts(step.facts);
    again.chain = journal::chain_after(again.chain, again);
    if (again != row) {
      report.difference = "row " + std::to_string(row.sequence) +
                          ": the same input gives other facts than the journal holds (" +
                          std::to_string(step.facts.size()) + " facts)";
      return false;
    }
    ++report.rows;
    report.facts += step.facts.size();
    if (progress && report.rows % 10'000 == 0) progress(report.rows, total);
    return true;
  }));
  if (error) return base::fail(*std::move(error));
  report.fingerprint = base::to_hex(again.chain);
  if (!report.good()) return report;
  const engine::Engine restored = WEIR_TRY(restore(journal));
  // The journal of a running server may have grown meanwhile; then there is nothing to compare.
  if (restored.state().sequence == engine.state().sequence &&
      restored.snapshot() != engine.snapshot()) {
    report.difference = "the state rebuilt from facts is not the one that stepping gives";
  }
  return report;
}

}  // namespace weir::app
