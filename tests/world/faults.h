// What goes wrong in one world, and how often. Each seed has its own mixture, so that some worlds
// are calm but for one kind of trouble, and some have all kinds at once.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "base/time.h"

namespace weir::world {

// A mistake built in on purpose, to show that the checkers would notice one.
enum class Plant : std::uint8_t { none, skip_sync, drop_epoch_check, apply_twice };

// Chances are out of 1000.
struct Faults {
  bool on = true;  // off: the world is left alone from now on

  std::uint64_t message_lost = 0;
  std::uint64_t message_doubled = 0;
  base::Duration delay_most{};
  std::uint64_t delay_long = 0;  // a message that takes up to two minutes

  std::uint64_t server_crashes_at_step = 0;
  std::uint64_t append_fails = 0;
  std::uint64_t agent_crashes_at_action = 0;
  std::uint64_t start_fails = 0;
  std::uint64_t program_fails = 0;

  std::uint32_t server_crashes = 0;  // at moments of their own
  std::uint32_t agent_crashes = 0;
  std::uint32_t power_losses = 0;
  std::uint32_t silences = 0;  // a site and the server do not hear each other
  std::uint32_t new_cuts = 0;  // a site comes back with other nodes

  [[nodiscard]] bool strikes(base::Random& random, std::uint64_t per_mille) const {
    return on && per_mille > 0 && random.chance(per_mille, 1000);
  }
};

[[nodiscard]] Faults roll_faults(base::Random& random, Plant plant);

}  // namespace weir::world
