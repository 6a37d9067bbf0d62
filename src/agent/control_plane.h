// What an agent needs of the control plane it speaks to, wherever that runs.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "model/attempt.h"
#include "model/input.h"

namespace weir::agent {

// Answers come later, on any thread, or never; the agent asks again.
class ControlPlane {
 public:
  ControlPlane() = default;
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;
  virtual ~ControlPlane() = default;

  virtual void send(model::Input input, std::function<void(const engine::Reply&)> answer) = 0;
  virtual void fetch_wanted(const std::string& site,
                            std::function<void(model::WantedState)> answer) = 0;
};

}  // namespace weir::agent
