// What a site may draw, as far as it binds: who may begin, and who gives way.
//
// Two laws. At no moment does what is held draw more than the ceiling (its cap, and what was
// committed to requests); and at no later moment, as far as is foreseen, does that which cannot
// give way by then. So what cannot be stopped is begun only if the ceiling bears it for as long as
// it may run; what is pausable, if it bears it until its first checkpoint at the least. Whose draw
// nobody knows is not begun where anything binds. When the ceiling falls the cheapest is done
// first: nothing more is begun; elastic gangs start again on their least nodes; work that says so
// is paused, who loses least first, and who would miss its deadline last. Whatever was paused
// stands in the queue, and goes on at any site that has room and power for it. All else is left
// alone: what it draws beyond the ceiling is told, not hidden. A promise is of nodes alone: under a
// ceiling it starts then if there is power for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/power_book.h"

namespace weir::engine {

// Somebody who wants power.
struct PowerWant {
  std::optional<std::int64_t> milliwatts;  // of the room; none: nobody knows
  std::int64_t later = 0;                  // that it still draws once it has given way
  base::Duration sure{};                   // so long it draws all of it in any case
  std::optional<base::Time> end;           // at the latest; none: it has no limit
};

// What of it is known beside what it holds.
struct Flexibility {
  bool pausable = false;
  std::uint32_t nodes_least = 0;
  base::Duration notice{};
  std::optional<base::Duration> checkpoint_every;
  std::optional<base::Duration> limit;
};
[[nodiscard]] Flexibility flexibility_of(const JobRecord& job, base::Time now);
[[nodiscard]] Flexibility flexibility_of(const model::JobSpec& spec, base::Time now);

// `ranks`: how many it is, of which `held` is all.
[[nodiscard]] PowerWant want_of(const model::SitePower& power, const schedule::Held& held,
                                std::size_t ranks, const Flexibility& how, base::Time now);

// Why there is no power for somebody.
struct PowerShort {
  std::optional<std::int64_t> would;  // draw, the whole room; none: nobody knows
  std::int64_t may = 0;
  std::optional<base::Time> from;   // later than now
  std::optional<base::Time> until;  // it may more then; none: that is not known
};
// "would draw 41 kW of the 40 kW that north may until 2026-01-01T18:00:00Z"
[[nodiscard]] std::string in_words(const PowerShort& why, const std::string& site);
// "40 kW", "350 W", "1.25 MW"
[[nodiscard]] std::string power_text(std::int64_t milliwatts);

// Who is told to give way.
struct GivesWay {
  model::AttemptKey attempt;
  model::PowerAction action = model::PowerAction::pause;
  std::int64_t milliwatts = 0;  // that is had back
  base::Duration lead{};
};

// One site at one moment.
class SitePowerNow {
 public:
  // Null of the book: nothing binds. `ceiling`: as if this were what binds it.
  SitePowerNow(const Engine& engine, model::SiteId site, base::Time now,
               const flow::Ceiling* ceiling = nullptr);

  [[nodiscard]] bool binds() const { return ceiling_ != nullptr; }
  // None: there is power for it.
  [[nodiscard]] std::optional<PowerShort> refuses(const PowerWant& want) const;
  // What cannot be had back by then, although it is asked for now. Requires: time >= now.
  [[nodiscard]] std::int64_t goes_on_at(base::Time time) const;
  // What is drawn then if nobody else is asked to give way: all but those who have been, and are
  // gone by then. Requires: time >= now.
  [[nodiscard]] std::int64_t stays_at(base::Time time) const;
  // Who has to, so that the site keeps to its ceiling then; `gone` already do. As many as are
  // needed, or all where all are not enough.
  [[nodiscard]] std::vector<GivesWay> who_gives_way(base::Time time,
                                                    const std::vector<GivesWay>& gone) const;
  // All who are told now, for this moment and those that come.
  [[nodiscard]] std::vector<GivesWay> due() const;

 private:
  struct Runner {
    const JobRecord* job;
    const RunningAttempt* run;
    const Drawn* drawn;
  };
  [[nodiscard]] std::int64_t runs_at(base::Time time) const;
  // Told to stop, and gone by then as long as its agent takes no longer than it may.
  [[nodiscard]] bool is_gone(const Runner& runner, base::Time time) const;
  // Paused then, it is not done by its deadline.
  [[nodiscard]] bool misses_deadline(const Runner& runner, base::Time time) const;
  [[nodiscard]] bool shrinks(const Runner& runner) const;
  // It shrinks once its program has begun: a place that is shrunk before would be given the same
  // again.
  [[nodiscard]] bool shrinks_later(const Runner& runner) const;

  const Engine& engine_;
  base::Time now_;
  const PowerBook::OfSite* site_ = nullptr;
  const flow::Ceiling* ceiling_ = nullptr;
  std::vector<Runner> runners_;
};

// True if there is power for a placement of work that asks for this option: for all of it, or,
// where it was given more processors than it needs, for the least, to which it is then cut.
[[nodiscard]] bool has_power(const Engine& engine, model::SiteId site,
                             const model::ResourceOption& option, const Flexibility& how,
                             base::Time now, std::vector<model::RankPlacement>& ranks);
// Why this one, or one like it, has no power on a site for an option; none: it has.
[[nodiscard]] std::optional<PowerShort> power_short(const Engine& engine, model::SiteId site,
                                                    std::uint32_t nodes,
                                                    const model::ResourceOption& option,
                                                    const Flexibility& how, base::Time now);
// Why it never has: it would draw more than the cap ever allows, or nobody knows what it draws.
[[nodiscard]] std::optional<std::string> power_never(const Engine& engine, model::SiteId site,
                                                     std::uint32_t nodes,
                                                     const model::ResourceOption& option);

// A request as it stands.
[[nodiscard]] model::PowerRequestView power_request_view(const Engine& engine,
                                                         const PowerRecord& record, base::Time now);
// The newest first.
[[nodiscard]] std::vector<model::PowerRequestView> list_power_requests(const Engine& engine,
                                                                       base::Time now);

}  // namespace weir::engine
