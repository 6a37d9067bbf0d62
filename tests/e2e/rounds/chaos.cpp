// Rounds of faults between sites, drawn by seed: a control plane with nodes of its own, two Slurm
// clusters and a machine, each with its agent behind a line of its own. In each round work comes,
// and meanwhile lines are cut or hold up what is said, agents and controllers are killed, clocks
// stand. Afterwards nothing is lost, nothing ran twice at once, and nothing is left anywhere.
//
//   chaos_rounds --programs FOLDER --rounds N [--seed S] [--list FILE]
//
// A seed decides what is drawn (work, faults, their times), not how threads and machines happen to
// meet: `--seed S --rounds 1` plays the same faults again, maybe not the same failure.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/json.h"
#include "tests/e2e/rounds/checks.h"
#include "tests/e2e/rounds/faults.h"
#include "tests/e2e/rounds/options.h"
#include "tests/e2e/rounds/remote_site.h"

namespace weir::e2e {
namespace {

// After the last fault: a lease, its end, and the work once more.
constexpr base::Duration work_longest = std::chrono::minutes(4);
constexpr base::Duration leftovers_longest = std::chrono::seconds(60);
// Work that is still at it when its site, silent, is lost (30 s) and another begins it.
constexpr std::uint64_t outlasting_ms = 45'000;
constexpr base::Duration begin_longest = std::chrono::seconds(30);

class World {
 public:
  explicit World(const Places& places)
      : places_(places),
        door_(free_port()),
        server_(places,
                {"--port", "0", "--nodes", "3", "--agents", "127.0.0.1:" + std::to_string(door_)}) {
    const std::vector<SitePlan> plans{{"east", true}, {"west", true}, {"south", false}};
    for (const SitePlan& plan : plans) {
      sites_.push_back(
          std::make_unique<RemoteSite>(places_, plan, places_.scratch + "/" + plan.name, door_));
      names_.names.push_back(plan.name);
      names_.have_controller.push_back(plan.is_slurm);
    }
  }

  base::Status open() {
    WEIR_TRY_STATUS(start_server());
    auto operators = WEIR_TRY(client());
    for (const auto& site : sites_) WEIR_TRY_STATUS(site->open(operators));
    return {};
  }
  base::Status start_server() {
    WEIR_TRY_STATUS(server_.start());
    return server_.await_address().map([](const std::string&) {});
  }
  [[nodiscard]] base::Result<Client> client() {
    const std::string address = WEIR_TRY(server_.await_address());
    return Client::connect(address, operator_token(places_));
  }
  [[nodiscard]] const SiteNames& names() const { return names_; }
  [[nodiscard]] Server& server() { return server_; }

  // Does it, and mends it afterwards.
  base::Status inflict(const Fault& fault) {
    std::this_thread::sleep_for(fault.after);
    RemoteSite& site = *sites_[fault.site];
    switch (fault.kind) {
      case FaultKind::link_cut:
        break_link(site, Link::State::cut, fault.lasts);
        return {};
      case FaultKind::link_late:
        break_link(site, Link::State::holds, fault.lasts);
        return {};
      case FaultKind::link_lost:
        site.link().set(Link::State::holds);
        std::this_thread::sleep_for(fault.lasts);
        break_link(site, Link::State::cut, std::chrono::milliseconds(100));
        return {};
      case FaultKind::agent_killed:
        site.agent().kill();
        std::this_thread::sleep_for(fault.lasts);
        return site.start_agent();
      case FaultKind::agent_stopped:
        stop_clock(site.agent(), fault.lasts);
        return {};
      case FaultKind::controller_killed:
        site.kill_controller(fault.lasts);
        std::this_thread::sleep_for(std::min<base::Duration>(fault.lasts, std::chrono::seconds(8)));
        site.start_controller();
        return {};
      case FaultKind::control_plane_killed:
        server_.process().kill();
        std::this_thread::sleep_for(fault.lasts);
        return start_server();
      case FaultKind::control_plane_stopped:
        stop_clock(server_.process(), fault.lasts);
        return {};
    }
    return {};
  }

  // Takes nodes back into use that their cluster has drained, until it is told to stop.
  void resume_nodes(const std::stop_token& stop) {
    constexpr auto a_while = std::chrono::seconds(5);
    std::mutex mutex;
    std::condition_variable_any changed;
    while (!stop.stop_requested()) {
      for (const auto& site : sites_) site->resume_nodes();
      std::unique_lock lock(mutex);
      changed.wait_for(lock, stop, a_while, [] { return false; });
    }
  }

  // What is still there of the work, for people; "": nothing.
  [[nodiscard]] std::string leftovers() {
    std::string left;
    for (const auto& site : sites_) {
      const std::string queue = site->queue();
      if (!queue.empty()) left += "in the queue of " + site->plan().name + ": " + queue + "; ";
    }
    for (const pid_t process : job_processes(places_.scratch)) {
      left += "process " + std::to_string(process) + " of a job; ";
    }
    return left;
  }

 private:
  static void break_link(RemoteSite& site, Link::State state, base::Duration lasts) {
    site.link().set(state);
    std::this_thread::sleep_for(lasts);
    site.link().set(Link::State::passes);
  }
  static void stop_clock(const Process& process, base::Duration lasts) {
    process.signal(SIGSTOP);
    std::this_thread::sleep_for(lasts);
    process.signal(SIGCONT);
  }

  const Places& places_;
  std::uint16_t door_;
  Server server_;
  std::vector<std::unique_ptr<RemoteSite>> sites_;
  SiteNames names_;
};

class Rounds {
 public:
  explicit Rounds(const Places& places) : places_(places), world_(places) {}

  base::Status open() { return world_.open(); }

  // True: all was as it has to be.
  bool play(std::uint64_t number, std::uint64_t seed) {
    base::Random random{seed};
    const std::vector<Fault> faults = draw_faults(random, world_.names());
    std::printf("round %llu, seed %llu\n", static_cast<unsigned long long>(number),
                static_cast<unsigned long long>(seed));
    for (const Fault& fault : faults) {
      std::printf("  %s\n", text_of(fault, world_.names()).c_str());
    }
    std::fflush(stdout);
    faults_ += faults.size();
    const auto begun = std::chrono::steady_clock::now();
    if (const auto status = trouble(faults, random, number); !status) {
      book_.object(status.error().text());
    }
    if (book_.objections().empty()) {
      if (const auto status = look(); !status) book_.object(status.error().text());
    }
    const auto took =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
    const bool is_good = book_.objections().empty();
    std::printf("  %s after %lld s: %llu jobs, %llu ranks run, %llu attempts repeated\n",
                is_good ? "good" : "NOT GOOD", static_cast<long long>(took.count()),
                static_cast<unsigned long long>(round_tally_.jobs),
                static_cast<unsigned long long>(round_tally_.ranks),
                static_cast<unsigned long long>(round_tally_.repeated));
    for (const std::string& objection : book_.objections()) {
      std::printf("  NOT GOOD: %s\n", objection.c_str());
    }
    std::fflush(stdout);
    return is_good;
  }

  // In the end; true: good.
  bool close() {
    const int code = world_.server().process().stop();
    const Said verified = run_journal(places_, {"verify"});
    const Said replayed = run_journal(places_, {"replay", "--check"});
    const bool is_good = code == 0 && verified.code == 0 && replayed.code == 0;
    if (!is_good) {
      std::printf("NOT GOOD: the server ended with %d; %s; %s\n", code, verified.text.c_str(),
                  replayed.text.c_str());
    }
    return is_good;
  }

  void tell_notes() const {
    const auto note = [](const char* name, std::uint64_t value, const char* unit) {
      std::printf("note %s %llu %s\n", name, static_cast<unsigned long long>(value), unit);
    };
    note("chaos_faults", faults_, "faults");
    note("chaos_jobs_acknowledged", book_.size(), "jobs");
    note("chaos_ranks_run", ranks_, "ranks");
    note("chaos_attempts_repeated", repeated_, "attempts");
  }

 private:
  // Work comes while things break; all is mended when this returns.
  base::Status trouble(const std::vector<Fault>& faults, base::Random& random,
                       std::uint64_t number) {
    auto operators = WEIR_TRY(world_.client());
    const std::string address = WEIR_TRY(world_.server().await_address());
    for (const Fault& fault : faults) {
      if (loses_its_site(fault)) WEIR_TRY_STATUS(begin_outlasting(operators, fault.site, number));
    }
    std::vector<base::Status> mended(faults.size());
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < 2; ++i) {
        LoadOptions load;
        load.trace = places_.trace;
        load.name = "r" + std::to_string(number) + "c" + std::to_string(i);
        load.actions = 4 + static_cast<int>(random.below(4));
        load.pause_ms_max = 800;
        load.sites = {"", "", "local", "east", "west", "south"};
        load.lasts_ms_more = 8'000;
        load.nodes_max = 3;
        load.retries = 20;
        threads.emplace_back([this, load, address, random = random.fork()] {
          press(address, operator_token(places_), random, load, book_);
        });
      }
      for (std::size_t i = 0; i < faults.size(); ++i) {
        threads.emplace_back(
            [this, &faults, &mended, i] { mended[i] = world_.inflict(faults[i]); });
      }
    }
    for (base::Status& status : mended) WEIR_TRY_STATUS(std::move(status));
    return {};
  }

  // Has work run at the site that outlasts its silence and may be begun at another one: a site that
  // is lost and goes on all the same is found out by it.
  base::Status begin_outlasting(Client& operators, std::size_t site, std::uint64_t number) {
    const std::vector<std::string>& names = world_.names().names;
    WEIR_TRY_STATUS(set_others(operators, site, "drained"));
    const Submission submission = lasting_job("r" + std::to_string(number) + "at-" + names[site],
                                              places_.trace, names, outlasting_ms);
    const auto answer =
        WEIR_TRY(operators.ask("POST", "/v1/jobs", submission.body, submission.key));
    const auto taken = WEIR_TRY(base::from_json<model::SubmittedJobs>(answer.body));
    book_.acknowledge(submission, taken.ids);
    const std::string job = "/v1/jobs/" + std::to_string(taken.ids.at(0).value);
    const auto begun = std::chrono::steady_clock::now();
    for (bool runs = false; !runs;) {
      const auto seen = WEIR_TRY(operators.ask("GET", job));
      const auto view = WEIR_TRY(base::from_json<model::JobView>(seen.body));
      runs = view.summary.state == model::JobState::running;
      if (std::chrono::steady_clock::now() - begun > begin_longest) {
        return base::fail(base::ErrorCode::unavailable, job + " does not begin at " + names[site]);
      }
      if (!runs) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return set_others(operators, site, "active");
  }

  base::Status set_others(Client& operators, std::size_t site, const std::string& standing) {
    const std::vector<std::string>& names = world_.names().names;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i == site) continue;
      const auto answer = WEIR_TRY(operators.ask("PUT", "/v1/sites/" + names[i] + "/standing",
                                                 R"({"standing":")" + standing + "\"}"));
      if (answer.status / 100 != 2) {
        return base::fail(base::ErrorCode::unavailable, answer.body);
      }
    }
    return {};
  }

  // Everything comes to its end, as it has to.
  base::Status look() {
    const std::uint64_t above = newest_;
    auto operators = WEIR_TRY(world_.client());
    {
      const std::jthread administrator(
          [this](const std::stop_token& stop) { world_.resume_nodes(stop); });
      WEIR_TRY_STATUS(drain(operators, book_, work_longest));
    }
    EndsWanted wanted;
    wanted.above = above;
    wanted.may_end_again = true;
    round_tally_ = WEIR_TRY(check_ends(operators, book_, places_.trace, {}, wanted));
    const auto listed = WEIR_TRY(list_jobs(operators, above));
    if (!listed.empty()) newest_ = listed.front().id.value;
    ranks_ += round_tally_.ranks;
    repeated_ += round_tally_.repeated;
    const auto begun = std::chrono::steady_clock::now();
    std::string left = world_.leftovers();
    while (!left.empty() && std::chrono::steady_clock::now() - begun < leftovers_longest) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      left = world_.leftovers();
    }
    if (!left.empty()) book_.object("left: " + left);
    return {};
  }

  const Places& places_;
  World world_;
  Book book_;
  std::uint64_t newest_ = 0;  // id among the jobs of the rounds before
  std::uint64_t faults_ = 0;
  std::uint64_t ranks_ = 0;
  std::uint64_t repeated_ = 0;
  Tally round_tally_;
};

// Those of the list first: each found something once.
std::vector<std::uint64_t> seeds_of(const Options& options) {
  std::vector<std::uint64_t> seeds;
  std::ifstream list(options.list);
  std::string line;
  while (std::getline(list, line)) {
    std::istringstream words(line);
    std::uint64_t seed = 0;
    if (words >> seed) seeds.push_back(seed);
  }
  for (std::uint64_t i = 0; i < options.rounds; ++i) seeds.push_back(options.seed + i);
  return seeds;
}

int play_all(const Options& options) {
  const Places places = make_places(options, "chaos");
  const std::vector<std::uint64_t> seeds = seeds_of(options);
  std::uint64_t good = 0;
  {
    Rounds rounds(places);
    if (const auto opened = rounds.open(); !opened) {
      std::printf("NOT GOOD: %s\n", opened.error().text().c_str());
    } else {
      while (good < seeds.size() && rounds.play(good + 1, seeds[good])) ++good;
      if (!rounds.close() && good > 0) --good;
      rounds.tell_notes();
    }
  }
  return conclude(places, "chaos", good, seeds.size());
}

}  // namespace
}  // namespace weir::e2e

int main(int count, char** words) {
  weir::e2e::Options options;
  return weir::e2e::read_options(count, words, options) ? weir::e2e::play_all(options) : 2;
}
