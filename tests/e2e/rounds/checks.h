// What must hold once every job has ended: one outcome each, and what the jobs themselves wrote.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "tests/e2e/rounds/book.h"
#include "tests/e2e/rounds/load.h"

namespace weir::e2e {

// Releases what is held and waits until no job is left that has not ended, at most so long.
// Fails: unavailable, the server is gone or the jobs do not come to an end.
[[nodiscard]] base::Status drain(Client& client, Book& book,
                                 base::Duration longest = std::chrono::minutes(2));

struct Tally {
  std::uint64_t jobs = 0;      // that the last server knows
  std::uint64_t ranks = 0;     // whose program began
  std::uint64_t adopted = 0;   // attempts that a later server than their first led to their end
  std::uint64_t repeated = 0;  // attempts after the first of a task
};

struct EndsWanted {
  std::uint64_t above = 0;  // jobs with a higher id alone
  // Work may come to its end and be begun once more, its site having been lost before it could say
  // so. Never at once.
  bool may_end_again = false;
};
// Holds every job against the book and against the file of each of its ranks in `trace`. What may
// not be goes to the book. Fails: unavailable.
[[nodiscard]] base::Result<Tally> check_ends(Client& client, Book& book, const std::string& trace,
                                             const std::vector<base::Time>& kills,
                                             const EndsWanted& wanted = {});

}  // namespace weir::e2e
