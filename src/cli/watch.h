// Draws what a verb prints again and again.
#pragma once

#include <functional>

namespace weir::cli {

// Runs `draw` each second on a cleared screen until Ctrl-C. Where there is no terminal: once.
int watch(const std::function<int()>& draw);

}  // namespace weir::cli
