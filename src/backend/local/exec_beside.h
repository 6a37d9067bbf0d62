// The server's side of an exec: starts a runner beside the rank's own and hands its output on.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "backend/local/layout.h"
#include "backend/rank.h"
#include "base/result.h"

namespace weir::backend::local {

struct ExecOrder {
  RankKey key;
  std::string command;
  std::string runner_program;
};

// As Backend::exec. All it needs to know of the rank it reads from the record and its runner, so
// it may run on any thread.
[[nodiscard]] base::Result<int> exec_beside(const Layout& layout, const ExecOrder& order,
                                            const std::function<void(std::string_view)>& output,
                                            const std::stop_token& cancel);

}  // namespace weir::backend::local
