#include "journal/memory_journal.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir::journal {

namespace {

constexpr std::size_t snapshots_kept = 2;

tl::unexpected<base::Error> crashed() {
  return base::fail(base::ErrorCode::input_output, "the journal's process has crashed");
}

}  // namespace

Status MemoryJournal::append(std::span<const Row> rows, std::span<const ArchivedJob> archived) {
  const std::lock_guard lock(mutex_);
  if (crashed_) return crashed();
  ChainWalk walk = rows_.empty() ? ChainWalk() : ChainWalk(rows_.size(), rows_.back().chain);
  for (const Row& row : rows) {
    WEIR_CHECK(!walk.advance(row), "appended rows follow the last one, with its chain");
  }
  switch (std::exchange(plan_, Plan::succeed)) {
    case Plan::succeed:
      store(rows, archived);
      return {};
    case Plan::fail:
      return base::fail(base::ErrorCode::input_output, "append: the disk is full");
    case Plan::tear:
      store(rows.first(std::min(tear_keeps_, rows.size())), {});
      break;
    case Plan::crash_after:
      store(rows, archived);
      break;
  }
  lose_volatile();
  return crashed();
}

void MemoryJournal::store(std::span<const Row> rows, std::span<const ArchivedJob> archived) {
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  for (const ArchivedJob& job : archived) {
    const auto found = archive_.find(job.job);
    WEIR_CHECK(found == archive_.end() || found->second.tenant == job.tenant,
               "an archived job stays with its tenant");
    if (skip_sync_) {
      archive_before_.try_emplace(
          job.job, found == archive_.end() ? std::nullopt : std::optional(found->second));
    }
    archive_.insert_or_assign(job.job, job);
  }
  if (!skip_sync_) mark_durable();
}

void MemoryJournal::mark_durable() {
  durable_rows_ = rows_.size();
  archive_before_.clear();
}

void MemoryJournal::lose_volatile() {
  crashed_ = true;
  rows_.resize(durable_rows_);
  for (auto& [job, before] : archive_before_) {
    if (before) {
      archive_.insert_or_assign(job, std::move(*before));
    } else {
      archive_.erase(job);
    }
  }
  archive_before_.clear();
  snapshots_ = durable_snapshots_;
}

ChainWalk MemoryJournal::last() const {
  const std::lock_guard lock(mutex_);
  return rows_.empty() ? ChainWalk() : ChainWalk(rows_.size(), rows_.back().chain);
}

Status MemoryJournal::health() const {
  const std::lock_guard lock(mutex_);
  if (crashed_) return crashed();
  return {};
}

Status MemoryJournal::scan(std::uint64_t from, std::uint64_t to, const RowVisitor& visit) {
  Row row;
  for (std::uint64_t sequence = std::max<std::uint64_t>(from, 1); sequence <= to; ++sequence) {
    {
      // A copy, so that the visitor may call the journal and appends may go on.
      const std::lock_guard lock(mutex_);
      if (crashed_) return crashed();
      if (sequence > rows_.size()) return {};
      row = rows_[sequence - 1];
    }
    if (!visit(row)) return {};
  }
  return {};
}

Status MemoryJournal::write_snapshot(const Snapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  if (crashed_) return crashed();
  WEIR_CHECK(snapshot.sequence <= rows_.size(), "a snapshot is taken after a durable row");
  const auto same = [&](const Snapshot& other) { return other.sequence == snapshot.sequence; };
  std::erase_if(snapshots_, same);
  snapshots_.push_back(snapshot);
  std::ranges::sort(snapshots_, {}, &Snapshot::sequence);
  while (snapshots_.size() > snapshots_kept) snapshots_.pop_front();
  if (!skip_sync_) durable_snapshots_ = snapshots_;
  return {};
}

Result<std::optional<Snapshot>> MemoryJournal::stored_snapshot() {
  const std::lock_guard lock(mutex_);
  if (crashed_) return crashed();
  if (snapshots_.empty()) return std::optional<Snapshot>();
  return std::optional(snapshots_.back());
}

Result<std::optional<std::string>> MemoryJournal::archived(std::string_view tenant,
                                                           std::uint64_t job) {
  const std::lock_guard lock(mutex_);
  if (crashed_) return crashed();
  const auto found = archive_.find(job);
  if (found == archive_.end() || found->second.tenant != tenant) {
    return std::optional<std::string>();
  }
  return std::optional(found->second.json);
}

Result<std::vector<ArchivedJob>> MemoryJournal::archived_page(const ArchiveQuery& query) {
  const std::lock_guard lock(mutex_);
  if (crashed_) return crashed();
  std::vector<ArchivedJob> page;
  auto it = query.before ? archive_.lower_bound(*query.before) : archive_.end();
  while (it != archive_.begin() && page.size() < query.limit) {
    --it;
    if (!query.tenant || it->second.tenant == *query.tenant) page.push_back(it->second);
  }
  return page;
}

void MemoryJournal::fail_next_append() {
  const std::lock_guard lock(mutex_);
  plan_ = Plan::fail;
}

void MemoryJournal::tear_next_append(std::size_t kept) {
  const std::lock_guard lock(mutex_);
  plan_ = Plan::tear;
  tear_keeps_ = kept;
}

void MemoryJournal::crash_after_next_append() {
  const std::lock_guard lock(mutex_);
  plan_ = Plan::crash_after;
}

void MemoryJournal::skip_sync(bool skip) {
  const std::lock_guard lock(mutex_);
  skip_sync_ = skip;
  if (skip) return;
  mark_durable();
  durable_snapshots_ = snapshots_;
}

void MemoryJournal::crash() {
  const std::lock_guard lock(mutex_);
  lose_volatile();
}

void MemoryJournal::restart() {
  const std::lock_guard lock(mutex_);
  crashed_ = false;
  plan_ = Plan::succeed;
}

}  // namespace weir::journal
