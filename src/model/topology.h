// How the nodes of a site hang together: which share a switch, which share the switch above.
#pragma once

#include <string>
#include <vector>

#include "base/describe.h"

namespace weir::model {

// A tree over things in a row: the nodes of a site, under leaf, pod and core switches; or the
// devices of a node, under islands that share a fast link.
struct Topology {
  std::vector<std::string> levels;  // what the levels are called, the widest first: pod, leaf
  // Where each thing stands, in its order: the names of what it hangs from, the widest first. A
  // name means something only under the one before it. A shorter path hangs higher up; an empty one
  // is not known, and near to nothing.
  std::vector<std::vector<std::string>> paths;

  friend bool operator==(const Topology&, const Topology&) = default;
};
WEIR_DESCRIBE(Topology, levels, paths)

}  // namespace weir::model
