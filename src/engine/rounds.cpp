#include "engine/rounds.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace weir::engine {

namespace {

__extension__ using Wide = __int128;

bool before(const ShareTurn& turn, const std::pair<model::JobId, model::JobId>& jobs) {
  return std::tie(turn.job, turn.with) < std::tie(jobs.first, jobs.second);
}

ShareTurn* find_turn(std::vector<ShareTurn>& turns, model::JobId job, model::JobId with) {
  const auto at = std::lower_bound(turns.begin(), turns.end(), std::pair(job, with), before);
  return at != turns.end() && at->job == job && at->with == with ? &*at : nullptr;
}

// Pays out what was due by the shares that held until now.
void settle(ShareTurn& turn, std::int64_t elapsed_us, std::int64_t given_us) {
  for (ShareTime& time : turn.on) {
    const Wide due = static_cast<Wide>(time.parts) * elapsed_us / model::whole_share;
    time.owed_us += static_cast<std::int64_t>(due) - (time.run_us - given_us);
    time.run_us = given_us;
    time.parts = 0;
  }
}

}  // namespace

const model::JobId* RoundsRecord::partner_of(model::JobId job) const {
  for (const model::Pair& pair : pairs) {
    if (pair.first == job) return &pair.second;
    if (pair.second == job) return &pair.first;
  }
  return nullptr;
}

void set_shares(RoundsRecord& rounds, const std::vector<model::Share>& shares,
                const std::vector<std::string>& models, base::Duration length, base::Time now) {
  const std::int64_t given_us = base::to_us(length) / 2;
  const std::int64_t elapsed_us =
      rounds.shares_since ? base::to_us(now - *rounds.shares_since) : std::int64_t{0};
  if (rounds.models != models) {
    rounds.turns.clear();
    rounds.models = models;
  }
  for (ShareTurn& turn : rounds.turns) settle(turn, elapsed_us, given_us);
  std::vector<ShareTurn> turns;
  for (const model::Share& share : shares) {
    const auto model = std::lower_bound(models.begin(), models.end(), share.device_model);
    if (model == models.end() || *model != share.device_model) continue;
    const std::pair jobs(share.job, share.with);
    if (turns.empty() || before(turns.back(), jobs)) {
      const ShareTurn* const known = find_turn(rounds.turns, share.job, share.with);
      if (known != nullptr) {
        turns.push_back(*known);
      } else {
        // Two together have had no time yet, and so are behind by what the others were given.
        const std::int64_t owed_us = share.with.value == 0 ? 0 : given_us;
        turns.push_back({share.job, share.with, {}});
        turns.back().on.assign(models.size(), {0, given_us, owed_us});
      }
    }
    WEIR_CHECK(!before(turns.back(), jobs), "shares come by job, then with whom");
    turns.back().on[static_cast<std::size_t>(model - models.begin())].parts = share.parts;
  }
  rounds.turns = std::move(turns);
  rounds.run_us.assign(models.size(), given_us * static_cast<std::int64_t>(rounds.turns.size()));
  rounds.shares_since = now;
  rounds.stale = false;
}

void add_run(RoundsRecord& rounds, model::JobId job, const std::string& model, base::Time rested) {
  if (rounds.turns.empty()) return;
  std::pair jobs(job, model::JobId{});
  if (const model::JobId* const partner = rounds.partner_of(job)) {
    if (*partner < job) return;  // counted with the other
    jobs.second = *partner;
  }
  ShareTurn* const turn = find_turn(rounds.turns, jobs.first, jobs.second);
  const auto at = std::lower_bound(rounds.models.begin(), rounds.models.end(), model);
  if (turn == nullptr || at == rounds.models.end() || *at != model) return;
  const auto index = static_cast<std::size_t>(at - rounds.models.begin());
  const std::int64_t run_us = base::to_us(rested - rounds.over);
  turn->on[index].run_us += run_us;
  rounds.run_us[index] += run_us;
}

void forget_job(RoundsRecord& rounds, model::JobId job) {
  rounds.stale = true;
  std::erase_if(rounds.turns,
                [&](const ShareTurn& turn) { return turn.job == job || turn.with == job; });
}

}  // namespace weir::engine
