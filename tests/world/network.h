// The wires between server, sites and clients: they lose, double, delay and reorder.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "base/random.h"
#include "tests/world/agenda.h"
#include "tests/world/faults.h"

namespace weir::world {

class Network {
 public:
  Network(Agenda& agenda, const Faults& faults, base::Random random)
      : agenda_(agenda), faults_(faults), random_(random) {}

  // Carries a message between the server and `other`; `deliver` is called at its arrival: once,
  // never, or (where it may be doubled) twice.
  void carry(const std::string& other, bool may_double, const Agenda::Happening& deliver);

  // While cut off, nothing passes between `other` and the server, in either direction.
  void cut_off(const std::string& other, bool cut);

  [[nodiscard]] std::size_t under_way() const { return under_way_; }

 private:
  void deliver_later(const std::string& other, const Agenda::Happening& deliver);

  Agenda& agenda_;
  const Faults& faults_;
  base::Random random_;
  std::set<std::string> cut_;
  std::size_t under_way_ = 0;
};

}  // namespace weir::world
