// The modelled control plane: an engine, its journal with group commit, and the discipline between
// them: nothing leaves before the rows it follows from are durable.
//
// The process crashes and comes up again; the journal's disk stays.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/random.h"
#include "engine/engine.h"
#include "journal/memory_journal.h"
#include "model/effect.h"
#include "tests/world/agenda.h"
#include "tests/world/checkers.h"
#include "tests/world/faults.h"
#include "tests/world/trace.h"

namespace weir::world {

class Server {
 public:
  using Answer = std::function<void(const engine::Reply&)>;
  using WantedAnswer = std::function<void(const model::WantedState&)>;
  using SendEffect = std::function<void(const model::ChangeWanted&)>;

  Server(Agenda& agenda, const Faults& faults, base::Random random, Trace& trace,
         Checkers& checkers, Plant plant, SendEffect send_effect);

  void start();
  // The process ends here and now, and comes up again after `down`.
  void crash(const std::string& why, base::Duration down);
  [[nodiscard]] bool up() const { return engine_.has_value(); }

  // A message has arrived. Where the server is down, nobody answers.
  void take(const model::Input& input, const Answer& answer);
  void tell_wanted(const std::string& site, const WantedAnswer& answer);

  [[nodiscard]] const engine::Engine& engine() const { return *engine_; }
  // No step waits for its commit.
  [[nodiscard]] bool settled() const { return up() && waiting_.empty() && group_.empty(); }
  [[nodiscard]] journal::Journal& journal() { return journal_; }

 private:
  // What leaves once everything stepped before it is durable.
  struct Output {
    std::optional<journal::Row> row;
    std::vector<model::Effect> effects;
    std::function<void()> answer;
  };
  [[nodiscard]] engine::Engine rebuilt();
  void put(Output output);
  void begin_commit();
  void finish_commit();
  [[nodiscard]] bool append(const std::vector<journal::Row>& rows);
  bool release(const std::vector<Output>& group);
  void write_snapshot_sometimes();
  void wake_at_need();
  void crash_somewhere(const char* where);
  [[nodiscard]] model::Input with_current_epoch(const model::Input& input) const;

  Agenda& agenda_;
  const Faults& faults_;
  base::Random random_;
  Trace& trace_;
  Checkers& checkers_;
  Plant plant_;
  SendEffect send_effect_;

  journal::MemoryJournal journal_;
  std::optional<engine::Engine> engine_;  // none: the process is down
  std::uint64_t life_ = 0;                // counts starts; what an older life planned is void
  base::Digest chain_{};                  // of the last row made, durable or not
  std::vector<Output> waiting_;           // for the next group
  std::vector<Output> group_;             // being written
  std::optional<base::Time> woken_at_;
};

}  // namespace weir::world
