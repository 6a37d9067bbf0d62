// Keeps a site true to its wanted state: decides what to start, stop, forget and report.
//
// No I/O, no clock, no thread: a shell (LocalAgent, or a simulated site) tells it what happened,
// asks `settle` what follows, and does that. Level-triggered: nothing depends on a message arriving
// once, in order or at all; what was missed is fetched whole.
//
//     joined, wanted, wanted_changed, observed, start_refused, acknowledged, refused  →  settle
//
// Rules it keeps:
//  · A rank is started only under a wish the control plane holds in this agent's epoch, never while
//    an older attempt of the same task is alive here, and never beside work that the control plane
//    has given up and that still holds the same nodes (such work is stopped first).
//  · A gang lives and dies together: when one rank fails, those alive are stopped and those not
//    started never are.
//  · What is wanted of an attempt only goes forward: run, stop, forget.
//  · Cut off for as long as it may be, a site ends what it runs, and starts nothing until it is
//    heard again: what is lost there and begun elsewhere does not run twice.
//  · What the site took and does not begin in time it hands back: none of it runs then, and the
//    control plane places it anew.
//  · An end is said again until the control plane says forget; then the site forgets it too.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "agent/attempt.h"
#include "backend/rank.h"
#include "base/result.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/effect.h"
#include "model/input.h"

namespace weir::agent {

struct Settings {
  std::string site = "local";
  std::string master_address = "127.0.0.1";
  base::Duration heartbeat = std::chrono::seconds(10);    // a report at least this often
  base::Duration end_again = std::chrono::seconds(1);     // between two reports of one end
  base::Duration answer_after = std::chrono::seconds(5);  // then what was asked is asked again
  base::Duration behind_after = std::chrono::seconds(1);  // then a missed change is fetched
  std::size_t report_attempts_max = 1000;                 // more go into the next report
  // Without an answer for so long what runs here is ended, as the control plane is about to have it
  // run elsewhere; 0: never. It has to be gone before the site's lease is over there.
  base::Duration fence_after{0};
  // What has not begun so long after it was asked for is handed back, to be placed anew; 0: never.
  // For backends that queue.
  base::Duration begin_within{0};
};

struct StartRank {
  backend::RankKey key;
  std::shared_ptr<const model::AttemptWish> wish;  // key.rank is the index in wish->ranks
  std::map<std::string, std::string> environment;
};
struct StopRank {
  backend::RankKey key;
  std::string reason;  // for people
  backend::StopAfter after = backend::StopAfter::nothing;
};
struct ForgetRank {
  backend::RankKey key;
};
// Make versions of what it leaves, whole or not at all, and say `published`.
struct PublishOutputs {
  model::AttemptKey key;
  std::vector<model::DataOutput> outputs;
};
// Send it, and say `acknowledged` or `refused` when the answer comes.
struct SendReport {
  model::ReportSite report;
};
// Ask for the whole wanted state, and say `wanted` when it comes.
struct FetchWanted {};
// Join the site (again), and say `joined` when the answer comes.
struct Join {};

using Action =
    std::variant<StartRank, StopRank, ForgetRank, SendReport, FetchWanted, Join, PublishOutputs>;

class AgentCore {
 public:
  explicit AgentCore(Settings settings) : settings_(std::move(settings)) {}

  // ---- what happened. Anything may come late, twice or never.

  // The control plane took this agent for its site. An answer to an older Join changes nothing.
  void joined(std::uint64_t epoch);
  void wanted(model::WantedState state);
  void wanted_changed(model::ChangeWanted change);
  void observed(std::span<const backend::RankObservation> observations);
  // Starting a rank failed at once: conflict, it has run before; anything else, nothing was begun.
  void start_refused(const backend::RankKey& key, const base::Error& error);
  // The site's owner does not have this work here; `passes`: not now, but maybe later.
  void refused_here(const model::AttemptKey& key, const std::string& why, bool passes);
  // The outputs of an attempt that ended are versions in the site's store, or why not.
  void published(const model::AttemptKey& key, std::vector<model::OutputReport> outputs,
                 std::string trouble);
  // What others than Weir hold of the site's nodes, whole, as it is now.
  void others_seen(std::vector<model::RankPlacement> held);
  // The report with this sequence is durable; `wanted_version` is the control plane's.
  void acknowledged(std::uint64_t sequence, std::uint64_t wanted_version);
  // The report with this sequence came from an epoch that is over.
  void refused(std::uint64_t sequence);

  // ---- what follows from it

  // What to do now, in this order. Requires: `now` does not go back. Starts that are refused are
  // to be told (start_refused) before the next call.
  [[nodiscard]] std::vector<Action> settle(base::Time now);
  // When settle has something to do at the latest, if nothing happens before.
  [[nodiscard]] base::Time next_wake() const;

  [[nodiscard]] const std::map<model::AttemptKey, Attempt>& attempts() const { return attempts_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  // When the last question was asked that the control plane has answered; none: it has none.
  [[nodiscard]] std::optional<base::Time> last_heard() const { return heard_; }

 private:
  // A question under way, asked again where no answer comes.
  struct Question {
    bool wanted = false;
    std::optional<base::Time> asked;

    void ask() { wanted = true; }
    void answered() { *this = {}; }
    [[nodiscard]] bool due(base::Time now, base::Duration answer_after) const {
      return wanted && (!asked || now - *asked >= answer_after);
    }
  };
  struct Outstanding {
    std::uint64_t sequence = 0;
    base::Time sent;
    std::vector<model::AttemptKey> attempts;
    bool others = false;  // it says what others hold
  };

  Attempt& attempt(const model::AttemptKey& key);
  void rejoin();
  void merge(model::AttemptWish wish);
  void forget_unlisted(const std::set<model::AttemptKey>& listed);
  void give_up(Attempt& attempt);
  void apply_early_changes();

  void fence(base::Time now);
  void hand_back(base::Time now);
  void note_beginning(Attempt& attempt, base::Time now);
  void heard(base::Time asked);

  // One attempt that something happened to: starts, stops and forgets what is to be.
  void consider(Attempt& attempt, std::vector<Action>& actions);
  void start_ranks(Attempt& attempt, std::vector<Action>& actions);
  void stop_ranks(Attempt& attempt, std::vector<Action>& actions);
  void forget(const Attempt& attempt, std::vector<Action>& actions);
  void update_phase(Attempt& attempt, std::vector<Action>& actions);
  [[nodiscard]] bool may_start(const Attempt& attempt) const;
  [[nodiscard]] bool beside_a_ghost(const Attempt& attempt) const;
  void touch_waiting();
  void touch_later_attempts(const model::AttemptKey& key);

  void ask(base::Time now, std::vector<Action>& actions);
  void report(base::Time now, std::vector<Action>& actions);
  [[nodiscard]] bool is_behind() const { return held_ && known_version_ > *held_; }

  Settings settings_;
  std::map<model::AttemptKey, Attempt> attempts_;
  std::set<model::AttemptKey> touched_;  // to be considered
  std::set<model::AttemptKey> waiting_;  // wanted, and not yet allowed to start
  std::set<std::pair<base::Time, model::AttemptKey>> to_begin_;  // by Attempt::begin_by
  std::set<model::AttemptKey> ghosts_;  // alive here, and given up by the control plane

  // The control plane as this agent knows it.
  std::uint64_t epoch_ = 0;
  bool joined_ = false;                // false: the epoch is over, or there was none
  std::optional<std::uint64_t> held_;  // the version of the wanted state; none: not known whole
  std::vector<model::ChangeWanted> early_;  // came while the whole was being fetched
  Question join_{true, {}};
  Question fetch_;
  std::uint64_t known_version_ = 0;  // the newest version heard of
  std::optional<base::Time> behind_since_;
  std::optional<base::Time> heard_;  // when the last question was asked that it has answered
  bool fenced_ = false;

  // Reports.
  std::set<model::AttemptKey> to_report_;
  std::set<std::pair<base::Time, model::AttemptKey>> ends_told_;  // when each is told again
  std::optional<Outstanding> outstanding_;
  std::optional<std::vector<model::RankPlacement>> others_;  // as of the last look
  bool others_told_ = true;                                  // the control plane has them
  std::optional<base::Time> last_report_;
  std::uint64_t sequence_ = 0;
};

}  // namespace weir::agent
