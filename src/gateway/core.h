// What the gateway needs of the house behind it: the engine, the journal, the site's logs.
//
// The gateway never touches them itself. Whoever puts the process together (app/) implements this;
// tests do it with an engine in memory. Nothing here blocks unless its contract says so, because
// the gateway calls from the threads that serve connections.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/result.h"
#include "engine/engine.h"
#include "gateway/histogram.h"
#include "journal/journal.h"
#include "model/fact.h"
#include "model/input.h"

namespace weir::gateway {

// A row of the journal that will never be lost, with its facts read.
struct DurableRow {
  std::uint64_t sequence = 0;  // counts from 1, without a gap
  base::Time time;
  std::vector<model::Fact> facts;
};
using DurableRows = std::span<const std::shared_ptr<const DurableRow>>;

// Counts since the process began, for /metrics.
struct CoreStatistics {
  std::uint64_t steps = 0;           // inputs the engine has taken
  std::uint64_t commits = 0;         // groups made durable
  std::uint64_t rows = 0;            // rows in them
  std::uint64_t inputs_waiting = 0;  // not yet taken
  HistogramCounts commit_seconds;    // from the start of a commit to its durable end
};

class Core {
 public:
  Core() = default;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  virtual ~Core() = default;

  // Gives one input to the engine. `when_durable` hears the reply, on another thread or this one,
  // once the facts are durable; a core that ends answers `unavailable`.
  virtual void submit(model::Input input, std::function<void(engine::Reply)> when_durable) = 0;

  // Runs `question` on the engine's thread between two steps: it must be quick, and copy what it
  // needs. `then` is called once everything the question saw is durable; never, if the core ends.
  virtual void ask(std::function<void(const engine::Engine&, base::Time now)> question,
                   std::function<void()> then) = 0;

  // Every row that becomes durable from now on, in order, without a gap, one thread at a time.
  // `on_rows` is quick and does not throw, and it hears of a row BEFORE the replies to the inputs
  // of that row go out: a token works, and an ended job is seen to have ended, for whoever has
  // read the reply. Destroying the handle ends it: `on_rows` is not running and will not run again.
  [[nodiscard]] virtual std::shared_ptr<void> follow(std::function<void(DurableRows)> on_rows) = 0;

  // Durable rows `from` to `to`, both included, until `visit` gives false. Blocks on the disk.
  // Fails: input_output.
  virtual base::Status read_rows(std::uint64_t from, std::uint64_t to,
                                 const std::function<bool(const DurableRow&)>& visit) = 0;

  // A page of the archive of finished jobs, newest first. Blocks on the disk. Fails: input_output.
  [[nodiscard]] virtual base::Result<std::vector<journal::ArchivedJob>> archived_jobs(
      const journal::ArchiveQuery& query) = 0;

  // What a rank has written, as backend::Backend::read_log has it: also after its end. Blocks on
  // the disk, or on the site's answer. Fails: input_output; unavailable, the site cannot be asked.
  [[nodiscard]] virtual base::Result<backend::LogChunk> read_log(
      const std::string& site, model::AttemptKey attempt, std::uint32_t rank,
      backend::Stream stream, std::int64_t offset, std::size_t bytes_max) = 0;

  // Runs shell text beside a rank, as backend::Backend::exec has it. Blocks until its end.
  // Fails: conflict, the rank does not run; input_output; unavailable.
  [[nodiscard]] virtual base::Result<int> exec(
      const std::string& site, model::AttemptKey attempt, std::uint32_t rank,
      const std::string& command, const std::function<void(std::string_view)>& on_output,
      std::stop_token cancel) = 0;

  // Opens what was sealed. Fails: invalid, under another key.
  [[nodiscard]] virtual base::Result<std::string> unseal(std::string_view sealed) = 0;

  // Seals a secret so that only the sites' agents can read it. Fails: input_output.
  [[nodiscard]] virtual base::Result<std::string> seal(std::string_view secret) = 0;

  [[nodiscard]] virtual CoreStatistics statistics() const = 0;
};

}  // namespace weir::gateway
