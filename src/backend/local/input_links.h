// What a rank reads, put where it looks for it: links in its folder. Inside this room only.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace weir::backend::local {

// Makes a link at each place below `folder`, to what it names there; folders on the way are made,
// and none of them may be a link, as what was unpacked may hold any.
// Fails: not_found, there is nothing to link to; conflict, something stands there already;
//        input_output.
[[nodiscard]] base::Status link_inputs(const std::string& folder,
                                       const std::map<std::string, std::string>& inputs);

}  // namespace weir::backend::local
