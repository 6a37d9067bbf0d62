// One modelled site: it starts what is wanted, ends it when its time has come, and has a report
// ready of whatever the engine does not know yet.
//
// It stands for agent and machines together, without processes, messages or disks (tests/world has
// those). It knows what the engine cannot: how long each attempt really runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/effect.h"
#include "model/input.h"
#include "twin/attempt_map.h"
#include "twin/event_queue.h"

namespace weir::twin {

// What a scenario says of a site.
struct SiteModel {
  std::string name;
  std::vector<model::Node> nodes;
  base::Duration start_latency{};    // from the wish to the first instruction of the program
  base::Duration restart_latency{};  // on top of that, for work that goes on from its checkpoint
  base::Duration stop_latency{};     // from the wish to stop until its place is free: a checkpoint
  // How much longer gangs across switches take, in percent, by node (twin/scenario.h); empty: none.
  struct Crossing {
    std::uint32_t leaf_percent = 0;
    std::uint32_t pod_percent = 0;
  };
  std::vector<Crossing> crossings = {};
};

// What one that takes turns does of its work in one: until when, and how much is done then.
struct Turn {
  base::Time until;
  std::int64_t done_micro = 0;
  bool ends = false;  // all of it is done
};
// Asked at each beginning of a turn; `from`: the first instruction, `rests_at`: the round's end.
using Turns = std::function<Turn(const model::AttemptKey&, base::Time from, base::Time rests_at)>;

// How long an attempt runs if nothing ends it before; none: it never ends by itself. Asked once for
// each attempt.
using RunTimes = std::function<std::optional<base::Duration>(const model::AttemptKey&)>;

// Asked once for each attempt as it gets its place: true if it has to fetch its data first.
using Fetch = std::function<bool(std::uint32_t site, const model::AttemptKey&, base::Time now)>;

struct SiteRules {
  RunTimes run_times;
  Turns turns;
  // True: a time limit ends work, as an agent would. False: work runs its course whatever its limit
  // said, as it evidently did where a trace has run times above the limits.
  bool limits_end_work = true;
  Fetch fetch = {};
  // False: the engine is not told how nodes hang together, and it tells all the same.
  bool tells_topology = true;
};

class Site {
 public:
  Site(std::uint32_t index, SiteModel model, const SiteRules& rules, EventQueue& events);

  // ---- what the engine says

  void joined(std::uint64_t epoch) { epoch_ = epoch; }
  // A change of the wanted state. A silent site hears nothing.
  void take(const model::ChangeWanted& change, base::Time now);
  // The whole of it, as an agent fetches it when it comes up; what is not in it is killed.
  void take(const model::WantedState& wanted, base::Time now);
  // Work that runs here already when the simulation begins; what should have ended ends now.
  void adopt(const model::AttemptWish& wish, base::Time started, base::Time now);

  // ---- what happens

  // Of an event that was put into the queue for this site. One whose attempt has gone is void.
  void begin(const model::AttemptKey& key, base::Time now);
  void end(const model::AttemptKey& key, base::Time now);
  void rest(const model::AttemptKey& key, base::Time now);
  void stop(const model::AttemptKey& key, base::Time now);
  // The data it waited for has come.
  void fetched(const model::AttemptKey& key, base::Time now);
  // All bytes of a transfer have come.
  void brought(model::TransferId transfer);
  // The node and all work on it are gone; what is placed on it begins when it is back.
  void lose_node(std::uint32_t node);
  void mend_node(std::uint32_t node, base::Time now);
  // No word from the site from now on; without power its work is gone as well.
  void fall_silent(bool power_lost);
  void speak_again() { silent_ = false; }

  // ---- what it says

  [[nodiscard]] model::JoinSite join() const;
  // True if there is something the engine must hear at once. A start without latency is not: the
  // engine takes the moment of placing for it, and is told with the next report.
  [[nodiscard]] bool has_news() const { return !silent_ && news_; }
  // All that the engine does not know yet; ended work is forgotten here with it.
  [[nodiscard]] model::ReportSite report();

  [[nodiscard]] const SiteModel& model() const { return model_; }
  [[nodiscard]] bool silent() const { return silent_; }
  [[nodiscard]] std::size_t attempts() const { return attempts_.size(); }
  // Counted over the whole run.
  [[nodiscard]] std::uint64_t attempts_lost() const { return attempts_lost_; }
  [[nodiscard]] std::uint64_t silences() const { return silences_; }
  [[nodiscard]] std::uint64_t node_faults() const { return node_faults_; }

 private:
  struct Attempt {
    model::AttemptPhase phase = model::AttemptPhase::starting;
    base::Time begins;                  // planned
    std::optional<base::Time> started;  // done
    base::Time ends;
    std::optional<base::Duration> time_limit;
    model::Outcome outcome;
    std::vector<std::uint32_t> nodes;
    bool takes_turns = false;
    bool stopping = false;
    bool fetching = false;
    std::optional<base::Time> rests;
    std::int64_t done_micro = 0;  // once it rests
    std::uint64_t told = 0;       // in the report of this number, last
  };

  void run(const model::AttemptWish& wish, base::Time now);
  void start(const model::AttemptKey& key, Attempt& attempt, base::Time now);
  void go(const model::AttemptKey& key, Attempt& attempt, base::Time now);
  void take_turn(const model::AttemptKey& key, Attempt& attempt, base::Time now);
  void begin_stop(const model::AttemptKey& key, Attempt& attempt, model::Reason reason,
                  base::Time now);
  void finish(const model::AttemptKey& key, Attempt& attempt, model::Outcome outcome);
  void lose(const model::AttemptKey& key, Attempt& attempt);
  [[nodiscard]] bool nodes_up(const Attempt& attempt) const;
  void say(const model::AttemptKey& key) { unsaid_.push_back(key); }
  void put(EventKind kind, base::Time time, const model::AttemptKey& key);

  std::uint32_t index_;
  SiteModel model_;
  const SiteRules& rules_;
  EventQueue& events_;
  std::uint64_t epoch_ = 0;
  std::uint64_t sequence_ = 0;
  bool silent_ = false;
  base::Time rests_at_;        // of the round that runs
  std::uint32_t at_work_ = 0;  // attempts that take turns and do not rest
  bool news_ = false;
  AttemptMap<Attempt> attempts_;
  std::vector<model::AttemptKey> unsaid_;          // in the order of what happened
  std::vector<model::TransferId> brought_;         // likewise: transfers
  std::map<std::uint32_t, std::uint32_t> broken_;  // node → faults not mended
  std::uint64_t attempts_lost_ = 0;
  std::uint64_t silences_ = 0;
  std::uint64_t node_faults_ = 0;
};

}  // namespace weir::twin
