// Reads a whole version and says which of its chunks are not what the manifest says.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "mover/chunk_table.h"
#include "mover/order.h"

namespace weir::mover {

struct Checked {
  std::vector<std::uint64_t> bad;       // numbers of chunks
  std::vector<std::string> missing;     // files; their chunks are bad too
  std::vector<std::string> unexpected;  // what is there beside the manifest, or is longer
};

// The version in `folder`, against its manifest. Told bytes done now and then.
// Fails: not_found, there is no such folder; input_output; unavailable, stopped.
[[nodiscard]] base::Result<Checked> check_tree(const std::string& folder, const ChunkTable& table,
                                               const Reading& reading = {},
                                               const std::stop_token& stop = {});

}  // namespace weir::mover
