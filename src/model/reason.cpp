#include "model/reason.h"

#include <array>

#include "base/check.h"

namespace weir::model {
namespace {

constexpr std::array notes{
    ReasonNote{Reason::none, Party::nobody, false, "nothing holds it up"},
    ReasonNote{Reason::waits_for_capacity, Party::platform, false,
               "it fits here, but what it needs is held by other work"},
    ReasonNote{Reason::waits_for_its_turn, Party::platform, false,
               "work that goes first has the capacity reserved"},
    ReasonNote{Reason::waits_for_array_slot, Party::user, false,
               "the array's own limit of tasks at once is reached"},
    ReasonNote{Reason::waits_for_site, Party::site, false, "no site that could run it is in touch"},
    ReasonNote{Reason::never_fits_now, Party::site, false,
               "the site has changed since: nothing here is large enough any more"},
    ReasonNote{Reason::held_by_user, Party::user, false, "held until it is released"},
    ReasonNote{Reason::program_failed, Party::user, false,
               "the program ended with an exit code other than 0"},
    ReasonNote{Reason::program_signalled, Party::user, false,
               "the program was ended by a signal that Weir did not send"},
    ReasonNote{Reason::setup_failed, Party::user, false,
               "the setup command ended with an exit code other than 0"},
    ReasonNote{Reason::time_limit, Party::user, false,
               "it ran longer than its time limit and was ended"},
    ReasonNote{Reason::memory_limit, Party::user, false,
               "it needed more memory than it asked for and was ended"},
    ReasonNote{Reason::cancelled_by_user, Party::user, false, "cancelled on request"},
    ReasonNote{Reason::gang_member_failed, Party::user, false,
               "another node of the same gang failed first, which ends them all"},
    ReasonNote{Reason::start_failed, Party::site, true, "the site could not start it"},
    ReasonNote{Reason::runner_vanished, Party::site, true,
               "what ran it is gone without a word: killed from outside, or a power cut"},
    ReasonNote{Reason::site_lost, Party::site, true,
               "no word from the site within its lease, so the work on it counts as lost"},
    ReasonNote{Reason::preempted, Party::platform, true, "it gave way to work that goes first"},
    ReasonNote{Reason::server_stopped, Party::platform, true, "the site was stopped while it ran"},
    ReasonNote{Reason::waits_for_quota, Party::user, false,
               "its tenant holds as much as it may hold at one time"},
    ReasonNote{Reason::waits_for_budget, Party::user, false,
               "its tenant has spent the budget of this period"},
    ReasonNote{Reason::deadline, Party::user, false,
               "it could not begin early enough to be done by its deadline"},
    ReasonNote{Reason::resized, Party::platform, true,
               "it starts again on more nodes that came free, or on fewer to make room"},
    ReasonNote{Reason::moved, Party::platform, true,
               "it starts again elsewhere, so that what waits has room"},
    ReasonNote{Reason::turn_over, Party::platform, true,
               "its turn is over; it goes on from its checkpoint when it has another"},
    ReasonNote{Reason::waits_for_energy, Party::user, false,
               "it may wait, and its energy is cheaper or cleaner later"},
    ReasonNote{Reason::waits_for_data, Party::platform, false,
               "what it reads is on its way to a site, or lies nowhere that is in touch"},
    ReasonNote{Reason::waits_for_power, Party::platform, false,
               "with it the site would draw more power than it may"},
    ReasonNote{Reason::paused_for_power, Party::platform, true,
               "it gave its power back, and goes on from its checkpoint when there is some for it"},
    ReasonNote{Reason::refused_by_site, Party::site, true,
               "the site's owner does not have it there, so it is placed elsewhere"},
    ReasonNote{Reason::not_begun_in_time, Party::site, true,
               "the site did not begin it in time, so it was handed back"},
};

}  // namespace

const ReasonNote& note_of(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  WEIR_CHECK(index < notes.size() && notes[index].reason == reason, "every reason has its note");
  return notes[index];
}

std::span<const ReasonNote> all_reasons() { return notes; }

}  // namespace weir::model
