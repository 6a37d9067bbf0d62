#include "tests/world/faults.h"

namespace weir::world {
namespace {

// Nothing in half of the worlds, else up to `most`.
std::uint64_t some(base::Random& random, std::uint64_t most) {
  return random.chance(1, 2) ? 0 : 1 + random.below(most);
}

}  // namespace

Faults roll_faults(base::Random& random, Plant plant) {
  Faults faults;
  faults.message_lost = some(random, 150);
  faults.message_doubled = some(random, 150);
  faults.delay_most = std::chrono::milliseconds(1 + random.below(random.chance(1, 3) ? 3000 : 50));
  faults.delay_long = some(random, 20);
  faults.server_crashes_at_step = some(random, 20);
  faults.append_fails = some(random, 30);
  faults.agent_crashes_at_action = some(random, 20);
  faults.start_fails = some(random, 100);
  faults.program_fails = some(random, 400);
  faults.server_crashes = static_cast<std::uint32_t>(some(random, 4));
  faults.agent_crashes = static_cast<std::uint32_t>(some(random, 4));
  faults.power_losses = static_cast<std::uint32_t>(some(random, 2));
  faults.silences = static_cast<std::uint32_t>(some(random, 3));
  faults.new_cuts = random.chance(1, 8) ? 1 : 0;
  if (plant == Plant::skip_sync || plant == Plant::apply_twice) faults.server_crashes += 2;
  if (plant == Plant::drop_epoch_check) {
    faults.agent_crashes += 2;
    faults.delay_long += 20;
  }
  return faults;
}

}  // namespace weir::world
