#include "backend/weir/weir_backend.h"

#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "backend/local/runner/system.h"
#include "backend/observed.h"
#include "backend/weir/guard.h"

namespace weir::backend {
namespace {

using local::wall_clock_us;

bool is_good_name(const std::string& name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_good);
}

std::string real_path(const std::string& path) {
  char* const found = ::realpath(path.c_str(), nullptr);
  const std::string text = found != nullptr ? found : "";
  std::free(found);  // NOLINT: realpath's own way
  return text;
}

}  // namespace

base::Result<std::unique_ptr<WeirBackend>> WeirBackend::open(WeirOptions options) {
  if (!is_good_name(options.site)) {
    return base::fail(base::ErrorCode::invalid,
                      "\"" + options.site + "\" cannot stand in the names of jobs");
  }
  if (::mkdir(options.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail_errno("make folder " + options.folder, errno);
  }
  const std::string root = real_path(options.folder);
  if (root.empty()) return base::fail_errno("find folder " + options.folder, errno);
  std::unique_ptr<WeirBackend> backend(new WeirBackend(std::move(options), root));
  WEIR_TRY_STATUS(backend->prepare());
  return backend;
}

WeirBackend::WeirBackend(WeirOptions options, const std::string& root)
    : options_(std::move(options)),
      notes_(root),
      forgotten_(notes_.layout()),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

base::Status WeirBackend::prepare() {
  if (!event_) return base::fail_errno("open the backend's events", errno);
  WEIR_TRY_STATUS(notes_.create());
  naming_ = {options_.site, notes_.instance()};
  // A token that does not hold would be found out with the first rank only.
  const auto seen = api().capacity();
  if (!seen && seen.error().code != base::ErrorCode::unavailable) return base::fail(seen.error());
  if (options_.fence_after) WEIR_TRY_STATUS(renew_lease());
  logs_ = std::make_unique<inner::FarLogs>(api());
  messenger_ = std::make_unique<inner::Messenger>(options_.access, *logs_, event_.get(),
                                                  options_.pace, naming_);
  for (auto& [key, note] : notes_.read_all()) adopt(key, std::move(note));
  return {};
}

inner::InnerApi WeirBackend::api() const {
  return {options_.access, [] { return false; }};
}

// Takes in what an earlier server left.
void WeirBackend::adopt(const RankKey& key, inner::Note note) {
  const base::Result<bool> is_forgotten = forgotten_.contains(key);
  if (is_forgotten && *is_forgotten) {  // forgetting was cut short
    messenger_->tidy({note.secrets});
    return notes_.remove(key);
  }
  Rank& rank = ranks_[key];
  rank.seen.key = key;
  rank.note = std::move(note);
  mark_changed(key);
  if (rank.note.end) return end_here(rank, rank.note.end->is_stop, rank.note.end->message);
  if (rank.note.job) return settle(rank, rank.note.job);
  messenger_->find({key, naming_.job(key)});
}

// ---- starting

base::Status WeirBackend::start(const RankOrder& order) {
  const auto known = ranks_.find(order.key);
  if (known != ranks_.end() && known->second.phase != Phase::unsure) return {};
  if (WEIR_TRY(forgotten_.contains(order.key))) {
    return base::fail(base::ErrorCode::conflict, to_text(order.key) + " was forgotten");
  }
  const bool may_be_there = known != ranks_.end();
  if (may_be_there && known->second.note.stop) return {};  // it is found out whether to end it
  Rank& rank = ranks_[order.key];
  rank.seen.key = order.key;
  inner::Note& note = rank.note;
  note.has_setup = !order.setup.empty();
  note.notice_signal = order.notice_signal;
  note.notice_before_us = base::to_us(std::min(order.notice_before, stop_notice_most));
  note.cpus = std::max(order.cpu_count, 1U);
  note.memory_bytes = order.memory_bytes.value_or(0);
  const base::Status noted = notes_.put(order.key, note);
  if (!noted && !may_be_there) ranks_.erase(order.key);
  if (!noted) return noted;
  mark_changed(order.key);
  submit(rank, order, may_be_there);
  return {};
}

void WeirBackend::submit(Rank& rank, const RankOrder& order, bool may_be_there) {
  const RankKey& key = order.key;
  auto parcel = inner::parcel_of(order, naming_);
  if (!parcel) return end_here(rank, false, parcel.error().text());
  rank.phase = Phase::asking;
  rank.claim = std::make_shared<inner::Claim>();
  rank.note.beside = parcel->beside;
  rank.note.secrets.clear();
  for (const auto& [name, value] : parcel->secrets) rank.note.secrets.push_back(name);
  // Without it on the disk a later server would leave its secrets there, and no more.
  static_cast<void>(notes_.put(key, rank.note));
  inner::SubmitErrand errand;
  errand.key = key;
  errand.name = naming_.job(key);
  errand.idempotency = naming_.idempotency(key);
  errand.parcel = std::move(*parcel);
  errand.may_be_there = may_be_there;
  errand.claim = rank.claim;
  messenger_->submit(std::move(errand));
}

base::Status WeirBackend::renew_lease() {
  WEIR_TRY_STATUS(local::renew_lease(notes_.lease()));
  return keep_guard();
}

base::Status WeirBackend::keep_guard() const {
  if (!options_.fence_after) return {};
  return inner::keep_guard(options_.guard_program,
                           {notes_.root(), options_.access, options_.site, *options_.fence_after});
}

// ---- ending

base::Status WeirBackend::stop(const RankKey& key, const std::string& reason, StopAfter after) {
  const auto found = ranks_.find(key);
  if (found == ranks_.end()) {
    return base::fail(base::ErrorCode::not_found, to_text(key) + " is not known here");
  }
  Rank& rank = found->second;
  if (rank.phase == Phase::ended || rank.note.stop) return {};
  rank.note.stop = inner::StopNote{reason, after == StopAfter::notice, wall_clock_us()};
  if (const base::Status noted = notes_.put(key, rank.note); !noted) {
    rank.note.stop.reset();  // to be tried again
    return noted;
  }
  if (rank.phase == Phase::asking && rank.claim->take()) {
    end_here(rank, true, reason);  // the inner Weir never heard of it
  } else if (rank.phase == Phase::there) {
    tell_to_stop(rank);
  }
  return {};
}

void WeirBackend::tell_to_stop(const Rank& rank) {
  const inner::StopNote& stop = *rank.note.stop;
  inner::StopErrand errand{rank.seen.key, rank.note.job, 0, std::chrono::steady_clock::now()};
  const std::int64_t gone_us = std::max<std::int64_t>(wall_clock_us() - stop.asked_us, 0);
  const std::int64_t left_us = rank.note.notice_before_us - gone_us;
  if (stop.with_notice && rank.note.notice_signal > 0 && left_us > 0) {
    inner::StopErrand notice = errand;
    notice.notice_signal = rank.note.notice_signal;
    messenger_->stop(std::move(notice));
    errand.due += std::chrono::microseconds(left_us);
  }
  messenger_->stop(std::move(errand));
}

base::Status WeirBackend::forget(const RankKey& key) {
  const auto found = ranks_.find(key);
  if (found == ranks_.end()) return {};
  if (found->second.phase != Phase::ended) {
    return base::fail(base::ErrorCode::conflict, to_text(key) + " has not ended");
  }
  WEIR_TRY_STATUS(forgotten_.add(key));
  const inner::Note& note = found->second.note;
  if (note.job) {
    logs_->forget(note.job);
    keys_.erase(note.job);
  }
  if (!note.secrets.empty()) messenger_->tidy({note.secrets});
  notes_.remove(key);
  changed_.erase(key);
  ranks_.erase(found);
  return {};
}

// ---- what is asked of it

std::vector<RankObservation> WeirBackend::observe() {
  take_news();
  return tell_all(ranks_, changed_);
}

std::vector<RankObservation> WeirBackend::changes() {
  take_news();
  return tell_changed(ranks_, changed_);
}

base::Result<LogChunk> WeirBackend::read_log(const RankKey& key, Stream stream, std::int64_t offset,
                                             std::size_t bytes_max) const {
  std::optional<model::JobId> job = job_of(key);
  if (!job) job = notes_.log_place(key);
  if (!job) return LogChunk{{}, std::max<std::int64_t>(offset, 0)};
  return logs_->read(*job, stream, offset, bytes_max);
}

base::Result<int> WeirBackend::exec(const RankKey& key, const std::string& command,
                                    const std::function<void(std::string_view)>& output,
                                    std::stop_token cancel) {
  Place place;
  {
    const std::lock_guard lock(places_mutex_);
    const auto found = places_.find(key);
    if (found != places_.end()) place = found->second;
  }
  if (!place.runs) {
    return base::fail(base::ErrorCode::conflict, to_text(key) + " does not run");
  }
  inner::InnerApi inner(options_.access, [cancel] { return cancel.stop_requested(); });
  return inner.exec(place.job, place.beside + command, output);
}

base::Result<std::string> WeirBackend::work_folder(const RankKey& key) const {
  const auto found = ranks_.find(key);
  if (found == ranks_.end()) {
    return base::fail(base::ErrorCode::not_found, "no rank " + to_text(key) + " is known here");
  }
  const inner::Note& note = found->second.note;
  if (note.job) {
    const auto head = logs_->head(note.job, note.has_setup ? Stage::setup : Stage::program);
    if (head && *head && !(*head)->folder.empty()) return (*head)->folder;
  }
  return base::fail(base::ErrorCode::unavailable, to_text(key) + " has not said yet where it runs");
}

base::Result<std::vector<model::Node>> WeirBackend::nodes() const {
  return inner::nodes_of(WEIR_TRY(api().capacity()));
}

base::Result<std::vector<model::RankPlacement>> WeirBackend::others(
    const std::vector<model::Node>& nodes) const {
  std::map<model::JobId, inner::Holding> ours;
  const auto note_ours = [&] {
    const std::lock_guard lock(places_mutex_);
    for (const auto& [key, place] : places_) ours[place.job] = place.holding;
  };
  note_ours();
  const inner::Capacity seen = WEIR_TRY(api().capacity());
  note_ours();  // what ended meanwhile was ours too, and so is what began
  return inner::held_by_others(nodes, seen, ours);
}

std::optional<model::JobId> WeirBackend::job_of(const RankKey& key) const {
  const std::lock_guard lock(places_mutex_);
  const auto found = places_.find(key);
  return found == places_.end() ? std::nullopt : std::optional(found->second.job);
}

}  // namespace weir::backend
