// What a pod's status says of its rank. Pure, and made for answers of strangers: whatever is
// missing or odd reads as "not known yet".
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "backend/rank.h"

namespace weir::backend::kubernetes {

struct PodView {
  std::string name;
  std::string job;          // the Job it belongs to, by name
  bool is_bound = false;    // a node was found for it
  bool is_leaving = false;  // being deleted
  RankObservation::State state = RankObservation::State::starting;
  Stage stage = Stage::program;
  std::int64_t started_us = 0;
  std::string waits_for;  // why it does not run yet, in the cluster's own words; one line, or ""
  // Exactly when `ended`. `stopped` means that its container was told to end, by whomever; a limit
  // that the cluster kept is `timed_out`, whoever set it.
  std::optional<RankOutcome> outcome;
};

[[nodiscard]] PodView view_of_pod(const boost::json::value& pod);

// The one line that is left of words over several.
[[nodiscard]] std::string one_line(std::string words);

}  // namespace weir::backend::kubernetes
