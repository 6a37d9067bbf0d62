// Slow work on files, done beside the backend's own thread: unpacking, removing, sweeping.
//
// One thread, started with the first chore. What is to happen after a chore happens on the
// backend's thread, when it asks for what is done; so nothing of the backend needs a lock.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace weir::backend::local {

class Chores {
 public:
  using Work = std::function<void(std::stop_token)>;
  using Then = std::function<void()>;

  // `done_event` is an eventfd that counts one for every chore done. Not owned.
  explicit Chores(int done_event) : done_event_(done_event) {}
  Chores(const Chores&) = delete;
  Chores& operator=(const Chores&) = delete;
  // Asks the chore at work to stop, waits for it, and drops those not begun.
  ~Chores();

  void post(Work work, Then then);
  // Runs what follows the chores that are done.
  void finish_done();

 private:
  struct Chore {
    Work work;
    Then then;
  };
  void work_on(const std::stop_token& stop);

  int done_event_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Chore> waiting_;
  std::vector<Then> done_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace weir::backend::local
