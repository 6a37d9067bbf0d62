#include "backend/weir/messenger.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "model/fact.h"

namespace weir::backend::inner {

namespace {

// Jobs of the same name may be another agent's, of a site with the same name.
std::optional<model::JobId> choose(const std::vector<model::JobSummary>& jobs,
                                   const std::string& name, const std::string& project) {
  for (const model::JobSummary& job : jobs) {
    if (job.name == name && job.project == project) return job.id;
  }
  return std::nullopt;
}

}  // namespace

Messenger::Messenger(const Access& access, FarLogs& logs, int event, Pace pace,
                     const Naming& naming)
    : event_(event),
      pace_(pace),
      jobs_(naming.jobs()),
      project_(naming.project()),
      logs_(logs),
      api_(access, [token = ending_.get_token()] { return token.stop_requested(); }),
      ears_(access, [token = ending_.get_token()] { return token.stop_requested(); }),
      worker_([this](const std::stop_token& stop) { work(stop); }),
      listener_([this](const std::stop_token& stop) { listen(stop); }) {}

Messenger::~Messenger() {
  ending_.request_stop();
  worker_.request_stop();
  listener_.request_stop();
  worker_.join();
  listener_.join();
}

void Messenger::submit(SubmitErrand errand) {
  const std::lock_guard lock(mutex_);
  submissions_.push_back(std::move(errand));
  changed_.notify_all();
}

void Messenger::find(FindErrand errand) {
  const std::lock_guard lock(mutex_);
  finds_.push_back(std::move(errand));
  changed_.notify_all();
}

void Messenger::look(const RankKey& key, model::JobId job) {
  const std::lock_guard lock(mutex_);
  looks_[key] = job;
  changed_.notify_all();
}

void Messenger::stop(StopErrand errand) {
  const std::lock_guard lock(mutex_);
  stops_.push_back(std::move(errand));
  changed_.notify_all();
}

void Messenger::tidy(TidyErrand errand) {
  const std::lock_guard lock(mutex_);
  tidyings_.push_back(std::move(errand));
  changed_.notify_all();
}

std::vector<News> Messenger::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

void Messenger::put(News news) {
  news_.push_back(std::move(news));
  ::eventfd_write(event_, 1);
}

// ---- the worker

Messenger::Clock::time_point Messenger::next_due() const {
  if (listed_at_ == Clock::time_point::min()) return listed_at_;
  Clock::time_point due = listed_at_ + (hears_ ? pace_.listing : pace_.deaf_listing);
  for (const StopErrand& errand : stops_) due = std::min(due, errand.due);
  return due;
}

void Messenger::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  std::chrono::milliseconds pause = pace_.again_least;
  while (!stop.stop_requested()) {
    const bool goes_on = run_next(lock);
    if (goes_on) {
      pause = pace_.again_least;
    } else {
      // Nobody answers: more of the same would not help.
      changed_.wait_for(lock, stop, pause, [] { return false; });
      pause = std::min(pause * 2, pace_.again_most);
    }
  }
}

// Runs one errand, or waits for one. False where nobody answered it.
bool Messenger::run_next(std::unique_lock<std::mutex>& lock) {
  const auto now = Clock::now();
  const auto is_due = [now](const StopErrand& errand) { return errand.due <= now; };
  if (std::any_of(stops_.begin(), stops_.end(), is_due)) return stop_next(lock);
  if (now >= next_due()) return list(lock);
  if (!looks_.empty()) return look_next(lock);
  if (!finds_.empty()) return find_next(lock);
  if (!submissions_.empty()) return submit_next(lock);
  if (!tidyings_.empty()) return tidy_next(lock);
  const auto until = next_due();
  changed_.wait_until(lock, ending_.get_token(), until, [&] {
    return !looks_.empty() || !finds_.empty() || !submissions_.empty() || !tidyings_.empty() ||
           next_due() < until;
  });
  return true;
}

bool Messenger::stop_next(std::unique_lock<std::mutex>& lock) {
  const auto now = Clock::now();
  const auto next = std::find_if(stops_.begin(), stops_.end(),
                                 [now](const StopErrand& errand) { return errand.due <= now; });
  StopErrand errand = std::move(*next);
  stops_.erase(next);
  lock.unlock();
  const bool is_notice = errand.notice_signal > 0;
  const base::Status told = is_notice ? give_notice(errand) : api_.cancel(errand.job);
  lock.lock();
  if (!told && told.error().code == base::ErrorCode::unavailable) {
    stops_.push_front(std::move(errand));
    return false;
  }
  if (!is_notice) looks_[errand.key] = errand.job;
  if (is_notice && !told) {
    // It cannot be told, so there is nothing to wait for.
    for (StopErrand& other : stops_) {
      if (other.key == errand.key) other.due = now;
    }
  }
  return true;
}

// By a command beside it: to cancel a job is all that the inner Weir knows of stops.
base::Status Messenger::give_notice(const StopErrand& errand) {
  std::optional<Head> head = WEIR_TRY(logs_.head(errand.job, Stage::program));
  if (!head) head = WEIR_TRY(logs_.head(errand.job, Stage::setup));
  if (!head || head->pid <= 0) {
    return base::fail(base::ErrorCode::conflict, "it has not begun");
  }
  const std::string command =
      "kill -" + std::to_string(errand.notice_signal) + " " + std::to_string(head->pid);
  const int code = WEIR_TRY(api_.exec(errand.job, command, [](std::string_view) {}));
  if (code == 0) return {};
  return base::fail(base::ErrorCode::conflict, "it is over");
}

bool Messenger::list(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  auto jobs = api_.jobs(jobs_, false);
  lock.lock();
  if (!jobs && is_passing(jobs.error().code)) return false;
  listed_at_ = Clock::now();
  if (!jobs) return true;
  std::erase_if(*jobs, [&](const model::JobSummary& job) { return job.project != project_; });
  put(Listed{std::move(*jobs)});
  return true;
}

bool Messenger::look_next(std::unique_lock<std::mutex>& lock) {
  const auto [key, job] = *looks_.begin();
  looks_.erase(looks_.begin());
  lock.unlock();
  Looked looked{key, api_.job(job), true, {}};
  if (looked.answer) look_at_heads(*looked.answer, looked);
  lock.lock();
  if (!looked.answer && is_passing(looked.answer.error().code)) {
    looks_.emplace(key, job);
    return false;
  }
  put(std::move(looked));
  return true;
}

// What only the first lines of its logs tell; a log that cannot be read tells nothing.
void Messenger::look_at_heads(const model::JobView& job, Looked& looked) {
  if (!model::is_terminal(job.summary.state) || job.attempts.empty()) return;
  const bool has_setup = !job.spec.setup.empty();
  if (has_setup) {
    const auto program = logs_.head(job.summary.id, Stage::program);
    looked.program_began = !program || program->has_value();
  }
  const auto& outcome = job.attempts.back().outcome;
  if (!outcome || outcome->exit_code != code_of_trouble) return;
  const auto first = logs_.head(job.summary.id, has_setup ? Stage::setup : Stage::program);
  if (first && *first) looked.trouble = (*first)->trouble;
}

base::Result<std::optional<model::JobId>> Messenger::find_job(const std::string& name) {
  const auto jobs = WEIR_TRY(api_.jobs(name, true));
  return choose(jobs, name, project_);
}

bool Messenger::find_next(std::unique_lock<std::mutex>& lock) {
  const FindErrand errand = finds_.front();
  lock.unlock();
  const auto found = find_job(errand.name);
  lock.lock();
  if (!found && is_passing(found.error().code)) return false;
  finds_.pop_front();
  put(Found{errand.key, found.value_or(std::nullopt)});
  return true;
}

bool Messenger::submit_next(std::unique_lock<std::mutex>& lock) {
  SubmitErrand errand = std::move(submissions_.front());
  submissions_.pop_front();
  lock.unlock();
  auto answer = run(errand);
  lock.lock();
  if (answer && !*answer) return true;  // somebody stopped it first
  if (!answer && is_passing(answer.error().code)) {
    submissions_.push_front(std::move(errand));
    return false;
  }
  put(Submitted{errand.key, answer ? base::Result<model::JobId>(**answer)
                                   : base::Result<model::JobId>(base::fail(answer.error()))});
  return true;
}

// No job where somebody else has taken the claim.
base::Result<std::optional<model::JobId>> Messenger::run(SubmitErrand& errand) {
  WEIR_TRY_STATUS(api_.reach());
  if (errand.may_be_there) {
    if (const auto job = WEIR_TRY(find_job(errand.name))) {
      static_cast<void>(errand.claim->take());
      return std::optional(*job);
    }
  }
  if (!errand.is_asked && !errand.claim->take()) return std::optional<model::JobId>();
  errand.is_asked = true;
  WEIR_TRY_STATUS(prepare(errand.parcel));
  auto job = api_.submit(errand.idempotency, errand.parcel.job);
  if (job) return std::optional(*job);
  // It may be there or not: by its key it is taken once, by its name it is found later too.
  errand.may_be_there = true;
  if (job.error().code != base::ErrorCode::conflict) return base::fail(job.error());
  if (auto found = WEIR_TRY(find_job(errand.name))) return found;
  return base::fail(job.error());
}

base::Status Messenger::prepare(const Parcel& parcel) {
  if (!parcel.folder_archive.empty()) {
    WEIR_TRY_STATUS(api_.put_folder(parcel.folder_sha256, parcel.folder_archive));
  }
  for (const auto& [name, value] : parcel.secrets) WEIR_TRY_STATUS(api_.put_secret(name, value));
  return {};
}

bool Messenger::tidy_next(std::unique_lock<std::mutex>& lock) {
  const TidyErrand errand = tidyings_.front();
  lock.unlock();
  base::Status done;
  for (const std::string& secret : errand.secrets) {
    if (done) done = api_.drop_secret(secret);
  }
  lock.lock();
  if (!done && is_passing(done.error().code)) return false;
  tidyings_.pop_front();
  return true;
}

// ---- the listener

namespace {

// One row of the inner Weir's journal, as far as it is ours to see.
struct FactsEvent {
  std::uint64_t sequence = 0;
  base::Time time;
  std::vector<model::Fact> facts;
};
WEIR_DESCRIBE(FactsEvent, sequence, time, facts)

std::optional<model::JobId> changed_job(const model::Fact& fact) {
  if (const auto* started = std::get_if<model::AttemptStarted>(&fact)) return started->attempt.job;
  if (const auto* ended = std::get_if<model::AttemptEnded>(&fact)) return ended->attempt.job;
  if (const auto* over = std::get_if<model::JobEnded>(&fact)) return over->job;
  return std::nullopt;
}

}  // namespace

void Messenger::listen(const std::stop_token& stop) {
  std::string last_id;
  while (!stop.stop_requested()) {
    const auto take = [&](const http::ServerEvent& event) {
      last_id = event.id;
      hear(event);
      return !stop.stop_requested();
    };
    static_cast<void>(ears_.events(last_id, take));
    std::unique_lock lock(mutex_);
    hears_ = false;
    changed_.notify_all();
    changed_.wait_for(lock, stop, pace_.again_least * 2, [] { return false; });
  }
}

void Messenger::hear(const http::ServerEvent& event) {
  const auto row = base::from_json<FactsEvent>(event.data, {64U << 20U, 5'000'000, 64});
  const std::lock_guard lock(mutex_);
  if (!row) {
    // A fact of another version: a listing says what it is about.
    listed_at_ = Clock::time_point::min();
    changed_.notify_all();
    return;
  }
  hears_ = true;
  Changed changed;
  for (const model::Fact& fact : row->facts) {
    if (const auto job = changed_job(fact)) changed.jobs.insert(*job);
  }
  if (!changed.jobs.empty()) put(std::move(changed));
}

}  // namespace weir::backend::inner
