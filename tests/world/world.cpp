#include "tests/world/world.h"

#include "tests/world/agenda.h"
#include "tests/world/checkers.h"
#include "tests/world/clients.h"
#include "tests/world/job_maker.h"
#include "tests/world/network.h"
#include "tests/world/server.h"
#include "tests/world/site.h"

namespace weir::world {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 2h, 30s
namespace {

class World;
const World* running_now = nullptr;

class World {
 public:
  World(std::uint64_t seed, Plant plant, Trace::Mode mode)
      : seed_(seed),
        random_{seed * 0x9e3779b97f4a7c15ULL + 1},
        faults_(roll_faults(random_, plant)),
        trace_(mode, agenda_),
        checkers_(agenda_),
        network_(agenda_, faults_, random_.fork()),
        server_(agenda_, faults_, random_.fork(), trace_, checkers_, plant,
                [this](const model::ChangeWanted& change) { carry_effect(change); }),
        nodes_(make_nodes(random_, "local")),
        site_("local", nodes_, agenda_, faults_, random_.fork(), trace_, network_, server_),
        clients_(agenda_, random_.fork(), network_, server_, checkers_) {
    checkers_.watch(site_.name(), site_.processes());
    site_.processes().when_begun(
        [this](const backend::RankKey& key) { checkers_.process_begun(site_.name(), key); });
  }

  // Throws CheckFailed.
  void run() {
    live();
    calm_down();
    come_to_rest();
  }
  [[nodiscard]] Result result() {
    return {seed_, agenda_.steps(), checkers_.engine_steps(), checkers_.fingerprint(), "",
            "",    trace_.last()};
  }
  [[nodiscard]] std::string where() const {
    return "seed " + std::to_string(seed_) + ", step " + std::to_string(agenda_.steps());
  }

 private:
  void carry_effect(const model::ChangeWanted& change) {
    network_.carry(site_.name(), true, [this, change] { site_.take(change); });
  }

  [[nodiscard]] base::Duration some_time(base::Duration most) {
    return base::Duration(random_.below(static_cast<std::uint64_t>(base::to_us(most))));
  }

  template <typename Happening>
  void plan(std::uint32_t times, base::Duration span, Happening happening) {
    for (std::uint32_t i = 0; i < times; ++i) agenda_.after(some_time(span), happening);
  }

  void live() {
    const base::Duration span = std::chrono::seconds(20 + random_.below(280));
    server_.start();
    agenda_.after(some_time(5s), [this] { site_.start_agent(); });
    clients_.plan(static_cast<std::uint32_t>(5 + random_.below(random_.chance(1, 3) ? 150 : 50)),
                  span);
    plan(faults_.server_crashes, span,
         [this] { server_.crash("killed", some_time(random_.chance(1, 4) ? 150s : 10s)); });
    plan(faults_.agent_crashes, span,
         [this] { site_.crash_agent(some_time(random_.chance(1, 4) ? 150s : 10s)); });
    plan(faults_.power_losses, span, [this] { site_.lose_power(10s + some_time(100s)); });
    plan(faults_.silences, span, [this] { fall_silent(); });
    plan(faults_.new_cuts, span, [this] {
      if (!site_.agent_up()) return;
      site_.crash_agent(1s + some_time(20s));
      site_.cut_again();
    });
    const base::Time end = agenda_.now() + span;
    while (agenda_.now() < end) step();
  }

  void fall_silent() {
    trace_.say("network", [] { return "cuts the site off"; });
    network_.cut_off(site_.name(), true);
    agenda_.after(some_time(random_.chance(1, 2) ? 30s : 200s), [this] {
      trace_.say("network", [] { return "lets the site through again"; });
      network_.cut_off(site_.name(), false);
    });
  }

  // From here on nothing goes wrong any more.
  void calm_down() {
    trace_.say("world", [] { return "calms down"; });
    faults_.on = false;
    network_.cut_off(site_.name(), false);
  }

  void come_to_rest() {
    const base::Time latest = agenda_.now() + std::chrono::hours(12);
    base::Time look = agenda_.now();
    while (true) {
      step();
      if (agenda_.now() < look) continue;
      look = agenda_.now() + 5s;
      const std::string unrest = why_no_rest();
      if (unrest.empty()) break;
      checkers_.require(agenda_.now() < latest, "everything comes to an end",
                        [&] { return unrest; });
      clients_.release_all();
    }
    checkers_.at_rest(server_.journal(), server_.engine());
  }

  [[nodiscard]] std::string why_no_rest() const {
    if (!server_.settled()) return "the server has steps that are not durable";
    if (!clients_.answered()) return "a client waits for an answer";
    if (std::string unrest = checkers_.unrest(server_.engine()); !unrest.empty()) return unrest;
    if (!site_.empty()) return "the site still knows of attempts nobody wants";
    return "";
  }

  void step() {
    checkers_.require(agenda_.step(), "time goes on", [] { return "nothing is planned"; });
    checkers_.queues(network_.under_way(), site_.attempts(), site_.processes());
  }

  std::uint64_t seed_;
  base::Random random_;
  Faults faults_;
  Agenda agenda_;
  Trace trace_;
  Checkers checkers_;
  Network network_;
  Server server_;
  std::vector<model::Node> nodes_;  // made apart: it draws, and arguments have no order
  Site site_;
  Clients clients_;
};

}  // namespace

Result run_world(std::uint64_t seed, Plant plant, Trace::Mode mode) {
  World world(seed, plant, mode);
  running_now = &world;
  std::string checker;
  std::string what;
  try {
    world.run();
  } catch (const CheckFailed& failed) {
    checker = failed.checker();
    what = failed.what();
  }
  running_now = nullptr;
  Result result = world.result();
  result.checker = std::move(checker);
  result.what = std::move(what);
  return result;
}

std::string where_it_stands() { return running_now == nullptr ? "" : running_now->where(); }

}  // namespace weir::world
