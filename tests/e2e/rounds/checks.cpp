#include "tests/e2e/rounds/checks.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/json.h"

namespace weir::e2e {

namespace {

using base::ErrorCode;
using model::JobState;

base::Result<model::JobPage> page(Client& client, const std::string& query) {
  const auto answer = WEIR_TRY(client.ask("GET", "/v1/jobs?" + query));
  if (answer.status != 200) return base::fail(ErrorCode::input_output, answer.body);
  return base::from_json<model::JobPage>(answer.body);
}

// What one rank wrote of itself.
struct Trace {
  std::map<std::uint32_t, std::uint32_t> starts;  // by attempt
  std::map<std::uint32_t, std::uint32_t> ends;
  std::uint32_t twice = 0;  // found another at work
};

Trace read_trace(const std::string& path) {
  Trace trace;
  std::ifstream file(path);
  std::string word;
  std::uint32_t attempt = 0;
  while (file >> word >> attempt) {
    if (word == "start") ++trace.starts[attempt];
    if (word == "end") ++trace.ends[attempt];
    if (word == "twice") ++trace.twice;
  }
  return trace;
}

// One job against what is known of it.
class JobCheck {
 public:
  JobCheck(const model::JobView& job, const Acknowledged* known, const EndsWanted& wanted,
           Book& book, Tally& tally)
      : job_(job), known_(known), wanted_(wanted), book_(book), tally_(tally) {}

  void run(const std::string& trace, const std::vector<base::Time>& kills) {
    ++tally_.jobs;
    if (!model::is_terminal(job_.summary.state)) object("has not ended");
    if (known_ != nullptr) check_outcome(*known_);
    for (const model::AttemptView& attempt : job_.attempts) {
      if (!attempt.outcome) object("has an attempt without an end");
      if (attempt.attempt > 1) ++tally_.repeated;
      if (was_adopted(attempt, kills)) ++tally_.adopted;
    }
    for (const auto& [task, attempts] : attempts_by_task()) {
      for (std::uint32_t rank = 0; rank < job_.summary.nodes; ++rank) {
        check_rank(task, rank, attempts, trace);
      }
    }
  }

 private:
  void object(const std::string& what) {
    book_.object("job " + std::to_string(job_.summary.id.value) + " (" + job_.summary.name + ", " +
                 std::string(base::enum_name(job_.summary.state)) + ") " + what);
  }

  // Left alone, a job ends as its program does.
  void check_outcome(const Acknowledged& known) {
    const JobState state = job_.summary.state;
    if (state == JobState::cancelled) {
      if (!known.cancel_asked) object("is cancelled, and nobody asked for that");
      return;
    }
    const JobState by_itself = known.wanted.exit_code == 0 ? JobState::succeeded : JobState::failed;
    if (state != by_itself) {
      object("should have ended as " + std::string(base::enum_name(by_itself)) + ": " +
             job_.summary.message);
    } else if (job_.summary.exit_code.value_or(0) != known.wanted.exit_code) {
      object("ended with " + std::to_string(job_.summary.exit_code.value_or(0)));
    }
  }

  [[nodiscard]] static bool was_adopted(const model::AttemptView& attempt,
                                        const std::vector<base::Time>& kills) {
    if (!attempt.started || !attempt.ended) return false;
    return std::ranges::any_of(
        kills, [&](base::Time kill) { return *attempt.started < kill && kill < *attempt.ended; });
  }

  [[nodiscard]] std::map<std::uint32_t, std::vector<const model::AttemptView*>> attempts_by_task()
      const {
    std::map<std::uint32_t, std::vector<const model::AttemptView*>> tasks;
    for (const model::AttemptView& attempt : job_.attempts) {
      tasks[attempt.task].push_back(&attempt);
    }
    return tasks;
  }

  void check_rank(std::uint32_t task, std::uint32_t rank,
                  const std::vector<const model::AttemptView*>& attempts,
                  const std::string& folder) {
    const bool is_array = job_.summary.is_array;
    const std::string name =
        model::format_task({job_.summary.id, task}, is_array) + "." + std::to_string(rank);
    const Trace trace = read_trace(folder + "/" + name);
    if (trace.twice > 0) object("ran twice at once as " + name);
    for (const auto& [attempt, times] : trace.starts) {
      const bool is_known = std::ranges::any_of(
          attempts, [&](const model::AttemptView* view) { return view->attempt == attempt; });
      if (times > 1) object("began one attempt twice as " + name);
      if (!is_known) object("ran an attempt that nobody knows of as " + name);
    }
    std::uint32_t ends = 0;
    for (const auto& [attempt, times] : trace.ends) ends += times;
    if (ends > 1 && !wanted_.may_end_again)
      object("came to its end " + std::to_string(ends) + " times as " + name);
    const auto succeeded = std::ranges::count_if(attempts, [](const model::AttemptView* view) {
      return view->state == JobState::succeeded;
    });
    if (succeeded > 1) object("succeeded more than once as " + name);
    if (succeeded == 1 && ends == 0) object("succeeded without having run to its end as " + name);
    if (!trace.starts.empty()) ++tally_.ranks;
  }

  const model::JobView& job_;
  const Acknowledged* known_;
  const EndsWanted& wanted_;
  Book& book_;
  Tally& tally_;
};

}  // namespace

base::Status drain(Client& client, Book& book, base::Duration longest) {
  const auto begun = std::chrono::steady_clock::now();
  for (;;) {
    const auto held = WEIR_TRY(page(client, "state=held&limit=1000"));
    for (const model::JobSummary& job : held.jobs) {
      const std::string id = std::to_string(job.id.value);
      (void)WEIR_TRY(client.ask("POST", "/v1/jobs/" + id + "/release"));
    }
    const auto active = WEIR_TRY(page(client, "limit=5"));
    if (active.total == 0) return {};
    if (std::chrono::steady_clock::now() - begun > longest) {
      for (const model::JobSummary& job : active.jobs) {
        book.object("job " + std::to_string(job.id.value) +
                    " does not come to an end: " + std::string(base::enum_name(job.state)));
      }
      return base::fail(ErrorCode::unavailable, "jobs do not come to an end");
    }
    // Answers when that job has ended; the others are not far then.
    const std::string id = std::to_string(active.jobs.back().id.value);
    (void)WEIR_TRY(client.ask("GET", "/v1/jobs/" + id + "?wait=2"));
  }
}

base::Result<Tally> check_ends(Client& client, Book& book, const std::string& trace,
                               const std::vector<base::Time>& kills, const EndsWanted& wanted) {
  Tally tally;
  const auto listed = WEIR_TRY(list_jobs(client, wanted.above));
  book.compare(listed, wanted.above + 1);
  const auto known = book.all();
  for (const model::JobSummary& job : listed) {
    const auto answer = WEIR_TRY(client.ask("GET", "/v1/jobs/" + std::to_string(job.id.value)));
    const auto view = base::from_json<model::JobView>(answer.body);
    if (!view) return base::fail(view.error());
    const auto found = known.find(job.id.value);
    JobCheck(*view, found == known.end() ? nullptr : &found->second, wanted, book, tally)
        .run(trace, kills);
  }
  return tally;
}

}  // namespace weir::e2e
