// The same engine under a virtual clock: inputs come from a workload and modelled sites, time jumps
// from one event to the next, facts go to whoever watches.
//
// It is no second scheduler: whatever is decided, engine::Engine::step decides. Messages are
// neither lost nor late; what goes wrong is in twin/faults.h. Sites report what the engine does not
// know at the moment it happens, all of one moment together. An empty report ("heartbeat") is sent
// only where a lease is about to be looked at: no decision depends on any other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "journal/row.h"
#include "twin/arrivals.h"
#include "twin/event_queue.h"
#include "twin/faults.h"
#include "twin/fetching.h"
#include "twin/power.h"
#include "twin/site.h"

namespace weir::twin {

class Simulation {
 public:
  // Told of each step, in order.
  using Watcher =
      std::function<void(base::Time now, const model::Input& input, const engine::Step& step)>;

  // Goes on from `engine` at `now`: a new one, or a copy of one that lives elsewhere.
  Simulation(engine::Engine engine, base::Time now, SiteRules rules);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  void watch(Watcher watcher) { watcher_ = std::move(watcher); }
  // Told that a step is about to be taken.
  void watch_before(std::function<void()> watcher) { before_ = std::move(watcher); }
  // The journal of this run, row by row.
  void watch_rows(std::function<void(const journal::Row&)> watcher) {
    row_watcher_ = std::move(watcher);
  }

  // Without rows and their chain: a sixth less work, and no fingerprint.
  void keep_no_rows() { keeps_rows_ = false; }

  // Works out shares, for a policy that goes by them.
  using ShareOut = std::function<std::vector<model::Share>(const model::SharesQuestion&)>;
  void share_out(ShareOut share_out) { share_out_ = std::move(share_out); }

  // ---- what takes part; before the first run_until

  // A site that joins now.
  void join(SiteModel model);
  // A site that the engine knows and is in touch with, and all that runs there. The engine hears
  // nothing of it: its agent goes on in the same epoch.
  void adopt(model::SiteId site, base::Duration start_latency);
  // Both outlive the simulation.
  void feed(Arrivals& arrivals) { arrivals_ = &arrivals; }
  void break_with(Faults& faults, SiteFault site_fault);
  // What is told of energy; it outlives the simulation.
  void tell(PowerFeed& feed) { power_ = &feed; }
  // Requests to draw less, counted from `start`; before the first run_until.
  void ask_for_power(std::vector<PowerRequestForm> requests, base::Time start);

  // The links between the sites, and who fetches his data himself (null: nobody); both outlive the
  // simulation.
  void connect(WideNet& net, Fetching* fetching);

  // ---- running

  // Gives the engine one input, now.
  engine::Reply give(const model::Input& input);
  // Until nothing is left to happen but faults, or until `end`: nothing after it happens.
  void run_until(base::Time end);
  // Ends run_until once all of this moment has happened. For watchers.
  void stop() { stopped_ = true; }
  // Lets the sites say what the engine has not been told yet.
  void settle();

  [[nodiscard]] base::Time now() const { return now_; }
  [[nodiscard]] const engine::Engine& engine() const { return engine_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Site>>& sites() const { return sites_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  // Of transfers that the engine planned and that arrived: bytes, a relay's counted twice; how
  // many.
  [[nodiscard]] std::int64_t bytes_moved() const { return bytes_moved_; }
  [[nodiscard]] std::uint64_t transfers() const { return transfers_; }
  // Of every step that made facts: the chain that a journal of this run would have
  // (journal/row.h). The same scenario and seed give the same, on every machine and compiler. "":
  // no rows are kept.
  [[nodiscard]] std::string fingerprint() const;

 private:
  [[nodiscard]] std::optional<base::Time> next_time() const;
  void happen(const Event& event);
  void strike(EventKind kind);
  void lose_word(std::size_t site);
  void back_again(std::size_t site);
  void look_at_leases();
  // True if nothing of a job was ever placed.
  [[nodiscard]] bool waits(model::JobId job) const;
  void give_up(model::JobId job);
  void report_news();
  void report(Site& site);
  void carry_out(const engine::Step& step);
  bool submit_due();
  // What has its own time: news of energy, and jobs that waited for it. False: nothing was due.
  bool energy_due();
  void bring(std::size_t site, const std::vector<model::TransferWish>& wishes);
  // False: no bytes have arrived.
  bool bytes_due();
  void count_arrived(const model::ReportSite& report);
  void ask_for_power(const PowerRequestForm& request, base::Time start);
  // Nothing else is to come, and somebody may wait for power: not for ever.
  [[nodiscard]] bool waits_for_power() const;
  [[nodiscard]] bool work_left() const;
  // Work waits for its turn, and no event is to come.
  [[nodiscard]] bool nothing_happens() const;

  engine::Engine engine_;
  base::Time now_;
  SiteRules rules_;
  Watcher watcher_;
  std::function<void()> before_;
  std::function<void(const journal::Row&)> row_watcher_;
  ShareOut share_out_;
  EventQueue events_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::vector<model::SiteId> site_ids_;         // of each
  std::map<model::SiteId, std::size_t> by_id_;  // index in sites_
  std::vector<std::uint32_t> silences_;         // of each: faults that keep it silent
  Arrivals* arrivals_ = nullptr;
  Faults* faults_ = nullptr;
  PowerFeed* power_ = nullptr;
  WideNet* net_ = nullptr;
  Fetching* fetching_ = nullptr;
  // Transfers that were begun, with their flow; 0: by windows of their own.
  struct Moving {
    std::size_t site = 0;
    std::uint64_t flow = 0;
  };
  std::map<model::TransferId, Moving> moving_;
  std::map<std::uint64_t, model::TransferId> transfer_of_;  // by flow
  std::int64_t bytes_moved_ = 0;
  std::uint64_t transfers_ = 0;
  std::vector<std::pair<base::Time, PowerRequestForm>>
      requests_;  // by when they are asked, last first
  base::Time requests_from_;
  std::optional<base::Time> power_at_;  // the engine wants to look at what sites draw
  base::Time placed_;                   // when a task was placed last
  SiteFault site_fault_ = SiteFault::network;
  bool stopped_ = false;
  bool keeps_rows_ = true;
  std::uint64_t steps_ = 0;
  journal::Row row_;
};

}  // namespace weir::twin
