// What a control plane offers beyond 1.20: asked, never assumed.
#pragma once

#include <string>
#include <string_view>

#include "backend/kubernetes/connection.h"
#include "backend/kubernetes/job_object.h"

namespace weir::backend::kubernetes {

struct Discovery {
  int minor = 0;        // of version 1
  std::string version;  // "v1.20.2", for people
  Features features;
};

// Out of the answers to /version and /apis. Pure.
// Fails: invalid, not such answers; refused, older than 1.20 or no batch/v1.
[[nodiscard]] base::Result<Discovery> discovery_of(std::string_view version,
                                                   std::string_view groups);

// Fails: as the connection; what error_of() says; refused.
[[nodiscard]] base::Result<Discovery> discover(Connection& connection);

}  // namespace weir::backend::kubernetes
