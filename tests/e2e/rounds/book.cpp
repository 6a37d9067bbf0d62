#include "tests/e2e/rounds/book.h"

#include <algorithm>

#include "base/describe.h"

namespace weir::e2e {

namespace {

std::string end_of(const model::JobSummary& job) {
  std::string text(base::enum_name(job.state));
  text += " with " + std::to_string(job.exit_code.value_or(-1));
  if (job.ended) text += " at " + base::format_time(*job.ended);
  return text;
}

}  // namespace

void Book::acknowledge(const Submission& submission, const std::vector<model::JobId>& ids) {
  const std::scoped_lock lock(mutex_);
  if (ids.size() != submission.jobs.size()) {
    return object_locked("a submission of " + std::to_string(submission.jobs.size()) +
                         " jobs was answered with " + std::to_string(ids.size()) + " ids");
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool is_new = jobs_.emplace(ids[i].value, Acknowledged{submission.jobs[i]}).second;
    if (!is_new) object_locked("two submissions were given the id " + std::to_string(ids[i].value));
  }
}

void Book::leave_open(Submission submission) {
  const std::scoped_lock lock(mutex_);
  open_.push_back(std::move(submission));
}

std::optional<Submission> Book::take_open(base::Random& random) {
  const std::scoped_lock lock(mutex_);
  if (open_.empty()) return std::nullopt;
  std::swap(open_[random.below(open_.size())], open_.back());
  Submission taken = std::move(open_.back());
  open_.pop_back();
  return taken;
}

std::uint64_t Book::pick(base::Random& random, bool held) {
  std::vector<std::uint64_t> found;
  // The newest are the ones that still move.
  constexpr std::size_t enough = 40;
  for (auto entry = jobs_.rbegin(); entry != jobs_.rend() && found.size() < enough; ++entry) {
    const Acknowledged& job = entry->second;
    if (job.end.empty() && (!held || job.hold_asked)) found.push_back(entry->first);
  }
  return found.empty() ? 0 : found[random.below(found.size())];
}

std::uint64_t Book::some_job(base::Random& random) {
  const std::scoped_lock lock(mutex_);
  return pick(random, false);
}

std::uint64_t Book::some_held_job(base::Random& random) {
  const std::scoped_lock lock(mutex_);
  return pick(random, true);
}

void Book::cancel_asked(std::uint64_t id, bool acknowledged) {
  const std::scoped_lock lock(mutex_);
  Acknowledged& job = jobs_.at(id);
  job.cancel_asked = true;
  job.cancel_acknowledged = job.cancel_acknowledged || acknowledged;
}

void Book::hold_asked(std::uint64_t id, bool acknowledged) {
  const std::scoped_lock lock(mutex_);
  Acknowledged& job = jobs_.at(id);
  job.hold_asked = true;
  job.hold_acknowledged = job.hold_acknowledged || acknowledged;
}

void Book::release_asked(std::uint64_t id) {
  const std::scoped_lock lock(mutex_);
  jobs_.at(id).release_asked = true;
}

void Book::object(const std::string& what) {
  const std::scoped_lock lock(mutex_);
  object_locked(what);
}

void Book::object_locked(const std::string& what) { objections_.push_back(what); }

std::vector<std::string> Book::objections() const {
  const std::scoped_lock lock(mutex_);
  return objections_;
}

void Book::compare(const std::vector<model::JobSummary>& listed, std::uint64_t from) {
  const std::scoped_lock lock(mutex_);
  std::map<std::uint64_t, const model::JobSummary*> by_id;
  std::map<std::string, std::uint64_t> by_name;
  for (const model::JobSummary& job : listed) {
    if (!by_id.emplace(job.id.value, &job).second) {
      object_locked("job " + std::to_string(job.id.value) + " is listed twice");
    }
    const auto [other, is_new] = by_name.emplace(job.name, job.id.value);
    if (!is_new) {
      object_locked("one submission became two jobs: " + std::to_string(other->second) + " and " +
                    std::to_string(job.id.value));
    }
  }
  for (auto entry = jobs_.lower_bound(from); entry != jobs_.end(); ++entry) {
    const auto found = by_id.find(entry->first);
    if (found == by_id.end()) {
      object_locked("lost: job " + std::to_string(entry->first) + " was acknowledged");
    } else {
      compare_one(*found->second, entry->second);
    }
  }
}

void Book::compare_one(const model::JobSummary& job, Acknowledged& known) {
  const std::string who = "job " + std::to_string(job.id.value);
  if (job.name != known.wanted.name || job.tasks.total != known.wanted.tasks ||
      job.nodes != known.wanted.nodes) {
    object_locked(who + " is not the one that was acknowledged under this id");
  }
  const bool has_ended = model::is_terminal(job.state);
  if (known.cancel_acknowledged && !has_ended && job.state != model::JobState::completing) {
    object_locked(who + " is " + std::string(base::enum_name(job.state)) +
                  ", though its cancel was acknowledged");
  }
  const bool stays_held = known.hold_acknowledged && !known.release_asked && !known.cancel_asked;
  if (stays_held && job.state == model::JobState::queued) {
    object_locked(who + " is queued, though its hold was acknowledged");
  }
  if (!known.end.empty() && (!has_ended || end_of(job) != known.end)) {
    object_locked(who + " had ended: " + known.end + "; now it has: " + end_of(job));
  }
  if (has_ended) known.end = end_of(job);
}

std::size_t Book::size() const {
  const std::scoped_lock lock(mutex_);
  return jobs_.size();
}

std::map<std::uint64_t, Acknowledged> Book::all() const {
  const std::scoped_lock lock(mutex_);
  return jobs_;
}

}  // namespace weir::e2e
