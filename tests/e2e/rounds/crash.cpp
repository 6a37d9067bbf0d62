// Rounds of `kill -9` of a server under load, on one data folder. After each: the journal's chain
// holds, its replay comes to the same, and the next server knows all that was acknowledged. In the
// end every job has one outcome, none ran twice, and no process is left.
//
//   crash_rounds --programs FOLDER --rounds N [--seed S]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "tests/e2e/rounds/checks.h"
#include "tests/e2e/rounds/options.h"
#include "tests/e2e/rounds/server.h"

namespace weir::e2e {
namespace {

class Rounds {
 public:
  Rounds(Options options, const Places& places)
      : options_(std::move(options)),
        places_(places),
        // More nodes than processors: they are shared, and gangs find room beside the others.
        server_(places_, {"--port", "0", "--nodes", "12"}),
        random_{options_.seed} {}

  // Returns how many rounds were good.
  std::uint64_t run() {
    const auto begun = std::chrono::steady_clock::now();
    for (; round_ < options_.rounds; ++round_) {
      if (const auto status = play(); !status) book_.object(status.error().text());
      if (!book_.objections().empty()) return round_;
      constexpr std::uint64_t every = 20;
      if ((round_ + 1) % every == 0) tell_progress(begun);
    }
    if (const auto status = finish(); !status) book_.object(status.error().text());
    if (book_.objections().empty()) return round_;
    return std::min(round_, options_.rounds - 1);
  }

  [[nodiscard]] std::vector<std::string> objections() const { return book_.objections(); }

  void tell_notes() const {
    const auto note = [](const char* name, std::uint64_t value, const char* unit) {
      std::printf("note %s %llu %s\n", name, static_cast<unsigned long long>(value), unit);
    };
    note("crash_jobs_acknowledged", book_.size(), "jobs");
    note("crash_jobs_known", tally_.jobs, "jobs");
    note("crash_ranks_run", tally_.ranks, "ranks");
    note("crash_kills", kills_.size(), "kills");
    note("crash_kills_during_start", kills_during_start_, "kills");
    note("crash_attempts_adopted", tally_.adopted, "attempts");
    note("crash_attempts_repeated", tally_.repeated, "attempts");
  }

 private:
  // One round: a server, load, a kill at a random moment, at times more than one; then a look at
  // what is on the disk.
  base::Status play() {
    if (random_.chance(1, 6)) WEIR_TRY_STATUS(kill_during_start());
    WEIR_TRY_STATUS(start());
    WEIR_TRY_STATUS(hold_to_book());
    press_and_kill();
    if (random_.chance(1, 6)) {
      WEIR_TRY_STATUS(start());
      std::this_thread::sleep_for(std::chrono::milliseconds(random_.below(10)));
      kill();
    }
    look_at_journal();
    return {};
  }

  base::Status kill_during_start() {
    WEIR_TRY_STATUS(server_.start());
    std::this_thread::sleep_for(std::chrono::microseconds(random_.below(80'000)));
    ++kills_during_start_;
    kill();
    return {};
  }

  base::Status start() {
    WEIR_TRY_STATUS(server_.start());
    address_ = WEIR_TRY(server_.await_address());
    token_ = operator_token(places_);
    return {};
  }

  void kill() {
    kills_.push_back(now());
    if (!server_.process().kill()) book_.object("the server had ended before it was killed");
  }

  // The server lists all that was acknowledged: the newest each time, now and then all.
  base::Status hold_to_book() {
    auto client = WEIR_TRY(Client::connect(address_, token_));
    constexpr std::uint64_t window = 400;
    constexpr std::uint64_t all_every = 25;
    const std::uint64_t newest = newest_;
    const std::uint64_t above = round_ % all_every == 0 || newest < window ? 0 : newest - window;
    const auto listed = WEIR_TRY(list_jobs(client, above));
    book_.compare(listed, above + 1);
    if (!listed.empty()) newest_ = listed.front().id.value;
    waiting_ = static_cast<std::uint64_t>(std::ranges::count_if(
        listed, [](const model::JobSummary& job) { return !model::is_terminal(job.state); }));
    return {};
  }

  void press_and_kill() {
    LoadOptions load;
    load.trace = places_.trace;
    // What is left of earlier rounds shall not pile up.
    constexpr std::uint64_t many = 60;
    load.only_short = waiting_ > many;
    load.actions = waiting_ > many ? 3 : 4 + static_cast<int>(random_.below(8));
    constexpr int clients = 3;
    std::vector<std::jthread> threads;
    for (int i = 0; i < clients; ++i) {
      load.name = "r" + std::to_string(round_) + "c" + std::to_string(i);
      threads.emplace_back(
          [this, load, random = random_.fork()] { press(address_, token_, random, load, book_); });
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random_.below(300'000)));
    kill();
  }

  void look_at_journal() {
    hold_journal({"verify"}, "chain good");
    hold_journal({"replay", "--check"}, "state the same");
  }

  void hold_journal(const std::vector<std::string>& words, const std::string& good) {
    const Said said = run_journal(places_, words);
    if (said.code != 0 || said.text.find(good) == std::string::npos) {
      book_.object("weir journal " + words.front() + " ended with " + std::to_string(said.code) +
                   ": " + said.text);
    }
  }

  // No more kills: everything comes to its end.
  base::Status finish() {
    WEIR_TRY_STATUS(start());
    {
      auto client = WEIR_TRY(Client::connect(address_, token_));
      WEIR_TRY_STATUS(drain(client, book_));
      tally_ = WEIR_TRY(check_ends(client, book_, places_.trace, kills_));
    }
    if (const int code = server_.process().stop(); code != 0) {
      book_.object("SIGTERM ended the server with " + std::to_string(code));
    }
    look_at_journal();
    for (const pid_t process : job_processes(places_.data_folder)) {
      book_.object("process " + std::to_string(process) + " of a job is left");
    }
    return {};
  }

  void tell_progress(std::chrono::steady_clock::time_point begun) const {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun);
    std::printf("round %llu: %zu jobs acknowledged, %zu kills, %lld ms a round\n",
                static_cast<unsigned long long>(round_ + 1), book_.size(), kills_.size(),
                static_cast<long long>(took.count()) / static_cast<long long>(round_ + 1));
    std::fflush(stdout);
  }

  Options options_;
  const Places& places_;
  Server server_;
  base::Random random_;
  Book book_;
  std::string address_;
  std::string token_;
  std::vector<base::Time> kills_;
  std::uint64_t kills_during_start_ = 0;
  std::uint64_t round_ = 0;
  std::uint64_t newest_ = 0;   // id among those listed last
  std::uint64_t waiting_ = 0;  // jobs that had not ended then
  Tally tally_;
};

int play_all(const Options& options) {
  const Places places = make_places(options, "crash");
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  Rounds rounds(options, places);
  const std::uint64_t good = rounds.run();
  for (const std::string& objection : rounds.objections()) {
    std::printf("NOT GOOD: %s\n", objection.c_str());
  }
  rounds.tell_notes();
  return conclude(places, "crash", good, options.rounds);
}

}  // namespace
}  // namespace weir::e2e

int main(int count, char** words) {
  weir::e2e::Options options;
  return weir::e2e::read_options(count, words, options) ? weir::e2e::play_all(options) : 2;
}
