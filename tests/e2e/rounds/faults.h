// What goes wrong between and within sites, drawn from a seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace weir::e2e {

enum class FaultKind : std::uint8_t {
  link_cut,              // connections break, none can be made
  link_late,             // what is said arrives, all of it late
  link_lost,             // what is said never arrives, and nobody is told
  agent_killed,          // kill -9, started again later
  agent_stopped,         // its clock stands still
  controller_killed,     // kill -9 of slurmctld right after it acknowledged a job
  control_plane_killed,  // kill -9, started again later
  control_plane_stopped,
};
inline constexpr std::size_t fault_kinds = 8;

struct Fault {
  FaultKind kind{};
  std::size_t site = 0;  // of the remote ones, where it is one of theirs
  base::Duration after{};
  base::Duration lasts{};
};

struct SiteNames {
  std::vector<std::string> names;
  std::vector<bool> have_controller;
};

// One to three; of one thing only one is broken at a time.
[[nodiscard]] std::vector<Fault> draw_faults(base::Random& random, const SiteNames& sites);
// Whether a site is silent for so long that it is lost: what runs there is begun elsewhere.
[[nodiscard]] bool loses_its_site(const Fault& fault);
// "after 0.4s: the link of east is cut for 3.1s"
[[nodiscard]] std::string text_of(const Fault& fault, const SiteNames& sites);

}  // namespace weir::e2e
