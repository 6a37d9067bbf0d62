// The control plane as an agent sees it: it takes what the agent says, and tells what is wanted.
//
// In one process it is the engine loop itself; over a network, a connection to it. Answers may come
// on any thread, late, or never; an agent asks again.
#pragma once

#include <functional>
#include <string>

#include "engine/engine.h"
#include "model/attempt.h"
#include "model/input.h"

namespace weir::agent {

class ControlPlane {
 public:
  ControlPlane() = default;
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;
  virtual ~ControlPlane() = default;

  // Calls `answer` once what follows from the input is durable.
  virtual void send(model::Input input, std::function<void(const engine::Reply&)> answer) = 0;

  // Calls `answer` with everything the site should be doing. What it says must be durable: an agent
  // that starts work which a crash then takes back would have it run a second time.
  virtual void fetch_wanted(const std::string& site,
                            std::function<void(model::WantedState)> answer) = 0;
};

}  // namespace weir::agent
