// A journal in memory, for tests and simulated worlds, that can be made to fail as a disk fails.
//
// It stands for disk and process in one: crash() ends the "process", restart() opens what the
// "disk" kept. In between every call fails. Nothing here survives the real process.
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "journal/journal.h"

namespace weir::journal {

class MemoryJournal final : public Journal {
 public:
  using Journal::append;
  [[nodiscard]] Status append(std::span<const Row> rows,
                              std::span<const ArchivedJob> archived) override;
  [[nodiscard]] ChainWalk last() const override;
  [[nodiscard]] Status health() const override;
  [[nodiscard]] Status scan(std::uint64_t from, std::uint64_t to, const RowVisitor& visit) override;
  [[nodiscard]] Status write_snapshot(const Snapshot& snapshot) override;
  [[nodiscard]] Result<std::optional<Snapshot>> stored_snapshot() override;
  [[nodiscard]] Result<std::optional<std::string>> archived(std::string_view tenant,
                                                            std::uint64_t job) override;
  [[nodiscard]] Result<std::vector<ArchivedJob>> archived_page(const ArchiveQuery& query) override;

  // The next append fails and keeps nothing, as on a full disk; the one after it works again.
  void fail_next_append();
  // The next append keeps only the first `kept` rows of its group and nothing for the archive,
  // fails, and the process has crashed. `kept` = 0 or the whole group is what a store may really
  // do; anything between is a store that breaks its word.
  void tear_next_append(std::size_t kept);
  // The next append keeps its group durably, yet the caller only hears that the process crashed.
  void crash_after_next_append();
  // While set, appends and snapshots report success without a flush: a crash loses them. A planted
  // fault, to show that a checker would notice.
  void skip_sync(bool skip);

  // The process ends: what was not durable is gone, and every call fails until restart().
  void crash();
  void restart();

 private:
  // What an append meets besides the ordinary.
  enum class Plan : std::uint8_t { succeed, fail, tear, crash_after };

  void store(std::span<const Row> rows, std::span<const ArchivedJob> archived);
  void mark_durable();
  void lose_volatile();

  mutable std::mutex mutex_;  // guards everything below
  std::deque<Row> rows_;      // rows_[i] has sequence i + 1
  std::map<std::uint64_t, ArchivedJob> archive_;
  std::deque<Snapshot> snapshots_;  // oldest first, at most two
  // What a crash falls back to while syncs are skipped.
  std::size_t durable_rows_ = 0;
  std::map<std::uint64_t, std::optional<ArchivedJob>> archive_before_;
  std::deque<Snapshot> durable_snapshots_;
  bool skip_sync_ = false;

  Plan plan_ = Plan::succeed;
  std::size_t tear_keeps_ = 0;
  bool crashed_ = false;
};

}  // namespace weir::journal
