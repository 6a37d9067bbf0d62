// simgrid < WORLDS: when SimGrid 3.32 says that what is sent ends. Prints each world again, and
// after it a line for each of three network models: "ends MODEL MICROSECONDS..." in the order of
// the world.
//
//   fair  CM02 with links that take no time; who sends waits for his route's latency first. SimGrid
//         shares full links by one over the latency, and alike where there is none.
//   cm02  CM02 as it is: latencies on the links, shares by one over the route's latency.
//   lv08  SimGrid's own default, fitted to simulations by packets: latencies × 13.01, rates × 0.97,
//         shares by one over (latency + sum of 20537 bytes over each link's rate).
//
// Off in all: the limit by TCP's window (TCP-gamma) and the acknowledgements' traffic on the way
// back, which our model leaves out. Draws nothing: worlds come from worlds.cpp.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <set>
#include <simgrid/s4u.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace s4u = simgrid::s4u;

namespace {

using Numbers = std::vector<std::size_t>;

struct Transfer {
  double start = 0;
  std::uint64_t bytes = 0;
  std::size_t from = 0;
  std::size_t to = 0;
  Numbers route;
};

struct Ring {
  double start = 0;
  std::uint64_t bytes = 0;
  Numbers members;
  std::vector<Numbers> routes;
};

struct World {
  std::vector<std::string> lines;
  std::size_t hosts = 0;
  std::vector<std::pair<double, double>> links;  // bytes a second, seconds
  std::vector<Transfer> transfers;
  std::vector<Ring> rings;
};

Numbers numbers(const std::string& text) {
  Numbers out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) out.push_back(std::stoul(part));
  return out;
}

std::vector<World> read_worlds() {
  std::vector<World> worlds;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string word;
    in >> word;
    if (word == "world") worlds.emplace_back();
    World& world = worlds.back();
    world.lines.push_back(line);
    std::string text;
    if (word == "world") {
      in >> text >> world.hosts;
    } else if (word == "link") {
      double bits = 0;
      double latency_us = 0;
      in >> bits >> latency_us;
      world.links.emplace_back(bits / 8, latency_us / 1e6);
    } else if (word == "transfer") {
      Transfer& each = world.transfers.emplace_back();
      in >> each.start >> each.bytes >> each.from >> each.to >> text;
      each.start /= 1e6;
      each.route = numbers(text);
    } else if (word == "ring") {
      Ring& each = world.rings.emplace_back();
      in >> each.start >> each.bytes >> text;
      each.start /= 1e6;
      each.members = numbers(text);
      in >> text;
      std::istringstream routes(text);
      for (std::string part; std::getline(routes, part, ';');) {
        each.routes.push_back(numbers(part));
      }
    }
  }
  return worlds;
}

// One world under one model, in a process of its own: SimGrid has one engine a process.
class Play {
 public:
  Play(const World& world, const std::string& model, s4u::Engine& engine)
      : world_(world), waits_itself_(model == "fair"), zone_(s4u::create_full_zone("world")) {
    for (std::size_t i = 0; i < world.hosts; ++i) {
      hosts_.push_back(zone_->create_host("h" + std::to_string(i), 1e9));
    }
    for (std::size_t i = 0; i < world.links.size(); ++i) {
      s4u::Link* const link = zone_->create_link("l" + std::to_string(i), world.links[i].first);
      links_.push_back(link->set_latency(waits_itself_ ? 0.0 : world.links[i].second)->seal());
    }
    for (const Transfer& each : world.transfers) route(each.from, each.to, each.route);
    for (const Ring& ring : world.rings) {
      for (std::size_t i = 0; i < ring.members.size(); ++i) {
        route(ring.members[i], ring.members[(i + 1) % ring.members.size()], ring.routes[i]);
      }
    }
    zone_->seal();
    ends_.resize(world.transfers.size() + world.rings.size());
    for (std::size_t i = 0; i < world.transfers.size(); ++i) send(i);
    for (std::size_t i = 0; i < world.rings.size(); ++i) turn(i);
    engine.run();
  }

  [[nodiscard]] const std::vector<double>& ends() const { return ends_; }

 private:
  void route(std::size_t from, std::size_t to, const Numbers& numbers) {
    if (!known_.insert({from, to}).second) return;
    std::vector<s4u::LinkInRoute> way;
    for (const std::size_t link : numbers) way.emplace_back(links_[link]);
    zone_->add_route(hosts_[from]->get_netpoint(), hosts_[to]->get_netpoint(), nullptr, nullptr,
                     way, false);
  }

  void wait_for_wire(const Numbers& route) const {
    double latency = 0;
    for (const std::size_t link : route) latency += world_.links[link].second;
    if (waits_itself_) s4u::this_actor::sleep_for(latency);
  }

  void send(std::size_t number) {
    const Transfer& each = world_.transfers[number];
    s4u::Actor::create("t" + std::to_string(number), hosts_[each.from], [this, &each, number] {
      s4u::this_actor::sleep_until(each.start);
      wait_for_wire(each.route);
      s4u::Comm::sendto(hosts_[each.from], hosts_[each.to], each.bytes);
      ends_[number] = s4u::Engine::get_clock();
    });
  }

  void turn(std::size_t number) {
    const Ring& ring = world_.rings[number];
    for (std::size_t member = 0; member < ring.members.size(); ++member) {
      s4u::Actor::create("r", hosts_[ring.members[member]],
                         [this, &ring, number, member] { turn_as(ring, number, member); });
    }
  }

  // One member: it is ready to receive all steps from the beginning, and sends a step once it has
  // sent and received all of the one before.
  void turn_as(const Ring& ring, std::size_t number, std::size_t member) {
    const std::size_t members = ring.members.size();
    const std::size_t steps = 2 * (members - 1);
    const auto box = [&](std::size_t to, std::size_t step) {
      return s4u::Mailbox::by_name(std::to_string(number) + "-" + std::to_string(to) + "-" +
                                   std::to_string(step));
    };
    static int payload = 0;
    std::vector<int*> received(steps);
    std::vector<s4u::CommPtr> coming;
    for (std::size_t step = 0; step < steps; ++step) {
      coming.push_back(box(member, step)->get_async<int>(&received[step]));
    }
    s4u::this_actor::sleep_until(ring.start);
    for (std::size_t step = 0; step < steps; ++step) {
      wait_for_wire(ring.routes[member]);
      const auto going = box((member + 1) % members, step)
                             ->put_async(&payload, (ring.bytes + members - 1) / members);
      going->wait();
      coming[step]->wait();
    }
    double& end = ends_[world_.transfers.size() + number];
    end = std::max(end, s4u::Engine::get_clock());
  }

  const World& world_;
  bool waits_itself_;
  s4u::NetZone* zone_;
  std::vector<s4u::Host*> hosts_;
  std::vector<const s4u::Link*> links_;
  std::set<std::pair<std::size_t, std::size_t>> known_;
  std::vector<double> ends_;
};

int play(const World& world, const std::string& model, char* program) {
  int arguments = 1;
  char* argument[] = {program, nullptr};
  s4u::Engine engine(&arguments, argument);
  s4u::Engine::set_config(std::string("network/model:") + (model == "lv08" ? "LV08" : "CM02"));
  s4u::Engine::set_config("network/crosstraffic:no");
  s4u::Engine::set_config("network/TCP-gamma:1e18");
  s4u::Engine::set_config("maxmin/precision:1e-9");
  s4u::Engine::set_config("surf/precision:1e-9");
  const Play play(world, model, engine);
  std::printf("ends %s", model.c_str());
  for (const double end : play.ends()) std::printf(" %.3f", end * 1e6);
  std::printf("\n");
  return std::fflush(stdout);
}

}  // namespace

int main(int, char** argument) {
  for (const World& world : read_worlds()) {
    for (const std::string& line : world.lines) std::printf("%s\n", line.c_str());
    for (const char* const model : {"fair", "cm02", "lv08"}) {
      (void)std::fflush(stdout);
      const pid_t child = fork();
      if (child == 0) _exit(play(world, model, argument[0]) == 0 ? 0 : 1);
      int status = 1;
      waitpid(child, &status, 0);
      if (status != 0) {
        std::fprintf(stderr, "simgrid: no answer by %s to: %s\n", model, world.lines[0].c_str());
        return 1;
      }
    }
  }
  return 0;
}
