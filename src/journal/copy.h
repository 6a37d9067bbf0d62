// A copy of a journal as it stands at one moment, while its server runs or not.
#pragma once

#include <string>

#include "base/result.h"

namespace weir::journal {

// Writes the rows and the archive of the journal in `from` into the folder `to`, which holds none;
// snapshots stay behind. The journal is read as any reader does: a server that writes meanwhile is
// not disturbed, and what it adds meanwhile is not in the copy.
// Fails: not_found (no journal there), input_output. Cost: all bytes of the journal, once.
[[nodiscard]] base::Status copy_journal(const std::string& from, const std::string& to);

}  // namespace weir::journal
