// Facts as the outside may see them: whose they are, and their JSON without what is nobody's to
// see.
#pragma once

#include <optional>
#include <string>

#include "model/fact.h"

namespace weir::gateway {

// The job a fact speaks of; none: of no single job.
[[nodiscard]] std::optional<model::JobId> job_of(const model::Fact& fact);

// Appends the fact as JSON. A token's hash and a secret's sealed text never come out; "hidden"
// stands for them.
void append_fact(std::string& out, const model::Fact& fact);

}  // namespace weir::gateway
