// What is to be done outside, once the facts it follows from are durable.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/attempt.h"
#include "model/ids.h"
#include "model/rounds.h"
#include "model/view.h"

namespace weir::model {

// The wanted state of a site has changed in these attempts. Whoever holds version `from` holds
// version `to` once the wishes are merged in; anyone else asks for the whole (WantedState), so that
// a lost, doubled or late effect costs time and nothing else.
struct ChangeWanted {
  SiteId site;
  std::uint64_t epoch = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<AttemptWish> wishes;
  std::optional<base::Time> rests_at;        // a round begins here: see WantedState
  std::vector<TransferWish> transfers = {};  // those that changed
};
WEIR_DESCRIBE(ChangeWanted, site, epoch, from, to, wishes, rests_at, transfers)

// The engine wants a Tick at this time at the latest.
struct WakeAt {
  base::Time when;
};

// A finished job leaves memory: keep this view of it for good, in the same commit as the facts.
struct ArchiveJob {
  std::string tenant;
  JobId job;
  JobView view;
};

// Shares are wanted, as an input SetShares; the next round waits for them.
struct WorkOutShares {
  SharesQuestion question;
};

using Effect = std::variant<ChangeWanted, WakeAt, ArchiveJob, WorkOutShares>;

}  // namespace weir::model
