#include "tests/world/world.h"

#include <array>
#include <memory>

#include "tests/world/agenda.h"
#include "tests/world/checkers.h"
#include "tests/world/clients.h"
#include "tests/world/job_maker.h"
#include "tests/world/mover.h"
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
        places_{make_place("local", make_nodes(random_, "local")), make_place("far", {archive()})},
        clients_(agenda_, random_.fork(), network_, server_, checkers_, bytes_) {
    for (const auto& place : places_) {
      Site& site = place->site;
      checkers_.watch(site.name(), site.processes());
      site.processes().when_begun([this, &site](const backend::RankKey& key) {
        checkers_.process_begun(site.name(), key);
      });
    }
    checkers_.watch(bytes_);
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
  // A site with the mover beside it.
  struct Place {
    Site site;
    Mover mover;
  };
  // A machine with data and without processors. Work at one site at most: what a site that is cut
  // off still runs is begun elsewhere once its lease is over.
  [[nodiscard]] static model::Node archive() {
    model::Node node;
    node.name = "archive";
    node.memory_bytes = 1 << 30;
    return node;
  }
  [[nodiscard]] std::unique_ptr<Place> make_place(const char* name,
                                                  const std::vector<model::Node>& nodes) {
    const base::Random of_site = random_.fork();
    return std::unique_ptr<Place>(
        new Place{{name, nodes, agenda_, faults_, of_site, trace_, network_, server_},
                  {name, agenda_, faults_, random_.fork(), trace_, network_, server_, bytes_}});
  }
  [[nodiscard]] Site& some_site() { return places_[random_.below(places_.size())]->site; }

  void carry_effect(const model::ChangeWanted& change) {
    const std::string& name = server_.engine().state().sites.at(change.site).name;
    for (const auto& place : places_) {
      if (place->site.name() != name) continue;
      network_.carry(name, true, [&to = *place, change] {
        to.site.take(change);
        to.mover.take(change);
      });
    }
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
    for (const auto& place : places_) {
      agenda_.after(some_time(5s), [&site = place->site] { site.start_agent(); });
      place->mover.start();
    }
    clients_.plan(static_cast<std::uint32_t>(5 + random_.below(random_.chance(1, 3) ? 150 : 50)),
                  span);
    plan(faults_.server_crashes, span,
         [this] { server_.crash("killed", some_time(random_.chance(1, 4) ? 150s : 10s)); });
    plan(faults_.agent_crashes, span,
         [this] { some_site().crash_agent(some_time(random_.chance(1, 4) ? 150s : 10s)); });
    plan(faults_.power_losses, span, [this] { some_site().lose_power(10s + some_time(100s)); });
    plan(faults_.silences, span, [this] { fall_silent(some_site().name()); });
    plan(faults_.new_cuts, span, [this] {
      Site& site = some_site();
      if (!site.agent_up()) return;
      site.crash_agent(1s + some_time(20s));
      site.cut_again();
    });
    const base::Time end = agenda_.now() + span;
    while (agenda_.now() < end) step();
  }

  void fall_silent(const std::string& site) {
    trace_.say("network", [&] { return "cuts " + site + " off"; });
    network_.cut_off(site, true);
    agenda_.after(some_time(random_.chance(1, 2) ? 30s : 200s), [this, site] {
      trace_.say("network", [&] { return "lets " + site + " through again"; });
      network_.cut_off(site, false);
    });
  }

  // From here on nothing goes wrong any more.
  void calm_down() {
    trace_.say("world", [] { return "calms down"; });
    faults_.on = false;
    for (const auto& place : places_) network_.cut_off(place->site.name(), false);
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
      clients_.calm_down();
    }
    checkers_.at_rest(server_.journal(), server_.engine());
  }

  [[nodiscard]] std::string why_no_rest() const {
    if (!server_.settled()) return "the server has steps that are not durable";
    if (!clients_.answered()) return "a client waits for an answer";
    if (std::string unrest = checkers_.unrest(server_.engine()); !unrest.empty()) return unrest;
    for (const auto& place : places_) {
      const std::string& name = place->site.name();
      if (!place->site.empty()) return name + " still knows of attempts nobody wants";
      if (!place->mover.empty()) return name + " still brings data nobody wants";
    }
    return "";
  }

  void step() {
    checkers_.require(agenda_.step(), "time goes on", [] { return "nothing is planned"; });
    for (const auto& place : places_) {
      checkers_.queues(network_.under_way(), place->site.attempts(), place->site.processes());
    }
  }

  std::uint64_t seed_;
  base::Random random_;
  Faults faults_;
  Agenda agenda_;
  Trace trace_;
  Checkers checkers_;
  Network network_;
  Server server_;
  Bytes bytes_;
  std::array<std::unique_ptr<Place>, 2> places_;
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
