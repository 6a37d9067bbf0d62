// What a job of ours at the inner Weir means for its rank.
#pragma once

#include <optional>
#include <string>

#include "backend/rank.h"
#include "model/view.h"

namespace weir::backend::inner {

// What we know of it ourselves.
struct Circumstances {
  std::optional<std::string> stop_reason;  // where it was asked to stop
  bool had_notice = false;                 // and was told so before
  bool has_setup = false;
  bool program_began = true;  // where it has a setup: whether its program wrote its first line
  std::string trouble;        // why its program was not begun, by its own word
  bool fenced = false;        // the guard ended it, as its agent was not heard
};

// None while it has not ended.
[[nodiscard]] std::optional<RankOutcome> conclusion(const model::JobView& job,
                                                    const Circumstances& known);
// Since when it runs, in microseconds; none: it does not.
[[nodiscard]] std::optional<std::int64_t> running_since(const model::JobView& job);

}  // namespace weir::backend::inner
