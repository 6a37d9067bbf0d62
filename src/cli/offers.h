// The ways to run a job, as `run` and `plan` show them.
#pragma once

#include "cli/output.h"
#include "model/view.h"

namespace weir::cli {

// What of data, money and energy no row knows has no column.
[[nodiscard]] Table offers_table(const model::Plan& plan, base::Time from);

}  // namespace weir::cli
