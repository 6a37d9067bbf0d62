// Where bytes really are.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace weir::world {

// Names of datasets (of one version each) by site.
using Bytes = std::set<std::pair<std::string, std::string>>;

}  // namespace weir::world
