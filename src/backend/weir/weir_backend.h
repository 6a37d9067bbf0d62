// Runs ranks as jobs of another Weir, one job of one node for each rank: so a Weir is a site of a
// Weir, at any depth.
//
// It is a client of the inner Weir's REST API and nothing else. The job file has an order's own
// words, so stages, notice, limits, logs and ends mean the same there; what it has no word for is
// said by shell text before the rank's own (rank_text.h). The outer Weir places on a node; the
// inner one is told its site, and places within it.
//
// A key runs at most once: a submission is made under a key of its own, and found again by its
// name, so that one whose answer was lost is just made again. An inner Weir that does not answer
// ends nothing. A lease is watched by a small process of its own, which outlives the agent.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/local/forgotten.h"
#include "backend/weir/far_logs.h"
#include "backend/weir/inner_site.h"
#include "backend/weir/messenger.h"
#include "backend/weir/notes.h"
#include "base/descriptor.h"

namespace weir::backend {

struct WeirOptions {
  std::string folder;         // of the agent's own; made if not there; its parent must be
  inner::Access access;       // a token of a user there, of a tenant of its own at best
  std::string site = "site";  // in the names of jobs: letters, digits, "-", "_" and "."
  // Ranks are cancelled once renew_lease() was not called for that long; none: never.
  std::optional<base::Duration> fence_after;
  std::string guard_program;  // weir, which does that; where there is a fence
  inner::Pace pace;
};

class WeirBackend final : public Backend {
 public:
  // Fails: invalid, a bad name of the site; input_output; unauthenticated, there is no token or it
  //        does not hold. An inner Weir that does not answer is no failure.
  [[nodiscard]] static base::Result<std::unique_ptr<WeirBackend>> open(WeirOptions options);
  // Leaves what runs running.
  ~WeirBackend() override = default;

  base::Status start(const RankOrder& order) override;
  using Backend::stop;
  base::Status stop(const RankKey& key, const std::string& reason, StopAfter after) override;
  base::Status forget(const RankKey& key) override;
  [[nodiscard]] std::vector<RankObservation> observe() override;
  [[nodiscard]] std::vector<RankObservation> changes() override;
  [[nodiscard]] int ready_descriptor() const override { return event_.get(); }
  [[nodiscard]] base::Result<LogChunk> read_log(const RankKey& key, Stream stream,
                                                std::int64_t offset,
                                                std::size_t bytes_max) const override;
  // Fails too: as the inner Weir does, which runs commands at its own site only.
  base::Result<int> exec(const RankKey& key, const std::string& command,
                         const std::function<void(std::string_view)>& output,
                         std::stop_token cancel) override;
  // On the node that the inner Weir chose. Fails too: unavailable, the rank has not said it yet.
  [[nodiscard]] base::Result<std::string> work_folder(const RankKey& key) const override;
  [[nodiscard]] LimitsUsed limits() const override {
    return {"weir", "the inner Weir keeps them, as the nodes of its sites do"};
  }
  [[nodiscard]] base::Status renew_lease() override;

  // The inner Weir's nodes as they are now, of all its sites. Asks it, and waits. Any thread.
  // Fails: unavailable.
  [[nodiscard]] base::Result<std::vector<model::Node>> nodes() const;
  // What others hold of these. Likewise.
  [[nodiscard]] base::Result<std::vector<model::RankPlacement>> others(
      const std::vector<model::Node>& nodes) const;
  // The job that a rank is at the inner Weir; none: not known, or not submitted yet.
  [[nodiscard]] std::optional<model::JobId> job_of(const RankKey& key) const;

 private:
  enum class Phase : std::uint8_t {
    unsure,  // an earlier server may have asked for it: whether it is there is being found out
    asking,  // the messenger is to submit it
    there,   // the inner Weir has it
    ended,
  };
  struct Rank {
    RankObservation seen;
    Phase phase = Phase::unsure;
    inner::Note note;
    std::shared_ptr<inner::Claim> claim;
  };
  // What any thread may ask of a rank.
  struct Place {
    model::JobId job;
    inner::Holding holding;
    std::string beside;
    bool runs = false;
  };

  explicit WeirBackend(WeirOptions options, const std::string& root);
  [[nodiscard]] base::Status prepare();
  [[nodiscard]] base::Status keep_guard() const;
  void adopt(const RankKey& key, inner::Note note);
  [[nodiscard]] inner::InnerApi api() const;
  void submit(Rank& rank, const RankOrder& order, bool may_be_there);

  void take_news();
  void on(const inner::Submitted& news);
  void on(const inner::Found& news);
  void on(const inner::Looked& news);
  void on(const inner::Listed& news);
  void on(const inner::Changed& news);
  void settle(Rank& rank, model::JobId job);
  void tell_to_stop(const Rank& rank);
  void end_here(Rank& rank, bool is_stop, const std::string& message);
  void end(Rank& rank, const RankOutcome& outcome);
  void set_place(const Rank& rank, bool runs);
  void mark_changed(const RankKey& key);

  WeirOptions options_;
  inner::Notes notes_;
  inner::Naming naming_;
  local::Forgotten forgotten_;
  base::Descriptor event_;  // an eventfd that counts news
  std::map<RankKey, Rank> ranks_;
  std::map<model::JobId, RankKey> keys_;  // of the ranks that are there
  std::set<RankKey> changed_;
  bool is_taking_news_ = false;
  mutable std::unique_ptr<inner::FarLogs> logs_;
  mutable std::mutex places_mutex_;
  std::map<RankKey, Place> places_;              // of those that are there and have not ended
  std::unique_ptr<inner::Messenger> messenger_;  // last: it uses some of the above
};

}  // namespace weir::backend
