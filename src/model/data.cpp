#include "model/data.h"

#include <algorithm>

namespace weir::model {

std::string name_of(const DatasetVersion& which) {
  return which.version == 0 ? which.name : which.name + "@" + std::to_string(which.version);
}

const Replica* Dataset::at(const std::string& site) const {
  const auto found = std::find_if(replicas.begin(), replicas.end(),
                                  [&](const Replica& replica) { return replica.site == site; });
  return found == replicas.end() ? nullptr : &*found;
}

}  // namespace weir::model
