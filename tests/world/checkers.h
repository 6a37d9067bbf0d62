// What must hold in every world after every step, whatever goes wrong.
//
// The checkers see each step of the engine, each row that became durable, each answer that reached
// a client and each process that began. They keep a follower: a second engine that steps every
// journaled input again, so that facts, state and rebuilt state are compared all along.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/hash.h"
#include "engine/engine.h"
#include "journal/journal.h"
#include "tests/world/agenda.h"
#include "tests/world/bytes.h"
#include "tests/world/processes.h"

namespace weir::world {

// A checker fired.
class CheckFailed : public std::runtime_error {
 public:
  CheckFailed(std::string checker, const std::string& what)
      : std::runtime_error(what), checker_(std::move(checker)) {}
  [[nodiscard]] const std::string& checker() const { return checker_; }

 private:
  std::string checker_;
};

class Checkers {
 public:
  explicit Checkers(const Agenda& agenda) : agenda_(agenda) {}

  // The truth of a site, to hold reports against.
  void watch(const std::string& site, const Processes& processes) { truth_[site] = &processes; }
  // Where data really lies.
  void watch(const Bytes& bytes) { bytes_ = &bytes; }

  // ---- told as the world goes on

  // The epoch a report is up against, before it is stepped; 0 for other inputs.
  [[nodiscard]] std::uint64_t epoch_for(const model::Input& input,
                                        const engine::Engine& engine) const;
  void stepped(const model::Input& input, std::uint64_t epoch_before, const engine::Step& step,
               const engine::Engine& engine, const journal::Row* row);
  void durable(const std::vector<journal::Row>& rows);
  // The live engine, all of whose rows are durable.
  void live(const engine::Engine& engine);
  // A server came up on what its journal kept.
  void rebuilt(journal::Journal& journal, const engine::Engine& engine);
  // A client was told that these jobs are taken; "" where it gave no key.
  void accepted(const std::vector<model::JobId>& jobs, const std::string& key);
  void process_begun(const std::string& site, const backend::RankKey& key);
  void queues(std::size_t under_way, std::size_t attempts_at_site, const Processes& processes);

  // ---- at the end, when all is calm

  // Why the world has not come to rest, or "".
  [[nodiscard]] std::string unrest(const engine::Engine& engine) const;
  void at_rest(journal::Journal& journal, const engine::Engine& engine);

  template <typename What>
  void require(bool holds, const char* checker, What&& what) const {
    if (!holds) throw CheckFailed(checker, what());
  }

  // Over all steps so far: their times, inputs, facts and refusals, by the journal's own chain.
  [[nodiscard]] std::string fingerprint() const;
  [[nodiscard]] std::uint64_t engine_steps() const { return engine_steps_; }

 private:
  // What durable facts say of one job.
  struct JobLife {
    bool held = false;
    bool cancelled = false;
    bool ended = false;
    model::JobState end = model::JobState::queued;
    std::set<model::AttemptKey> running;
    std::set<model::AttemptKey> all;
  };
  void check_engine(const engine::Engine& engine) const;
  void check_counts(const engine::Engine& engine) const;
  void check_transfers(const engine::Engine& engine) const;
  void check_submission(const model::SubmitJobs& input, const engine::Step& step,
                        const engine::Engine& engine) const;
  void follow(const journal::Row& row);
  void note(const model::Fact& fact);
  void note_placed(const model::TaskPlaced& fact);
  void note_attempt_end(const model::AttemptEnded& fact);
  void check_truth(const model::AttemptEnded& fact) const;

  const Agenda& agenda_;
  std::map<std::string, const Processes*> truth_;
  const Bytes* bytes_ = nullptr;
  engine::Engine follower_;  // stands behind the last durable row it has seen
  std::map<model::JobId, JobLife> jobs_;
  std::map<model::AttemptKey, std::uint32_t> ranks_;  // of every attempt ever placed
  std::set<std::string> keys_;                        // idempotency keys that were kept
  std::map<model::JobId, std::string> accepted_;      // and the key each came with
  std::map<std::string, std::vector<model::JobId>> accepted_by_key_;
  base::Digest fingerprint_{};
  std::uint64_t engine_steps_ = 0;
};

// True if the job could run on these nodes, were they empty: found by trying, not by the scheduler.
[[nodiscard]] bool could_run(const model::JobSpec& spec, const std::vector<model::Node>& nodes);

}  // namespace weir::world
