// Asks Slurm on a thread of its own, so that nobody waits for its controller.
//
// What it is told to do it does in turn: signals and cancels first, then a listing where one is
// due, then submissions. One listing serves all ranks; how often it is made follows from how much
// hurry there is and from what it costs. What comes of it all is taken by the backend's thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <variant>
#include <vector>

#include "backend/rank.h"
#include "backend/slurm/controller.h"
#include "base/result.h"

namespace weir::backend::slurm {

struct Pace {
  std::chrono::milliseconds busy{250};     // something is young, or ending
  std::chrono::milliseconds calm{2'000};   // what is there waits or runs
  std::chrono::milliseconds idle{30'000};  // nothing of ours is there
  // How long a job is missing in listings before it counts as gone. A controller that forgot jobs
  // gives their numbers out again, and a node that is still busy with one of them is then drained:
  // so the nodes are to be heard first.
  std::chrono::milliseconds absence{15'000};
  // A listing that took long is made less often: it may fill this part of the time.
  int rest_factor = 10;
};

enum class Haste : std::uint8_t { idle, calm, busy };

class Clerk {
 public:
  struct Submitted {
    RankKey key;
    base::Result<JobNumber> answer;
  };
  // In the order of asking: a job whose submission was answered before is in it, or gone.
  struct Listed {
    base::Result<std::vector<Job>> jobs;
  };
  using News = std::variant<Submitted, Listed>;

  // `event` is an eventfd that counts one for each piece of news. Neither is owned.
  Clerk(Controller& controller, int event, Pace pace);
  Clerk(const Clerk&) = delete;
  Clerk& operator=(const Clerk&) = delete;
  // Waits for the question under way; what was not asked yet is dropped.
  ~Clerk();

  void submit(const RankKey& key, Submission submission);
  void cancel(JobNumber job);
  void signal(JobNumber job, int signal);
  void set_haste(Haste haste);
  [[nodiscard]] std::vector<News> take();

  // What listings have cost so far.
  struct Cost {
    std::uint64_t listings = 0;
    std::int64_t last_us = 0;
    std::int64_t total_us = 0;
  };
  [[nodiscard]] Cost cost() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Submit {
    RankKey key;
    Submission submission;
  };
  struct Tell {
    JobNumber job = 0;
    int signal = 0;  // 0: cancel
  };

  void work(const std::stop_token& stop);
  [[nodiscard]] Clock::time_point next_listing() const;
  void list(std::unique_lock<std::mutex>& lock);
  void tell(std::unique_lock<std::mutex>& lock);
  void submit_next(std::unique_lock<std::mutex>& lock);
  void put(News news);

  Controller& controller_;
  int event_;
  Pace pace_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Tell> to_tell_;
  std::deque<Submit> to_submit_;
  std::vector<News> news_;
  Haste haste_ = Haste::busy;
  Clock::time_point listed_at_ = Clock::time_point::min();
  Clock::duration listing_took_{0};
  Cost cost_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace weir::backend::slurm
