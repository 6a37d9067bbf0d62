// What brings datasets to a site, while server, agents and wires go wrong.
//
// A mover asks for what is wanted every so often, and is told of changes. It moves each transfer to
// the end of its windows, and says how that went until it is told to forget it. Its list outlives
// the agent's death, as a mover's ledger does.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/random.h"
#include "model/effect.h"
#include "tests/world/agenda.h"
#include "tests/world/bytes.h"
#include "tests/world/faults.h"
#include "tests/world/network.h"
#include "tests/world/server.h"
#include "tests/world/trace.h"

namespace weir::world {

class Mover {
 public:
  Mover(std::string site, Agenda& agenda, const Faults& faults, base::Random random, Trace& trace,
        Network& network, Server& server, Bytes& bytes)
      : site_(std::move(site)),
        agenda_(agenda),
        faults_(faults),
        random_(random),
        trace_(trace),
        network_(network),
        server_(server),
        bytes_(bytes) {}

  void start() { ask(); }
  // A change of the wanted state has arrived.
  void take(const model::ChangeWanted& change);
  // Nothing is moved, and nothing is left to say.
  [[nodiscard]] bool empty() const { return under_way_.empty(); }

 private:
  struct UnderWay {
    model::TransferWish wish;
    model::TransferPhase phase = model::TransferPhase::moving;
  };
  void ask();
  void take_all(const model::WantedState& wanted);
  void begin(const model::TransferWish& wish);
  void end(model::TransferId id);
  void report(model::TransferId id);

  std::string site_;
  Agenda& agenda_;
  const Faults& faults_;
  base::Random random_;
  Trace& trace_;
  Network& network_;
  Server& server_;
  Bytes& bytes_;
  std::uint64_t epoch_ = 0;
  std::map<model::TransferId, UnderWay> under_way_;
};

}  // namespace weir::world
