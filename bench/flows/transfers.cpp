// Transfers with deadlines between cloud regions: planned on calendars, then carried out on links
// that are slower at times than they were measured.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/random.h"
#include "bench/flows/grid.h"
#include "bench/flows/rows.h"
#include "flow/calendar.h"

namespace weir::flows {

namespace {

using flow::LinkCalendar;
using flow::TransferPlan;

constexpr int regions_used = 16;
constexpr int hours = 24;
constexpr int minutes = hours * 60;
constexpr int watched = 4 * minutes;  // until then all deadlines are over
constexpr Duration minute = std::chrono::minutes(1);

struct Transfer {
  std::size_t from = 0;
  std::size_t to = 0;
  std::int64_t bytes = 0;
  Time submitted;
  Time deadline;
};

struct Planned {
  Transfer transfer;
  TransferPlan plan;
  std::vector<std::size_t> way;  // links
};

class World {
 public:
  World(const Grid& grid, std::uint64_t seed) : random_{seed}, network_(grid.network) {
    std::vector<std::size_t> all(network_.sites);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    random_.shuffle(std::span(all));
    regions_.assign(all.begin(), all.begin() + regions_used);
    std::sort(regions_.begin(), regions_.end());
    for (const std::size_t from : regions_) {
      for (const std::size_t to : regions_) {
        const std::size_t link = network_.link(from, to);
        if (from != to && network_.bits_per_second[link] > 0) links_.push_back(link);
      }
    }
  }

  Transfer next() {
    Transfer out;
    out.from = regions_[random_.below(regions_used)];
    while (out.to == out.from || out.bytes == 0) {
      out.to = regions_[random_.below(regions_used)];
      out.bytes = std::llround(1e10 * std::pow(500.0, part()));  // 10 GB to 5 TB, by its logarithm
    }
    out.submitted = Time(Duration(std::llround(part() * 0.9 * hours * 3.6e9)));
    const double rate =
        static_cast<double>(network_.bits_per_second[network_.link(out.from, out.to)]);
    const double ideal = static_cast<double>(out.bytes) * 8e6 / rate;
    out.deadline = out.submitted + Duration(std::llround(ideal * (1.5 + 4.5 * part())));
    return out;
  }

  [[nodiscard]] const flow::Network& network() const { return network_; }
  [[nodiscard]] const std::vector<std::size_t>& regions() const { return regions_; }
  [[nodiscard]] const std::vector<std::size_t>& links() const { return links_; }
  double part() { return static_cast<double>(random_.below(1U << 30U)) / (1U << 30U); }

 private:
  base::Random random_;
  const flow::Network& network_;
  std::vector<std::size_t> regions_;
  std::vector<std::size_t> links_;
};

using Calendars = std::map<std::size_t, LinkCalendar>;

// The way that is done first at no more than twice the straight price; none by its deadline: none.
std::optional<Planned> plan(const World& world, const Calendars& calendars,
                            const Transfer& transfer, bool relays) {
  const flow::Network& network = world.network();
  const std::size_t straight = network.link(transfer.from, transfer.to);
  std::optional<Planned> best;
  const auto look_at = [&](std::vector<std::size_t> way) {
    std::vector<const LinkCalendar*> links;
    std::int64_t price = 0;
    for (const std::size_t link : way) {
      const auto calendar = calendars.find(link);
      if (calendar == calendars.end()) return;
      links.push_back(&calendar->second);
      price += network.micro_cny_per_gb[link];
    }
    if (price > 2 * network.micro_cny_per_gb[straight]) return;
    auto found = flow::plan_transfer(links, transfer.bytes, transfer.submitted, transfer.deadline);
    if (!found || (best && found->end() >= best->plan.end())) return;
    best = Planned{transfer, *std::move(found), std::move(way)};
  };
  look_at({straight});
  for (const std::size_t relay : world.regions()) {
    if (!relays || relay == transfer.from || relay == transfer.to) continue;
    look_at({network.link(transfer.from, relay), network.link(relay, transfer.to)});
  }
  return best;
}

// How much of what may be given away of each link is, between the second and the twentieth hour, on
// the mean.
double booked(const World& world, const Calendars& calendars) {
  double sum = 0;
  for (const std::size_t link : world.links()) {
    const LinkCalendar& calendar = calendars.at(link);
    double given = 0;
    for (int at = 2 * 60; at < 20 * 60; ++at) {
      given += static_cast<double>(calendar.room() - calendar.free_at(Time(at * minute)));
    }
    sum += given / (18.0 * 60 * static_cast<double>(calendar.room()));
  }
  return sum / static_cast<double>(world.links().size());
}

// What links really carry, as parts of what was measured, anew every ten minutes: made up.
struct Weather {
  double least = 1;   // evenly from it to 1
  double halved = 0;  // so often only a half
};

using Carried = std::map<std::size_t, std::vector<double>>;  // by link and minute

Carried what_links_carry(const World& world, const Weather& weather, std::uint64_t seed) {
  base::Random random{seed};
  const auto part = [&] { return static_cast<double>(random.below(1U << 30U)) / (1U << 30U); };
  Carried carry;
  for (const std::size_t link : world.links()) {
    auto& parts = carry[link];
    double now = 1;
    for (int at = 0; at < watched; ++at) {
      if (at % 10 == 0) {
        now = part() < weather.halved ? 0.5 : weather.least + (1 - weather.least) * part();
      }
      parts.push_back(now);
    }
  }
  return carry;
}

double planned_until(const TransferPlan& plan, Time time) {
  double bits = 0;
  for (const flow::RatePiece& piece : plan.pieces) {
    if (piece.span.from >= time) break;
    bits += static_cast<double>(piece.bits_per_second) *
            static_cast<double>((std::min(piece.span.until, time) - piece.span.from).count()) / 1e6;
  }
  return bits;
}

// How many are done by their deadlines where each, minute by minute, catches up with its plan, as
// far as its links carry it; who shares a link that is too slow gets a like part of what he wants.
int done_in_time(const World& world, const std::vector<Planned>& planned, const Carried& carry) {
  std::vector<double> gone(planned.size(), 0);
  std::vector<bool> late(planned.size(), false);
  std::vector<double> want(planned.size(), 0);
  int good = 0;
  for (int at = 0; at < watched; ++at) {
    const Time now(at * minute);
    const Time next = now + minute;
    std::map<std::size_t, double> wanted;
    for (std::size_t i = 0; i < planned.size(); ++i) {
      const Planned& each = planned[i];
      const double all = static_cast<double>(each.transfer.bytes) * 8;
      want[i] = 0;
      if (gone[i] >= all - 1 || each.plan.begin() >= next) continue;
      want[i] = std::min(all, planned_until(each.plan, next)) - gone[i];
      for (const std::size_t link : each.way) wanted[link] += want[i];
    }
    for (std::size_t i = 0; i < planned.size(); ++i) {
      if (want[i] <= 0) continue;
      double part = 1;
      for (const std::size_t link : planned[i].way) {
        const double there = static_cast<double>(world.network().bits_per_second[link]) * 60 *
                             carry.at(link)[static_cast<std::size_t>(at)];
        part = std::min(part, there / std::max(wanted[link], 1.0));
      }
      gone[i] += want[i] * part;
      const double all = static_cast<double>(planned[i].transfer.bytes) * 8;
      // To the minute.
      if (gone[i] >= all - 1 && next <= planned[i].transfer.deadline + minute) ++good;
    }
  }
  return good;
}

// The same transfers without any plan: each begins at once on its straight link, and all on a link
// share it alike.
int done_without_plan(const World& world, const std::vector<Planned>& planned,
                      const Carried& carry) {
  std::vector<double> gone(planned.size(), 0);
  int good = 0;
  for (int at = 0; at < watched; ++at) {
    const Time now(at * minute);
    std::map<std::size_t, int> on_link;
    const auto link_of = [&](const Planned& each) {
      return world.network().link(each.transfer.from, each.transfer.to);
    };
    const auto goes = [&](std::size_t i) {
      return planned[i].transfer.submitted <= now &&
             gone[i] < static_cast<double>(planned[i].transfer.bytes) * 8;
    };
    for (std::size_t i = 0; i < planned.size(); ++i) {
      if (goes(i)) ++on_link[link_of(planned[i])];
    }
    for (std::size_t i = 0; i < planned.size(); ++i) {
      if (!goes(i)) continue;
      const std::size_t link = link_of(planned[i]);
      gone[i] += static_cast<double>(world.network().bits_per_second[link]) * 60 *
                 carry.at(link)[static_cast<std::size_t>(at)] / on_link[link];
      const bool done = gone[i] >= static_cast<double>(planned[i].transfer.bytes) * 8;
      if (done && now + minute <= planned[i].transfer.deadline + minute) ++good;
    }
  }
  return good;
}

// A day's transfers, planned until four fifths of what may be given away are.
struct Day {
  int came = 0;
  int relayed = 0;
  std::vector<Planned> planned;
};

Day plan_day(World& world, std::uint32_t slack, bool relays) {
  Calendars calendars;
  for (const std::size_t link : world.links()) {
    calendars.try_emplace(link, world.network().bits_per_second[link], slack);
  }
  Day day;
  constexpr int between_looks = 200;
  while (day.came % between_looks != 0 || booked(world, calendars) < 0.8) {
    const Transfer transfer = world.next();
    ++day.came;
    auto found = plan(world, calendars, transfer, relays);
    if (!found) continue;
    for (const std::size_t link : found->way) {
      for (const flow::RatePiece& piece : found->plan.pieces) calendars.at(link).take(piece);
    }
    day.relayed += found->way.size() > 1 ? 1 : 0;
    day.planned.push_back(*std::move(found));
  }
  return day;
}

}  // namespace

void transfer_rows(const std::string& data, Page& page) {
  const Grid grid = read_grid(data);
  Section section;
  section.title = "Transfers with deadlines, on calendars that are 80% booked";
  section.text = {
      "16 of the grid's regions, drawn by seed, for a day. Transfers of 10 GB to 5 TB come between "
      "any two, to be done within 1.5 to 6 times what they take on the empty straight link, until "
      "80% of what may be given away of all links is. Each is planned at once or turned away: "
      "straight, or by one relay at twice the price at most, whichever is done first "
      "(`flow/calendar.h`; the slack is kept free). Then they are carried out, minute by minute, "
      "each catching up with its plan as far as its links let it.",
      "What links carry is made up, as the grid was measured once: all that was measured; 90 to "
      "100% "
      "of it, anew every ten minutes; the same, and a half in one of a hundred. In percent of the "
      "admitted, the least of three seeds; beside it how many of them would be in time without any "
      "plan, each straight and at once, the links shared alike.",
      "Where does it not help: a transfer that is alone needs no plan, and a link that fails for "
      "longer than its slack makes up for is late for all behind it; nothing here plans anew."};
  section.head = {"slack",      "relays",     "admitted",           "as measured",
                  "90 to 100%", "and halves", "no plan, 90 to 100%"};
  for (const std::uint32_t slack : {0U, 10U, 20U}) {
    for (const bool relays : {false, true}) {
      std::array<double, 4> least{1, 1, 1, 1};
      double came = 0;
      double admitted = 0;
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        World world(grid, seed);
        const Day day = plan_day(world, slack, relays);
        came += day.came;
        const double all = static_cast<double>(day.planned.size());
        admitted += all;
        const Carried steady = what_links_carry(world, {0.9, 0}, seed);
        const std::array<double, 4> good{
            done_in_time(world, day.planned, what_links_carry(world, {}, seed)) / all,
            done_in_time(world, day.planned, steady) / all,
            done_in_time(world, day.planned, what_links_carry(world, {0.9, 0.01}, seed)) / all,
            done_without_plan(world, day.planned, steady) / all};
        for (std::size_t i = 0; i < good.size(); ++i) least[i] = std::min(least[i], good[i]);
      }
      section.rows.push_back({std::to_string(slack) + "%", relays ? "one" : "none",
                              digits(100 * admitted / came, 1) + "%"});
      for (const double part : least) section.rows.back().push_back(digits(100 * part, 2) + "%");
      if (slack == 10 && relays) {
        section.figures.push_back(
            at_least("transfers_in_time_as_measured", least[0], "of_admitted", 0.99));
        section.figures.push_back(
            at_least("transfers_in_time_90_to_100", least[1], "of_admitted", 0.99));
      }
    }
  }
  page.add(std::move(section));
}

}  // namespace weir::flows
