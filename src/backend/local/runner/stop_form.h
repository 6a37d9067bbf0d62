// Why a rank is told to stop, as the server leaves it for the runner: one word that says what comes
// before TERM, then the reason.
#pragma once

#include <string>
#include <string_view>

#include "backend/rank.h"

namespace weir::backend::local {

struct StopOrder {
  StopAfter after = StopAfter::nothing;
  std::string reason;
};

inline constexpr std::string_view stop_now = "now ";
inline constexpr std::string_view stop_after_notice = "notice ";

inline std::string stop_text(const StopOrder& order) {
  const bool notice = order.after == StopAfter::notice;
  return std::string(notice ? stop_after_notice : stop_now) + order.reason;
}

// A text of neither form is a reason.
inline StopOrder stop_order_of(std::string_view text) {
  if (text.starts_with(stop_after_notice)) {
    return {StopAfter::notice, std::string(text.substr(stop_after_notice.size()))};
  }
  if (text.starts_with(stop_now)) text.remove_prefix(stop_now.size());
  return {StopAfter::nothing, std::string(text)};
}

}  // namespace weir::backend::local
