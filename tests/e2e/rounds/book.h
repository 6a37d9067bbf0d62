// What the servers have acknowledged, as their clients remember it: the truth that every later
// server is held to. Shared by the threads of the load.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/view.h"

namespace weir::e2e {

// One job as it was asked for.
struct Wanted {
  std::string name;  // no two have the same
  std::uint32_t tasks = 1;
  std::uint32_t nodes = 1;
  int exit_code = 0;  // of each of its programs
};

// What goes to the server in one request: one job, or several that are taken together or not at
// all.
struct Submission {
  std::string key;  // Idempotency-Key
  std::string body;
  std::vector<Wanted> jobs;
};

struct Acknowledged {
  Wanted wanted;
  bool cancel_asked = false;         // whether or not the answer came
  bool cancel_acknowledged = false;  // so it must not stay for ever
  bool hold_asked = false;
  bool hold_acknowledged = false;
  bool release_asked = false;
  std::string end{};  // how and when it ended, the first time that was seen; or ""
};

class Book {
 public:
  void acknowledge(const Submission& submission, const std::vector<model::JobId>& ids);
  // The answer never came: it is true, or it is not.
  void leave_open(Submission submission);
  // A submission that was left open; it is to be said again.
  [[nodiscard]] std::optional<Submission> take_open(base::Random& random);

  // Some job that was not yet seen to have ended; 0: there is none.
  [[nodiscard]] std::uint64_t some_job(base::Random& random);
  [[nodiscard]] std::uint64_t some_held_job(base::Random& random);
  void cancel_asked(std::uint64_t id, bool acknowledged);
  void hold_asked(std::uint64_t id, bool acknowledged);
  void release_asked(std::uint64_t id);

  // Something that may not be.
  void object(const std::string& what);
  [[nodiscard]] std::vector<std::string> objections() const;

  // Holds what a server lists against what was acknowledged. `listed` has every job with an id of
  // at least `from`.
  void compare(const std::vector<model::JobSummary>& listed, std::uint64_t from);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::map<std::uint64_t, Acknowledged> all() const;

 private:
  void compare_one(const model::JobSummary& job, Acknowledged& known);
  void object_locked(const std::string& what);
  [[nodiscard]] std::uint64_t pick(base::Random& random, bool held);

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Acknowledged> jobs_;
  std::vector<Submission> open_;
  std::vector<std::string> objections_;
};

}  // namespace weir::e2e
