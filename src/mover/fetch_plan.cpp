#include "mover/fetch_plan.h"

#include <algorithm>

namespace weir::mover {

using base::ErrorCode;

namespace {

// One request brings at most this much, unless one chunk is more: asking costs a few journeys to
// the replica and back, and a run is one stream's.
constexpr std::int64_t run_bytes_most = std::int64_t{128} << 20;
constexpr std::chrono::milliseconds first_pause{250};
constexpr std::chrono::milliseconds longest_pause{8000};
constexpr std::chrono::milliseconds look_for_stop_every{100};

}  // namespace

FetchPlan::FetchPlan(const ChunkTable& table, const std::vector<Replica>& replicas,
                     const Fetching& fetching, std::vector<std::uint64_t> wanted,
                     std::stop_token stop)
    : table_(table),
      replicas_(replicas),
      fetching_(fetching),
      stop_(std::move(stop)),
      wanted_(std::move(wanted)),
      states_(replicas.size()),
      last_gain_(Clock::now()) {}

std::optional<Run> FetchPlan::take_run() {
  if (!given_back_.empty()) {
    const Run run{given_back_.front(), 1};
    given_back_.pop_front();
    return run;
  }
  if (next_ == wanted_.size()) return std::nullopt;
  Run run{wanted_[next_], 0};
  const ChunkPlace first = table_.place(run.first);
  const std::uint64_t end_of_file = table_.first_of(first.file + 1);
  // The streams share what is left, so that they end at about the same time.
  const std::uint64_t share =
      std::max<std::uint64_t>(1, (wanted_.size() - next_) / (2 * std::uint64_t{fetching_.streams}));
  for (std::int64_t bytes = 0; next_ < wanted_.size() && run.count < share; ++next_) {
    const std::uint64_t number = wanted_[next_];
    if (number != run.first + run.count || number >= end_of_file) break;
    const std::int64_t size = table_.place(number).size;
    if (run.count > 0 && bytes + size > run_bytes_most) break;
    bytes += size;
    ++run.count;
  }
  return run;
}

std::optional<Run> FetchPlan::next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (has_failed()) return std::nullopt;
    if (std::optional<Run> run = take_run()) {
      ++runs_out_;
      return run;
    }
    if (runs_out_ == 0) return std::nullopt;
    changed_.wait_for(lock, look_for_stop_every);
  }
}

void FetchPlan::end_run() {
  const std::scoped_lock lock(mutex_);
  --runs_out_;
  changed_.notify_all();
}

void FetchPlan::put_back(std::uint64_t chunk) {
  const std::scoped_lock lock(mutex_);
  given_back_.push_back(chunk);
  changed_.notify_all();
}

std::optional<std::size_t> FetchPlan::replica_for(std::uint64_t chunk) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (has_failed()) return std::nullopt;
    const auto now = Clock::now();
    auto earliest = Clock::time_point::max();
    const auto bad = bad_at_.find(chunk);
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      if (bad != bad_at_.end() && bad->second.contains(i)) continue;
      if (states_[i].not_before <= now) return i;
      earliest = std::min(earliest, states_[i].not_before);
    }
    const auto without = now - last_gain_.load();
    if (without > std::chrono::microseconds(fetching_.patience.count())) {
      fail_locked({ErrorCode::unavailable,
                   "no byte came from any replica for " +
                       base::format_duration(fetching_.patience) + ": " + troubles(),
                   "replicas",
                   "see that one can be reached, and order it again: what has come "
                   "stays",
                   {}});
      return std::nullopt;
    }
    changed_.wait_until(lock, std::min(earliest, now + look_for_stop_every));
  }
}

void FetchPlan::is_bad(std::uint64_t chunk, std::size_t replica, bool missing) {
  const std::scoped_lock lock(mutex_);
  const ChunkPlace place = table_.place(chunk);
  bad_.push_back({replicas_[replica].site, table_.path(chunk), place.index, missing});
  std::set<std::size_t>& bad_at = bad_at_[chunk];
  bad_at.insert(replica);
  if (bad_at.size() < replicas_.size()) return;
  std::string sites;
  for (const Replica& one : replicas_) sites += (sites.empty() ? "" : ", ") + one.site;
  fail_locked({ErrorCode::refused,
               "chunk " + std::to_string(place.index) + " of " + table_.path(chunk) +
                   " is damaged or missing in every replica: " + sites,
               "replicas",
               "give another replica, and order it again: what has come stays",
               {}});
}

void FetchPlan::is_good(std::uint64_t chunk, std::int64_t bytes) {
  good_bytes_ += bytes;
  const std::scoped_lock lock(mutex_);
  if (bad_at_.contains(chunk)) ++repaired_;
}

void FetchPlan::has_trouble(std::size_t replica, const std::string& words) {
  const std::scoped_lock lock(mutex_);
  State& state = states_[replica];
  const auto now = Clock::now();
  state.trouble = words;
  if (state.not_before > now) return;  // another stream has said so already
  const std::uint32_t doublings = std::min<std::uint32_t>(state.failures++, 10);
  state.not_before = now + std::min(first_pause * (1U << doublings), longest_pause);
}

void FetchPlan::came(std::size_t replica, std::int64_t bytes) {
  fetched_bytes_ += bytes;
  last_gain_ = Clock::now();
  const std::scoped_lock lock(mutex_);
  states_[replica].failures = 0;
  states_[replica].trouble.clear();
}

void FetchPlan::fail(base::Error error) {
  const std::scoped_lock lock(mutex_);
  fail_locked(std::move(error));
}

void FetchPlan::fail_locked(base::Error error) {
  if (!error_) error_ = std::move(error);
  failed_ = true;
  changed_.notify_all();
}

base::Error FetchPlan::error() {
  const std::scoped_lock lock(mutex_);
  if (error_) return *error_;
  return {ErrorCode::unavailable,
          "stopped before it was done",
          {},
          "order it again: what has come stays",
          {}};
}

bool FetchPlan::wait_for_end(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  const auto until = Clock::now() + at_most;
  const auto is_over = [&] {
    return has_failed() || (next_ == wanted_.size() && given_back_.empty() && runs_out_ == 0);
  };
  while (!is_over() && Clock::now() < until) {
    changed_.wait_until(lock, std::min(until, Clock::now() + look_for_stop_every));
  }
  return is_over();
}

std::vector<BadChunk> FetchPlan::bad_chunks() {
  const std::scoped_lock lock(mutex_);
  return bad_;
}

std::string FetchPlan::note() {
  const std::scoped_lock lock(mutex_);
  return troubles();
}

std::string FetchPlan::troubles() const {
  std::string text;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].trouble.empty()) continue;
    text += (text.empty() ? "" : "; ") + replicas_[i].site + ": " + states_[i].trouble;
  }
  return text;
}

}  // namespace weir::mover
