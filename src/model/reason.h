// Why a job is where it is: a closed list, each with whose matter it is and whether trying again
// helps. The documentation's table of reasons is printed from here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/describe.h"

namespace weir::model {

enum class Reason : std::uint8_t {
  none,
  // waiting
  waits_for_capacity,    // it fits here, but what it needs is held by other work
  waits_for_its_turn,    // work that goes first has the capacity reserved
  waits_for_array_slot,  // the array's own limit of tasks at once is reached
  waits_for_site,        // no site has joined, or none is in touch
  never_fits_now,        // the site changed: nothing here is large enough any more
  held_by_user,
  // ended, the user's matter
  program_failed,     // exit code other than 0
  program_signalled,  // ended by a signal that Weir did not send
  setup_failed,
  time_limit,
  memory_limit,
  cancelled_by_user,
  gang_member_failed,  // another rank ended first and took the gang with it
  // ended, the site's or the platform's matter
  start_failed,     // the site could not start it
  runner_vanished,  // what ran it is gone without a word: killed from outside, or a power cut
  site_lost,        // no word from the site within its lease
  preempted,
  server_stopped,
  // waiting, too: added later, and the numbers are in every journal
  waits_for_quota,   // its tenant holds as much as it may
  waits_for_budget,  // its tenant has spent the budget of this period
  // ended, the user's matter
  deadline,  // it could not begin early enough to be done by then
  // an attempt ended, the platform's matter
  resized,    // an elastic gang starts again on more nodes, or on fewer
  moved,      // it starts again elsewhere, so that others have room
  turn_over,  // others have the next turn, or it has its own elsewhere
  // waiting
  waits_for_energy,  // it may wait, and energy is cheaper or cleaner later
  waits_for_data,    // what it reads is on its way, or lies nowhere that is in touch
  waits_for_power,   // with it the site would draw more than it may
  // an attempt ended, the platform's matter
  paused_for_power,  // the site is to draw less; it goes on when there is power for it
  // an attempt ended, the site's matter
  refused_by_site,    // its owner does not have it there; it is placed elsewhere
  not_begun_in_time,  // the site held it for as long as it may without beginning it
};
WEIR_DESCRIBE_ENUM(Reason, none, waits_for_capacity, waits_for_its_turn, waits_for_array_slot,
                   waits_for_site, never_fits_now, held_by_user, program_failed, program_signalled,
                   setup_failed, time_limit, memory_limit, cancelled_by_user, gang_member_failed,
                   start_failed, runner_vanished, site_lost, preempted, server_stopped,
                   waits_for_quota, waits_for_budget, deadline, resized, moved, turn_over,
                   waits_for_energy, waits_for_data, waits_for_power, paused_for_power,
                   refused_by_site, not_begun_in_time)

// Work that ends for this reason, as the platform asked it to, is to go on from what it saved.
[[nodiscard]] constexpr bool goes_on_after(Reason reason) {
  return reason == Reason::preempted || reason == Reason::resized || reason == Reason::moved ||
         reason == Reason::turn_over || reason == Reason::paused_for_power;
}

enum class Party : std::uint8_t { nobody, user, site, platform };
WEIR_DESCRIBE_ENUM(Party, nobody, user, site, platform)

struct ReasonNote {
  Reason reason;
  Party party;
  bool retry_helps;
  std::string_view sentence;  // what it means, in one sentence
};
[[nodiscard]] const ReasonNote& note_of(Reason reason);
[[nodiscard]] std::span<const ReasonNote> all_reasons();

}  // namespace weir::model
