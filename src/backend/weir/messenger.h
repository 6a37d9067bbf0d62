// Talks to the inner Weir on threads of its own, so that nobody waits for it.
//
// Errands are run in turn: stops first, then looks at what changed, then submissions, then tidying.
// One that fails because nobody answers stays, and is tried again; what the inner Weir says no to
// comes back as news. A second thread holds the stream of events open and names the jobs that
// changed, so that what is asked for costs by what changed; a listing from time to time finds what
// was missed.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "backend/rank.h"
#include "backend/weir/far_logs.h"
#include "backend/weir/inner_api.h"
#include "backend/weir/rank_text.h"

namespace weir::backend::inner {

struct Pace {
  std::chrono::milliseconds again_least{100};  // after the inner Weir did not answer
  std::chrono::milliseconds again_most{2'000};
  std::chrono::milliseconds listing{10'000};  // while events are heard
  std::chrono::milliseconds deaf_listing{1'000};
};

// Who takes a submission has it: the messenger, to make it, or whoever stops the rank before.
class Claim {
 public:
  [[nodiscard]] bool take() {
    bool expected = false;
    return is_taken_.compare_exchange_strong(expected, true);
  }

 private:
  std::atomic<bool> is_taken_ = false;
};

struct SubmitErrand {
  RankKey key;
  std::string name;
  std::string idempotency;
  Parcel parcel;
  bool may_be_there = false;  // asked for before, by us or by an earlier server
  std::shared_ptr<Claim> claim;
  bool is_asked = false;  // the claim is ours
};
// Is it there? For what an earlier server may have asked for.
struct FindErrand {
  RankKey key;
  std::string name;
};
struct LookErrand {
  RankKey key;
  model::JobId job;
};
struct StopErrand {
  RankKey key;
  model::JobId job;
  std::int32_t notice_signal = 0;  // to be sent to its program; 0: cancel
  std::chrono::steady_clock::time_point due;
};
struct TidyErrand {
  std::vector<std::string> secrets;
};

struct Submitted {
  RankKey key;
  base::Result<model::JobId> answer;
};
struct Found {
  RankKey key;
  std::optional<model::JobId> job;
};
struct Looked {
  RankKey key;
  base::Result<model::JobView> answer;
  // Where it has ended:
  bool program_began = true;
  std::string trouble;  // why it was not begun, by its own word
};
struct Listed {
  std::vector<model::JobSummary> jobs;  // that have not ended
};
struct Changed {
  std::set<model::JobId> jobs;
};
using News = std::variant<Submitted, Found, Looked, Listed, Changed>;

class Messenger {
 public:
  // `event` is an eventfd that counts one for each piece of news. Neither it nor `logs` is owned.
  Messenger(const Access& access, FarLogs& logs, int event, Pace pace, const Naming& naming);
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;
  // Gives up the question under way; what was not asked yet is dropped.
  ~Messenger();

  void submit(SubmitErrand errand);
  void find(FindErrand errand);
  void look(const RankKey& key, model::JobId job);
  void stop(StopErrand errand);
  void tidy(TidyErrand errand);
  [[nodiscard]] std::vector<News> take();

 private:
  using Clock = std::chrono::steady_clock;

  void work(const std::stop_token& stop);
  [[nodiscard]] bool run_next(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Clock::time_point next_due() const;
  [[nodiscard]] bool stop_next(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool list(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool look_next(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool find_next(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool submit_next(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool tidy_next(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] base::Status give_notice(const StopErrand& errand);
  void look_at_heads(const model::JobView& job, Looked& looked);
  [[nodiscard]] base::Result<std::optional<model::JobId>> find_job(const std::string& name);
  [[nodiscard]] base::Result<std::optional<model::JobId>> run(SubmitErrand& errand);
  [[nodiscard]] base::Status prepare(const Parcel& parcel);
  void put(News news);  // under the lock
  void listen(const std::stop_token& stop);
  void hear(const http::ServerEvent& event);

  int event_;
  Pace pace_;
  std::string jobs_;     // in the names of all jobs of ours
  std::string project_;  // of all of them
  FarLogs& logs_;
  std::stop_source ending_;
  InnerApi api_;   // the worker's
  InnerApi ears_;  // the listener's
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<StopErrand> stops_;
  std::map<RankKey, model::JobId> looks_;
  std::deque<FindErrand> finds_;
  std::deque<SubmitErrand> submissions_;
  std::deque<TidyErrand> tidyings_;
  std::vector<News> news_;
  bool hears_ = false;  // the stream of events is open
  Clock::time_point listed_at_ = Clock::time_point::min();
  std::jthread worker_;  // last: these use all of the above
  std::jthread listener_;
};

}  // namespace weir::backend::inner
