// The modelled machines of a site: a backend whose processes live on when agent and server die.
//
// It knows what really ran, which is what the checkers hold everything else against.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "backend/rank.h"
#include "base/random.h"
#include "base/result.h"
#include "model/attempt.h"
#include "model/site.h"
#include "tests/world/agenda.h"
#include "tests/world/faults.h"
#include "tests/world/trace.h"

namespace weir::world {

class Processes {
 public:
  // Told of every process that comes to life: before it, nothing of it ran.
  using Begun = std::function<void(const backend::RankKey&)>;

  Processes(Agenda& agenda, const Faults& faults, base::Random random, Trace& trace,
            std::vector<model::Node> nodes)
      : agenda_(agenda),
        faults_(faults),
        random_(random),
        trace_(trace),
        nodes_(std::move(nodes)) {}

  void when_begun(Begun begun) { begun_ = std::move(begun); }
  // Called when observations wait to be fetched.
  void when_changed(std::function<void()> changed) { changed_ = std::move(changed); }

  // As backend::Backend has it.
  base::Status start(const backend::RankKey& key, const model::AttemptWish& wish);
  void stop(const backend::RankKey& key);
  void forget(const backend::RankKey& key);
  [[nodiscard]] std::vector<backend::RankObservation> observe();
  [[nodiscard]] std::vector<backend::RankObservation> changes();

  // The machines go down and come up again: nothing runs any more, and of what began a moment ago
  // not even a note is left.
  void lose_power();
  // The same processes run on, on machines that are now cut into other nodes.
  void cut_into(std::vector<model::Node> nodes) {
    nodes_ = std::move(nodes);
    ++cut_;
  }

  // What really is, and was.
  struct Life {
    model::RankWish share;
    std::uint32_t cut = 0;               // which cut of the machines the share is of
    std::vector<std::string> addresses;  // of its devices
    base::Time started;
    bool alive = false;
    std::uint32_t runs = 0;        // how often it came to life
    backend::RankOutcome outcome;  // once it is not alive
  };
  [[nodiscard]] const std::map<backend::RankKey, Life>& lives() const { return lives_; }
  [[nodiscard]] const std::set<backend::RankKey>& alive() const { return alive_; }
  [[nodiscard]] const std::vector<model::Node>& nodes() const { return nodes_; }
  [[nodiscard]] std::uint32_t cut() const { return cut_; }
  // Ranks the backend still keeps a note of.
  [[nodiscard]] std::size_t noted() const { return notes_.size(); }

 private:
  // What the backend has on its disk about a rank.
  struct Note {
    backend::RankObservation seen;
    std::uint64_t plan = 0;  // only the newest planned end counts
    bool stopping = false;
  };
  struct Fate {
    base::Duration length{};
    backend::RankOutcome outcome;
  };
  [[nodiscard]] Fate draw_fate(const model::AttemptWish& wish);
  void plan_end(const backend::RankKey& key, base::Duration after, backend::RankOutcome outcome);
  void end(const backend::RankKey& key, backend::RankOutcome outcome);
  void changed(const backend::RankKey& key);

  Agenda& agenda_;
  const Faults& faults_;
  base::Random random_;
  Trace& trace_;
  std::vector<model::Node> nodes_;
  std::uint32_t cut_ = 0;
  Begun begun_;
  std::function<void()> changed_;
  std::map<backend::RankKey, Note> notes_;
  std::set<backend::RankKey> forgotten_;
  std::set<backend::RankKey> news_;
  std::map<backend::RankKey, Life> lives_;
  std::set<backend::RankKey> alive_;
  std::uint64_t plans_ = 0;
};

}  // namespace weir::world
