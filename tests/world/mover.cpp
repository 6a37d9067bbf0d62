#include "tests/world/mover.h"

namespace weir::world {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s
using namespace model;

void Mover::ask() {
  agenda_.after(10s + base::Duration(random_.below(20'000'000)), [this] { ask(); });
  network_.carry(site_, true, [this] {
    server_.tell_wanted(site_, [this](const WantedState& wanted) {
      network_.carry(site_, true, [this, wanted] { take_all(wanted); });
    });
  });
}

void Mover::take_all(const WantedState& wanted) {
  if (wanted.epoch < epoch_) return;  // it comes late
  epoch_ = wanted.epoch;
  for (const TransferWish& wish : wanted.transfers) begin(wish);
}

void Mover::take(const ChangeWanted& change) {
  for (const TransferWish& wish : change.transfers) {
    if (wish.forget) {
      under_way_.erase(wish.id);
    } else {
      begin(wish);
    }
  }
}

void Mover::begin(const TransferWish& wish) {
  if (!under_way_.try_emplace(wish.id, UnderWay{wish}).second) return;
  trace_.say("mover", [&] { return "brings " + wish.dataset.name + " from " + wish.from; });
  const base::Time end_of_windows =
      wish.windows.empty() ? agenda_.now() : wish.windows.back().until;
  agenda_.at(end_of_windows + base::Duration(random_.below(100'000)),
             [this, id = wish.id] { end(id); });
}

void Mover::end(TransferId id) {
  const auto at = under_way_.find(id);
  if (at == under_way_.end() || at->second.phase != TransferPhase::moving) return;
  UnderWay& moved = at->second;
  const bool is_there = bytes_.contains({moved.wish.dataset.name, moved.wish.from});
  if (!is_there || faults_.strikes(random_, faults_.program_fails)) {
    moved.phase = TransferPhase::failed;
  } else {
    moved.phase = TransferPhase::done;
    bytes_.insert({moved.wish.dataset.name, site_});
  }
  report(id);
}

void Mover::report(TransferId id) {
  const auto at = under_way_.find(id);
  if (at == under_way_.end()) return;
  ReportSite said{site_, epoch_, 0, {}, {}};
  said.transfers.push_back({id, at->second.phase, 0, "by lot"});
  network_.carry(site_, true, [this, id, said] {
    server_.take(said, [this, id](const engine::Reply& reply) {
      if (reply.error) return;
      network_.carry(site_, true, [this, id] { under_way_.erase(id); });
    });
  });
  agenda_.after(5s, [this, id] { report(id); });
}

}  // namespace weir::world
