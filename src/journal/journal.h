// Keeps every step of the engine, durably and in order, and the texts of finished jobs.
//
// A journal stores bytes. It does not know what an input or a fact means, it keeps no blobs, and it
// does not decide what belongs into one group: whoever calls append() collects steps while the last
// group is being written (group commit).
//
// Three things stand in it:
//   rows       every step, never changed and never removed; each carries a hash of all before it
//   archive    the texts of jobs that have left the engine, written with the rows that ended them
//   snapshots  the engine's whole state after some row, so that a restart need not read every row
//
// Durable means: once append() or write_snapshot() has returned success, a `kill -9` of the process
// and a loss of power leave what was given to it in place, as far as the disk honours a flush.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/row.h"

namespace weir::journal {

using base::Result;
using base::Status;

// The engine's state after step `sequence`, whose row has the chain `chain`.
struct Snapshot {
  std::uint64_t sequence = 0;
  Digest chain = {};
  std::string state;

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

// The text of a finished job. Job numbers are unique in the whole journal, across tenants.
struct ArchivedJob {
  std::string tenant;
  std::uint64_t job = 0;
  std::string json;

  friend bool operator==(const ArchivedJob&, const ArchivedJob&) = default;
};

// Which archived jobs to list, newest (highest number) first.
struct ArchiveQuery {
  std::optional<std::string> tenant = {};    // only this tenant's; none: everybody's
  std::optional<std::uint64_t> before = {};  // the cursor: only jobs with a smaller number
  std::size_t limit = 100;
};

// Gets each row in turn; the row lives until the visitor returns. False ends the reading.
using RowVisitor = std::function<bool(const Row&)>;

class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  // Keeps `rows` and `archived` as one durable group: all of it or nothing. Archiving a job again
  // replaces its text.
  //
  // Requires: the rows follow last_sequence() without a gap, and each chain matches (checked: a
  //           caller that gets this wrong has lost its own state). A job stays with its tenant.
  // Ensures:  on success everything survives kill -9 and loss of power. On failure nothing of it
  //           can be read from this journal.
  // Fails:    input_output. If the disk is full the journal stays usable and the same group may be
  //           tried again. If the store itself failed (a sync above all), the journal is poisoned,
  //           see health(): nothing of the group was acknowledged, and whether it is there shows
  //           at the next open, then for all time.
  // Cost:     one flush of the disk, whatever the size of the group, and one SHA-256 a row.
  // Threads:  any; groups are written one after the other.
  [[nodiscard]] virtual Status append(std::span<const Row> rows,
                                      std::span<const ArchivedJob> archived) = 0;
  [[nodiscard]] Status append(std::span<const Row> rows) { return append(rows, {}); }

  // Number and chain of the last durable row; 0 and all zero in an empty journal. Both in one
  // value, so that they belong together whoever appends meanwhile. Cost: none.
  [[nodiscard]] virtual ChainWalk last() const = 0;
  [[nodiscard]] std::uint64_t last_sequence() const { return last().sequence(); }
  [[nodiscard]] Digest last_chain() const { return last().chain(); }

  // Success while appends can succeed; the error that poisoned the journal once they cannot. A
  // poisoned journal stays so until it is opened anew; reading goes on.
  [[nodiscard]] virtual Status health() const = 0;

  // Hands rows `from` to `to` (both included, ends of the journal where they lie outside) to
  // `visit` in order, each held against the chain: what comes out is what went in.
  // Fails:   input_output, naming the first step that is missing, changed or unreadable. Rows
  //          before it have been visited.
  // Cost:    a sequential read and one SHA-256 a row; memory for one row. Appends go on meanwhile.
  // Threads: any number at once.
  [[nodiscard]] Status read(std::uint64_t from, std::uint64_t to, const RowVisitor& visit);

  // The same without any check, for verify() and for looking at a damaged journal. Rows that are
  // missing are passed over.
  [[nodiscard]] virtual Status scan(std::uint64_t from, std::uint64_t to,
                                    const RowVisitor& visit) = 0;

  // Keeps the state after one of the rows, durably; the two newest snapshots stay.
  // Requires: snapshot.sequence is at most last_sequence().
  // Fails:    input_output; older snapshots stay as they are, and so does the journal's health.
  // Cost:     writes and flushes the state once. Appends go on meanwhile.
  [[nodiscard]] virtual Status write_snapshot(const Snapshot& snapshot) = 0;

  // The newest snapshot that is whole, none if there is none. A damaged one is never trusted: it
  // is passed over in favour of the one before.
  // Fails: input_output if a whole snapshot does not belong to these rows (its step is not there,
  //        or has another chain): then acknowledged rows were lost or exchanged, and going on from
  //        an older state would hide it.
  [[nodiscard]] Result<std::optional<Snapshot>> latest_snapshot();

  // The text of one finished job; none if it is not in the archive, or is another tenant's.
  [[nodiscard]] virtual Result<std::optional<std::string>> archived(std::string_view tenant,
                                                                    std::uint64_t job) = 0;
  // One page of the archive. The next page starts before the last job of this one.
  [[nodiscard]] virtual Result<std::vector<ArchivedJob>> archived_page(
      const ArchiveQuery& query) = 0;

  // The newest whole snapshot, not yet held against the rows.
  [[nodiscard]] virtual Result<std::optional<Snapshot>> stored_snapshot() = 0;
};

}  // namespace weir::journal
