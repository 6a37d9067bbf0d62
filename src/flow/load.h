// Load of many origins led to many places with room, at least cost: a transport problem.
//
// Exact: a flow of least cost by successive shortest paths (Jewell 1958; potentials: Edmonds & Karp
// 1972). Where places are few and loads integers this is quick and needs no solver.
// Pure: whole numbers; of equals the first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace weir::flow {

struct LoadProblem {
  std::vector<std::int64_t> loads;  // by origin
  std::vector<std::int64_t> room;   // by place
  // By origin and place: what a unit costs there; none: it may not go there.
  std::vector<std::vector<std::optional<std::int64_t>>> cost;
};

// How much of each origin goes to each place.
struct LoadPlan {
  std::vector<std::vector<std::int64_t>> amounts;
  __int128 cost = 0;
  std::int64_t left = 0;  // that finds no room; as little as can be
};

// Requires: as many rows and columns as there are origins and places; no amount or cost below 0.
// Ensures:  as much is placed as can be, and no plan that places as much costs less.
// Cost:     paths × (origins + places)²; paths are about origins + places in practice.
[[nodiscard]] LoadPlan place_load(const LoadProblem& problem);

}  // namespace weir::flow
