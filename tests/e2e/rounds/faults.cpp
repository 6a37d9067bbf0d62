#include "tests/e2e/rounds/faults.h"

#include <algorithm>
#include <set>

namespace weir::e2e {

namespace {

enum class Part : std::uint8_t { link, agent, controller, control_plane };

Part part_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::link_cut:
    case FaultKind::link_late:
    case FaultKind::link_lost:
      return Part::link;
    case FaultKind::agent_killed:
    case FaultKind::agent_stopped:
      return Part::agent;
    case FaultKind::controller_killed:
      return Part::controller;
    case FaultKind::control_plane_killed:
    case FaultKind::control_plane_stopped:
      return Part::control_plane;
  }
  return Part::link;
}

base::Duration milliseconds(std::int64_t count) { return std::chrono::milliseconds(count); }

// Mostly a breath; at times longer than a site may be silent.
base::Duration drawn_length(base::Random& random) {
  return milliseconds(random.chance(1, 4) ? random.between(20'000, 45'000)
                                          : random.between(200, 6'000));
}

std::string seconds(base::Duration time) {
  const std::int64_t tenths = base::to_us(time) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string what_happens(const Fault& fault, const SiteNames& sites) {
  const std::string& site = sites.names[fault.site];
  switch (fault.kind) {
    case FaultKind::link_cut:
      return "the link of " + site + " is cut";
    case FaultKind::link_late:
      return "what is said on the link of " + site + " arrives late";
    case FaultKind::link_lost:
      return "what is said on the link of " + site + " never arrives";
    case FaultKind::agent_killed:
      return "the agent of " + site + " is killed";
    case FaultKind::agent_stopped:
      return "the clock of " + site + "'s agent stands";
    case FaultKind::controller_killed:
      return "slurmctld of " + site + " is killed as it acknowledged";
    case FaultKind::control_plane_killed:
      return "the control plane is killed";
    case FaultKind::control_plane_stopped:
      return "the clock of the control plane stands";
  }
  return "";
}

}  // namespace

std::vector<Fault> draw_faults(base::Random& random, const SiteNames& sites) {
  std::vector<Fault> faults;
  std::set<std::pair<Part, std::size_t>> broken;
  for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
    Fault fault;
    fault.kind = static_cast<FaultKind>(random.below(fault_kinds));
    fault.site = random.below(sites.names.size());
    fault.after = milliseconds(random.between(0, 3'000));
    fault.lasts = drawn_length(random);
    const Part part = part_of(fault.kind);
    if (part == Part::control_plane) fault.site = 0;
    if (part == Part::controller && !sites.have_controller[fault.site]) {
      const auto first = std::ranges::find(sites.have_controller, true);
      if (first == sites.have_controller.end()) continue;
      fault.site = static_cast<std::size_t>(first - sites.have_controller.begin());
    }
    if (broken.emplace(part, fault.site).second) faults.push_back(fault);
  }
  return faults;
}

bool loses_its_site(const Fault& fault) {
  return fault.kind != FaultKind::controller_killed && fault.lasts > std::chrono::seconds(32);
}

std::string text_of(const Fault& fault, const SiteNames& sites) {
  return "after " + seconds(fault.after) + " " + what_happens(fault, sites) + ", for " +
         seconds(fault.lasts);
}

}  // namespace weir::e2e
